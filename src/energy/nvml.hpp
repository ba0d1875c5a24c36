#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "energy/discovered.hpp"

namespace ecnas::energy {

/// NVIDIA's cards by its management library (NVML), which is loaded at run time and stays loaded
/// as long as a source of it lives. A card has an energy counter from Volta on; the power of older
/// ones, which the card averages over up to a second, is integrated. Cards are named "gpu-0",
/// "gpu-1", … in NVML's order, which is that of their places on the bus; CUDA's own order is
/// "fastest first" unless CUDA_DEVICE_ORDER is PCI_BUS_ID, so that indices of unlike cards may mean
/// others there: UUIDs mean the same everywhere.
///
/// MIG: the energy of an instance cannot be had. Its card counts whole, as the remark and the
/// attribution say.
///
/// @param library          what dlopen takes; empty: no look. A library that is not there is
///                         missing only where a card is: where `dev` has a "nvidia0" or another.
/// @param visible_devices  as CUDA_VISIBLE_DEVICES has it: indices, UUIDs or beginnings of them
///                         that mean one card ("GPU-8932f937", "MIG-…" for the card it is on),
///                         by commas; the list ends at the first entry that means no card (so
///                         "-1" and "" are none); a card named twice counts once. Cards that it
///                         leaves out are found and not counted. Absent: all count.
[[nodiscard]] Discovered find_nvidia(const std::string& library,
                                     const std::optional<std::string>& visible_devices,
                                     const std::filesystem::path& dev = "/dev");

}  // namespace ecnas::energy
