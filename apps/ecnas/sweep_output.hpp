#pragma once
/// What `ecnas sweep` tells people and programs.

#include <string>

#include "command.hpp"
#include "ecnas/sweep/collect.hpp"
#include "ecnas/sweep/status.hpp"

namespace ecnas::app {

[[nodiscard]] Json status_json(const sweep::Status& status, const std::string& directory);
[[nodiscard]] std::string status_text(const sweep::Status& status, const std::string& directory);

/// @param output  the table's file  @{
[[nodiscard]] Json collected_json(const sweep::Collected& collected, const std::string& output);
void print_collected(const sweep::Collected& collected, const std::string& output);
/// @}

/// "1 run", "2 runs".
[[nodiscard]] std::string runs_text(std::size_t count);

}  // namespace ecnas::app
