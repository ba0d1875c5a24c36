#pragma once
/// What the commands of `ecnas plot` share.

#include <string>

#include "command.hpp"

namespace ecnas::app {

/// @{ The subcommands of `ecnas plot` in sources of their own.
void add_plot_attainment(CLI::App& plot, const Global& global);
void add_plot_trial(CLI::App& plot, const Global& global);
void add_plot_progress(CLI::App& plot, const Global& global);
void add_plot_profile(CLI::App& plot, const Global& global);
void add_plot_calibration(CLI::App& plot, const Global& global);
void add_plot_comparison(CLI::App& plot, const Global& global);
/// @}

/// The required option `--output`.
void add_figure_output(CLI::App& command, std::string& output);

/// Told before the work: an output that cannot be drawn.
void expect_drawable(const std::string& output);

/// Draws, and says where.
void draw(const std::string& specification, const std::string& output, const Global& global);

}  // namespace ecnas::app
