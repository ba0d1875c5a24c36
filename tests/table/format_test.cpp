// docs/formats/table.md shows a table byte by byte; this reads the page and builds that table.

#include <gtest/gtest.h>

#include <charconv>
#include <sstream>

#include "ecnas/core/text.hpp"
#include "table/fixtures.hpp"

namespace ecnas::table {
namespace {

/// The bytes of the page's block that is fenced as `hexdump`.
std::vector<std::byte> documented_bytes() {
  std::istringstream page(
      read_file(std::filesystem::path(ECNAS_SOURCE_DIR) / "docs" / "formats" / "table.md"));
  std::vector<std::byte> bytes;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) inside = line == "```hexdump";
    if (!inside || line.starts_with("```")) continue;
    // Offset, up to 16 bytes, the same as text.
    for (const std::string_view part : split(std::string_view(line).substr(10, 48), ' ')) {
      if (part.empty()) continue;
      unsigned value = 0;
      std::from_chars(part.data(), part.data() + part.size(), value, 16);
      bytes.push_back(static_cast<std::byte>(value));
    }
  }
  return bytes;
}

TEST(Format, TheDocumentedDumpIsTheTableThatItDescribes) {
  Metadata metadata;
  metadata.pue = 1.59;
  metadata.devices = {"Quadro RTX 6000"};
  metadata.data_set = "CIFAR-10";
  metadata.source = "an example";
  TableBuilder builder(metadata);
  builder.add(testing::kConv, 4, 1, "energy_kwh", 0.5F, Provenance::measured, "example");
  EXPECT_EQ(documented_bytes(), builder.bytes());
}

TEST(Format, TheDocumentedDumpIsAValidTable) {
  const Table table = Table::from_bytes(documented_bytes(), "table.md");
  table.verify();
  EXPECT_EQ(table.query(testing::kConv, 4)->value("energy_kwh"), 0.5);
}

}  // namespace
}  // namespace ecnas::table
