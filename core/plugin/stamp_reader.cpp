#include "plugin/stamp_reader.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <span>

#include "base/fd.h"
#include "plugin/setting_rule.h"

namespace porchlight::plugin {
namespace {

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::BadData, why);
}

/// A read-only view of a whole file.
class MappedFile {
  public:
    explicit MappedFile(const std::filesystem::path& file) {
        const base::Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd) throw base::errnoError("open " + file.string(), errno);
        struct stat info {};
        if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) refuse("is not a regular file");
        size_ = static_cast<std::size_t>(info.st_size);
        if (size_ < sizeof(ElfW(Ehdr))) refuse("is not a shared object");
        data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
        if (data_ == MAP_FAILED) throw base::errnoError("map " + file.string(), errno);
    }
    ~MappedFile() { ::munmap(data_, size_); }
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    /// `count` objects at `offset`; refuses what lies outside the file or is misaligned.
    template <class T>
    std::span<const T> at(std::uint64_t offset, std::uint64_t count) const {
        if (offset > size_ || count > (size_ - offset) / sizeof(T) || offset % alignof(T) != 0)
            refuse("is a damaged shared object");
        return {reinterpret_cast<const T*>(static_cast<const char*>(data_) + offset),
                static_cast<std::size_t>(count)};
    }

  private:
    void* data_ = nullptr;
    std::size_t size_ = 0;
};

void checkHeader(const ElfW(Ehdr) & header) {
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) refuse("is not a shared object");
    constexpr unsigned char kClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
    if (header.e_ident[EI_CLASS] != kClass || header.e_type != ET_DYN)
        refuse("is not a shared object of this machine");
    // Our own machine type, read from the running program, is what fits.
    const auto* self = reinterpret_cast<const ElfW(Ehdr)*>(::getauxval(AT_SYSINFO_EHDR));
    if (self != nullptr && header.e_machine != self->e_machine) refuse("is built for another processor");
}

/// Turns a virtual address of the module into an offset in its file.
std::uint64_t fileOffset(const MappedFile& file, const ElfW(Ehdr) & header, std::uint64_t address,
                         std::uint64_t size) {
    for (const auto& segment : file.at<ElfW(Phdr)>(header.e_phoff, header.e_phnum)) {
        if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
        const std::uint64_t inside = address - segment.p_vaddr;
        if (inside <= segment.p_filesz && size <= segment.p_filesz - inside) return segment.p_offset + inside;
    }
    refuse("has a stamp outside its data");
}

std::string whyOtherAbi(std::uint32_t abi) {
    const std::string what = "was built for plugin ABI " + std::to_string(abi) +
                             ", this Porchlight has ABI " + std::to_string(kPluginAbi) + ": ";
    return what + (abi < kPluginAbi
                       ? "rebuild it with this version's headers (core/sdk/porchlight; "
                         "docs/plugins.md says what is new)"
                       : "it needs a newer Porchlight, or to be rebuilt with this one's headers");
}

/// Numbers that the core does not know are refused: they must not end up as more freedom than the list has.
std::string judgeTraits(const CaptureTraits& traits) {
    if (std::string_view(nameOf(traits.confinement)) == "unknown")
        return "asks for a confinement that this Porchlight does not know";
    if (traits.delivers == 0 || (traits.delivers & ~kDeliversAnything) != 0)
        return "does not say in a known way what it delivers";
    if (traits.finds_cameras > 1 || traits.has_companion > 1) return "has a damaged stamp";
    if (traits.buffer_bytes > kMaxBufferBytes)
        return "asks for " + std::to_string(traits.buffer_bytes >> 20U) + " MiB of buffers, at most " +
               std::to_string(kMaxBufferBytes >> 20U) + " are given";
    return "";
}

/// A detector runs in its camera's confinement, other kinds in the core.
std::string judgeNoTraits(const PluginStamp& stamp) {
    if (stamp.capture == kNoTraits) return "";
    return std::string("is a ") + nameOf(stamp.kind) + " plugin with the traits of a capture plugin";
}

}  // namespace

PluginStamp readStamp(const std::filesystem::path& path) {
    const MappedFile file(path);
    const auto& header = file.at<ElfW(Ehdr)>(0, 1)[0];
    checkHeader(header);
    const auto sections = file.at<ElfW(Shdr)>(header.e_shoff, header.e_shnum);
    for (const auto& section : sections) {
        if (section.sh_type != SHT_DYNSYM || section.sh_link >= sections.size()) continue;
        const auto& strings = sections[section.sh_link];
        for (const auto& symbol :
             file.at<ElfW(Sym)>(section.sh_offset, section.sh_size / sizeof(ElfW(Sym)))) {
            if (symbol.st_name > strings.sh_size || strings.sh_size - symbol.st_name < sizeof kStampSymbol)
                continue;
            const auto name = file.at<char>(strings.sh_offset + symbol.st_name, sizeof kStampSymbol);
            if (std::memcmp(name.data(), kStampSymbol, sizeof kStampSymbol) != 0 ||
                symbol.st_shndx == SHN_UNDEF)
                continue;
            const auto offset = fileOffset(file, header, symbol.st_value, symbol.st_size);
            PluginStamp stamp{};
            // An older or newer stamp begins alike: copy what both have, judgeStamp() refuses it with its ABI
            // number.
            const auto raw = file.at<char>(offset, std::min<std::uint64_t>(symbol.st_size, sizeof stamp));
            std::memcpy(&stamp, raw.data(), raw.size());
            return stamp;
        }
    }
    refuse("has no Porchlight plugin stamp");
}

std::string judgeStamp(const PluginStamp& stamp) {
    if (std::memcmp(stamp.magic, "PRCHLGT1", sizeof stamp.magic) != 0)
        return "has a stamp of an unknown format";
    if (stamp.abi != kPluginAbi) return whyOtherAbi(stamp.abi);
    if (stamp.cxx_mode != cxxMode())
        return "was built with another C++ library mode: rebuild it with the options of this Porchlight";
    if (stamp.stamp_size_bytes != sizeof(PluginStamp) || stamp.sizes_digest != sizesDigest())
        return "was built with other type sizes: rebuild it against this version's SDK";
    if (stamp.setting_count > kMaxSettings) return "declares too many settings";
    const auto isText = [](const auto& field) { return std::memchr(field, 0, sizeof field) != nullptr; };
    if (!isText(stamp.name) || stamp.name[0] == 0 || !isText(stamp.version) || !isText(stamp.summary) ||
        !isText(stamp.built_with))
        return "has a damaged stamp";
    for (std::uint32_t i = 0; i < stamp.setting_count; ++i) {
        const SettingSpec& spec = stamp.settings[i];
        if (!isText(spec.name) || !isText(spec.unit) || !isText(spec.default_value) ||
            !isText(spec.choices) || !isText(spec.help))
            return "has a damaged declaration of settings";
        if (!hasKnownRules(spec))
            return "declares a rule for " + std::string(spec.name) + " that this Porchlight does not know";
    }
    if (std::string_view(nameOf(stamp.kind)) == "unknown") return "is of an unknown kind";
    return stamp.kind == PluginKind::Capture ? judgeTraits(stamp.capture) : judgeNoTraits(stamp);
}

}  // namespace porchlight::plugin
