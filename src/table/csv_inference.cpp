#include "table/csv_inference.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/canonical.hpp"
#include "table/published.hpp"

namespace ecnas::table {
namespace {

// Relative difference up to which a value counts as another one multiplied: the published tables
// are products in double written with all digits (differences below 1e-13); measured energies never
// agree so closely.
constexpr double kProportional = 1e-9;

constexpr std::array<std::string_view, 5> kPublishedMetrics = {
    "validation_accuracy", "test_accuracy", "training_time_s", "energy_kwh", "co2eq_g"};

bool grows_with_budget(MetricKind kind) {
  return kind == MetricKind::time || kind == MetricKind::energy || kind == MetricKind::co2eq;
}

/// Rows in groups of one cell and repeat, by budget.
std::vector<std::vector<std::size_t>> groups_of(const CsvContent& content) {
  std::map<std::pair<space::Cell, std::size_t>, std::vector<std::size_t>> groups;
  for (std::size_t row = 0; row < content.rows.size(); ++row) {
    const CsvRow& facts = content.rows[row];
    groups[{space::canonical(facts.cell), facts.repeat}].push_back(row);
  }
  std::vector<std::vector<std::size_t>> result;
  for (auto& [key, rows] : groups) {
    std::ranges::stable_sort(rows, {}, [&](std::size_t row) { return content.rows[row].epochs; });
    result.push_back(std::move(rows));
  }
  return result;
}

class Inference {
 public:
  Inference(const CsvContent& content, std::optional<double> stated_pue)
      : content_(content),
        stated_pue_(stated_pue),
        groups_(groups_of(content)),
        done_(content.metrics.size()) {
    origin_.provenance = content.provenance;
    origin_.skipped.resize(content.metrics.size());
    for (const CsvRow& row : content.rows)
      least_epochs_ = std::min(least_epochs_, row.epochs);
  }

  CsvOrigin run() {
    const bool surrogate = is_zero_throughout("co2eq_g");
    if (surrogate) mark_surrogate();
    const bool scaled = mark_others();
    infer_pue(surrogate, scaled);
    if (!content_.has_epochs) {
      note("there is no column 'epochs': every row is taken as one of 4 epochs");
    }
    return std::move(origin_);
  }

 private:
  template <typename... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    origin_.notes.push_back(
        fmt::format("{}: {}", content_.name, fmt::format(format, std::forward<Args>(args)...)));
  }

  Provenance& provenance(std::size_t row, std::size_t metric) {
    return origin_.provenance[row * content_.metrics.size() + metric];
  }

  bool is_zero_throughout(std::string_view metric_name) const {
    const auto metric = content_.metric_index(metric_name);
    if (!metric || content_.has_provenance[*metric]) return false;
    for (std::size_t row = 0; row < content_.rows.size(); ++row) {
      if (content_.value(row, *metric) != 0) return false;
    }
    return true;
  }

  /// EC-NAS's table of 7 vertices.
  void mark_surrogate() {
    for (std::size_t metric = 0; metric < content_.metrics.size(); ++metric) {
      const MetricKind kind = content_.metrics[metric].kind;
      origin_.skipped[metric] = kind == MetricKind::co2eq;
      if (kind != MetricKind::energy || content_.has_provenance[metric]) continue;
      for (std::size_t row = 0; row < content_.rows.size(); ++row) {
        if (!std::isnan(content_.value(row, metric))) {
          provenance(row, metric) = Provenance::predicted;
        }
      }
      done_[metric] = true;
    }
    note(
        "co2eq_g is 0 throughout, as in EC-NAS's table of 7 vertices: emissions are left out and "
        "energies are its surrogate's, 'predicted'; training_time_s is NAS-Bench-101's own, of "
        "another machine");
  }

  /// Marks what the file does not say and is not marked yet. @return whether energies are scaled.
  bool mark_others() {
    std::vector<std::string> scaled_names;
    bool energies = false;
    for (std::size_t metric = 0; metric < content_.metrics.size(); ++metric) {
      if (content_.has_provenance[metric] || done_[metric] || origin_.skipped[metric]) continue;
      if (mark_metric(metric)) {
        scaled_names.push_back(content_.metrics[metric].name);
        energies = energies || content_.metrics[metric].kind == MetricKind::energy;
      }
    }
    if (!scaled_names.empty()) {
      note("{} above {} epochs are the value at fewer epochs times the ratio of epochs: 'scaled'",
           fmt::join(scaled_names, ", "), least_epochs_);
    }
    return energies;
  }

  /// Marks the values of one metric measured or scaled. @return whether any is scaled
  bool mark_metric(std::size_t metric) {
    const bool can_scale = grows_with_budget(content_.metrics[metric].kind);
    const bool rule = can_scale && all_proportional(metric);
    bool any = false;
    for (const std::vector<std::size_t>& rows : groups_) {
      const std::optional<std::size_t> base = can_scale ? base_of(rows, metric) : std::nullopt;
      for (const std::size_t row : rows) {
        if (std::isnan(content_.value(row, metric))) continue;
        const bool by_itself = base && proportional(*base, row, metric);
        const bool by_rule = rule && content_.rows[row].epochs > least_epochs_;
        provenance(row, metric) = by_itself || by_rule ? Provenance::scaled : Provenance::measured;
        any = any || by_itself || by_rule;
      }
    }
    return any;
  }

  /// The row of fewest epochs that has a value other than 0.
  std::optional<std::size_t> base_of(const std::vector<std::size_t>& rows,
                                     std::size_t metric) const {
    const auto base = std::ranges::find_if(
        rows, [&](std::size_t row) { return content_.value(row, metric) > 0; });
    if (base == rows.end()) return std::nullopt;
    return *base;
  }

  bool proportional(std::size_t base, std::size_t row, std::size_t metric) const {
    const std::int32_t base_epochs = content_.rows[base].epochs;
    const std::int32_t epochs = content_.rows[row].epochs;
    if (epochs <= base_epochs) return false;
    const double expected = content_.value(base, metric) * epochs / base_epochs;
    return std::abs(content_.value(row, metric) - expected) <= kProportional * expected;
  }

  /// Whether every cell of several budgets is proportional, and there is such a cell: then the
  /// whole column was made so, cells of one budget included.
  bool all_proportional(std::size_t metric) const {
    bool evidence = false;
    for (const std::vector<std::size_t>& rows : groups_) {
      const std::optional<std::size_t> base = base_of(rows, metric);
      for (const std::size_t row : rows) {
        if (std::isnan(content_.value(row, metric)) || !base) continue;
        if (content_.rows[row].epochs <= content_.rows[*base].epochs) continue;
        if (!proportional(*base, row, metric)) return false;
        evidence = true;
      }
    }
    return evidence;
  }

  void infer_pue(bool surrogate, bool scaled) {
    if (content_.pue) {
      origin_.pue = content_.pue;
      return;
    }
    if (!content_.has_values(MetricKind::energy) && !content_.has_values(MetricKind::co2eq)) return;
    if (surrogate) {
      assume_pue(kNoOverhead, "EC-NAS's table of 7 vertices");
    } else if (!content_.has_epochs) {
      assume_pue(kNoOverhead, "EC-NAS's measured energies at 4 epochs");
    } else if (scaled && has_published_columns()) {
      assume_pue(kCampaignPue, "EC-NAS's tables of 4 and 5 vertices");
    } else if (!stated_pue_) {
      note("does not say which PUE its energies include; pass --data-pue if it is known");
    }
  }

  void assume_pue(double pue, std::string_view like) {
    origin_.published = true;
    if (stated_pue_) return;
    origin_.pue = pue;
    note("energies are taken to include a PUE of {}, as in {}; --data-pue says otherwise",
         shortest(pue), like);
  }

  bool has_published_columns() const {
    return content_.metrics.size() == kPublishedMetrics.size() &&
           std::ranges::all_of(kPublishedMetrics, [&](std::string_view metric) {
             const auto index = content_.metric_index(metric);
             return index && !content_.has_provenance[*index];
           });
  }

  const CsvContent& content_;
  std::optional<double> stated_pue_;  // by the caller
  std::vector<std::vector<std::size_t>> groups_;
  std::vector<bool> done_;  // by metric: provenances are marked
  CsvOrigin origin_;
  std::int32_t least_epochs_ = INT32_MAX;
};

}  // namespace

CsvOrigin infer_origin(const CsvContent& content, std::optional<double> stated_pue) {
  return Inference(content, stated_pue).run();
}

}  // namespace ecnas::table
