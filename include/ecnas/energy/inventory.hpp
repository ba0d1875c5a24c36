#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ecnas/energy/cpu_model.hpp"
#include "ecnas/energy/cpu_time.hpp"
#include "ecnas/energy/source.hpp"

namespace ecnas::energy {

/// Where a machine is looked at. In a container, where the host's trees are mounted.
struct MachinePaths {
  std::filesystem::path sys = "/sys";
  std::filesystem::path dev = "/dev";
  std::filesystem::path proc = "/proc";    ///< `cpuinfo`, `meminfo` and `stat`
  std::string nvml = "libnvidia-ml.so.1";  ///< NVIDIA's library; empty: no look
  std::string ipmitool = "ipmitool";       ///< program; empty: no look
};

struct InventoryOptions {
  MachinePaths paths;
  /// As CUDA_VISIBLE_DEVICES has it: only these cards count. Absent: all.
  std::optional<std::string> visible_devices;
  /// Of one package at full load; in place of the table's, for the model.
  std::optional<PowerCurve> cpu_power;
  /// Whose energy: shares of devices that several users share are by CPU time. Null: the machine's.
  std::shared_ptr<CpuTimeReader> user;
  /// Look for packages in every way, though the first that works is the one that counts.
  bool all_ways = false;
  /// Counters too are shared out by CPU time, not only models.
  bool share_counters = false;
};

/// A source and what becomes of it.
struct FoundSource {
  std::unique_ptr<Source> source;
  bool is_counted = true;
  std::string remark;  ///< why it is not counted: "part of package-0"; or what to know of it
};

/// What a machine could have, or lets nobody read.
struct MissingSource {
  std::string name;    ///< "RAPL counters"
  std::string reason;  ///< "energy_uj may be read by root alone"
  std::string remedy;  ///< what to do; empty: nothing can be done
};

/// What is known of a machine: for a record of it.
struct MachineDescription {
  std::string cpu;  ///< model name
  unsigned logical_cpus = 0;
  double memory_gib = 0;
  std::vector<std::string> gpus;
  std::string kernel;
};

struct Inventory {
  std::vector<FoundSource> sources;  ///< counted ones never overlap
  std::vector<MissingSource> missing;
  MachineDescription machine;

  /// Moves the counted sources out, in order.
  [[nodiscard]] std::vector<std::unique_ptr<Source>> take_counted();
};

/// Looks at a machine. Processor packages by the first of: RAPL in powercap, perf's power events,
/// model-specific registers, hwmon energies; DRAM likewise; NVIDIA's and AMD's cards. A machine
/// without package counters is read at a meter of the whole (battery, BMC, board), and without one
/// of those by a model; never by nothing. Parts of what is counted are found and not counted.
///
/// Never fails: what cannot be read is in `missing`.
/// @complexity some milliseconds; 3 more where a package's counter stands at 0
[[nodiscard]] Inventory take_inventory(const InventoryOptions& options = {});

}  // namespace ecnas::energy
