# Completion of the command line for bash: commands, their options, cameras.
_porchlight() {
    local current=${COMP_WORDS[COMP_CWORD]} command='' word i
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        [[ $word == -* || ${COMP_WORDS[i - 1]} == --config ]] || { command=$word; break; }
    done
    local help
    help=$(porchlight --help 2>/dev/null) || return
    if [[ -z $command ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--config --help --version $(awk '/^  [a-z]/ {print $1}' <<<"$help")" -- "$current")
    elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(awk -v c="$command" '$1 == c' <<<"$help" | grep -oE -- '--?[a-z][a-z-]*' | sort -u)" -- "$current")
    else
        local cameras
        cameras=$(porchlight status --json 2>/dev/null | grep -oE '"name" ?: ?"[a-z0-9-]+"' | sed -E 's/.*"([a-z0-9-]+)"$/\1/')
        mapfile -t COMPREPLY < <(compgen -W "$cameras" -- "$current")
        ((${#COMPREPLY[@]})) || mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -o filenames -F _porchlight porchlight
