#include "ecnas/surrogate/score_table.hpp"

#include <algorithm>
#include <cmath>

#include "ecnas/core/error.hpp"

namespace ecnas::surrogate {
namespace {

constexpr float kHighestCode = 65535;

}  // namespace

ScoreTable::ScoreTable(std::span<const float> scores, std::size_t outputs)
    : codes_(scores.size()), lowest_(outputs), step_(outputs) {
  ECNAS_ASSERT(outputs > 0 && !scores.empty() && scores.size() % outputs == 0);
  for (std::size_t output = 0; output < outputs; ++output) {
    float lowest = scores[output];
    float highest = scores[output];
    for (std::size_t i = output; i < scores.size(); i += outputs) {
      lowest = std::min(lowest, scores[i]);
      highest = std::max(highest, scores[i]);
    }
    lowest_[output] = lowest;
    step_[output] = std::max((highest - lowest) / kHighestCode, 1e-30F);
    for (std::size_t i = output; i < scores.size(); i += outputs) {
      const float code = std::round((scores[i] - lowest) / step_[output]);
      codes_[i] = static_cast<std::uint16_t>(std::clamp(code, 0.0F, kHighestCode));
    }
  }
}

ScoreTable::ScoreTable(std::vector<std::uint16_t> codes, std::vector<float> lowest,
                       std::vector<float> step)
    : codes_(std::move(codes)), lowest_(std::move(lowest)), step_(std::move(step)) {
  if (lowest_.empty() || lowest_.size() != step_.size() || codes_.size() % lowest_.size() != 0)
    fail(ErrorCode::invalid_argument, "score table: its parts disagree in size");
}

std::vector<float> ScoreTable::scores() const {
  std::vector<float> scores(codes_.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::size_t output = i % outputs();
    scores[i] = lowest_[output] + step_[output] * static_cast<float>(codes_[i]);
  }
  return scores;
}

}  // namespace ecnas::surrogate
