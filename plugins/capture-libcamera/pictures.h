/// From the library's buffers to pictures and packets of our own.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compat.h"
#include "porchlight/media.h"
#include "porchlight/mutex.h"

namespace porchlight::libcamera_source {

/// Whether this plugin understands the format, and whether it is one of encoded pictures.
bool isKnown(const libcamera::PixelFormat& format);
bool isCompressed(const libcamera::PixelFormat& format);

/// The best of the formats the stream offers: what the owner wants, else one that needs no conversion.
libcamera::PixelFormat chooseFormat(const libcamera::StreamConfiguration& stream, const std::string& wanted);

/// Whether the format is what `wanted` names; "auto" is any.
bool isOfKind(const libcamera::PixelFormat& format, const std::string& wanted);

/// "NV12, MJPEG" and "640x480, 1280x720" (of its format) for messages.
std::string offeredFormats(const libcamera::StreamConfiguration& stream);
std::string offeredSizes(const libcamera::StreamConfiguration& stream);

/// Memory that comes back when the last reader lets go. Any thread; never blocks for long.
class Pool : public std::enable_shared_from_this<Pool> {
  public:
    std::shared_ptr<std::uint8_t> take(std::size_t size_bytes);

  private:
    static constexpr std::size_t kKept = 4;
    struct Block {
        std::unique_ptr<std::uint8_t[]> bytes;
        std::size_t size_bytes = 0;
    };
    Mutex mutex_;
    std::vector<Block> free_ PORCHLIGHT_GUARDED_BY(mutex_);
};

/// A copy of the picture in `planes`: the camera's own memory is uncached on many boards and short
/// everywhere, so it is read once, in order, and given back at once. Nothing where the planes are too short.
/// RGB is converted (BT.601, limited range), everything else is copied as it is.
std::optional<Picture> copyPicture(const libcamera::StreamConfiguration& stream,
                                   std::span<const std::span<const std::uint8_t>> planes, Pool& pool);

/// The luma alone, as Gray8.
std::optional<Picture> copyLuma(const libcamera::StreamConfiguration& stream,
                                std::span<const std::span<const std::uint8_t>> planes, Pool& pool);

/// The JPEG in `plane` without the padding behind its end. Nothing for a truncated one.
std::optional<Packet> copyJpeg(std::span<const std::uint8_t> plane, Pool& pool);

}  // namespace porchlight::libcamera_source
