#pragma once

#include <functional>
#include <string_view>

namespace ecnas::app {

/// What every program's main does: runs `body` and makes an exit status of what it throws, told in
/// one line on standard error that begins with the program's name.
[[nodiscard]] int run_program(std::string_view name, const std::function<int()>& body);

}  // namespace ecnas::app
