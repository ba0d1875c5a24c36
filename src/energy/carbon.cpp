#include "ecnas/energy/carbon.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "ecnas/core/csv.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "energy/utc.hpp"

namespace ecnas::energy {
namespace {

/// What people write and ISO 3166 does not.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kOtherCodes = {
    {{"uk", "GB"}, {"usa", "US"}}};

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// Codes and names in lower case, each before what it is of.
std::vector<std::pair<std::string, const Zone*>> names_of_zones() {
  std::vector<std::pair<std::string, const Zone*>> names;
  for (const Zone& zone : zones()) {
    names.emplace_back(lower_case(zone.code), &zone);
    names.emplace_back(lower_case(zone.name), &zone);
  }
  return names;
}

[[noreturn]] void fail_zone(std::string_view asked, std::string_view lower,
                            std::span<const std::pair<std::string, const Zone*>> names) {
  std::vector<std::string_view> candidates;
  for (const auto& [text, zone] : names)
    candidates.push_back(text);
  const std::optional<std::string_view> nearest = closest(lower, candidates);
  if (!nearest) {
    fail(ErrorCode::invalid_argument,
         "zone {}: unknown; expected a country or a US state by its code, such as DK or US-CA, or "
         "by its name",
         ecnas::quoted(asked));
  }
  const auto found = std::ranges::find(
      names, *nearest, [](const auto& entry) { return std::string_view(entry.first); });
  fail(ErrorCode::invalid_argument, "zone {}: unknown; did you mean '{}' ({})?",
       ecnas::quoted(asked), found->second->code, found->second->name);
}

}  // namespace

const Zone& find_zone(std::string_view code_or_name) {
  const std::string lower = lower_case(trimmed(code_or_name));
  const auto names = names_of_zones();
  const auto* const other =
      std::ranges::find(kOtherCodes, lower, [](const auto& entry) { return entry.first; });
  const std::string wanted = other == kOtherCodes.end() ? lower : lower_case(other->second);
  const auto found = std::ranges::find(
      names, wanted, [](const auto& entry) -> const std::string& { return entry.first; });
  if (found == names.end()) fail_zone(code_or_name, lower, names);
  return *found->second;
}

// --- Intensity over time -------------------------------------------------------------------------

namespace {

constexpr std::size_t kMaxBytes = 64'000'000;
constexpr std::size_t kMaxPoints = 10'000'000;

struct Columns {
  std::size_t time = 0;
  std::size_t value = 0;
  bool is_utc = false;  ///< times say no offset, but their column does
};

bool is_time(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames = {"time", "timestamp", "date", "from",
                                                      "unix_s"};
  return std::ranges::find(kNames, name) != kNames.end() || name.starts_with("datetime") ||
         name.ends_with("utc");
}

bool is_intensity(std::string_view name) {
  constexpr std::array<std::string_view, 4> kParts = {"g_per_kwh", "intensity", "gco2",
                                                      "co2emission"};
  return std::ranges::any_of(
      kParts, [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

/// Reads the series of one file.
class SeriesReader {
 public:
  SeriesReader(std::string_view text, std::string name)
      : name_(std::move(name)), csv_(text, name_) {}

  std::vector<IntensitySeries::Point> read() {
    if (!csv_.next()) fail(ErrorCode::invalid_data, "{}: empty; expected a header line", name_);
    for (const std::string_view field : csv_.fields())
      header_.push_back(lower_case(trimmed(field)));
    columns_ = {.time = time_column(), .value = value_column()};
    columns_.is_utc = header_[columns_.time].find("utc") != std::string::npos;
    while (csv_.next())
      points_.push_back(row());
    if (points_.empty()) fail(ErrorCode::invalid_data, "{}: a header and no values", name_);
    return std::move(points_);
  }

 private:
  template <typename... Args>
  [[noreturn]] void wrong(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorCode::invalid_data, "{}:{}: {}", name_, csv_.line(),
         fmt::format(format, std::forward<Args>(args)...));
  }

  [[nodiscard]] std::size_t time_column() const {
    const auto found = std::ranges::find_if(header_, is_time);
    if (found == header_.end()) {
      wrong(
          "no column of times; expected one named time, datetime, timestamp, date, from or "
          "unix_s");
    }
    if (std::ranges::count_if(header_, is_time) > 1)
      wrong("several columns of times; keep one of them");
    return static_cast<std::size_t>(found - header_.begin());
  }

  /// The other one of two; else the one that is named like an intensity, over the life cycle where
  /// there are two.
  [[nodiscard]] std::size_t value_column() const {
    const std::size_t time = time_column();
    if (header_.size() == 2) return 1 - time;
    std::vector<std::size_t> found;
    std::vector<std::size_t> of_life;
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (i == time || !is_intensity(header_[i])) continue;
      found.push_back(i);
      if (header_[i].find("life") != std::string::npos) of_life.push_back(i);
    }
    if (found.empty()) wrong("no column of intensities; expected one named g_per_kwh");
    if (found.size() == 1) return found.front();
    if (of_life.size() != 1) wrong("several columns of intensities; keep one of them");
    return of_life.front();
  }

  [[nodiscard]] IntensitySeries::Point row() const {
    const auto fields = csv_.fields();
    if (fields.size() != header_.size())
      wrong("{} fields; the header has {}", fields.size(), header_.size());
    if (points_.size() == kMaxPoints)
      wrong("more than {} values", with_thousands(std::int64_t{kMaxPoints}));
    const std::string_view time_text = trimmed(fields[columns_.time]);
    const std::string_view value_text = trimmed(fields[columns_.value]);
    std::optional<double> time = parse_real(time_text);
    if (!time) time = parse_time(time_text, columns_.is_utc);
    if (!time || !std::isfinite(*time)) {
      wrong("time {}; expected one like 2024-03-01T12:00:00Z or in Unix seconds",
            ecnas::quoted(time_text));
    }
    const std::optional<double> value = parse_real(value_text);
    if (!value || !std::isfinite(*value) || *value < 0)
      wrong("intensity {}; expected a number from 0", ecnas::quoted(value_text));
    if (!points_.empty() && *time <= points_.back().unix_s)
      wrong("time {} is not later than the one before", ecnas::quoted(time_text));
    return {.unix_s = *time, .g_per_kwh = *value};
  }

  std::string name_;
  CsvReader csv_;
  std::vector<std::string> header_;
  Columns columns_;
  std::vector<IntensitySeries::Point> points_;
};

}  // namespace

IntensitySeries::IntensitySeries(std::vector<Point> points) : points_(std::move(points)) {
  if (points_.empty()) {
    fail(ErrorCode::invalid_argument, "intensities over time: none; expected at least one");
  }
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const auto [time, value] = points_[i];
    if (!std::isfinite(time) || !std::isfinite(value) || value < 0 ||
        (i > 0 && time <= points_[i - 1].unix_s)) {
      fail(ErrorCode::invalid_argument,
           "intensities over time: {} g/kWh at {} s stands at place {}; expected rising times and "
           "finite values from 0",
           value, time, i);
    }
  }
}

IntensitySeries IntensitySeries::read(const std::filesystem::path& file) {
  const std::string text = read_file(file, kMaxBytes);
  return IntensitySeries(SeriesReader(text, file.string()).read());
}

std::optional<double> IntensitySeries::at(double unix_s) const {
  if (!(unix_s >= points_.front().unix_s)) return std::nullopt;
  if (points_.size() == 1) return points_.front().g_per_kwh;
  const double last = points_.back().unix_s;
  const double end = last + (last - points_[points_.size() - 2].unix_s);
  if (!(unix_s < end)) return std::nullopt;
  const auto next = std::ranges::upper_bound(points_, unix_s, {}, &Point::unix_s);
  return std::prev(next)->g_per_kwh;
}

// --- Equivalents ---------------------------------------------------------------------------------

std::vector<Equivalent> equivalents(double energy_kwh, std::optional<double> co2eq_g) {
  constexpr double kCarGramsPerKm = 106.8;      // [Eea25]
  constexpr double kKwhPerPhoneCharge = 0.012;  // [EpaEquivalencies24]
  std::vector<Equivalent> found;
  if (co2eq_g) {
    found.push_back({.what = "km by car",
                     .amount = *co2eq_g / kCarGramsPerKm,
                     .source = "EEA: 106.8 g/km, average of the EU's new cars of 2024"});
  }
  found.push_back({.what = "phone charges",
                   .amount = energy_kwh / kKwhPerPhoneCharge,
                   .source = "US EPA: 0.012 kWh a charge of a smartphone"});
  return found;
}

}  // namespace ecnas::energy
