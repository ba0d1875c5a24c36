#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "energy/discovered.hpp"

namespace ecnas::energy {

/// The machine's power as its board management controller tells it: `ipmitool dcmi power reading`,
/// in whole watts. That takes a tenth of a second or more, so the program is started once a second
/// at most, nobody waits for it, and its last answer holds until the next one; only an answer of
/// more than 3 s ago is waited for. No shell is involved, what it prints is read up to 64 KiB, and
/// it is ended when it takes longer than `patience`. A power of 0 is that of a controller that
/// cannot tell it: a failure.
///
/// Looks for a controller's device first (ipmi0 and its other names); without one, without the
/// program, nothing is missing. Waits for the first answer: look for better meters before.
/// @param ipmitool  program, looked for on the path unless it holds a slash; empty: no look
/// @param dev       what is mounted at /dev
[[nodiscard]] Discovered find_bmc(const std::string& ipmitool, const std::filesystem::path& dev,
                                  std::chrono::milliseconds patience = std::chrono::seconds(1));

}  // namespace ecnas::energy
