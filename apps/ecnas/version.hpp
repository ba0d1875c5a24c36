#pragma once

#include <string>
#include <string_view>

namespace ecnas::app {

/// "0.1.0"
[[nodiscard]] std::string_view version();

/// Version, compiler, build type and libraries, a line each.
[[nodiscard]] std::string version_text();

}  // namespace ecnas::app
