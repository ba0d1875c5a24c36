// A results.json from any text: refused with invalid_data, or a run whose numbers are in range.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "table/results_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ecnas;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)table::parse_place(text);
  try {
    const table::Run run = table::parse_run(text, "fuzz");
    if (run.checkpoints.empty() || run.trainable_parameters < 0) std::abort();
    for (const table::Checkpoint& checkpoint : run.checkpoints) {
      const bool fraction = checkpoint.test_accuracy >= 0 && checkpoint.test_accuracy <= 1;
      const bool energy = std::isfinite(checkpoint.energy_kwh) && checkpoint.energy_kwh >= 0;
      if (!fraction || !energy) std::abort();
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_data) std::abort();
  }
  return 0;
}
