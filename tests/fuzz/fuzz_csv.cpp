// A CSV from any text: refused with invalid_data, or values that make a table that verifies.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/table/builder.hpp"
#include "table/import_csv.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ecnas;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    table::TableBuilder builder{table::Metadata{}};
    table::ImportSummary summary{};
    table::Agreement agreement;
    const table::ImportOptions options;
    table::ImportContext context{options, agreement, builder, summary};
    table::import_csv(text, "fuzz", context);
    builder.metadata() = agreement.metadata();
    builder.build("fuzz").verify();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_data) std::abort();
  }
  return 0;
}
