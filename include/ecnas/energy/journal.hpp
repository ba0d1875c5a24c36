#pragma once

#include <filesystem>

#include "ecnas/energy/measurement.hpp"

namespace ecnas::energy {

/// A measurement that is written down while it runs, so that what was measured outlives whoever
/// measures: a line of JSON for what is known at the start, and one for every sample. A line is one
/// write, and a last line that is cut is passed over. docs/formats/track.md has the format.
class Journal {
 public:
  /// @param beginning  with its components, whose energies are nothing yet
  /// @throws Error{io_failure} if the file cannot be written
  Journal(const std::filesystem::path& file, const Measurement& beginning);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  /// Does not throw: a full disk must not end a measurement. Then nothing more is written.
  void append(const Sample& sample) noexcept;
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

 private:
  int descriptor_ = -1;
  bool has_failed_ = false;
};

/// The measurement that a journal holds, up to its last whole sample, with all of its samples.
/// @throws Error{not_found}, Error{io_failure}; Error{invalid_data} for what is no journal
[[nodiscard]] Measurement recover_journal(const std::filesystem::path& file);

}  // namespace ecnas::energy
