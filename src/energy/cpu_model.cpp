#include "ecnas/energy/cpu_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "energy/cpu_table.hpp"

namespace ecnas::energy {
namespace {

constexpr std::size_t kMaxPoints = 1000;
constexpr double kMaxPowerWatts = 100'000;

// Idle power as a share of that at full load: servers of today are said to idle at a quarter to a
// third of their peak [BarHolRan18, chapter 5].
constexpr double kServerIdle = 0.25;
constexpr double kDesktopIdle = 0.1;
constexpr double kDesktopWatts = 65;

bool is_word_character(char character) {
  return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
         (character >= 'A' && character <= 'Z') || character == '+';
}

/// Whether `name` holds `words` with nothing of a word before or behind.
bool has_words(std::string_view name, std::string_view words) {
  for (std::size_t at = name.find(words); at != std::string_view::npos;
       at = name.find(words, at + 1)) {
    const std::size_t end = at + words.size();
    if ((at == 0 || !is_word_character(name[at - 1])) &&
        (end == name.size() || !is_word_character(name[end]))) {
      return true;
    }
  }
  return false;
}

/// "Intel(R) Xeon(R) Platinum 8480+" without the marks.
std::string plain(std::string_view name) {
  std::string text(name);
  for (const std::string_view mark : {"(R)", "(TM)", "(r)", "(tm)"}) {
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
      text.erase(at, mark.size());
  }
  return text;
}

double idle_fraction(bool is_server) {
  return is_server ? kServerIdle : kDesktopIdle;
}

/// Power a thread of the architecture in the middle.
double typical_thread_w() {
  std::vector<double> powers;
  for (const KnownArchitecture& known : known_architectures())
    powers.push_back(known.tdp_w / known.threads);
  std::ranges::sort(powers);
  return powers[powers.size() / 2];
}

CpuPower typical(const CpuIdentity& cpu) {
  constexpr unsigned kServerProcessors = 32;
  const std::string name = plain(cpu.model_name);
  const bool is_server = name.find("Xeon") != std::string::npos ||
                         name.find("EPYC") != std::string::npos ||
                         cpu.logical_cpus >= kServerProcessors;
  const unsigned threads = std::max(1U, cpu.logical_cpus / std::max(1U, cpu.packages));
  return {.matched = is_server ? "a typical server processor" : "a typical desktop processor",
          .knowledge = CpuKnowledge::class_only,
          .tdp_w = is_server ? typical_thread_w() * threads : kDesktopWatts,
          .threads = threads,
          .idle_fraction = idle_fraction(is_server),
          .source = is_server ? "the median a thread of known architectures"
                              : "65 W, the commonest of desktop processors"};
}

PowerCurve::Point parse_point(std::string_view text, double utilisation) {
  const std::size_t colon = text.find(':');
  const auto share = colon == std::string_view::npos ? std::optional<double>(utilisation)
                                                     : parse_real(trimmed(text.substr(0, colon)));
  const auto power =
      parse_real(trimmed(colon == std::string_view::npos ? text : text.substr(colon + 1)));
  if (!share || !power) {
    fail(ErrorCode::invalid_argument,
         "power curve: {} is no power in W and no UTILISATION:POWER; give IDLE,FULL as in 40,270, "
         "or points as in 0:40,0.5:180,1:270",
         quoted(text));
  }
  return {*share, *power};
}

/// The value behind "name   : value".
std::optional<std::string_view> value_of(std::string_view line, std::string_view name) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || trimmed(line.substr(0, colon)) != name) return {};
  return trimmed(line.substr(colon + 1));
}

unsigned number_of(std::string_view text) {
  const auto number = parse_integer(text);
  return number && *number >= 0 && *number <= INT32_MAX ? static_cast<unsigned>(*number) : 0;
}

}  // namespace

PowerCurve::PowerCurve(std::vector<Point> points) : points_(std::move(points)) {
  const auto is_increasing = [](const Point& a, const Point& b) {
    return a.utilisation < b.utilisation && a.power_w <= b.power_w;
  };
  bool is_good = points_.size() >= 2 && points_.size() <= kMaxPoints &&
                 points_.front().utilisation == 0 && points_.back().utilisation == 1;
  for (std::size_t i = 0; is_good && i < points_.size(); ++i) {
    is_good = points_[i].power_w > 0 && points_[i].power_w <= kMaxPowerWatts &&
              (i == 0 || is_increasing(points_[i - 1], points_[i]));
  }
  if (!is_good) {
    fail(ErrorCode::invalid_argument,
         "power curve: utilisations have to rise from 0 to 1 and powers not to fall, each above 0 "
         "W; give for example 0:40,0.5:180,1:270");
  }
}

PowerCurve PowerCurve::parse(std::string_view text) {
  std::vector<Point> points;
  const std::vector<std::string_view> parts = split(text, ',');
  for (std::size_t i = 0; i < parts.size(); ++i)
    points.push_back(parse_point(parts[i], static_cast<double>(i)));
  return PowerCurve(std::move(points));
}

double PowerCurve::power_w(double utilisation) const {
  const auto above = std::ranges::find_if(
      points_, [&](const Point& point) { return point.utilisation >= utilisation; });
  if (above == points_.begin()) return idle_w();
  if (above == points_.end()) return full_w();
  const Point& below = *std::prev(above);
  const double part = (utilisation - below.utilisation) / (above->utilisation - below.utilisation);
  return below.power_w + part * (above->power_w - below.power_w);
}

CpuIdentity parse_cpuinfo(std::string_view text) {
  CpuIdentity cpu;
  std::set<std::string_view> packages;
  for (const std::string_view line : split(text, '\n')) {
    if (value_of(line, "processor")) ++cpu.logical_cpus;
    if (const auto package = value_of(line, "physical id")) packages.insert(*package);
    if (cpu.logical_cpus > 1) continue;  // the others are like the first
    if (const auto vendor = value_of(line, "vendor_id")) cpu.vendor = *vendor;
    if (const auto maker = value_of(line, "CPU implementer"))
      cpu.vendor = fmt::format("Arm {}", *maker);
    if (const auto part = value_of(line, "CPU part")) cpu.model_name = *part;
    if (const auto name = value_of(line, "model name")) cpu.model_name = *name;
    if (const auto family = value_of(line, "cpu family")) cpu.family = number_of(*family);
    if (const auto model = value_of(line, "model")) cpu.model = number_of(*model);
  }
  cpu.packages = std::max(1U, static_cast<unsigned>(packages.size()));
  return cpu;
}

CpuPower cpu_power_of(const CpuIdentity& cpu) {
  const std::string name = plain(cpu.model_name);
  for (const KnownCpu& known : known_cpus()) {
    if (!has_words(name, known.name)) continue;
    return {.matched = std::string(known.name),
            .knowledge = CpuKnowledge::model,
            .tdp_w = known.tdp_w,
            .threads = known.threads,
            .idle_fraction = idle_fraction(known.is_server),
            .source = std::string(known.source)};
  }
  for (const KnownArchitecture& known : known_architectures()) {
    if (cpu.vendor != known.vendor || cpu.family != known.family || cpu.model != known.model)
      continue;
    return {.matched = fmt::format("{}, as {}", known.name, known.largest),
            .knowledge = CpuKnowledge::architecture,
            .tdp_w = known.tdp_w,
            .threads = known.threads,
            .idle_fraction = idle_fraction(true),
            .source = std::string(known.source)};
  }
  return typical(cpu);
}

}  // namespace ecnas::energy
