#pragma once

#include <string>
#include <string_view>

#include "ecnas/space/cell.hpp"

namespace ecnas::table {

// What every reader and writer of the published files knows.

inline constexpr std::string_view kEcNasCitation =
    "Bakhtiarifard, Igel, Selvan: EC-NAS: Energy Consumption Aware Tabular Benchmarks for Neural "
    "Architecture Search. ICASSP 2024, arXiv 2210.06015";
inline constexpr std::string_view kNasBench101Citation =
    "Ying, Klein, Christiansen, Real, Murphy, Hutter: NAS-Bench-101: Towards Reproducible Neural "
    "Architecture Search. ICML 2019, arXiv 1902.09635";
inline constexpr std::string_view kCifar10 = "CIFAR-10";

// PUE in the energies of EC-NAS's campaigns on at most 4 and 5 vertices, and in those on 7.
inline constexpr double kCampaignPue = 1.59;
inline constexpr double kNoOverhead = 1.0;

inline constexpr double kJoulesPerKwh = 3.6e6;

/// A cell's labels in the order of its vertices, `input` and `output` included, by their long
/// names.
[[nodiscard]] std::string labels_text(const space::Cell& cell, char separator);

}  // namespace ecnas::table
