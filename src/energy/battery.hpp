#pragma once

#include <filesystem>

#include "energy/discovered.hpp"

namespace ecnas::energy {

/// The machine's batteries (class/power_supply, type Battery; those of a mouse or a headset are
/// not), all of them as one source "battery": the power of the machine, in µW or as µA times µV,
/// but only while it lives on them. While one charges, while a plugged-in supply is online, or
/// while none is discharging, a reading is a failure that says so; a source that begins like that
/// is not counted, with the same words as its remark. A discharging current may be told as a
/// negative one. Batteries tell a new value every few seconds.
/// @param sys  what is mounted at /sys
[[nodiscard]] Discovered find_batteries(const std::filesystem::path& sys);

}  // namespace ecnas::energy
