#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ecnas/core/file.hpp"
#include "ecnas/energy/inventory.hpp"
#include "ecnas/energy/measurement.hpp"

namespace ecnas::app {

/// A measurement for people, in some lines.
[[nodiscard]] std::string summary(const energy::Measurement& measurement);

/// What its emissions or its energy are like, in a line.
[[nodiscard]] std::string equivalents_text(const energy::Measurement& measurement);

/// Sources in a table, then what is missing; with remedies if asked for.
[[nodiscard]] std::string inventory_text(const energy::Inventory& inventory, bool with_remedies);

/// Samples as CSV while they come: time, and of every component joules so far and mean power since
/// the line before.
class SampleFile {
 public:
  /// @throws Error{io_failure}
  SampleFile(const std::filesystem::path& file, const std::vector<energy::Component>& components);

  /// Never throws: what fails is told by `commit`.
  void append(const energy::Sample& sample) noexcept;

  /// @throws Error{io_failure}
  void commit();

 private:
  OutputFile file_;
  std::string failure_;
  energy::Sample last_;
};

/// A line on standard error, drawn again every second: time, power now, energy so far.
class LiveLine {
 public:
  explicit LiveLine(double pue) : pue_(pue) {}
  ~LiveLine();  ///< clears it
  void show(const energy::Sample& sample) noexcept;

 private:
  double pue_;
  bool is_drawn_ = false;
  energy::Sample last_;
};

}  // namespace ecnas::app
