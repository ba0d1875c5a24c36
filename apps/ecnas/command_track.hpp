#pragma once
/// What the parts of `ecnas track` share.

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

#include "command.hpp"
#include "ecnas/energy/inventory.hpp"

namespace ecnas::app {

/// Options that say what of the machine is looked at, and whose energy it is.
struct SourceArguments {
  std::string root;  ///< holds sys, dev and proc
  std::string nvml;
  std::optional<std::string> cpu_power;
  std::string attribution = "default";

  void add_to(CLI::App& command);
  /// @throws Error{invalid_argument}
  [[nodiscard]] energy::InventoryOptions inventory_options() const;
};

/// `ecnas track --list`, `--doctor` and `--self-test`.
void run_track_list(const SourceArguments& sources, bool with_remedies, const Global& global);
void run_self_test(const SourceArguments& sources, const Global& global);

/// `ecnas track import` and `ecnas track project`.
void add_track_import(CLI::App& track, const Global& global);
void add_track_project(CLI::App& track, const Global& global);

}  // namespace ecnas::app
