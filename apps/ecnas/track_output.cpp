#include "track_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/energy/carbon.hpp"
#include "quantity_text.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using energy::Component;
using energy::FoundSource;
using energy::Measurement;
using energy::MissingSource;
using energy::Sample;

std::string coverage_text(double coverage) {
  return coverage >= 0.995 ? "100 %" : fmt::format("{:.1f} %", 100 * coverage);
}

std::string power_text(double energy_j, double covered_s) {
  return covered_s > 0 ? three_digits(energy_j / covered_s) + " W" : "–";
}

std::string headline(const Measurement& measurement) {
  std::string text = fmt::format("ecnas: {} in {}", energy_text(measurement.energy_kwh()),
                                 duration_text(measurement.duration_s));
  if (const auto interval = measurement.energy_kwh_interval())
    text += fmt::format(", modelled: {} to {}",
                        energy_text_like(interval->first, measurement.energy_kwh()),
                        energy_text_like(interval->second, measurement.energy_kwh()));
  if (measurement.pue != 1) text += fmt::format(", PUE {} included", shortest(measurement.pue));
  if (measurement.co2eq_g && measurement.emission_factor) {
    const energy::EmissionFactor& factor = *measurement.emission_factor;
    text += fmt::format("; {} gCO2eq at {} g/kWh", three_digits(*measurement.co2eq_g),
                        three_digits(factor.g_per_kwh));
    if (!factor.zone.empty())
      text += fmt::format(" ({}{}{})", factor.zone, factor.time.empty() ? "" : ", ", factor.time);
  }
  return text + "\n";
}

/// A model's origin in brief: how it was come by stands in the document.
std::string source_text(const energy::SourceDescription& source) {
  const bool is_model = source.quality == energy::Quality::modelled;
  return is_model ? source.origin.substr(0, source.origin.find(" (")) : source.origin;
}

std::string components_text(const Measurement& measurement) {
  TextTable table({{"  component"},
                   {"energy", Align::right},
                   {"power", Align::right},
                   {"covered", Align::right},
                   {"quality"},
                   {"of"},
                   {"source"}});
  for (const Component& component : measurement.components) {
    const energy::SourceDescription& source = component.source;
    table.add({"  " + source.name, energy_text(component.energy.energy_j / energy::kJoulesPerKwh),
               power_text(component.energy.energy_j, component.energy.covered_s),
               coverage_text(coverage(component.energy, measurement.duration_s)),
               std::string(name(source.quality)),
               source.attribution.empty() ? "the machine" : source.attribution,
               source_text(source)});
  }
  return table.text();
}

std::string spans_text(const Measurement& measurement) {
  if (measurement.spans.empty()) return {};
  TextTable table({{"  span"}, {"time", Align::right}, {"energy", Align::right}});
  constexpr std::size_t kMost = 12;
  for (std::size_t i = 0; i < std::min(kMost, measurement.spans.size()); ++i) {
    const energy::Span& span = measurement.spans[i];
    table.add({std::string(2 + 2 * std::min<std::size_t>(span.depth, 10), ' ') + span.name,
               duration_text(span.duration_s), energy_text(measurement.energy_kwh(span))});
  }
  if (measurement.spans.size() > kMost)
    table.add({fmt::format("  … {} more", measurement.spans.size() - kMost), "", ""});
  return table.text();
}

std::string resolution_text(const energy::SourceDescription& source) {
  if (source.resolution == 0) return "–";
  return fmt::format("{:.3g} {}", source.resolution,
                     source.kind == energy::Kind::counter ? "J" : "W");
}

}  // namespace

std::string summary(const Measurement& measurement) {
  std::string text = headline(measurement) + components_text(measurement) + spans_text(measurement);
  for (const std::string& note : measurement.notes)
    text += fmt::format("  • {}\n", note);
  return text;
}

std::string equivalents_text(const Measurement& measurement) {
  std::string text;
  for (const energy::Equivalent& equivalent :
       energy::equivalents(measurement.energy_kwh(), measurement.co2eq_g)) {
    text += fmt::format("  like {} {} ({})\n", three_digits(equivalent.amount), equivalent.what,
                        equivalent.source);
  }
  return text;
}

std::string inventory_text(const energy::Inventory& inventory, bool with_remedies) {
  TextTable table({{"source"},
                   {"domain"},
                   {"kind"},
                   {"quality"},
                   {"step", Align::right},
                   {"wraps at", Align::right},
                   {"counted"},
                   {"read from"}});
  for (const FoundSource& found : inventory.sources) {
    const energy::SourceDescription& source = found.source->description();
    table.add({source.name, std::string(name(source.domain)), std::string(name(source.kind)),
               std::string(name(source.quality)), resolution_text(source),
               source.wrap_j ? fmt::format("{:.4g} J", *source.wrap_j) : "–",
               found.is_counted ? "yes" : fmt::format("no: {}", found.remark), source.origin});
  }
  std::string text = table.text();
  if (!inventory.missing.empty()) text += "\nNot there:\n";
  for (const MissingSource& missing : inventory.missing) {
    text += fmt::format("  • {}: {}\n", missing.name, missing.reason);
    if (!with_remedies || missing.remedy.empty()) continue;
    for (const std::string_view line : split(missing.remedy, '\n'))
      text += fmt::format("      {}\n", line);
  }
  return text;
}

SampleFile::SampleFile(const std::filesystem::path& file, const std::vector<Component>& components)
    : file_(file) {
  std::string header = "time_s";
  for (const Component& component : components)
    header += fmt::format(",{0}_energy_j,{0}_power_w", component.source.name);
  file_.write(header + "\n");
}

void SampleFile::append(const Sample& sample) noexcept {
  if (!failure_.empty()) return;
  try {
    fmt::memory_buffer line;
    fmt::format_to(std::back_inserter(line), "{:.6f}", sample.time_s);
    for (std::size_t i = 0; i < sample.components.size(); ++i) {
      const energy::ComponentEnergy& now = sample.components[i];
      fmt::format_to(std::back_inserter(line), ",{}", now.energy_j);
      const bool has_before = i < last_.components.size();
      const double covered_s = has_before ? now.covered_s - last_.components[i].covered_s : 0;
      line.push_back(',');  // and nothing behind it where nothing is known
      if (covered_s > 0)
        fmt::format_to(std::back_inserter(line), "{}",
                       (now.energy_j - last_.components[i].energy_j) / covered_s);
    }
    line.push_back('\n');
    file_.write(std::string_view(line.data(), line.size()));
    last_ = sample;
  } catch (const std::exception& error) {
    failure_ = error.what();
  }
}

void SampleFile::commit() {
  if (!failure_.empty()) throw Error(ErrorCode::io_failure, failure_);
  file_.commit();
}

LiveLine::~LiveLine() {
  if (is_drawn_) std::fputs("\r\033[K", stderr);
}

void LiveLine::show(const Sample& sample) noexcept {
  constexpr double kPauseSeconds = 1;
  if (!last_.components.empty() && sample.time_s - last_.time_s < kPauseSeconds) return;
  double energy_j = 0;
  double power_w = 0;
  for (std::size_t i = 0; i < sample.components.size(); ++i) {
    energy_j += sample.components[i].energy_j;
    if (last_.components.empty()) continue;
    power_w += (sample.components[i].energy_j - last_.components[i].energy_j) /
               (sample.time_s - last_.time_s);
  }
  try {
    std::fputs(
        fmt::format("\r\033[K{}  {} W  {}", duration_text(sample.time_s), three_digits(power_w),
                    energy_text(energy_j * pue_ / energy::kJoulesPerKwh))
            .c_str(),
        stderr);
    std::fflush(stderr);
    is_drawn_ = true;
    last_ = sample;
  } catch (...) {  // out of memory: a line less
  }
}

}  // namespace ecnas::app
