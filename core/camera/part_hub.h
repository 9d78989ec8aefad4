/// The recorded streams of the cameras, picture by picture, to whoever watches them; knows who watches, so
/// that no picture goes out for nobody.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "ipc/message.h"
#include "porchlight/mutex.h"
#include "porchlight/time.h"

namespace porchlight::camera {

/// What a viewer of one camera gets next. Immutable, its bytes shared by all viewers.
struct LivePiece {
    /// Init: a stream begins, its parts count from 0. Part: a picture, or the beginning of a group. Ended:
    /// nothing comes until a stream begins. Unfit: the stream that began is none for browsers, or not
    /// recorded.
    enum class Kind : std::uint8_t { Init = 1, Part, Ended, Unfit };
    Kind kind = Kind::Ended;
    bool is_key = false;      ///< a part that begins with a keyframe
    bool is_footage = false;  ///< a part of several pictures, of which each lasts until the next
    WallTime at{};            ///< of its first picture
    microseconds start{0};    ///< decode time of its first picture since the begin of the stream
    microseconds lasts{0};    ///< as its samples say
    base::Bytes bytes;        ///< MP4 with the pictures alone
};

/// Bounded for each viewer: who is slow loses pictures up to the next keyframe, and delays nobody. Joining
/// begins with the newest group of pictures: the fragments of the recording (shared with the ring of the
/// recorder), then the parts behind them; both have one time line, and what overlaps is left out.
/// Any thread but where said.
class PartHub {
  public:
    static constexpr std::size_t kMaxWaitingBytes =
        2U << 20U;  ///< of one camera for one viewer, or a single part
    static constexpr std::size_t kMaxGroupBytes = 6U
                                                  << 20U;  ///< a longer group: one joins at the next keyframe
    static constexpr microseconds kMaxGroup{30'000'000};
    static constexpr std::size_t kMaxCameras = 64;  ///< of one viewer

    using Piece = std::shared_ptr<const LivePiece>;
    using FragmentPtr = std::shared_ptr<const Fragment>;

    /// One who watches any cameras, by numbers of his own. **Thread**: thread-bound, but for the hub.
    class Viewer {
      public:
        explicit Viewer(PartHub& hub) : hub_(hub) {}
        ~Viewer();
        Viewer(const Viewer&) = delete;
        Viewer& operator=(const Viewer&) = delete;

        /// From now on; what was watched under this number is not any more. False: too many.
        bool watch(std::uint16_t number, const std::string& camera);
        void leave(std::uint16_t number);

        struct Delivery {
            std::uint16_t number = 0;
            Piece piece;
        };
        /// The next piece, cameras in turn; nothing at the deadline or when the hub closes.
        std::optional<Delivery> next(Deadline deadline);

      private:
        friend class PartHub;
        /// A part, or footage that becomes one when its turn comes.
        struct Waiting {
            Piece piece;
            FragmentPtr fragment;
            std::size_t bytes = 0;  ///< that count
        };
        struct Feed {
            std::string camera;
            std::deque<Waiting> waiting;
            std::size_t bytes = 0;
            bool needs_key = true;
            bool awaits_parts = true;     ///< none has come yet: footage goes out as it is
            microseconds sent_until{-1};  ///< decode time; thread of the viewer
        };
        std::optional<std::pair<std::uint16_t, Waiting>> take(Deadline deadline);
        Piece pieceOf(const Waiting& waiting) const;
        bool isNews(std::uint16_t number, const LivePiece& piece, bool is_footage);

        PartHub& hub_;
        ConditionVariable changed_;
        std::map<std::uint16_t, Feed> feeds_;  ///< guarded by the hub's mutex
        std::uint16_t served_ = 0;
    };

    /// Called (any thread, without the lock) whenever a camera gets its first viewer or loses its last.
    void onDemandChange(std::function<void(const std::string& camera)> callback);

    /// Null: `max_viewers` are there already, or the hub is closed.
    std::unique_ptr<Viewer> admit();
    bool isWatched(const std::string& camera) const;
    std::uint32_t viewers(const std::string& camera) const;
    void setMaxViewers(std::uint32_t max_viewers);

    // --- what comes of a camera, in order (supervisor thread)
    void begin(const std::string& camera, const std::shared_ptr<const StreamInit>& init);
    void addFragment(const std::string& camera, FragmentPtr fragment);
    void addPart(const std::string& camera, ipc::LivePart&& part);
    void end(const std::string& camera);

    /// Wakes and ends all viewers.
    void close();

  private:
    struct Slot {
        Piece head;  ///< what the stream is: Init, Ended or Unfit; null before the first
        std::deque<FragmentPtr> group;
        std::size_t group_bytes = 0;
        microseconds group_lasts{0};
        std::deque<Piece> tail;  ///< parts behind the group
        std::size_t tail_bytes = 0;
        std::uint32_t viewers = 0;
    };
    void tell(const std::string& camera, const Viewer::Waiting& news) PORCHLIGHT_REQUIRES(mutex_);
    void join(Viewer::Feed& feed) PORCHLIGHT_REQUIRES(mutex_);
    static void put(Viewer::Feed& feed, const Viewer::Waiting& news);
    static void putFootage(Viewer::Feed& feed, const Viewer::Waiting& news);
    static void dropGroup(Slot& slot);
    void leaveCamera(const std::string& camera) PORCHLIGHT_REQUIRES(mutex_);
    void tellDemand(const std::string& camera);

    mutable Mutex mutex_;
    std::map<std::string, Slot> slots_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::set<Viewer*> viewers_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::function<void(const std::string&)> on_demand_change_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::uint32_t max_viewers_ PORCHLIGHT_GUARDED_BY(mutex_) = 24;
    bool is_closed_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
};

}  // namespace porchlight::camera
