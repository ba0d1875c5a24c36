#include "ecnas/surrogate/observations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/hash.hpp"

namespace ecnas::surrogate {
namespace {

constexpr std::size_t kFewestCells = 20;

std::vector<std::size_t> chosen_budgets(const table::Table& table,
                                        std::optional<std::int32_t> epochs) {
  std::vector<std::size_t> chosen;
  for (std::size_t budget = 0; budget < table.budgets().size(); ++budget) {
    if (!epochs || table.budgets()[budget] == *epochs) chosen.push_back(budget);
  }
  if (chosen.empty()) {
    fail(ErrorCode::not_found, "{}: nothing at {} epochs; there are {}", table.name(),
         epochs.value_or(0), fmt::join(table.budgets(), ", "));
  }
  return chosen;
}

/// The budgets at which anything was observed.
std::vector<std::int32_t> observed_epochs(const Observations& observations) {
  std::vector<std::int32_t> some;
  for (std::size_t budget = 0; budget < observations.epochs.size(); ++budget) {
    for (std::size_t i = 0; i < observations.cells.size(); ++i) {
      if (std::isnan(observations.value(i, budget))) continue;
      some.push_back(observations.epochs[budget]);
      break;
    }
  }
  return some;
}

}  // namespace

std::string_view name(AccuracyKind kind) {
  return kind == AccuracyKind::mean ? "mean" : "sample";
}

std::optional<AccuracyKind> parse_accuracy_kind(std::string_view text) {
  if (text == "mean") return AccuracyKind::mean;
  if (text == "sample") return AccuracyKind::sample;
  return std::nullopt;
}

Observations observe(const table::Table& table, Target target, AccuracyKind kind,
                     std::optional<std::int32_t> epochs) {
  const table::Column* column = table.column(name(target));
  if (column == nullptr)
    fail(ErrorCode::not_found, "{}: there is no {}", table.name(), name(target));
  const std::vector<std::size_t> budgets = chosen_budgets(table, epochs);
  Observations result{
      .target = target, .source = table.name(), .pue = table.metadata().pue, .kind = kind};
  for (const std::size_t budget : budgets)
    result.epochs.push_back(table.budgets()[budget]);
  for (table::Row row = 0; row < table.cells(); ++row) {
    bool any = false;
    for (const std::size_t budget : budgets) {
      const auto entry = table.query(row, budget);
      const std::optional<double> value = entry ? entry->value(*column) : std::nullopt;
      result.values.push_back(value.value_or(std::numeric_limits<double>::quiet_NaN()));
      std::size_t repeats = 0;
      if (entry) {
        const auto stored = entry->repeats(*column);
        repeats = static_cast<std::size_t>(
            std::count_if(stored.begin(), stored.end(), [](float v) { return !std::isnan(v); }));
      }
      result.repeats.push_back(static_cast<std::uint8_t>(repeats));
      any = any || value.has_value();
    }
    if (any) {
      result.cells.push_back(table.cell(row));
    } else {
      result.values.resize(result.values.size() - budgets.size());
      result.repeats.resize(result.repeats.size() - budgets.size());
    }
  }
  return result.cells.empty() ? result : at_budgets(result, observed_epochs(result));
}

Observations at_budgets(const Observations& observations, std::span<const std::int32_t> epochs) {
  if (std::ranges::equal(epochs, observations.epochs)) return observations;
  std::vector<std::size_t> chosen;
  for (const std::int32_t wanted : epochs) {
    const auto found = std::ranges::find(observations.epochs, wanted);
    if (found == observations.epochs.end()) {
      fail(ErrorCode::invalid_data, "{}: no {} at {} epochs; there are {}", observations.source,
           name(observations.target), wanted, fmt::join(observations.epochs, ", "));
    }
    chosen.push_back(static_cast<std::size_t>(found - observations.epochs.begin()));
  }
  Observations result = observations;
  result.epochs.assign(epochs.begin(), epochs.end());
  result.values.clear();
  result.repeats.clear();
  for (std::size_t i = 0; i < observations.cells.size(); ++i) {
    for (const std::size_t budget : chosen) {
      result.values.push_back(observations.value(i, budget));
      result.repeats.push_back(observations.repeats[i * observations.epochs.size() + budget]);
    }
  }
  return result;
}

Observations at_rows(const Observations& observations, std::span<const std::size_t> rows) {
  Observations part = observations;
  part.cells.clear();
  part.values.clear();
  part.repeats.clear();
  const std::size_t budgets = observations.epochs.size();
  for (const std::size_t row : rows) {
    part.cells.push_back(observations.cells[row]);
    for (std::size_t budget = 0; budget < budgets; ++budget) {
      part.values.push_back(observations.values[row * budgets + budget]);
      part.repeats.push_back(observations.repeats[row * budgets + budget]);
    }
  }
  return part;
}

void expect_fittable(const Observations& observations) {
  const std::string& source = observations.source;
  const std::size_t budgets = observations.epochs.size();
  if (observations.cells.size() < kFewestCells) {
    fail(ErrorCode::invalid_data, "{}: {} of {} cells; a model needs {} at least", source,
         name(observations.target), observations.cells.size(), kFewestCells);
  }
  for (std::size_t budget = 0; budget < budgets; ++budget) {
    double lowest = std::numeric_limits<double>::infinity();
    double highest = -lowest;
    std::size_t count = 0;
    for (std::size_t i = 0; i < observations.cells.size(); ++i) {
      const double value = observations.value(i, budget);
      if (std::isnan(value)) continue;
      const bool positive = is_accuracy(observations.target) ? value >= 0 && value <= 1 : value > 0;
      if (!positive || !std::isfinite(value)) {
        fail(ErrorCode::invalid_data, "{}: {} of cell {} at {} epochs is {}; expected {}", source,
             name(observations.target), to_text(space::hash_of(observations.cells[i])),
             observations.epochs[budget], shortest(static_cast<float>(value)),
             is_accuracy(observations.target) ? "a fraction" : "a positive number");
      }
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
      ++count;
    }
    if (count < kFewestCells) {
      fail(ErrorCode::invalid_data, "{}: {} of {} cells at {} epochs; a model needs {} at least",
           source, name(observations.target), count, observations.epochs[budget], kFewestCells);
    }
    if (lowest == highest) {
      fail(ErrorCode::invalid_data,
           "{}: {} at {} epochs is {} for all cells; there is nothing to learn", source,
           name(observations.target), observations.epochs[budget],
           shortest(static_cast<float>(lowest)));
    }
  }
}

}  // namespace ecnas::surrogate
