/// What a worker says, brought to the part of the unit that it is for.
#pragma once

#include "camera/live_hub.h"
#include "camera/proof/proof_desk.h"
#include "camera/unit/health.h"
#include "camera/unit/ladder.h"
#include "camera/unit/still_desk.h"
#include "camera/unit/switches.h"
#include "camera/worker/command_desk.h"
#include "camera/worker/stream_desk.h"
#include "camera/worker/testimony.h"
#include "camera/worker/worker_slot.h"

namespace porchlight::camera {

/// The parts of a unit that a worker's words may concern. Borrowed.
struct IntakeParts {
    WorkerSlot& slot;
    StreamDesk& streams;
    StillDesk& stills;
    CommandDesk& commands;
    ProofDesk& proofs;
    FootageWatch& footage;
    Health& health;
    Ladder& ladder;
    Board& board;
    Testimony& testimony;
    const Switches& switches;
    LiveHub& live;
};

/// Keeps nothing itself. All it takes has passed the gate: each field is within its bounds. **Thread**:
/// thread-bound (supervisor); never blocks.
class Intake {
  public:
    Intake(const Site& site, const IntakeParts& parts) : site_(site), to_(parts) {}

    void take(ipc::Message message);

  private:
    void takeFragment(ipc::FragmentReady message);
    void takeStream(ipc::StreamStarted stream);
    void takeFault(const ipc::Fault& fault);
    void takeDetection(ipc::DetectionReady detection);
    void tell(const ipc::LogLine& line) const;

    const Site& site_;
    const IntakeParts to_;
};

}  // namespace porchlight::camera
