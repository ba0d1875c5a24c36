// A document of `ecnas track` from any text: refused with invalid_data, or one that says the same
// when it is written and read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/energy/measurement.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ecnas;
  try {
    const energy::Measurement measurement = energy::measurement_from_json(
        std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
    const std::string text = energy::to_json(measurement);
    const energy::Measurement again = energy::measurement_from_json(text, "again");
    if (again.components.size() != measurement.components.size()) std::abort();
    if (again.spans.size() != measurement.spans.size()) std::abort();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_data) std::abort();
    if (std::string_view(error.what()).starts_with("again")) std::abort();
  }
  return 0;
}
