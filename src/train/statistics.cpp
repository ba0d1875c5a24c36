#include <array>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/train/images.hpp"

namespace ecnas::train {

// Whole sums of values and squares are exact: 2^64 / 255² leaves room for 2.8e14 pixels.
ChannelStatistics channel_statistics(const ImageSet& images,
                                     std::span<const std::uint32_t> indices) {
  if (indices.empty())
    fail(ErrorCode::invalid_argument, "no images to take mean and standard deviation of");
  constexpr std::size_t kValues = 256;
  constexpr double kWhite = 255;
  const std::size_t plane = images.image_bytes() / static_cast<std::size_t>(images.channels);
  ChannelStatistics result;
  for (std::size_t c = 0; c < static_cast<std::size_t>(images.channels); ++c) {
    std::array<std::uint64_t, kValues> counts{};
    for (const std::uint32_t i : indices) {
      for (const std::uint8_t value : images.image(i).subspan(c * plane, plane))
        ++counts[value];
    }
    std::uint64_t sum = 0;
    for (std::size_t value = 0; value < kValues; ++value)
      sum += counts[value] * value;
    const double n = static_cast<double>(indices.size()) * static_cast<double>(plane);
    const double mean = static_cast<double>(sum) / n;
    double squares = 0;
    for (std::size_t value = 0; value < kValues; ++value) {
      const double deviation = static_cast<double>(value) - mean;
      squares += static_cast<double>(counts[value]) * deviation * deviation;
    }
    result.mean.push_back(mean / kWhite);
    result.standard_deviation.push_back(squares > 0 ? std::sqrt(squares / n) / kWhite : 1.0);
  }
  return result;
}

}  // namespace ecnas::train
