#include "ecnas/energy/live_intensity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <utility>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/net/get.hpp"
#include "energy/bounded_json.hpp"
#include "energy/command_output.hpp"
#include "energy/intensity_cache.hpp"
#include "energy/utc.hpp"

namespace ecnas::energy {
namespace {

using nlohmann::json;
using Answer = Result<EmissionFactor, std::string>;

constexpr std::size_t kMaxAnswer = 1 << 18;
constexpr std::size_t kMaxNumber = 256;  // bytes that a program may write
constexpr std::string_view kCommand = "command:";

constexpr std::string_view kElectricityMaps = "electricity-maps";
constexpr std::string_view kUnitedKingdom = "uk-carbon-intensity";
constexpr std::string_view kEnergiData = "energi-data-service";

constexpr std::array<ProviderDescription, 3> kProviders = {{
    {kElectricityMaps, "the world, by zone (DK-DK1, US-CAL-CISO)", "ELECTRICITY_MAPS_KEY",
     "terms of electricitymaps.com"},
    {kUnitedKingdom, "Great Britain", "", "terms of carbonintensity.org.uk"},
    {kEnergiData, "Denmark, by zone (DK1, DK2)", "", "terms of energidataservice.dk"},
}};

/// A number that an intensity can be.
std::optional<double> intensity_of(const json& value) {
  if (!value.is_number()) return std::nullopt;
  const auto number = value.get<double>();
  return std::isfinite(number) && number >= 0 ? std::optional(number) : std::nullopt;
}

std::optional<double> time_of(const json& value, bool is_utc_understood = false) {
  if (!value.is_string()) return std::nullopt;
  return parse_time(value.get_ref<const std::string&>(), is_utc_understood);
}

const json& first_of(const json& list) {
  static const json kNone;
  return list.is_array() && !list.empty() ? list.front() : kNone;
}

// --- What providers have in common ---------------------------------------------------------------

struct Reading {
  double g_per_kwh = 0;
  double unix_s = 0;
  bool is_forecast = false;
};

/// Answers from the cache while it has one; nothing that goes wrong leaves it.
class CachedProvider : public LiveProvider {
 public:
  CachedProvider(std::string provider_name, const std::filesystem::path& cache_directory,
                 const std::string& question)
      : name_(std::move(provider_name)), cache_(cache_directory, name_, question) {}

  [[nodiscard]] std::string_view name() const override { return name_; }

  [[nodiscard]] Answer now() override {
    try {
      if (std::optional<EmissionFactor> kept = cache_.find()) return std::move(*kept);
      Answer answer = ask();
      if (!answer) return fmt::format("{}: {}", name_, answer.reason());
      cache_.keep(*answer);
      return answer;
    } catch (const std::exception& error) {
      return fmt::format("{}: {}", name_, error.what());
    }
  }

 private:
  [[nodiscard]] virtual Answer ask() const = 0;

  std::string name_;
  IntensityCache cache_;
};

/// A service of the web: an address to get, and an answer to read.
class WebProvider : public CachedProvider {
 public:
  WebProvider(std::string_view provider_name, const LiveOptions& options, std::string zone,
              const std::string& address)
      : CachedProvider(std::string(provider_name), options.cache_directory, address),
        options_(options),
        zone_(std::move(zone)),
        address_(address) {}

 protected:
  /// Absent where it is no answer.
  [[nodiscard]] virtual std::optional<Reading> read(const json& answer) const = 0;
  [[nodiscard]] const std::string& zone() const { return zone_; }

 private:
  [[nodiscard]] Answer ask() const override {
    net::GetOptions get{.timeout = options_.timeout,
                        .max_bytes = kMaxAnswer,
                        .certificates = options_.certificates};
    if (!options_.key.empty()) get.headers.push_back({"auth-token", options_.key});
    const auto text = net::get(address_, get);
    if (!text) {
      const bool is_key = text.reason().status == 401 || text.reason().status == 403;
      return text.reason().reason + (is_key ? "; is the key right, and for this zone?" : "");
    }
    const std::optional<json> answer = parse_bounded_json(*text);
    if (!answer) return std::string("its answer is no JSON");
    const std::optional<Reading> reading = read(*answer);
    if (!reading) return fmt::format("its answer holds no intensity of zone '{}'", zone_);
    return EmissionFactor{
        .g_per_kwh = reading->g_per_kwh,
        .zone = zone_,
        .time = utc_text(reading->unix_s),
        .source = fmt::format("{}{}", name(), reading->is_forecast ? ", forecast" : "")};
  }

  LiveOptions options_;
  std::string zone_;
  std::string address_;
};

// --- Providers -----------------------------------------------------------------------------------

/// {"zone": "DK-DK1", "carbonIntensity": 102, "datetime": "2024-03-01T12:00:00.000Z", …}
class ElectricityMaps final : public WebProvider {
 public:
  explicit ElectricityMaps(const LiveOptions& options)
      : WebProvider(kElectricityMaps, options, options.zone,
                    options.address.value_or("https://api.electricitymaps.com") +
                        "/v3/carbon-intensity/latest?zone=" + options.zone) {}

 private:
  [[nodiscard]] std::optional<Reading> read(const json& answer) const override {
    const std::optional<double> value = intensity_of(member(answer, "carbonIntensity"));
    const std::optional<double> time = time_of(member(answer, "datetime"));
    if (!value || !time || member(answer, "zone") != zone()) return std::nullopt;
    return Reading{.g_per_kwh = *value, .unix_s = *time};
  }
};

/// {"data": [{"from": "2024-03-01T12:00Z", "intensity": {"forecast": 102, "actual": null}}]}
class UkCarbonIntensity final : public WebProvider {
 public:
  explicit UkCarbonIntensity(const LiveOptions& options)
      : WebProvider(kUnitedKingdom, options, "GB",
                    options.address.value_or("https://api.carbonintensity.org.uk") + "/intensity") {
  }

 private:
  [[nodiscard]] std::optional<Reading> read(const json& answer) const override {
    const json& period = first_of(member(answer, "data"));
    const json& intensity = member(period, "intensity");
    const bool is_forecast = member(intensity, "actual").is_null();
    const std::optional<double> value =
        intensity_of(member(intensity, is_forecast ? "forecast" : "actual"));
    const std::optional<double> time = time_of(member(period, "from"));
    if (!value || !time) return std::nullopt;
    return Reading{.g_per_kwh = *value, .unix_s = *time, .is_forecast = is_forecast};
  }
};

/// {"records": [{"Minutes5UTC": "2024-03-01T12:00:00", "PriceArea": "DK1", "CO2Emission": 102.0}]}
class EnergiDataService final : public WebProvider {
 public:
  explicit EnergiDataService(const LiveOptions& options)
      : WebProvider(kEnergiData, options, options.zone,
                    options.address.value_or("https://api.energidataservice.dk") +
                        "/dataset/CO2Emis?limit=1&sort=Minutes5UTC%20DESC&filter="
                        "%7B%22PriceArea%22:%22" +
                        options.zone + "%22%7D") {}

 private:
  [[nodiscard]] std::optional<Reading> read(const json& answer) const override {
    const json& record = first_of(member(answer, "records"));
    const std::optional<double> value = intensity_of(member(record, "CO2Emission"));
    const std::optional<double> time = time_of(member(record, "Minutes5UTC"), true);
    if (!value || !time || member(record, "PriceArea") != zone()) return std::nullopt;
    return Reading{.g_per_kwh = *value, .unix_s = *time};
  }
};

/// A program that prints one number.
class Command final : public CachedProvider {
 public:
  Command(std::string_view program, const LiveOptions& options)
      : CachedProvider(fmt::format("{}{}", kCommand, program), options.cache_directory,
                       options.zone),
        words_({std::string(program)}),
        zone_(options.zone),
        timeout_(options.timeout) {
    if (!zone_.empty()) words_.push_back(zone_);
  }

 private:
  [[nodiscard]] Answer ask() const override {
    const auto output = command_output(words_, timeout_, kMaxNumber);
    if (!output) return output.reason().reason;
    std::string_view text = trimmed(*output);
    while (text.ends_with('\n') || text.ends_with('\r'))
      text = trimmed(text.substr(0, text.size() - 1));
    const std::optional<double> value = parse_real(text);
    if (!value || !std::isfinite(*value) || *value < 0)
      return fmt::format("it printed {}; expected one number from 0", ecnas::quoted(text));
    const auto time = std::chrono::system_clock::now().time_since_epoch();
    return EmissionFactor{.g_per_kwh = *value,
                          .zone = zone_,
                          .time = utc_text(std::chrono::duration<double>(time).count()),
                          .source = std::string(name())};
  }

  std::vector<std::string> words_;
  std::string zone_;
  std::chrono::milliseconds timeout_;
};

// --- Choice --------------------------------------------------------------------------------------

void expect_zone(std::string_view provider, const std::string& zone) {
  constexpr std::size_t kMaxZone = 64;
  const auto is_of_zone = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  if (zone.empty() || zone.size() > kMaxZone || !std::ranges::all_of(zone, is_of_zone)) {
    fail(ErrorCode::invalid_argument,
         "{}: zone {}; expected one as the provider names it, such as DK-DK1", provider,
         ecnas::quoted(zone));
  }
}

void expect_one_of(std::string_view provider, const std::string& zone,
                   const std::vector<std::string_view>& zones) {
  if (std::ranges::find(zones, zone) != zones.end()) return;
  fail(ErrorCode::invalid_argument, "{}: zone {}; expected {}", provider, ecnas::quoted(zone),
       fmt::join(zones, " or "));
}

[[noreturn]] void fail_name(std::string_view name) {
  std::vector<std::string_view> names;
  for (const ProviderDescription& provider : kProviders)
    names.push_back(provider.name);
  const std::optional<std::string_view> nearest = closest(name, names);
  fail(ErrorCode::invalid_argument, "provider {}: unknown; {}", ecnas::quoted(name),
       nearest ? fmt::format("did you mean '{}'?", *nearest)
               : fmt::format("expected {} or {}PROGRAM", fmt::join(names, ", "), kCommand));
}

std::unique_ptr<LiveProvider> make_command(std::string_view program, const LiveOptions& options) {
  const bool is_text = std::ranges::all_of(
      program, [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; });
  if (program.empty() || !is_text)
    fail(ErrorCode::invalid_argument, "provider {}{}: expected a program", kCommand, program);
  if (!options.zone.empty()) expect_zone(kCommand, options.zone);
  return std::make_unique<Command>(program, options);
}

}  // namespace

std::span<const ProviderDescription> live_providers() {
  return kProviders;
}

std::unique_ptr<LiveProvider> make_live_provider(std::string_view name,
                                                 const LiveOptions& options) {
  if (options.timeout <= std::chrono::milliseconds{0})
    fail(ErrorCode::invalid_argument, "provider {}: a timeout is longer than 0 s",
         ecnas::quoted(name));
  if (name.starts_with(kCommand)) return make_command(name.substr(kCommand.size()), options);
  LiveOptions asked = options;
  const auto found = std::ranges::find(kProviders, name, &ProviderDescription::name);
  if (found == kProviders.end()) fail_name(name);
  if (found->key_variable.empty()) {
    asked.key.clear();  // of no use there, and nobody's business
  } else if (asked.key.empty()) {
    fail(ErrorCode::invalid_argument, "{}: it wants a key; set {}", name, found->key_variable);
  }
  if (name == kElectricityMaps) {
    expect_zone(name, asked.zone);
    return std::make_unique<ElectricityMaps>(asked);
  }
  if (name == kUnitedKingdom) {
    expect_one_of(name, asked.zone.empty() ? "GB" : asked.zone, {"GB"});
    return std::make_unique<UkCarbonIntensity>(asked);
  }
  if (asked.zone.starts_with("DK-")) asked.zone.erase(0, 3);
  expect_one_of(name, asked.zone, {"DK1", "DK2"});
  return std::make_unique<EnergiDataService>(asked);
}

}  // namespace ecnas::energy
