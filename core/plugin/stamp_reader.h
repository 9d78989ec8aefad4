/// Reads a plugin's stamp straight from its file, before any code of it or of its libraries runs.
#pragma once

#include <filesystem>

#include "porchlight/plugin.h"

namespace porchlight::plugin {

/// Finds the symbol porchlight_plugin_stamp in an ELF file and copies it out. Nothing is mapped executable;
/// every offset is checked against the file's size. Throws Error(BadData) with one line saying what is wrong:
/// no ELF file of this machine, no stamp, a stamp of another size.
PluginStamp readStamp(const std::filesystem::path& file);

/// Why a plugin with this stamp must not be loaded, in one line for the owner; empty when it may.
std::string judgeStamp(const PluginStamp& stamp);

}  // namespace porchlight::plugin
