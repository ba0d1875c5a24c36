#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/table/import.hpp"

namespace ecnas::table::tfrecord {

/// What can be odd about a record that is otherwise whole.
enum class FindingKind : std::uint8_t {
  damaged,           ///< its bytes: only with `keep_going` a finding, else an error
  no_cell,           ///< the graph is no cell of the space
  wrong_hash,        ///< the hash is not the graph's
  wrong_parameters,  ///< the count of parameters is not the cell's
  no_evaluation,     ///< nothing was evaluated
  evaluation_count,  ///< other than three evaluations
  other_epochs,      ///< the last evaluation is after other epochs than the record says
  odd_accuracy,      ///< not within [0, 1]
  odd_quantity,      ///< a time, energy or emission that is negative, infinite or no number
};
inline constexpr std::size_t kFindingKinds = 9;

/// Findings by kind: how many, and those of the first few records in words.
class Findings {
 public:
  /// @param what  names the values; records may come in any order
  void add(FindingKind kind, std::size_t record, std::string what);
  void add(const Findings& later);

  /// Those that there are, as a summary holds them.
  [[nodiscard]] std::vector<ImportFinding> summary() const;

 private:
  struct Example {
    std::size_t record;
    std::string what;
  };
  struct Kind {
    std::size_t count = 0;
    std::vector<Example> examples;  // by record

    void keep(Example example);
  };
  std::array<Kind, kFindingKinds> kinds_;
};

}  // namespace ecnas::table::tfrecord
