#pragma once

#include <span>
#include <string_view>

namespace ecnas::energy {

/// A processor as its maker describes it.
struct KnownCpu {
  std::string_view name;  ///< words of /proc/cpuinfo's model name, marks left out
  double tdp_w = 0;       ///< thermal design power of a package
  unsigned threads = 0;   ///< of a package
  bool is_server = true;
  std::string_view source;
};

[[nodiscard]] std::span<const KnownCpu> known_cpus();

/// Server processors of one kind, for machines that hide which one they have: by the largest model.
struct KnownArchitecture {
  std::string_view vendor;
  unsigned family = 0;
  unsigned model = 0;
  std::string_view name;
  std::string_view largest;
  double tdp_w = 0;
  unsigned threads = 0;
  std::string_view source;
};
[[nodiscard]] std::span<const KnownArchitecture> known_architectures();

}  // namespace ecnas::energy
