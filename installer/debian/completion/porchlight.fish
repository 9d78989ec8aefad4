# Completion of the command line for fish: commands and their options, out of `porchlight --help`.
function __porchlight_commands
    porchlight --help 2>/dev/null | awk '/^  [a-z]/ {print $1}'
end
function __porchlight_options
    set -l words (commandline -opc)
    test (count $words) -ge 2; or return
    porchlight --help 2>/dev/null | awk -v c=$words[2] '$1 == c' | string match -ra -- '--?[a-z][a-z-]*' | sort -u
end
complete -c porchlight -n 'test (count (commandline -opc)) -eq 1' -f -a '(__porchlight_commands)'
complete -c porchlight -n 'test (count (commandline -opc)) -gt 1' -a '(__porchlight_options)'
