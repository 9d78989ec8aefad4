#include "ipc/message.h"

namespace porchlight::ipc {
namespace {

using base::ByteReader;
using base::ByteWriter;

// Each struct names its members once, in wire order; `Archive` either writes or reads them.
template <class A>
void visit(A&, Stop&) {}
template <class A>
void visit(A&, KeyframeRequest&) {}
template <class A>
void visit(A&, RestartStream&) {}
template <class A>
void visit(A& a, Live& m) {
    a(m.is_wanted, m.max_width_px, m.max_rate_hz, m.quality, m.wants_parts);
}
template <class A>
void visit(A& a, StillRequest& m) {
    a(m.id, m.max_width_px, m.quality);
}
template <class A>
void visit(A& a, DetectSwitch& m) {
    a(m.is_on);
}
template <class A>
void visit(A& a, Hello& m) {
    a(m.pid, m.version, m.libraries);
}
template <class A>
void visit(A& a, StreamStarted& m) {
    a(m.epoch, m.video, m.width_px, m.height_px, m.rate_hz, m.has_audio, m.description, m.init);
}
template <class A>
void visit(A& a, FragmentReady& m) {
    a(m.epoch, m.sequence, m.started_at_us, m.duration_us, m.starts_with_key, m.bytes);
}
template <class A>
void visit(A& a, LivePart& m) {
    a(m.epoch, m.at_us, m.start_us, m.lasts_us, m.is_key, m.bytes);
}
template <class A>
void visit(A& a, LivePicture& m) {
    a(m.at_us, m.jpeg);
}
template <class A>
void visit(A& a, Still& m) {
    a(m.id, m.at_us, m.error, m.jpeg);
}
template <class A>
void visit(A& a, Fault& m) {
    a(m.issue, m.kind, m.text);
}
template <class A>
void visit(A& a, LogLine& m) {
    a(m.level, m.component, m.text);
}
template <class A>
void visit(A& a, Region& m) {
    a(m.x, m.y, m.width, m.height);
}
template <class A>
void visit(A& a, Detection& m) {
    a(m.pts_us, m.is_motion, m.is_global_change, m.score, m.area_percent, m.brightness, m.zone, m.label,
      m.regions);
}
template <class A>
void visit(A& a, Command& m) {
    a(m.id, m.action, m.pan, m.tilt, m.zoom, m.lasts_us, m.token, m.name, m.is_on);
}
template <class A>
void visit(A& a, CommandAnswer& m) {
    a(m.id, m.error);
}
template <class A>
void visit(A& a, CameraItem& m) {
    a(m.token, m.name, m.is_on);
}
template <class A>
void visit(A& a, Offer& m) {
    a(m.is_there, m.problem, m.actions, m.is_detecting, m.is_clock_known, m.clock_ahead_us, m.infrared,
      m.description, m.advice, m.presets, m.outputs);
}
template <class A>
void visit(A& a, CameraDetected& m) {
    a(m.at_us, m.label, m.place, m.is_on, m.has_end, m.score);
}
template <class A>
void visit(A& a, DetectionReady& m) {
    a(m.at_us, m.detection, m.thumbnail);
}
template <class A>
void visit(A& a, Heartbeat& m) {
    a(m.phase, m.capture_stuck_us, m.sub_phase, m.sub_stuck_us, m.encode_stuck_us, m.detect_stuck_us,
      m.packet_age_us, m.distinct_age_us, m.distinct_seen_age_us, m.packets, m.pictures_decoded,
      m.pictures_analysed, m.fragments, m.dropped_fragments, m.dropped_packets, m.bad_packets, m.lost_frames,
      m.opens, m.rate_hz, m.rss_bytes, m.cpu_percent, m.black_age_us, m.descriptors, m.threads, m.queue_bytes,
      m.queue_max_bytes, m.memory_max_bytes, m.descriptors_max, m.is_detecting_on_main, m.dropped_messages);
}
template <class A>
void visit(A& a, Setup& m) {
    a(m.camera, m.plugin_folder, m.source_plugin, m.confinement, m.source, m.has_sub, m.sub, m.detect_plugin,
      m.detect, m.is_detect_on, m.wants_camera_detections, m.detect_rate_hz, m.wants_fragments,
      m.passes_mjpeg, m.encode_kbit_s, m.may_encode_in_hardware, m.frame_timeout_us, m.open_timeout_us,
      m.queue_max_bytes, m.memory_max_bytes);
}

class Writing {
  public:
    explicit Writing(ByteWriter& out) : out_(out) {}
    template <class... T>
    void operator()(T&... members) {
        (one(members), ...);
    }

  private:
    void one(bool value) { out_.put(static_cast<std::uint8_t>(value)); }
    void one(const std::string& value) { out_.putText(value); }
    void one(const base::Bytes& value) { out_.putBlob(value); }
    void one(const Settings& value) {
        out_.put(static_cast<std::uint32_t>(value.values().size()));
        for (const auto& [name, text] : value.values()) {
            out_.putText(name);
            out_.putText(text);
        }
    }
    void one(std::vector<Region>& value) { list(value); }
    void one(std::vector<CameraItem>& value) { list(value); }
    template <class T>
    void list(std::vector<T>& value) {
        out_.put(static_cast<std::uint32_t>(value.size()));
        for (T& entry : value) visit(*this, entry);
    }
    void one(Detection& value) { visit(*this, value); }
    template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
    void one(T value) { out_.put(value); }

    ByteWriter& out_;
};

class Reading {
  public:
    explicit Reading(ByteReader& in) : in_(in) {}
    template <class... T>
    void operator()(T&... members) {
        (one(members), ...);
    }

  private:
    /// A count of things of which each takes at least `min_bytes`: a lie cannot make us allocate.
    std::uint32_t count(std::size_t min_bytes) {
        const auto number = in_.get<std::uint32_t>();
        if (number > in_.left() / min_bytes)
            throw Error(ErrorKind::BadData, "message count is larger than the message");
        return number;
    }
    void one(bool& value) { value = in_.getBool(); }
    void one(std::string& value) { value = in_.getText(); }
    void one(base::Bytes& value) { value = in_.getBlob(); }
    void one(Settings& value) {
        std::vector<std::pair<std::string, std::string>> entries(count(8));
        for (auto& [name, text] : entries) {
            name = in_.getText();
            text = in_.getText();
        }
        value = Settings(std::move(entries));
    }
    void one(std::vector<Region>& value) { list(value, 4 * sizeof(float)); }
    void one(std::vector<CameraItem>& value) { list(value, 2 * sizeof(std::uint32_t) + 1); }
    template <class T>
    void list(std::vector<T>& value, std::size_t min_bytes) {
        value.resize(count(min_bytes));
        for (T& entry : value) visit(*this, entry);
    }
    void one(Detection& value) { visit(*this, value); }
    template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
    void one(T& value) { value = in_.get<T>(); }

    ByteReader& in_;
};

constexpr MessageType kTypes[] = {MessageType::Setup,
                                  MessageType::Stop,
                                  MessageType::Live,
                                  MessageType::StillRequest,
                                  MessageType::KeyframeRequest,
                                  MessageType::RestartStream,
                                  MessageType::DetectSwitch,
                                  MessageType::Command,
                                  MessageType::Hello,
                                  MessageType::StreamStarted,
                                  MessageType::FragmentReady,
                                  MessageType::DetectionReady,
                                  MessageType::LivePicture,
                                  MessageType::Still,
                                  MessageType::Heartbeat,
                                  MessageType::Fault,
                                  MessageType::LogLine,
                                  MessageType::CommandAnswer,
                                  MessageType::Offer,
                                  MessageType::CameraDetected,
                                  MessageType::LivePart};
static_assert(std::size(kTypes) == std::variant_size_v<Message>);

template <class T>
Message read(ByteReader& in) {
    T message;
    Reading archive(in);
    visit(archive, message);
    in.expectEnd();
    return message;
}

template <std::size_t... I>
Message readAt(std::size_t index, ByteReader& in, std::index_sequence<I...>) {
    using Read = Message (*)(ByteReader&);
    static constexpr Read kReaders[] = {&read<std::variant_alternative_t<I, Message>>...};
    return kReaders[index](in);
}

}  // namespace

base::Bytes encode(const Message& message, std::uint64_t sequence) {
    ByteWriter out;
    if (const auto* fragment = std::get_if<FragmentReady>(&message)) out.reserve(fragment->bytes.size() + 64);
    out.put(kMagic);
    out.put(kTypes[message.index()]);
    out.put(std::uint32_t{0});
    out.put(sequence);
    // The archive only reads from the members when it writes them out; one member list serves both ways.
    std::visit(
        [&out](const auto& m) {
            Writing archive(out);
            visit(archive, const_cast<std::remove_cvref_t<decltype(m)>&>(m));
        },
        message);
    base::Bytes bytes = out.take();
    const std::size_t length = bytes.size() - kHeaderBytes;
    if (length > kMaxPayloadBytes) throw Error(ErrorKind::BadData, "message is larger than 8 MiB");
    const auto length_bytes = static_cast<std::uint32_t>(length);
    std::memcpy(bytes.data() + 4, &length_bytes, sizeof length_bytes);
    return bytes;
}

std::uint32_t payloadLength(std::span<const std::uint8_t> header) {
    ByteReader in(header);
    if (in.get<std::uint16_t>() != kMagic)
        throw Error(ErrorKind::BadData, "message has a wrong magic number");
    in.get<std::uint16_t>();
    const auto length = in.get<std::uint32_t>();
    if (length > kMaxPayloadBytes) throw Error(ErrorKind::BadData, "message is larger than 8 MiB");
    return length;
}

Message decode(std::span<const std::uint8_t> header, std::span<const std::uint8_t> payload) {
    if (payloadLength(header) != payload.size())
        throw Error(ErrorKind::BadData, "message has a wrong length");
    const auto type = ByteReader(header.subspan(2)).get<MessageType>();
    for (std::size_t i = 0; i < std::size(kTypes); ++i)
        if (kTypes[i] == type) {
            ByteReader in(payload);
            return readAt(i, in, std::make_index_sequence<std::variant_size_v<Message>>());
        }
    throw Error(ErrorKind::BadData,
                "message type " + std::to_string(static_cast<unsigned>(type)) + " is unknown");
}

}  // namespace porchlight::ipc
