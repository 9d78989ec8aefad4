#include "choice.h"

#include <algorithm>

#include "onvif/proposal.h"

namespace porchlight::onvif {
namespace {

const Profile* withToken(const std::vector<Profile>& profiles, const std::string& token) {
    const auto found = std::find_if(profiles.begin(), profiles.end(),
                                    [&token](const Profile& profile) { return profile.token == token; });
    return found == profiles.end() ? nullptr : &*found;
}

/// What is proposed of them whatever their addresses are: these are asked for later.
std::vector<Profile> withAnyAddress(std::vector<Profile> profiles) {
    for (Profile& profile : profiles) profile.stream = "rtsp://camera/" + profile.token;
    return profiles;
}

}  // namespace

const Profile* chosenProfile(const std::vector<Profile>& profiles, const std::string& wanted,
                             const std::string& main) {
    if (const Profile* named = withToken(profiles, wanted)) return named;
    if (wanted != "main" && wanted != "sub") return nullptr;
    std::vector<Profile> candidates = withAnyAddress(profiles);
    const Profile* recorded = main == "main" ? nullptr : withToken(profiles, main);
    if (wanted == "sub" && recorded != nullptr)  // the owner's choice is the largest there is
        std::erase_if(candidates, [&](const Profile& one) {
            return one.source != recorded->source ||
                   (one.token != recorded->token &&
                    one.width_px * one.height_px >= recorded->width_px * recorded->height_px);
        });
    const std::vector<Proposal> proposals = propose(candidates);
    if (proposals.empty()) return nullptr;
    const Profile* proposed = wanted == "main" ? proposals.front().main : proposals.front().sub;
    return proposed == nullptr ? nullptr : withToken(profiles, proposed->token);
}

}  // namespace porchlight::onvif
