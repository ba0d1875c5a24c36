#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ecnas/energy/carbon.hpp"
#include "ecnas/energy/live_intensity.hpp"
#include "ecnas/energy/measurement.hpp"

namespace ecnas::app {

/// Where carbon intensities come from: one of these, or none.
struct EmissionArguments {
  std::optional<std::string> zone;
  std::optional<double> intensity_g_per_kwh;
  std::optional<std::string> series;
  std::optional<std::string> live;

  void add_to(CLI::App& command);
};

/// Books energies at the intensity of their time. Made before anything is measured, so that an
/// unknown zone or an unreadable file is told first.
class EmissionBook {
 public:
  /// @throws Error as `find_zone`, `IntensitySeries::read` and `make_live_provider`
  explicit EmissionBook(const EmissionArguments& arguments);
  EmissionBook(const EmissionBook&) = delete;
  EmissionBook& operator=(const EmissionBook&) = delete;
  ~EmissionBook();

  /// Energy so far, at this moment. Thread safe.
  void book(double energy_j);

  /// Adds emissions, the factor and notes to what was measured.
  void close(energy::Measurement& measurement);

 private:
  void ask_now_and_then(const std::stop_token& stop);
  [[nodiscard]] std::optional<double> intensity_now() const;

  std::optional<energy::EmissionFactor> fixed_;
  std::optional<energy::IntensitySeries> series_;
  std::string series_file_;
  std::unique_ptr<energy::LiveProvider> provider_;
  std::mutex mutex_;
  std::optional<energy::EmissionFactor> live_;  // the last answer
  std::string live_failure_;
  double booked_j_ = 0;
  double known_j_ = 0;   // of it, with a known intensity
  double weighted_ = 0;  // sum of J × g/kWh
  std::jthread asking_;
};

}  // namespace ecnas::app
