#include "ecnas/search/problem.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/space/skeleton.hpp"

namespace ecnas::search {
namespace {

using table::Row;
using table::Table;

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
constexpr double kShareReference = 1.1;  // of each normalised objective

bool is_error(Objective objective) {
  return objective == Objective::validation_error || objective == Objective::test_error;
}

/// Reads one objective for all cells: which column, or the cell alone.
class ObjectiveReader {
 public:
  ObjectiveReader(const Table& table, Objective objective) : table_(table), objective_(objective) {
    const ObjectiveInfo& description = info(objective);
    if (description.metric.empty()) return;
    column_ = table.column(description.metric);
    if (column_ == nullptr) {
      fail(ErrorCode::not_found,
           "{}: no metric '{}', which objective '{}' needs; `ecnas info` lists the metrics",
           table.name(), description.metric, description.name);
    }
  }

  /// @param entry  absent for a table without metrics
  [[nodiscard]] double value(Row row, const std::optional<table::Entry>& entry) const {
    if (column_ == nullptr) return value_of_cell(table_, row, objective_).value_or(kAbsent);
    const std::optional<double> stored = entry ? entry->value(*column_) : std::nullopt;
    if (!stored) return kAbsent;
    return is_error(objective_) ? 1.0 - *stored : *stored;
  }

  [[nodiscard]] bool of_architecture() const { return column_ == nullptr; }

 private:
  const Table& table_;
  Objective objective_;
  const table::Column* column_ = nullptr;
};

/// By how much a value is above its bound, relative to the bound.
double excess(double value, double at_most) {
  if (!(value > at_most)) return 0;
  return (value - at_most) / (at_most == 0 ? 1.0 : std::abs(at_most));
}

bool is_of_cell(Objective objective) {
  return info(objective).metric.empty();
}

/// @param values  (constraints)
bool keeps_cell_constraints(std::span<const double> values,
                            std::span<const Constraint> constraints) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (is_of_cell(constraints[i].objective) && values[i] > constraints[i].at_most) return false;
  }
  return true;
}

std::vector<std::optional<std::size_t>> find_budgets(const Table& table,
                                                     std::vector<std::int32_t> epochs) {
  if (table.budgets().empty()) {
    if (epochs.empty()) return {std::nullopt};
    fail(ErrorCode::not_found, "{}: has no budgets, so --epochs does not apply", table.name());
  }
  std::vector<std::optional<std::size_t>> budgets;
  if (epochs.empty()) epochs.assign(table.budgets().begin(), table.budgets().end());
  std::ranges::sort(epochs);
  epochs.erase(std::unique(epochs.begin(), epochs.end()), epochs.end());
  for (const std::int32_t budget : epochs) {
    const std::optional<std::size_t> index = table.budget_index(budget);
    if (!index) {
      fail(ErrorCode::not_found, "{}: no budget of {} epochs; it has {}", table.name(), budget,
           fmt::join(table.budgets(), ", "));
    }
    budgets.push_back(index);
  }
  return budgets;
}

bool changes_value(const table::Conversion& conversion, Objective objective) {
  if (objective == Objective::energy) return conversion.pue.has_value();
  if (objective == Objective::co2eq) {
    return conversion.pue.has_value() || conversion.carbon_intensity_g_per_kwh.has_value();
  }
  return false;
}

/// The largest value over every entry of the table, whichever budgets are searched.
double largest_value(const Table& table, Objective objective, const ProblemOptions& options) {
  const ObjectiveReader reader(table, objective);
  double largest = -std::numeric_limits<double>::infinity();
  const std::size_t budgets = reader.of_architecture() ? 1 : table.budgets().size();
  for (Row row = 0; row < table.cells(); ++row) {
    for (std::size_t budget = 0; budget < budgets; ++budget) {
      std::optional<table::Entry> entry;
      if (!reader.of_architecture()) {
        entry = table.query(row, budget, options.repeat, options.conversion);
      }
      const double value = reader.value(row, entry);
      if (value > largest) largest = value;
    }
  }
  return largest;
}

moo::Objectives default_reference_point(const Table& table, const ProblemOptions& options) {
  std::vector<double> reference;
  for (const Objective objective : options.objectives) {
    const auto& stored = table.metadata().reference_point;
    const auto found = stored.find(std::string(info(objective).name));
    if (is_error(objective) || objective == Objective::inverse_depth) {
      reference.push_back(1.0);
    } else if (found != stored.end() && !changes_value(options.conversion, objective)) {
      reference.push_back(found->second);
    } else {
      reference.push_back(largest_value(table, objective, options));
    }
  }
  return moo::Objectives(reference);
}

}  // namespace

Problem::Problem(const Table& table, ProblemOptions options)
    : table_(&table), options_(std::move(options)) {
  const std::size_t count = options_.objectives.size();
  if (count == 0 || count > moo::kMaxObjectives) {
    fail(ErrorCode::invalid_argument, "objectives: {} given; expected 1 to {}", count,
         moo::kMaxObjectives);
  }
  if (options_.constraints.size() > moo::kMaxObjectives) {
    fail(ErrorCode::invalid_argument, "constraints: {} given; expected at most {}",
         options_.constraints.size(), moo::kMaxObjectives);
  }
  table_budgets_ = find_budgets(table, options_.epochs);
  for (const auto& budget : table_budgets_) {
    budgets_.push_back(budget ? table.budgets()[*budget] : 0);
  }

  std::vector<ObjectiveReader> readers;
  for (const Objective objective : options_.objectives)
    readers.emplace_back(table, objective);
  for (const Constraint& constraint : options_.constraints)
    readers.emplace_back(table, constraint.objective);

  domains_.resize(budgets_.size());
  const std::size_t width = readers.size();
  values_.resize(table.cells() * budgets_.size() * width, kAbsent);
  auto values = values_.begin();
  for (Row row = 0; row < table.cells(); ++row) {
    max_vertices_ = std::max(max_vertices_, table.cell(row).vertices());
    for (std::size_t budget = 0; budget < budgets_.size();
         ++budget, values += std::ptrdiff_t(width)) {
      std::optional<table::Entry> entry;
      if (table_budgets_[budget]) {
        entry = table.query(row, *table_budgets_[budget], options_.repeat, options_.conversion);
        if (!entry) continue;
      }
      std::ranges::transform(
          readers, values, [&](const ObjectiveReader& reader) { return reader.value(row, entry); });
      const std::span<double> read(values, width);
      if (!keeps_cell_constraints(read.subspan(count), options_.constraints)) {
        std::ranges::fill(read, kAbsent);
      } else if (std::ranges::none_of(read, [](double value) { return std::isnan(value); })) {
        domains_[budget].push_back(row);
      }
    }
  }
  if (domain_size() == 0 && options_.constraints.empty()) {
    fail(ErrorCode::not_found, "{}: no cell has all objectives at {} epochs; nothing to search",
         table.name(), fmt::join(budgets_, ", "));
  }
  reference_point_ = default_reference_point(table, options_);
}

std::optional<std::size_t> Problem::table_budget(std::size_t budget) const {
  return table_budgets_[budget];
}

std::size_t Problem::domain_size() const {
  return std::accumulate(domains_.begin(), domains_.end(), std::size_t{0},
                         [](std::size_t sum, const auto& domain) { return sum + domain.size(); });
}

std::span<const double> Problem::values(Candidate candidate) const {
  const std::size_t width = options_.objectives.size() + options_.constraints.size();
  const std::size_t first = (candidate.row * budgets_.size() + candidate.budget) * width;
  return {values_.data() + first, width};
}

bool Problem::contains(Candidate candidate) const {
  return std::ranges::none_of(values(candidate), [](double value) { return std::isnan(value); });
}

std::optional<moo::Objectives> Problem::evaluate(Candidate candidate) const {
  if (!contains(candidate)) return std::nullopt;
  return moo::Objectives(values(candidate).first(options_.objectives.size()));
}

Measurement Problem::measurement(std::span<const double> values) const {
  const std::span<const double> constrained = values.subspan(options_.objectives.size());
  Measurement measurement{moo::Objectives(values.first(options_.objectives.size())),
                          moo::Objectives(constrained), 0};
  for (std::size_t i = 0; i < constrained.size(); ++i)
    measurement.violation += excess(constrained[i], options_.constraints[i].at_most);
  return measurement;
}

Measurement Problem::measure(Candidate candidate) const {
  ECNAS_ASSERT(contains(candidate));
  return measurement(values(candidate));
}

Measurement Problem::draw(Candidate candidate, std::uint64_t noise_seed) const {
  ECNAS_ASSERT(contains(candidate));
  const std::span<const double> expected = values(candidate);
  std::vector<double> drawn(expected.begin(), expected.end());
  const std::optional<std::size_t> budget = table_budgets_[candidate.budget];
  if (!budget) return measurement(drawn);
  const auto entry =
      table_->query(candidate.row, *budget, options_.repeat, options_.conversion, noise_seed);
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const std::size_t objectives = options_.objectives.size();
    const Objective read =
        i < objectives ? options_.objectives[i] : options_.constraints[i - objectives].objective;
    if (has_noise(read)) drawn[i] = ObjectiveReader(*table_, read).value(candidate.row, entry);
  }
  return measurement(drawn);
}

bool Problem::has_noise(Objective objective) const {
  const auto& models = table_->metadata().noise;
  const auto model = models.find(std::string(info(objective).metric));
  return model != models.end() && std::ranges::all_of(budgets_, [&](std::int32_t epochs) {
           return model->second.standard_deviation.contains(epochs);
         });
}

bool Problem::has_noise() const {
  return std::ranges::any_of(options_.objectives,
                             [&](Objective objective) { return has_noise(objective); });
}

std::optional<double> value_of_cell(const Table& table, Row row, Objective objective) {
  switch (objective) {
    case Objective::parameters:
      return static_cast<double>(table.trainable_parameters()[row]);
    case Objective::flops:
      return static_cast<double>(space::flops(table.cell(row), table.metadata().skeleton));
    case Objective::inverse_depth:
      return 1.0 / (1.0 + depth(table.cell(row)));
    default:
      return std::nullopt;
  }
}

std::vector<FrontPoint> exact_front(const Problem& problem) {
  std::vector<Candidate> candidates;
  std::vector<moo::Objectives> points;
  candidates.reserve(problem.domain_size());
  points.reserve(problem.domain_size());
  for (std::uint32_t budget = 0; budget < problem.budgets().size(); ++budget) {
    for (const Row row : problem.domain(budget))
      candidates.push_back({row, budget});
  }
  // Of equal points the first is kept: rows are in order of hashes.
  std::ranges::sort(candidates, {}, [](const Candidate& candidate) {
    return std::tuple(candidate.row, candidate.budget);
  });
  if (!problem.options().constraints.empty()) {
    std::erase_if(candidates, [&](const Candidate& candidate) {
      return problem.measure(candidate).violation > 0;
    });
  }
  for (const Candidate& candidate : candidates)
    points.push_back(*problem.evaluate(candidate));

  std::vector<FrontPoint> front;
  for (const std::size_t i : moo::non_dominated(points))
    front.push_back({candidates[i], points[i]});
  std::ranges::stable_sort(front, {}, [](const FrontPoint& point) { return point.objectives[0]; });
  return front;
}

std::vector<moo::Objectives> objectives_of(std::span<const FrontPoint> front) {
  std::vector<moo::Objectives> points;
  points.reserve(front.size());
  for (const FrontPoint& point : front)
    points.push_back(point.objectives);
  return points;
}

HypervolumeShare::HypervolumeShare(std::span<const moo::Objectives> exact_front)
    : bounds_(moo::bounds_of(exact_front)), exact_volume_(volume(exact_front)) {}

double HypervolumeShare::operator()(std::span<const moo::Objectives> front) const {
  return volume(front) / exact_volume_;
}

std::vector<double> HypervolumeShare::after_each(std::span<const moo::Objectives> points) const {
  std::vector<double> shares;
  shares.reserve(points.size());
  if (bounds_.ideal.size() == 2) {
    moo::Hypervolume2d attained({kShareReference, kShareReference});
    for (const moo::Objectives& point : points) {
      const moo::Objectives at = moo::normalised(point, bounds_);
      attained.insert({at[0], at[1]});
      shares.push_back(attained.value() / exact_volume_);
    }
    return shares;
  }
  std::vector<moo::Objectives> front;
  for (const moo::Objectives& point : points) {
    front.push_back(point);
    const std::vector<std::size_t> kept = moo::non_dominated(front);
    const bool gains = kept.back() + 1 == front.size();
    for (std::size_t i = 0; i < kept.size(); ++i)
      front[i] = front[kept[i]];
    front.resize(kept.size());
    shares.push_back(gains ? (*this)(front) : shares.back());
  }
  return shares;
}

double HypervolumeShare::volume(std::span<const moo::Objectives> front) const {
  std::vector<moo::Objectives> points;
  points.reserve(front.size());
  for (const moo::Objectives& point : front)
    points.push_back(moo::normalised(point, bounds_));
  const std::vector<double> reference(bounds_.ideal.size(), kShareReference);
  return moo::hypervolume(points, moo::Objectives(reference));
}

}  // namespace ecnas::search
