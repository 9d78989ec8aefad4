/// The record plugin of the appliance, for a recorder.
#pragma once

#include <filesystem>
#include <memory>

#include "plugin/loader.h"
#include "porchlight/record.h"

namespace porchlight::test {

/// It leaves syncing to the recorder.
inline std::unique_ptr<RecordSink> makeSink() {
    static const plugin::Catalogue catalogue{std::filesystem::path(PORCHLIGHT_PLUGIN_DIR)};
    auto sink = catalogue.load(PluginKind::Record, "fmp4")->create<RecordSink>();
    Settings settings;
    settings.set("sync_interval", "60000000");
    sink->configure(settings);
    return sink;
}

}  // namespace porchlight::test
