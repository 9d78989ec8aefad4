#include "onvif/service/upkeep.h"

#include "porchlight/head.h"

namespace porchlight::onvif {
namespace {

std::string inSchema(const char* name, const std::string& content) {
    return xmlElement(name, content, kSchema);
}

std::string utcOf(WallTime now) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<seconds>(now - day));
    return xmlElement(
        "UTCDateTime",
        inSchema("Time", xmlElement("Hour", std::to_string(clock.hours().count())) +
                             xmlElement("Minute", std::to_string(clock.minutes().count())) +
                             xmlElement("Second", std::to_string(clock.seconds().count()))) +
            inSchema("Date", xmlElement("Year", std::to_string(static_cast<int>(date.year()))) +
                                 xmlElement("Month", std::to_string(static_cast<unsigned>(date.month()))) +
                                 xmlElement("Day", std::to_string(static_cast<unsigned>(date.day())))));
}

}  // namespace

void setTime(Client& client, WallTime now) {
    std::string zone;
    std::string is_summer = "false";
    try {
        const Node told = client.call(client.device(), {kDevice, "GetSystemDateAndTime", ""});
        zone = told.textAt("SystemDateAndTime/TimeZone/TZ").substr(0, 128);
        if (isSameWord(told.textAt("SystemDateAndTime/DaylightSavings"), "true")) is_summer = "true";
    } catch (const OnvifError& error) {
        if (!isOfOneQuestion(error.refusal())) throw;
    }
    client.call(
        client.device(),
        {kDevice, "SetSystemDateAndTime",
         xmlElement("DateTimeType", "Manual") + xmlElement("DaylightSavings", is_summer) +
             (zone.empty() ? "" : xmlElement("TimeZone", inSchema("TZ", xmlText(zone)))) + utcOf(now)});
}

void restart(Client& client) {
    client.call(client.device(), {kDevice, "SystemReboot", ""});
}

void askKeyframe(Client& client, const Services& services, int media_version, const std::string& profile) {
    const auto& media = media_version == 2 ? services.media2 : services.media1;
    if (!media) throw Error(ErrorKind::NotSupported, "the camera has no media service");
    client.call(*media, {media_version == 2 ? kMedia2 : kMedia1, "SetSynchronizationPoint",
                         xmlElement("ProfileToken", xmlText(profile))});
}

}  // namespace porchlight::onvif
