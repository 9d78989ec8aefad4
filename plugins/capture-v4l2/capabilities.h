/// Asks a device what it can do.
#pragma once

#include <vector>

#include "device.h"
#include "formats.h"

namespace porchlight::v4l2 {

/// All formats, sizes and rates of the selected input. Empty for drivers that cannot tell; bounded against
/// drivers that never end their list.
std::vector<Offer> offersOf(const Device& device);

/// Throws Error(Unavailable) when the selected input says that it has no signal or no power.
void checkInput(const Device& device);

/// Selects an input by its number (several on capture cards). Throws Error(Misconfigured) naming those there
/// are.
void selectInput(const Device& device, int number);

/// Set by S_FMT, in the notation of both APIs.
struct AgreedFormat {
    std::uint32_t fourcc = 0;
    int width_px = 0;
    int height_px = 0;
    std::vector<int> strides_bytes;        ///< one per memory plane
    std::vector<std::size_t> sizes_bytes;  ///< largest possible, one per memory plane
};

/// Sets the format and reads back what the driver made of it. Throws Error.
AgreedFormat agreeFormat(const Device& device, std::uint32_t fourcc, int width_px, int height_px);

/// Sets the rate where the driver can; returns the one in force, 0 unknown. Throws Error(Unavailable) when
/// unplugged.
double agreeRate(const Device& device, const std::optional<Rate>& rate);

}  // namespace porchlight::v4l2
