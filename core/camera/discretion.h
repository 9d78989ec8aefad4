/// Who may hear what: secrets nobody, places and details administrators, the kind of a fault everybody.
#pragma once

#include <string>

#include "camera/status.h"
#include "ipc/message.h"

namespace porchlight::camera {

/// Takes the secrets out of every text of a worker's message: what a library, a plugin or the camera itself
/// says may repeat them. From here texts go on to reasons, history, answers, alerts and pictures. Any thread.
void hideSecretsIn(ipc::Message& message);

/// What a viewer is told of a fault: the words of its kind, or `otherwise` where it has none of this
/// version's.
std::string viewerWords(const std::string& kind, const std::string& otherwise);

/// The status as viewers see it: reason and action without addresses, paths, settings and what programs of
/// the owner said; what the camera can be told to do is for administrators.
Status forViewers(Status status);

}  // namespace porchlight::camera
