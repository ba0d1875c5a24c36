#include "track_emissions.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>

#include "command.hpp"
#include "ecnas/core/error.hpp"

namespace ecnas::app {
namespace {

constexpr std::chrono::minutes kBetweenAnswers{15};

double unix_now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string variable(std::string_view name) {
  const char* value = name.empty() ? nullptr : std::getenv(std::string(name).c_str());
  return value == nullptr ? "" : value;
}

std::unique_ptr<energy::LiveProvider> live_provider(const EmissionArguments& arguments) {
  energy::LiveOptions options{.zone = arguments.zone.value_or(""),
                              .cache_directory = cache_directory()};
  for (const energy::ProviderDescription& provider : energy::live_providers()) {
    if (provider.name == *arguments.live) options.key = variable(provider.key_variable);
  }
  options.certificates = variable("SSL_CERT_FILE");
  const std::string address = variable("ECNAS_INTENSITY_ADDRESS");
  if (!address.empty()) options.address = address;
  return energy::make_live_provider(*arguments.live, options);
}

energy::EmissionFactor factor_of(const energy::Zone& zone) {
  return {zone.g_per_kwh, std::string(zone.code), fmt::format("{}", zone.year),
          std::string(zone.source)};
}

void check_intensity(double g_per_kwh) {
  if (!(g_per_kwh >= 0 && g_per_kwh < 1e5)) {
    fail(ErrorCode::invalid_argument,
         "--carbon-intensity: {} gCO2eq/kWh; give what a grid has, from 0 to some 1,000",
         g_per_kwh);
  }
}

}  // namespace

void EmissionArguments::add_to(CLI::App& command) {
  CLI::Option* of_zone =
      command.add_option("--zone", zone, "Grid whose mean intensity of a year is taken, as DK")
          ->type_name("ZONE");
  CLI::Option* given = command
                           .add_option("--carbon-intensity", intensity_g_per_kwh,
                                       "Intensity of the electricity in gCO2eq/kWh")
                           ->type_name("G")
                           ->excludes(of_zone);
  CLI::Option* from_file =
      command
          .add_option("--intensity-file", series,
                      "CSV of times and intensities; energies are weighted by them")
          ->type_name("FILE")
          ->excludes(of_zone)
          ->excludes(given);
  command
      .add_option("--live", live,
                  "Ask a provider for the intensity of now: electricity-maps, uk-carbon-intensity, "
                  "energi-data-service or command:PROGRAM")
      ->type_name("NAME")
      ->excludes(given)
      ->excludes(from_file);
}

EmissionBook::EmissionBook(const EmissionArguments& arguments) {
  if (arguments.live) {
    provider_ = live_provider(arguments);
    asking_ = std::jthread([this](const std::stop_token& stop) { ask_now_and_then(stop); });
  } else if (arguments.zone) {
    fixed_ = factor_of(energy::find_zone(*arguments.zone));
  } else if (arguments.intensity_g_per_kwh) {
    check_intensity(*arguments.intensity_g_per_kwh);
    fixed_ = energy::EmissionFactor{.g_per_kwh = *arguments.intensity_g_per_kwh, .source = "given"};
  } else if (arguments.series) {
    series_ = energy::IntensitySeries::read(*arguments.series);
    series_file_ = *arguments.series;
  }
}

EmissionBook::~EmissionBook() = default;

void EmissionBook::ask_now_and_then(const std::stop_token& stop) {
  std::condition_variable_any asked_to_stop;
  while (!stop.stop_requested()) {
    const Result<energy::EmissionFactor, std::string> answer = provider_->now();
    std::unique_lock lock(mutex_);
    if (answer.has_value()) {
      live_ = *answer;
    } else {
      live_failure_ = answer.reason();
    }
    asked_to_stop.wait_for(lock, stop, kBetweenAnswers, [] { return false; });
  }
}

/// @pre locked
std::optional<double> EmissionBook::intensity_now() const {
  if (fixed_) return fixed_->g_per_kwh;
  if (series_) return series_->at(unix_now_s());
  if (live_) return live_->g_per_kwh;
  return {};
}

void EmissionBook::book(double energy_j) {
  const std::lock_guard lock(mutex_);
  const double more_j = energy_j - booked_j_;
  booked_j_ = energy_j;
  if (const std::optional<double> intensity = intensity_now()) {
    known_j_ += more_j;
    weighted_ += more_j * *intensity;
  }
}

void EmissionBook::close(energy::Measurement& measurement) {
  if (asking_.joinable()) {
    asking_.request_stop();
    asking_.join();  // an answer that is awaited still counts
  }
  const double total_j = measurement.energy_kwh() / measurement.pue * energy::kJoulesPerKwh;
  book(total_j);
  if (!live_failure_.empty()) measurement.notes.push_back("carbon intensity: " + live_failure_);
  if (!fixed_ && !series_ && !live_) return;
  energy::EmissionFactor factor;
  if (fixed_) factor = *fixed_;
  if (live_) factor = *live_;
  if (series_) {
    factor = {.time = measurement.started, .source = series_file_};
    if (known_j_ <= 0 && !intensity_now()) {
      measurement.notes.push_back(fmt::format(
          "carbon intensity: {} has none for the time of this measurement", series_file_));
      return;
    }
  }
  if (!fixed_) factor.g_per_kwh = known_j_ > 0 ? weighted_ / known_j_ : *intensity_now();
  if (known_j_ < 0.99 * booked_j_) {
    measurement.notes.push_back(
        fmt::format("carbon intensity: known for {:.0f} % of the energy, whose mean is taken for "
                    "the rest",
                    100 * known_j_ / booked_j_));
  }
  measurement.co2eq_g = measurement.energy_kwh() * factor.g_per_kwh;
  measurement.emission_factor = std::move(factor);
}

}  // namespace ecnas::app
