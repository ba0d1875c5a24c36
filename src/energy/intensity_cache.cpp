#include "energy/intensity_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/net/sha256.hpp"
#include "energy/bounded_json.hpp"
#include "energy/utc.hpp"

namespace ecnas::energy {
namespace {

constexpr double kLifetimeS = 300;
constexpr std::size_t kMaxBytes = 4096;
constexpr std::size_t kDigits = 32;  // of a digest, in a file's name

double now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string digest(const std::string& text) {
  net::Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.hexadecimal().substr(0, kDigits);
}

bool is_printable(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
}

std::string text_of(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace

IntensityCache::IntensityCache(const std::filesystem::path& directory, std::string provider,
                               const std::string& question)
    : provider_(std::move(provider)) {
  if (directory.empty()) return;
  file_ = directory / fmt::format("intensity-{}.json", digest(provider_ + '\n' + question));
}

std::optional<EmissionFactor> IntensityCache::find() const {
  if (file_.empty()) return std::nullopt;
  std::string text;
  try {
    text = read_file(file_, kMaxBytes);
  } catch (const Error&) {
    return std::nullopt;
  }
  const std::optional<nlohmann::json> kept = parse_bounded_json(text);
  if (!kept) return std::nullopt;
  const nlohmann::json& came = member(*kept, "came_unix_s");
  const nlohmann::json& value = member(*kept, "g_per_kwh");
  if (!came.is_number() || !value.is_number()) return std::nullopt;
  const double age = now_s() - came.get<double>();
  EmissionFactor answer{.g_per_kwh = value.get<double>(),
                        .zone = text_of(member(*kept, "zone")),
                        .time = text_of(member(*kept, "time")),
                        .source = text_of(member(*kept, "source"))};
  const bool is_fresh = age >= 0 && age < kLifetimeS;  // a clock may have stepped back
  const bool is_sane = std::isfinite(answer.g_per_kwh) && answer.g_per_kwh >= 0 &&
                       is_printable(answer.zone) && parse_time(answer.time) &&
                       is_printable(answer.source) && answer.source.starts_with(provider_);
  if (!is_fresh || !is_sane) return std::nullopt;
  return answer;
}

void IntensityCache::keep(const EmissionFactor& answer) const {
  if (file_.empty()) return;
  const nlohmann::json kept = {{"came_unix_s", now_s()},
                               {"g_per_kwh", answer.g_per_kwh},
                               {"zone", answer.zone},
                               {"time", answer.time},
                               {"source", answer.source}};
  try {
    make_directory(file_.parent_path());
    write_file(file_, kept.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n");
  } catch (const Error&) {
    // The next time it is asked for again.
  }
}

}  // namespace ecnas::energy
