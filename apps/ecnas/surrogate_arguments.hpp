#pragma once
/// What the subcommands of `ecnas surrogate` share: reading observations and models, printing
/// scores.

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "ecnas/surrogate/evaluate.hpp"
#include "ecnas/surrogate/fit.hpp"
#include "ecnas/surrogate/model_file.hpp"
#include "ecnas/surrogate/observations.hpp"

namespace ecnas::app {

/// Options that say which values are read from which files.
struct ObservationArguments {
  std::string target;
  std::vector<std::string> data;
  std::vector<std::string> more_data;
  std::string test_data;
  std::optional<double> pue;
  std::string kind;
  std::optional<std::int32_t> epochs;

  /// @param several  whether further sources can be given beside the first
  void add_to(CLI::App& command, bool several);
  /// The options for commands that know of energies alone, from one source.
  void add_energies_to(CLI::App& command);
  /// @throws Error{invalid_argument} for an unknown name
  [[nodiscard]] surrogate::Target chosen_target() const;
  /// The first source, then the further ones.
  [[nodiscard]] std::vector<surrogate::Observations> observations() const;
  /// Of `--test-data`, if given.
  [[nodiscard]] std::optional<surrogate::Observations> test_accuracies() const;

 private:
  void add_data_to(CLI::App& command);
  void add_pue_to(CLI::App& command);
  void add_epochs_to(CLI::App& command);
};

/// Options that say which model is fitted.
struct FitArguments {
  std::vector<std::string> families;
  std::size_t members = 0;
  std::size_t network_epochs = 0;
  std::size_t folds = 5;
  std::uint64_t seed = 1;

  void add_to(CLI::App& command);
  [[nodiscard]] surrogate::SurrogateFitOptions options(const Global& global) const;
};

/// Subcommands of `ecnas surrogate` in sources of their own. @{
void add_surrogate_assemble(CLI::App& parent, const Global& global);
void add_surrogate_transfer(CLI::App& parent, const Global& global);
void add_surrogate_study(CLI::App& parent, const Global& global);
void add_surrogate_select(CLI::App& parent, const Global& global);
void add_surrogate_active_curve(CLI::App& parent, const Global& global);
/// @}

/// A model file, or the shipped model where the name is empty or `ecnas-7v`.
[[nodiscard]] surrogate::ModelFile open_model(const std::string& path_or_name);

/// The contract of `evaluate --json` (docs/formats/json.md).
[[nodiscard]] Json to_json(const surrogate::Scores& scores);
[[nodiscard]] Json to_json(const surrogate::Evaluation& evaluation);

/// The same for people.
[[nodiscard]] std::string evaluation_text(const surrogate::Evaluation& evaluation,
                                          surrogate::Target target);

}  // namespace ecnas::app
