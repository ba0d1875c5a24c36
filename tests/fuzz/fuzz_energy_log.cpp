// Another tool's log from any text: refused with invalid_data, or energies that make sense.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <vector>

#include "ecnas/core/error.hpp"
#include "energy/carbontracker_log.hpp"
#include "energy/codecarbon_csv.hpp"

namespace {

using namespace ecnas;
using energy::Measurement;

void check(const Measurement& measurement) {
  for (const energy::Component& component : measurement.components) {
    const auto [energy_j, covered_s] = component.energy;
    if (!std::isfinite(energy_j) || energy_j < 0) std::abort();
    if (!(covered_s >= 0 && covered_s <= measurement.duration_s * (1 + 1e-9))) std::abort();
  }
  for (const energy::Span& span : measurement.spans) {
    if (span.components.size() != measurement.components.size()) std::abort();
  }
  if (!std::isfinite(measurement.pue) || measurement.pue < 1) std::abort();
}

void try_to_read(const std::function<std::vector<Measurement>()>& read) {
  try {
    for (const Measurement& measurement : read())
      check(measurement);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_data) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const energy::LogText log{.name = "fuzz", .text = text};
  (void)energy::carbontracker_log(text);
  (void)energy::is_codecarbon(text);
  try_to_read([&] { return energy::read_codecarbon(text, "fuzz"); });
  try_to_read([&] { return std::vector{energy::read_carbontracker(log, std::nullopt, text)}; });
  try_to_read([&] { return std::vector{energy::read_carbontracker(std::nullopt, log, text)}; });
  try_to_read([&] { return std::vector{energy::read_carbontracker(log, log, text)}; });
  return 0;
}
