#include "ecnas/surrogate/noise.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/stats/summary.hpp"

namespace ecnas::surrogate {
namespace {

constexpr std::size_t kFewest = 10;

/// Mean of the largest of three standard normal numbers.
constexpr double kBestOfThree = 0.8463;

/// At this budget the sample's accuracies are the best of three.
constexpr std::int32_t kBestAt = 108;

double scale_of(Target target, double value) {
  return is_accuracy(target) ? std::log(value / (1 - value)) : std::log(value);
}

table::NoiseKind kind_of(Target target) {
  return is_accuracy(target) ? table::NoiseKind::logit : table::NoiseKind::relative;
}

/// Deviations of one budget's repeats from their cells' means.
std::vector<double> deviations(const table::Table& table, const table::Column& column,
                               std::size_t budget, Target target, std::size_t& entries) {
  std::vector<double> all;
  for (table::Row row = 0; row < table.cells(); ++row) {
    const auto entry = table.query(row, budget);
    if (!entry) continue;
    std::vector<double> repeats;
    for (const float value : entry->repeats(column)) {
      if (!std::isnan(value)) repeats.push_back(scale_of(target, static_cast<double>(value)));
    }
    if (repeats.size() < 2) continue;
    ++entries;
    const auto count = static_cast<double>(repeats.size());
    const double mean = stats::mean(repeats);
    for (const double repeat : repeats)
      all.push_back((repeat - mean) * std::sqrt(count / (count - 1)));
  }
  return all;
}

}  // namespace

table::NoiseModel noise_of_repeats(const table::Table& table, Target target) {
  const table::Column* column = table.column(name(target));
  if (column == nullptr)
    fail(ErrorCode::not_found, "{}: there is no {}", table.name(), name(target));
  table::NoiseModel model{.kind = kind_of(target), .standard_deviation = {}};
  for (std::size_t budget = 0; budget < table.budgets().size(); ++budget) {
    std::size_t entries = 0;
    std::vector<double> all = deviations(table, *column, budget, target, entries);
    if (entries < kFewest) continue;
    // The quartiles' distance: unmoved by single readings that went wrong.
    const double spread = stats::quantile(all, 0.75) - stats::quantile(all, 0.25);
    model.standard_deviation[table.budgets()[budget]] = spread / 1.349;
  }
  if (model.standard_deviation.empty()) {
    fail(ErrorCode::invalid_data, "{}: fewer than {} entries of {} have repeats", table.name(),
         kFewest, name(target));
  }
  return model;
}

table::NoiseModel noise_of_samples(const Observations& samples, const Observations& means) {
  std::map<space::Cell, std::size_t> rows;
  for (std::size_t i = 0; i < means.cells.size(); ++i)
    rows[space::canonical(means.cells[i])] = i;
  table::NoiseModel model{.kind = kind_of(samples.target), .standard_deviation = {}};
  for (std::size_t budget = 0; budget < samples.epochs.size(); ++budget) {
    const std::int32_t epochs = samples.epochs[budget];
    const auto other = std::find(means.epochs.begin(), means.epochs.end(), epochs);
    if (other == means.epochs.end()) continue;
    std::vector<double> differences;
    for (std::size_t i = 0; i < samples.cells.size(); ++i) {
      const auto found = rows.find(space::canonical(samples.cells[i]));
      if (found == rows.end()) continue;
      const double sample = samples.value(i, budget);
      const double mean =
          means.value(found->second, static_cast<std::size_t>(other - means.epochs.begin()));
      if (std::isnan(sample) || std::isnan(mean)) continue;
      differences.push_back(scale_of(samples.target, sample) - scale_of(samples.target, mean));
    }
    if (differences.size() < kFewest) continue;
    model.standard_deviation[epochs] =
        epochs == kBestAt ? std::max(0.0, stats::median(differences)) / kBestOfThree
                          : stats::median_absolute_deviation(differences) * std::sqrt(1.5);
  }
  if (model.standard_deviation.empty()) {
    fail(ErrorCode::invalid_data, "{}: shares fewer than {} cells with {}", samples.source, kFewest,
         means.source);
  }
  return model;
}

}  // namespace ecnas::surrogate
