#include "train/area_scaling.hpp"

#include <algorithm>

namespace ecnas::train {
namespace {

/// A piece of the source's axis that one pixel of the result covers, in units of 1/target of a
/// source pixel, so that all weights are whole numbers; they sum to `source`.
struct Cover {
  std::size_t first = 0;
  std::vector<std::uint32_t> weights;
};

std::vector<Cover> covers(std::size_t source, std::size_t target) {
  std::vector<Cover> result(target);
  for (std::size_t t = 0; t < target; ++t) {
    const std::size_t begin = t * source;  // in units
    const std::size_t end = begin + source;
    result[t].first = begin / target;
    for (std::size_t s = result[t].first; s * target < end; ++s) {
      const std::size_t overlap = std::min((s + 1) * target, end) - std::max(s * target, begin);
      result[t].weights.push_back(static_cast<std::uint32_t>(overlap));
    }
  }
  return result;
}

}  // namespace

Picture square_of(const Picture& picture, std::int32_t side) {
  const auto height = static_cast<std::size_t>(picture.height);
  const auto width = static_cast<std::size_t>(picture.width);
  const auto target = static_cast<std::size_t>(side);
  const std::size_t source = std::min(height, width);
  const std::size_t top = (height - source) / 2;
  const std::size_t left = (width - source) / 2;
  const std::vector<Cover> axis = covers(source, target);
  const std::uint64_t area = std::uint64_t{source} * source;
  Picture result{.channels = picture.channels, .height = side, .width = side, .pixels = {}};
  result.pixels.reserve(static_cast<std::size_t>(picture.channels) * target * target);
  for (std::size_t c = 0; c < static_cast<std::size_t>(picture.channels); ++c) {
    const std::uint8_t* plane = picture.pixels.data() + (c * height + top) * width + left;
    for (const Cover& rows : axis) {
      for (const Cover& columns : axis) {
        std::uint64_t sum = 0;
        for (std::size_t y = 0; y < rows.weights.size(); ++y) {
          const std::uint8_t* row = plane + (rows.first + y) * width + columns.first;
          std::uint64_t row_sum = 0;
          for (std::size_t x = 0; x < columns.weights.size(); ++x)
            row_sum += std::uint64_t{columns.weights[x]} * row[x];
          sum += rows.weights[y] * row_sum;
        }
        result.pixels.push_back(static_cast<std::uint8_t>((2 * sum + area) / (2 * area)));
      }
    }
  }
  return result;
}

}  // namespace ecnas::train
