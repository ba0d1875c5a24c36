#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/skeleton.hpp"
#include "ecnas/table/builder.hpp"
#include "ecnas/table/import.hpp"

namespace ecnas::table {

inline constexpr std::string_view kEcNasCitation =
    "Bakhtiarifard, Igel, Selvan: EC-NAS: Energy Consumption Aware Tabular Benchmarks for Neural "
    "Architecture Search. ICASSP 2024, arXiv 2210.06015";
inline constexpr std::string_view kCifar10 = "CIFAR-10";

/// What one source says of itself, to be agreed with the others'.
struct SourceFacts {
  std::string name;           ///< as messages call it
  bool has_energies = false;  ///< energies or emissions: only they have a PUE
  std::optional<double> pue;
  std::optional<double> carbon_intensity_g_per_kwh;
  std::vector<std::string> devices;
  std::string data_set;
  std::string source;
  std::string citation;
  space::Skeleton skeleton;
};

}  // namespace ecnas::table
