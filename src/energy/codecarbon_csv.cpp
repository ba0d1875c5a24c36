#include "energy/codecarbon_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "ecnas/core/csv.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "energy/foreign_text.hpp"
#include "energy/utc.hpp"

namespace ecnas::energy {
namespace {

constexpr std::array<std::string_view, 4> kNeeded = {"timestamp", "duration", "emissions",
                                                     "energy_consumed"};
constexpr std::size_t kMaxRows = 100'000;
constexpr double kMaxNumber = 1e12;  // of kWh, s, kg: more is nonsense, and sums stay finite
constexpr double kAgreement = 0.01;  // share by which a sum may differ unremarked
constexpr double kGramsPerKg = 1000;

/// How a component stands in the columns, and what it is for us.
struct Part {
  std::string_view column;
  std::string_view name;
  Domain domain;
};
constexpr std::array<Part, 3> kParts = {{{"cpu_energy", "cpu", Domain::cpu},
                                         {"gpu_energy", "gpu", Domain::gpu},
                                         {"ram_energy", "memory", Domain::memory}}};

class Reader {
 public:
  Reader(std::string_view text, const std::string& name) : name_(name), csv_(text, name) {}

  std::vector<Measurement> read() {
    if (!csv_.next()) fail(ErrorCode::invalid_data, "{}: empty; expected a header line", name_);
    const auto header = csv_.fields();
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (!columns_.emplace(trimmed(header[i]), i).second)
        wrong("column {} is there twice", ecnas::quoted(header[i]));
    }
    for (const std::string_view needed : kNeeded) {
      if (!columns_.contains(needed)) wrong("no column '{}'", needed);
    }
    std::vector<Measurement> found;
    while (csv_.next()) {
      if (csv_.fields().size() != columns_.size())
        wrong("{} fields; the header has {}", csv_.fields().size(), columns_.size());
      if (found.size() == kMaxRows) wrong("more than {} rows", with_thousands(kMaxRows));
      found.push_back(row());
    }
    if (found.empty()) fail(ErrorCode::invalid_data, "{}: a header and no measurement", name_);
    return found;
  }

 private:
  template <typename... Args>
  [[noreturn]] void wrong(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorCode::invalid_data, "{}:{}: {}", name_, csv_.line(),
         fmt::format(format, std::forward<Args>(args)...));
  }

  /// Empty where there is no such column.
  [[nodiscard]] std::string_view text(std::string_view column) const {
    const auto found = columns_.find(column);
    return found == columns_.end() ? std::string_view() : trimmed(csv_.fields()[found->second]);
  }

  /// Absent where there is no such column, or nothing in it.
  [[nodiscard]] std::optional<double> number(std::string_view column) const {
    const std::string_view field = text(column);
    if (field.empty()) return std::nullopt;
    const std::optional<double> value = parse_real(field);
    if (!value || !(*value >= 0 && *value <= kMaxNumber))
      wrong("{} {}; expected a number from 0 to {}", column, ecnas::quoted(field), kMaxNumber);
    return value;
  }

  [[nodiscard]] double needed(std::string_view column) const {
    const std::optional<double> value = number(column);
    if (!value) wrong("no {}", column);
    return *value;
  }

  [[nodiscard]] Measurement row() const {
    Measurement result;
    result.duration_s = needed("duration");
    result.pue = number("pue").value_or(1);
    if (!(result.pue >= 1)) wrong("pue {}; expected a number from 1", ecnas::quoted(text("pue")));
    add_components(result);
    add_emission(result);
    result.machine = {.cpu = foreign_text(text("cpu_model")),
                      .logical_cpus = logical_cpus(),
                      .memory_gib = number("ram_total_size").value_or(0),
                      .gpus = {},
                      .kernel = foreign_text(text("os"))};
    if (!text("gpu_model").empty()) result.machine.gpus.push_back(foreign_text(text("gpu_model")));
    add_notes(result);
    return result;
  }

  [[nodiscard]] unsigned logical_cpus() const {
    constexpr double kMaxCpus = 1e6;
    const double count = number("cpu_count").value_or(0);
    return count <= kMaxCpus ? static_cast<unsigned>(count) : 0;
  }

  /// CodeCarbon writes 0 for what it could not measure, and its energies hold its PUE.
  void add_components(Measurement& result) const {
    const bool is_process = text("tracking_mode") == "process";
    double sum = 0;
    for (const Part& part : kParts) {
      const double energy_kwh = number(part.column).value_or(0);
      if (energy_kwh == 0) continue;
      sum += energy_kwh;
      add_component(result, part.name, part.domain, energy_kwh);
      SourceDescription& source = result.components.back().source;
      if (part.domain == Domain::memory || is_process) source.quality = Quality::modelled;
      if (is_process && part.domain != Domain::gpu) source.attribution = "process";
      if (part.domain == Domain::cpu) source.device = foreign_text(text("cpu_model"));
      if (part.domain == Domain::gpu) source.device = foreign_text(text("gpu_model"));
    }
    const double total = needed("energy_consumed");
    if (result.components.empty() && total > 0) {
      add_component(result, "total", Domain::machine, total);
    } else if (std::abs(sum - total) > kAgreement * std::max(sum, total)) {
      result.notes.push_back(
          fmt::format("its components sum to {:.6g} kWh, but it says {:.6g} kWh", sum, total));
    }
  }

  static void add_component(Measurement& result, std::string_view name, Domain domain,
                            double energy_kwh) {
    result.components.push_back({.source = {.name = std::string(name),
                                            .domain = domain,
                                            .kind = Kind::power,
                                            .quality = Quality::integrated,
                                            .origin = "CodeCarbon"},
                                 .energy = {.energy_j = energy_kwh * kJoulesPerKwh / result.pue,
                                            .covered_s = result.duration_s}});
  }

  void add_emission(Measurement& result) const {
    const std::optional<double> emissions_kg = number("emissions");
    const double total = needed("energy_consumed");
    if (!emissions_kg) return;
    result.co2eq_g = *emissions_kg * kGramsPerKg;
    if (total == 0) return;
    std::string zone(text("country_iso_code"));
    if (!text("region").empty()) zone += fmt::format(", {}", text("region"));
    const double g_per_kwh = *result.co2eq_g / total;
    if (!std::isfinite(g_per_kwh)) wrong("emissions of {} kg of no energy", *emissions_kg);
    result.emission_factor = {
        .g_per_kwh = g_per_kwh, .zone = foreign_text(zone), .time = {}, .source = "CodeCarbon"};
  }

  void add_notes(Measurement& result) const {
    const std::string_view version = text("codecarbon_version");
    result.notes.push_back(fmt::format(
        "read from CodeCarbon{}{}: project {}, run {}, tracking mode {}",
        version.empty() ? "" : " ", foreign_text(version), ecnas::quoted(text("project_name")),
        ecnas::quoted(text("run_id")), ecnas::quoted(text("tracking_mode"))));
    const std::optional<double> end = parse_time(text("timestamp"));
    if (end && *end >= result.duration_s) {
      result.started = utc_text(*end - result.duration_s);
    } else {
      result.notes.push_back(fmt::format("it ended at {} by the machine's own clock",
                                         ecnas::quoted(text("timestamp"))));
    }
    result.notes.emplace_back(
        "not told: whether a processor's energy was read or estimated from its name; how much of "
        "the time was observed");
    if (text("pue").empty()) result.notes.emplace_back("not told: a PUE, which energies may hold");
    for (const Part& part : kParts) {
      if (!text(part.column).empty() && number(part.column) == 0.0)
        result.notes.push_back(fmt::format("no energy of its {}: 0 is left out", part.name));
    }
  }

  std::string name_;
  CsvReader csv_;
  std::map<std::string, std::size_t, std::less<>> columns_;
};

}  // namespace

bool is_codecarbon(std::string_view text) {
  constexpr std::size_t kMaxHeader = 4096;
  const std::string_view line = text.substr(0, std::min(text.find('\n'), kMaxHeader));
  const auto columns = split(line, ',');
  return std::ranges::all_of(kNeeded, [&](std::string_view needed) {
    return std::ranges::any_of(columns, [&](std::string_view column) {
      return column.substr(0, column.find('\r')).ends_with(needed);  // the first may have a mark
    });
  });
}

std::vector<Measurement> read_codecarbon(std::string_view text, const std::string& name) {
  return Reader(text, name).read();
}

}  // namespace ecnas::energy
