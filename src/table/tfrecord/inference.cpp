#include "table/tfrecord/inference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "table/published.hpp"

namespace ecnas::table::tfrecord {
namespace {

// Relative difference up to which a stored float counts as another one multiplied: a few roundings.
constexpr float kProportional = 3e-7F;

// The larger PUE first.
struct Campaign {
  double pue;
  std::string_view name;
};
constexpr std::array<Campaign, 2> kCampaigns = {
    {{kCampaignPue, "EC-NAS's campaigns on 4 and 5 vertices"},
     {kNoOverhead, "EC-NAS's campaign on 7 vertices"}}};

bool has_any(const Planes& planes, std::size_t metric) {
  return std::ranges::any_of(planes.layers(), [&](const Layer& layer) {
    return std::ranges::any_of(layer.values[metric], [](float value) { return value > 0; });
  });
}

class Inference {
 public:
  Inference(const Planes& planes, std::optional<double> stated_pue, std::string_view name)
      : planes_(planes), stated_pue_(stated_pue), name_(name), budgets_(planes.budgets()) {}

  Origin run() {
    origin_.stated = planes_.state_provenance();
    if (planes_.has_energy() && !origin_.stated) {
      find_predicted();
      find_scaled();
      find_copied_accuracies();
    }
    if (planes_.has_energy()) infer_pue();
    tell_halfway();
    tell_intensity();
    return std::move(origin_);
  }

 private:
  template <typename... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    origin_.notes.push_back(
        fmt::format("{}: {}", name_, fmt::format(format, std::forward<Args>(args)...)));
  }

  /// Measured energies come with emissions or with the meters' readings; EC-NAS's surrogate knew
  /// neither.
  void find_predicted() {
    const bool has_meters = std::ranges::any_of(
        planes_.layers(), [](const Layer& layer) { return !layer.meters.empty(); });
    if (has_meters || has_any(planes_, metric::co2eq) || !has_any(planes_, metric::energy)) return;
    origin_.predicted = true;
    for (const std::size_t metric :
         {metric::halfway + metric::co2eq, metric::halfway + metric::energy})
      origin_.left_out[metric] = true;
    for (const std::size_t metric : {metric::co2eq, metric::run_co2eq, metric::run_energy})
      origin_.left_out[metric] = true;
    note(
        "energies without emissions and meters, as in EC-NAS's table of 7 vertices: they are its "
        "surrogate's, 'predicted'; training_time_s is NAS-Bench-101's own, of another machine");
  }

  void find_scaled() {
    std::vector<std::string_view> names;
    for (const std::size_t metric : {metric::training_time, metric::energy, metric::co2eq}) {
      if (metric != metric::training_time && origin_.predicted) continue;
      origin_.scaled[metric] = all_above(metric, [](float least, float value, float ratio) {
        return std::abs(value - least * ratio) <= kProportional * least * ratio;
      });
      if (origin_.scaled[metric]) names.push_back(kMetrics[metric]);
    }
    if (names.empty()) return;
    note("{} above {} epochs are the value at {} epochs times the ratio of epochs: 'scaled'",
         fmt::join(names, ", "), budgets_.front(), budgets_.front());
    leave_out_unscaled();
  }

  /// The published writer scaled the last evaluation alone.
  void leave_out_unscaled() {
    std::vector<std::string_view> names;
    const auto leave_out = [&](std::size_t metric) {
      const bool same =
          all_above(metric, [](float least, float value, float) { return value == least; });
      if (!same) return;
      origin_.left_out_above[metric] = true;
      names.push_back(kMetrics[metric]);
    };
    for (const std::size_t metric : {metric::training_time, metric::energy, metric::co2eq})
      leave_out(metric::halfway + metric);
    for (const std::size_t metric : {metric::run_time, metric::run_energy, metric::run_co2eq})
      leave_out(metric);
    origin_.meters_left_out_above = true;
    if (names.empty()) return;
    note("{} and the meters' readings are those of {} epochs in every record: left out above",
         fmt::join(names, ", "), budgets_.front());
  }

  /// The published writer gave every evaluation the accuracies of the last.
  void find_copied_accuracies() {
    bool any = false;
    for (const Layer& layer : planes_.layers()) {
      for (std::size_t metric = metric::train_accuracy; metric < metric::training_time; ++metric) {
        const Values& halfway = layer.values[metric::halfway + metric];
        const Values& end = layer.values[metric];
        for (std::size_t slot = 0; slot < halfway.size(); ++slot) {
          if (std::isnan(halfway[slot])) continue;
          if (slot >= end.size() || halfway[slot] != end[slot]) return;
          any = true;
        }
      }
    }
    if (!any || planes_.trainings() < 2) return;
    for (std::size_t metric = metric::train_accuracy; metric < metric::training_time; ++metric)
      origin_.left_out[metric::halfway + metric] = true;
    note("accuracies halfway equal those at the end in every record: copied, so left out");
  }

  /// Whether `holds(least, value, ratio)` for all values of a metric above the smallest budget of
  /// which there is one at the smallest, and there is such a value.
  template <typename Holds>
  bool all_above(std::size_t metric, const Holds& holds) const {
    bool any = false;
    for (const Layer& layer : planes_.layers()) {
      if (layer.epochs == budgets_.front()) continue;
      const Values* least = values_at_least(metric, layer.repeat);
      if (least == nullptr) continue;
      const float ratio = static_cast<float>(layer.epochs) / static_cast<float>(budgets_.front());
      const Values& values = layer.values[metric];
      for (std::size_t slot = 0; slot < std::min(values.size(), least->size()); ++slot) {
        if (std::isnan(values[slot]) || std::isnan((*least)[slot])) continue;
        if (!holds((*least)[slot], values[slot], ratio)) return false;
        any = true;
      }
    }
    return any;
  }

  [[nodiscard]] const Values* values_at_least(std::size_t metric, std::size_t repeat) const {
    for (const Layer& layer : planes_.layers()) {
      if (layer.epochs == budgets_.front() && layer.repeat == repeat) return &layer.values[metric];
    }
    return nullptr;
  }

  void infer_pue() {
    const PowerFacts& power = planes_.power();
    const bool metered = std::isfinite(power.least_ratio);
    if (planes_.stated_pue()) {
      take_stated_pue(*planes_.stated_pue());
    } else if (origin_.predicted) {
      assume_pue(kNoOverhead, "EC-NAS's table of 7 vertices");
    } else if (metered && power.agree) {
      take_metered_pue(power.pue);
    } else if (metered) {
      note(
          "total energies are at least {} times those of the meters, and not by one ratio: a meter "
          "is missing, as EC-NAS's files lack the second processor socket",
          shortest(std::round(power.least_ratio * 1000) / 1000));
      const auto campaign = std::ranges::find_if(
          kCampaigns, [&](double pue) { return pue <= power.least_ratio; }, &Campaign::pue);
      if (campaign != kCampaigns.end()) assume_pue(campaign->pue, campaign->name);
    } else if (!stated_pue_) {
      note("does not say which PUE its energies include; pass --data-pue if it is known");
    }
    if (stated_pue_) origin_.pue = stated_pue_;
  }

  void take_stated_pue(double pue) {
    if (stated_pue_ && *stated_pue_ != pue) {
      fail(ErrorCode::invalid_argument,
           "{}: its records state a PUE of {}, the option {}; leave the option out", name_,
           shortest(pue), shortest(*stated_pue_));
    }
    origin_.pue = pue;
  }

  void take_metered_pue(const PueEstimate& estimate) {
    if (stated_pue_ && !estimate.allows(*stated_pue_)) {
      fail(ErrorCode::invalid_argument,
           "{}: its energies include a PUE of {}, not {}; leave the option out", name_,
           shortest(estimate.value()), shortest(*stated_pue_));
    }
    origin_.pue = estimate.value();
    note(
        "energies include a PUE of {}, the ratio of total energy to that of the meters; the "
        "meters' energies are stored multiplied by it",
        shortest(*origin_.pue));
  }

  void assume_pue(double pue, std::string_view like) {
    if (stated_pue_) return;
    origin_.pue = pue;
    note("energies are taken to include a PUE of {}, as in {}; --data-pue says otherwise",
         shortest(pue), like);
  }

  void tell_halfway() {
    for (const auto& [after, of] : planes_.not_halfway()) {
      if (origin_.left_out_above[metric::halfway + metric::training_time] &&
          of != budgets_.front()) {
        continue;
      }
      note("the evaluation stored as 'halfway' was after {} of {} epochs", shortest(after), of);
    }
  }

  void tell_intensity() {
    const auto intensities = planes_.carbon_intensities();
    if (!intensities || intensities->first == intensities->second) return;
    note("carbon intensity differs from run to run, {} to {} g/kWh: the table states none",
         shortest(intensities->first), shortest(intensities->second));
  }

  const Planes& planes_;
  std::optional<double> stated_pue_;
  std::string_view name_;
  std::vector<std::int32_t> budgets_;
  Origin origin_;
};

}  // namespace

Origin infer_origin(const Planes& planes, std::optional<double> stated_pue, std::string_view name) {
  return Inference(planes, stated_pue, name).run();
}

}  // namespace ecnas::table::tfrecord
