#pragma once

#include <filesystem>

#include "energy/discovered.hpp"

namespace ecnas::energy {

/// Power and energy meters that the kernel lists in class/hwmon, in the units of its
/// Documentation/hwmon/sysfs-interface.rst: µJ, µW, mV and mA. What a meter measures is told by its
/// driver's name, and its label:
///
/// | driver                   | what it is                                    | name          |
/// |--------------------------|-----------------------------------------------|---------------|
/// | amdgpu                   | an AMD card, averaged power where it has one  | gpu-amd-0     |
/// | amdgpu of an APU         | the processor package with its graphics       | apu-0         |
/// | i915, xe                 | an Intel card                                 | gpu-intel-0   |
/// | nouveau                  | an NVIDIA card without NVIDIA's driver        | gpu-nouveau-0 |
/// | amd_energy               | a processor package (cores are not listed)    | package-0     |
/// | fam15h_power, apm_xgene  | a processor package                           | package-0     |
/// | power_meter              | the machine (ACPI), if there is one           | machine-acpi  |
/// | macsmc_hwmon, ibmpowernv | the machine, by label                         | machine-smc   |
/// | ina219 … ina3221         | the machine, by label (VDD_IN, POM_5V_IN, …)  | machine-ina   |
///
/// All others are found but not counted, with a remark; of one chip 16 at most. AMD's cards need no
/// ROCm SMI: its power is that of amdgpu. A card that the kernel has cut off from power (D3cold)
/// uses none and is not woken to ask.
///
/// Packages here are the same as those of RAPL: they count only where it has none.
/// @param sys  what is mounted at /sys
[[nodiscard]] Discovered find_hwmon(const std::filesystem::path& sys);

}  // namespace ecnas::energy
