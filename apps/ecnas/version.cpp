#include "version.hpp"

#include <archive.h>
#include <fmt/format.h>
#include <xxhash.h>

#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>

namespace ecnas::app {

std::string_view version() {
  return ECNAS_VERSION;
}

std::string version_text() {
  return fmt::format(
      "ecnas {}\n"
      "compiler   {} ({})\n"
      "libraries  fmt {}.{}.{}, CLI11 {}, nlohmann-json {}.{}.{}, {}, xxHash {}.{}.{}\n"
      "formats    table 1, results.json, CSV",
      ECNAS_VERSION, ECNAS_COMPILER, ECNAS_BUILD_TYPE, FMT_VERSION / 10000, FMT_VERSION / 100 % 100,
      FMT_VERSION % 100, CLI11_VERSION, NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
      NLOHMANN_JSON_VERSION_PATCH, archive_version_string(), XXH_VERSION_MAJOR, XXH_VERSION_MINOR,
      XXH_VERSION_RELEASE);
}

}  // namespace ecnas::app
