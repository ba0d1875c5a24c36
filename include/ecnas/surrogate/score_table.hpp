#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ecnas::surrogate {

/// A regressor's scores of every cell of the whole space, in rank order, in 16 bits each: what a
/// slow regressor says, at the cost of a read. Rounded to the nearest of 65,536 steps between the
/// least and the greatest score of each output.
class ScoreTable {
 public:
  /// @param scores  (n, outputs) row-major, finite
  ScoreTable(std::span<const float> scores, std::size_t outputs);

  /// From what the accessors of another gave.
  /// @throws Error{invalid_argument} for sizes that disagree
  ScoreTable(std::vector<std::uint16_t> codes, std::vector<float> lowest, std::vector<float> step);

  [[nodiscard]] std::size_t outputs() const { return lowest_.size(); }
  [[nodiscard]] std::size_t cells() const { return codes_.size() / outputs(); }
  [[nodiscard]] std::span<const std::uint16_t> codes() const { return codes_; }  ///< (n, outputs)
  [[nodiscard]] std::span<const float> lowest() const { return lowest_; }        ///< (outputs)
  [[nodiscard]] std::span<const float> step() const { return step_; }            ///< (outputs)

  /// @return (n, outputs), each within half a step of what was given
  [[nodiscard]] std::vector<float> scores() const;

 private:
  std::vector<std::uint16_t> codes_;
  std::vector<float> lowest_;
  std::vector<float> step_;
};

}  // namespace ecnas::surrogate
