/// What an ONVIF camera offers beside its pictures.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/halt.h"
#include "knowledge.h"
#include "onvif/events/detections.h"
#include "onvif/events/subscription.h"
#include "onvif/service/movement.h"
#include "onvif/service/switches.h"
#include "porchlight/companion.h"

namespace porchlight::onvif {

/// Over core/onvif, with one conversation (Client) from each open() to the next, and so one login at most.
/// What lasts at the camera is remembered over open().
///
/// Settings: `address`, `user`, `password`. watch() wants deadlines of 4 s and more: the camera is asked to
/// wait for 2 s less, 8 s at most. perform() of a movement waits until it is over where the camera takes no
/// time to stop by itself; what does not fit into the deadline is cut. **Thread**: as CameraCompanion.
class OnvifCompanion : public CameraCompanion {
  public:
    OnvifCompanion() = default;
    ~OnvifCompanion() override;

    CameraAbilities open(const Settings& settings, Deadline deadline) override;
    std::vector<CameraDetection> watch(Deadline deadline) override;
    void perform(const CameraCommand& command, Deadline deadline) override;
    void interrupt() noexcept override { halt_.raise(); }

  private:
    void connect(const Settings& settings, Deadline deadline);
    void askMotors(CameraAbilities& abilities);
    void askSwitches(CameraAbilities& abilities);
    void askEvents(CameraAbilities& abilities);
    void act(const CameraCommand& command, Deadline deadline);
    void move(const CameraCommand& command, Deadline deadline);
    void stopAnyway() noexcept;
    void leave(Deadline deadline) noexcept;
    void askForKeyframe();
    std::string mainProfile() const;

    base::Halt halt_;
    std::shared_ptr<Knowledge> knowledge_;  ///< what the process knows of the camera
    std::string main_stream_;               ///< what is recorded, as settings have it
    std::optional<Client> client_;          ///< of the last open(); the rest is what it told
    Services services_;
    ToldProfiles told_;
    std::optional<Movement> movement_;
    Outputs outputs_;
    std::string infrared_source_;  ///< empty: cannot be switched
    std::optional<Subscription> subscription_;
    Detections detections_;
};

}  // namespace porchlight::onvif
