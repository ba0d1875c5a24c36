#include "ecnas/table/metric.hpp"

#include <algorithm>
#include <utility>

#include "table/layout.hpp"

namespace ecnas::table {
namespace {

constexpr std::array<std::string_view, 4> kProvenanceNames = {"absent", "measured", "scaled",
                                                              "predicted"};

// Longest component name, so that hostile files cannot name metrics without end.
constexpr std::size_t kMaxComponentName = 32;

struct Known {
  std::string_view name;
  std::string_view description;
  MetricKind kind;
};

constexpr std::array<Known, 6> kCore = {{
    {"train_accuracy", "accuracy on the training images", MetricKind::fraction},
    {"validation_accuracy", "accuracy on the validation images", MetricKind::fraction},
    {"test_accuracy", "accuracy on the test images", MetricKind::fraction},
    {"training_time_s", "time spent training", MetricKind::time},
    {"energy_kwh", "energy spent training", MetricKind::energy},
    {"co2eq_g", "emissions of training", MetricKind::co2eq},
}};

constexpr std::array<Known, 3> kWholeRun = {{
    {"run_energy_kwh", "energy of the whole run, evaluations and start-up included",
     MetricKind::energy},
    {"run_time_s", "time of the whole run, evaluations and start-up included", MetricKind::time},
    {"run_co2eq_g", "emissions of the whole run, evaluations and start-up included",
     MetricKind::co2eq},
}};

std::string_view unit_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::fraction:
      return "1";
    case MetricKind::time:
      return "s";
    case MetricKind::energy:
      return "kWh";
    case MetricKind::co2eq:
      return "g";
    case MetricKind::power:
      return "W";
  }
  return "";
}

MetricInfo make_info(std::string_view metric_name, std::string description, MetricKind kind) {
  return {std::string(metric_name), std::string(unit_of(kind)), std::move(description), kind};
}

/// `gpu0`, `cpu12`: lower-case letters, then digits.
bool is_component(std::string_view text) {
  if (text.size() > kMaxComponentName) return false;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto first_digit = std::ranges::find_if_not(text, letter);
  return first_digit != text.begin() && first_digit != text.end() &&
         std::all_of(first_digit, text.end(), digit);
}

std::optional<MetricInfo> component_info(std::string_view metric_name, std::string_view suffix,
                                         std::string_view what, MetricKind kind) {
  if (!metric_name.ends_with(suffix)) return std::nullopt;
  const std::string_view component = metric_name.substr(0, metric_name.size() - suffix.size());
  if (!is_component(component)) return std::nullopt;
  return make_info(metric_name, std::string(what) + std::string(component), kind);
}

}  // namespace

std::string_view name(Provenance provenance) {
  const auto index = static_cast<std::size_t>(provenance);
  return index < kProvenanceNames.size() ? kProvenanceNames[index] : "unknown";
}

std::optional<Provenance> parse_provenance(std::string_view text) {
  const auto found = std::ranges::find(kProvenanceNames, text);
  if (found == kProvenanceNames.end()) return std::nullopt;
  return static_cast<Provenance>(found - kProvenanceNames.begin());
}

std::optional<MetricInfo> metric_info(std::string_view metric_name) {
  constexpr std::string_view kHalfway = "_halfway";
  const bool halfway = metric_name.ends_with(kHalfway);
  const std::string_view base =
      halfway ? metric_name.substr(0, metric_name.size() - kHalfway.size()) : metric_name;
  for (const Known& known : kCore) {
    if (base != known.name) continue;
    std::string description(known.description);
    if (halfway) description += ", at the checkpoint on the way";
    return make_info(metric_name, std::move(description), known.kind);
  }
  for (const Known& known : kWholeRun) {
    if (metric_name == known.name) {
      return make_info(metric_name, std::string(known.description), known.kind);
    }
  }
  if (auto info = component_info(metric_name, "_energy_kwh",
                                 "energy of the whole run of component ", MetricKind::energy)) {
    return info;
  }
  return component_info(metric_name, "_average_power_w",
                        "average power during the whole run of component ", MetricKind::power);
}

bool metric_before(std::string_view a, std::string_view b) {
  const auto key = [](std::string_view metric_name) {
    return std::pair(std::ranges::find(kCoreMetrics, metric_name), metric_name);
  };
  return key(a) < key(b);
}

}  // namespace ecnas::table
