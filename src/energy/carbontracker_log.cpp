#include "energy/carbontracker_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "energy/foreign_text.hpp"
#include "energy/log_messages.hpp"

namespace ecnas::energy {
namespace {

constexpr std::string_view kTool = "CarbonTracker: ";  // before all messages of the output log
constexpr std::string_view kVersion = "carbontracker version ";
constexpr std::size_t kMaxDevices = 1024;
constexpr double kMaxPowerW = 1e7;
constexpr double kMaxTotal = 1e12;    // kWh, g
constexpr double kAgreement = 0.02;   // share by which sums may differ unremarked
constexpr double kRoundingS = 0.005;  // of an epoch's duration

// --- The standard log ----------------------------------------------------------------------------

/// W of each device; NaN: not measured. Empty: nothing was measured.
using Powers = std::vector<double>;

struct Epoch {
  std::size_t line = 0;
  double duration_s = 0;
  std::map<std::string, Powers, std::less<>> powers;  ///< by component
};

struct Training {
  std::string version;
  std::string started;  ///< by the machine's own clock
  std::optional<double> pue;
  std::map<std::string, std::vector<std::string>, std::less<>> devices;  ///< by component
  std::vector<Epoch> epochs;
  std::optional<double> g_per_kwh;
  bool is_interrupted = false;
};

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

/// "GPU with device(s) A, B. CPU with device(s) C."; names of devices may hold points and commas.
std::map<std::string, std::vector<std::string>, std::less<>> parse_devices(std::string_view text) {
  constexpr std::string_view kWith = " with device(s) ";
  std::map<std::string, std::vector<std::string>, std::less<>> devices;
  std::size_t with = text.find(kWith);
  while (with != std::string_view::npos) {
    const std::size_t space = text.rfind(' ', with - (with > 0 ? 1 : 0));
    const std::size_t begin = space == std::string_view::npos || space >= with ? 0 : space + 1;
    const std::string component = lower_case(text.substr(begin, with - begin));
    text.remove_prefix(with + kWith.size());
    with = text.find(kWith);
    const std::string_view all = text.substr(0, with);
    const std::size_t point = all.rfind('.');  // before the next component's name, or at the end
    std::string_view list = all.substr(0, point);
    auto& names = devices[component];
    for (std::size_t comma = 0; comma != std::string_view::npos;) {
      comma = list.find(", ");
      names.push_back(foreign_text(list.substr(0, comma)));
      if (comma != std::string_view::npos) list.remove_prefix(comma + 2);
      if (names.size() > kMaxDevices) break;
    }
  }
  return devices;
}

/// A number, numbers in brackets as numpy prints them, or None.
std::optional<Powers> parse_powers(std::string_view text) {
  if (text == "None") return Powers{};
  if (text.starts_with('[') != text.ends_with(']')) return std::nullopt;
  if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
  Powers powers;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
    if (text.empty()) return powers.empty() ? std::nullopt : std::optional(powers);
    const std::string_view word = up_to(text, " \n");
    const std::optional<double> value =
        word == "nan" ? parse_real(word) : parse_within(word, kMaxPowerW);
    if (!value || powers.size() == kMaxDevices) return std::nullopt;
    powers.push_back(*value);
    text.remove_prefix(word.size());
  }
}

class StandardLog {
 public:
  explicit StandardLog(const LogText& log) : log_(log) {}

  Training read() {
    const std::vector<LogMessage> messages = messages_of(log_);
    training_.started = messages.front().time;
    for (const LogMessage& message : messages)
      take(message);
    if (is_open_) wrong(log_, training_.epochs.back().line, "an epoch without a duration");
    return std::move(training_);
  }

 private:
  void take(const LogMessage& message) {
    const std::string_view text = message.text;
    if (const auto version = after(text, kVersion)) {
      if (!training_.version.empty()) wrong(log_, message.line, "a second training begins");
      training_.version = foreign_text(*version);
    } else if (const auto rest = after(text,
                                       "Only predicted and actual consumptions are multiplied "
                                       "by a PUE coefficient of ")) {
      training_.pue = parse_real(up_to(*rest, " "));
      constexpr double kMaxPue = 100;
      if (!training_.pue || !(*training_.pue >= 1 && *training_.pue <= kMaxPue))
        wrong(log_, message.line, "a PUE that is none: " + ecnas::quoted(*rest));
    } else if (const auto found = after(text, "The following components were found: ")) {
      training_.devices = parse_devices(*found);
    } else if (const auto number = after(text, "Epoch ")) {
      begin_epoch(message, *number);
    } else if (const auto duration = after(text, "Duration: ")) {
      take_duration(message, *duration);
    } else if (const auto power = after(text, "Average power usage (W) for ")) {
      take_power(message, *power);
    } else if (const auto intensity =
                   after(text, "Average carbon intensity during training was ")) {
      training_.g_per_kwh = parse_within(up_to(*intensity, " "), kMaxTotal);
    } else if (text.starts_with("Training was interrupted")) {
      training_.is_interrupted = true;
    }
  }

  void begin_epoch(const LogMessage& message, std::string_view text) {
    if (!text.ends_with(':') || !parse_integer(text.substr(0, text.size() - 1))) return;
    if (is_open_) wrong(log_, message.line, "an epoch begins before the last one has a duration");
    is_open_ = true;
    training_.epochs.push_back({.line = message.line});
  }

  void take_duration(const LogMessage& message, std::string_view text) {
    if (!is_open_) wrong(log_, message.line, "a duration of no epoch");
    const std::optional<double> duration = parse_duration(text);
    if (!duration) wrong(log_, message.line, "duration " + ecnas::quoted(text));
    training_.epochs.back().duration_s = *duration;
    is_open_ = false;
  }

  void take_power(const LogMessage& message, std::string_view text) {
    const std::size_t colon = text.find(": ");
    if (training_.epochs.empty() || is_open_ || colon == std::string_view::npos)
      wrong(log_, message.line, "a power of no epoch");
    std::string component = foreign_text(text.substr(0, colon));
    std::optional<Powers> powers = parse_powers(text.substr(colon + 2));
    if (!powers) {
      wrong(log_, message.line,
            fmt::format("power {}; expected W, or several in brackets, or None",
                        ecnas::quoted(text.substr(colon + 2))));
    }
    const auto known = counts_.find(component);
    if (!powers->empty() && known != counts_.end() && known->second != powers->size()) {
      wrong(
          log_, message.line,
          fmt::format("powers of {} devices; before there were {}", powers->size(), known->second));
    }
    if (!powers->empty()) counts_.emplace(component, powers->size());
    if (!training_.epochs.back().powers.emplace(std::move(component), *std::move(powers)).second)
      wrong(log_, message.line, "a second power of the same component");
  }

  const LogText& log_;
  Training training_;
  std::map<std::string, std::size_t, std::less<>> counts_;  // devices by component
  bool is_open_ = false;  // an epoch has begun that has no duration yet
};

// --- The output log ------------------------------------------------------------------------------

/// "Actual consumption": PUE included.
struct Consumption {
  double duration_s = 0;
  double energy_kwh = 0;
  std::optional<double> co2eq_g;
};

struct Outcome {
  std::string started;
  std::optional<Consumption> actual;  ///< the last one
  bool has_prediction = false;
};

/// The value of "\tNAME:\tVALUE UNIT" in a message.
std::optional<std::string_view> value_of(std::string_view text, const std::string& name,
                                         std::string_view unit) {
  const std::size_t at = text.find("\n\t" + name + ":\t");
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view value = text.substr(at + name.size() + 4);
  value = up_to(value, "\n");
  if (!value.ends_with(unit)) return std::nullopt;
  value.remove_suffix(unit.size());
  return value;
}

Consumption parse_consumption(const LogText& log, const LogMessage& message) {
  const auto time = value_of(message.text, "Time", "");
  const auto energy = value_of(message.text, "Energy", " kWh");
  const auto co2eq = value_of(message.text, "CO2eq", " g");
  const auto duration = time ? parse_duration(*time) : std::nullopt;
  const auto energy_kwh = energy ? parse_within(*energy, kMaxTotal) : std::nullopt;
  const auto co2eq_g = co2eq && *co2eq != "nan" ? parse_within(*co2eq, kMaxTotal) : std::nullopt;
  if (!duration || !energy_kwh || !co2eq || (*co2eq != "nan" && !co2eq_g)) {
    wrong(log, message.line,
          "a consumption without a time, an energy in kWh or an emission in g below it");
  }
  return {.duration_s = *duration, .energy_kwh = *energy_kwh, .co2eq_g = co2eq_g};
}

Outcome read_output(const LogText& log) {
  Outcome outcome;
  for (const LogMessage& message : messages_of(log)) {
    if (outcome.started.empty()) outcome.started = message.time;
    std::string_view text = message.text;
    text = after(text, kTool).value_or(text);
    text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
    if (text.starts_with("Actual consumption")) outcome.actual = parse_consumption(log, message);
    outcome.has_prediction |= text.starts_with("Predicted consumption");
  }
  return outcome;
}

// --- Measurement ---------------------------------------------------------------------------------

Domain domain_of(std::string_view component) {
  if (component == "gpu") return Domain::gpu;
  return component == "cpu" ? Domain::cpu : Domain::machine;
}

/// Components and spans of a training's epochs.
class Epochs {
 public:
  Epochs(const Training& training, bool is_cpu_modelled)
      : training_(training), is_cpu_modelled_(is_cpu_modelled) {}

  void add_to(Measurement& result) const {
    add_components(result);
    double begin_s = 0;
    for (const Epoch& epoch : training_.epochs) {
      Span span{.name = fmt::format("epoch {}", result.spans.size() + 1),
                .begin_s = begin_s,
                .duration_s = epoch.duration_s,
                .components = energies(epoch, result)};
      for (std::size_t i = 0; i < span.components.size(); ++i) {
        result.components[i].energy.energy_j += span.components[i].energy_j;
        result.components[i].energy.covered_s += span.components[i].covered_s;
      }
      begin_s += epoch.duration_s;
      result.spans.push_back(std::move(span));
    }
    result.duration_s = begin_s;
  }

 private:
  void add_components(Measurement& result) const {
    std::map<std::string, std::size_t, std::less<>> counts;
    for (const Epoch& epoch : training_.epochs) {
      for (const auto& [component, powers] : epoch.powers) {
        if (!powers.empty()) counts.emplace(component, powers.size());
      }
    }
    for (const auto& [component, count] : counts) {
      const auto names = training_.devices.find(component);
      for (std::size_t i = 0; i < count; ++i) {
        SourceDescription source{.name = fmt::format("{}-{}", component, i),
                                 .domain = domain_of(component),
                                 .kind = Kind::power,
                                 .quality = Quality::integrated,
                                 .origin = "carbontracker"};
        if (component == "cpu" && is_cpu_modelled_) source.quality = Quality::modelled;
        if (names != training_.devices.end() && names->second.size() == count)
          source.device = names->second[i];
        result.components.push_back({.source = std::move(source)});
      }
    }
  }

  /// In the order of the components. Where no power was measured there is no energy and no
  /// coverage.
  [[nodiscard]] static std::vector<ComponentEnergy> energies(const Epoch& epoch,
                                                             const Measurement& result) {
    std::vector<ComponentEnergy> found(result.components.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const std::string& name = result.components[i].source.name;
      const std::size_t dash = name.rfind('-');
      const auto powers = epoch.powers.find(std::string_view(name).substr(0, dash));
      const auto device = static_cast<std::size_t>(*parse_integer(name.substr(dash + 1)));
      if (powers == epoch.powers.end() || powers->second.empty()) continue;
      const double power_w = powers->second[device];
      if (std::isnan(power_w)) continue;
      found[i] = {.energy_j = power_w * epoch.duration_s, .covered_s = epoch.duration_s};
    }
    return found;
  }

  const Training& training_;
  bool is_cpu_modelled_;
};

double meters_kwh(const Measurement& measurement) {
  double sum_j = 0;
  for (const Component& component : measurement.components)
    sum_j += component.energy.energy_j;
  return sum_j / kJoulesPerKwh;
}

/// What the output log says, where the standard log says nothing.
void add_whole(Measurement& result, const Consumption& actual) {
  result.duration_s = actual.duration_s;
  result.components.push_back(
      {.source = {.name = "total",
                  .domain = Domain::machine,
                  .kind = Kind::power,
                  .quality = Quality::integrated,
                  .origin = "carbontracker"},
       .energy = {.energy_j = actual.energy_kwh * kJoulesPerKwh / result.pue,
                  .covered_s = actual.duration_s}});
  result.notes.emplace_back("only the sum of all components is known");
  if (result.pue == 1)
    result.notes.emplace_back("energies hold carbontracker's PUE, which this log does not tell");
}

void add_emission(Measurement& result, const Training& training, const Outcome& outcome) {
  const double energy_kwh = meters_kwh(result) * result.pue;
  if (outcome.actual) result.co2eq_g = outcome.actual->co2eq_g;
  std::optional<double> g_per_kwh = training.g_per_kwh;
  if (!g_per_kwh && outcome.actual && outcome.actual->co2eq_g && outcome.actual->energy_kwh > 0)
    g_per_kwh = *outcome.actual->co2eq_g / outcome.actual->energy_kwh;
  if (!g_per_kwh || !std::isfinite(*g_per_kwh)) return;
  if (!result.co2eq_g) result.co2eq_g = energy_kwh * *g_per_kwh;
  result.emission_factor = {
      .g_per_kwh = *g_per_kwh, .zone = {}, .time = {}, .source = "carbontracker"};
}

void add_notes(Measurement& result, const Training& training, const Outcome& outcome,
               bool is_cpu_modelled) {
  const std::string& started = training.started.empty() ? outcome.started : training.started;
  result.notes.push_back(
      fmt::format("read from carbontracker{}{}; it began at {} by the machine's "
                  "own clock",
                  training.version.empty() ? "" : " ", training.version, started));
  if (!training.epochs.empty())
    result.notes.emplace_back("times between epochs are not in its log, and not counted");
  if (training.is_interrupted) result.notes.emplace_back("the training was interrupted");
  if (outcome.has_prediction)
    result.notes.emplace_back("its prediction for more epochs is left out");
  if (is_cpu_modelled) {
    result.notes.emplace_back("power of the processor: not read but taken from its name");
  } else {
    result.notes.emplace_back("not told: whether powers were read or simulated");
  }
  const double sum_kwh = meters_kwh(result) * result.pue;
  const double rounded_s = kRoundingS * static_cast<double>(training.epochs.size());
  const double allowed =
      kAgreement + (rounded_s > 0 ? rounded_s / std::max(result.duration_s, rounded_s) : 0);
  if (outcome.actual && std::abs(sum_kwh - outcome.actual->energy_kwh) >
                            allowed * std::max(sum_kwh, outcome.actual->energy_kwh)) {
    result.notes.push_back(fmt::format(
        "its epochs sum to {:.6g} kWh with PUE, but it says {:.6g} kWh: it counts epochs without "
        "a measured power like others",
        sum_kwh, outcome.actual->energy_kwh));
  }
}

/// carbontracker says so where it takes a processor's power from a table of names.
bool tells_modelled_processor(std::string_view errors) {
  return errors.find("Using TDP of ") != std::string_view::npos ||
         errors.find("No matching TDP found") != std::string_view::npos;
}

/// A power that is the same to its last digit in epoch after epoch was never read from a meter.
bool has_constant_processor(const Training& training) {
  std::vector<Powers> powers;
  for (const Epoch& epoch : training.epochs) {
    const auto found = epoch.powers.find("cpu");
    if (found != epoch.powers.end() && !found->second.empty()) powers.push_back(found->second);
  }
  return powers.size() > 1 &&
         std::ranges::adjacent_find(powers, std::not_equal_to{}) == powers.end();
}

}  // namespace

std::optional<CarbontrackerLog> carbontracker_log(std::string_view text) {
  const std::string_view line = up_to(text, "\n");
  if (!has_time(line)) return std::nullopt;
  const std::string_view message = line.substr(kTimeSize);
  if (message.starts_with(kTool)) return CarbontrackerLog::output;
  if (message.starts_with(kVersion)) return CarbontrackerLog::standard;
  return std::nullopt;
}

Measurement read_carbontracker(const std::optional<LogText>& standard,
                               const std::optional<LogText>& output, std::string_view errors) {
  ECNAS_ASSERT(standard || output);
  const Training training = standard ? StandardLog(*standard).read() : Training{};
  const Outcome outcome = output ? read_output(*output) : Outcome{};
  const bool is_cpu_modelled = tells_modelled_processor(errors) || has_constant_processor(training);
  Measurement result;
  result.pue = training.pue.value_or(1);
  if (!training.epochs.empty()) {
    Epochs(training, is_cpu_modelled).add_to(result);
  } else if (outcome.actual) {
    add_whole(result, *outcome.actual);
  } else {
    fail(ErrorCode::invalid_data, "{}: no epoch that was measured, and no consumption",
         standard ? standard->name : output->name);
  }
  add_emission(result, training, outcome);
  add_notes(result, training, outcome, is_cpu_modelled);
  for (const Component& component : result.components) {
    if (component.source.domain == Domain::gpu && !component.source.device.empty())
      result.machine.gpus.push_back(component.source.device);
    if (component.source.domain == Domain::cpu && result.machine.cpu.empty())
      result.machine.cpu = component.source.device;
  }
  return result;
}

}  // namespace ecnas::energy
