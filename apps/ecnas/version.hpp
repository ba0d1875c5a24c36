#pragma once

#include <string>

namespace ecnas::app {

/// Version, compiler, build type and libraries, a line each.
[[nodiscard]] std::string version_text();

}  // namespace ecnas::app
