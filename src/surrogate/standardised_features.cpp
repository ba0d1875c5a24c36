#include "surrogate/standardised_features.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "ecnas/core/error.hpp"

namespace ecnas::surrogate {
namespace {

/// Deviations below this are rounding: the feature is constant.
constexpr double kConstant = 1e-6;

double transformed(float feature) {
  return std::log1p(static_cast<double>(feature));
}

}  // namespace

StandardisedFeatures::StandardisedFeatures(FeatureGroups groups, std::span<const space::Cell> cells)
    : extractor_(groups) {
  const std::size_t width = extractor_.count();
  std::vector<float> rows(cells.size() * width);
  extractor_.extract(cells, rows);
  const auto count = static_cast<double>(cells.size());
  for (std::size_t f = 0; f < width; ++f) {
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < cells.size(); ++i)
      sum += transformed(rows[i * width + f]);
    const double mean = sum / count;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const double centred = transformed(rows[i * width + f]) - mean;
      squares += centred * centred;
    }
    const double deviation = std::sqrt(squares / count);
    if (deviation <= kConstant) continue;
    chosen_.push_back(static_cast<std::uint32_t>(f));
    mean_.push_back(static_cast<float>(mean));
    inverse_deviation_.push_back(static_cast<float>(1 / deviation));
  }
}

StandardisedFeatures::StandardisedFeatures(FeatureGroups groups, const ModelTensors& tensors,
                                           const std::string& prefix)
    : extractor_(groups),
      chosen_(tensors.integers(prefix + "features")),
      mean_(tensors.floats(prefix + "mean", std::array{chosen_.size()})),
      inverse_deviation_(tensors.floats(prefix + "inverse_deviation", std::array{chosen_.size()})) {
  const auto beyond = [&](std::uint32_t feature) { return feature >= extractor_.count(); };
  if (std::any_of(chosen_.begin(), chosen_.end(), beyond)) {
    fail(ErrorCode::invalid_data, "{}: tensor '{}features' names a feature beyond the {} there are",
         tensors.file_name(), prefix, extractor_.count());
  }
  // Ascending, so no more than there are: rows of features cost no more than those we write.
  if (std::adjacent_find(chosen_.begin(), chosen_.end(), std::greater_equal<>()) != chosen_.end()) {
    fail(ErrorCode::invalid_data, "{}: tensor '{}features' does not ascend", tensors.file_name(),
         prefix);
  }
}

void StandardisedFeatures::save(ModelTensors& tensors, const std::string& prefix) const {
  tensors.put(prefix + "features", {count()}, std::span(chosen_));
  tensors.put(prefix + "mean", {count()}, std::span(mean_));
  tensors.put(prefix + "inverse_deviation", {count()}, std::span(inverse_deviation_));
}

void StandardisedFeatures::extract(std::span<const space::Cell> cells,
                                   std::vector<float>& out) const {
  const std::size_t width = extractor_.count();
  std::vector<float> rows(cells.size() * width);
  extractor_.extract(cells, rows);
  out.resize(cells.size() * count());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    for (std::size_t f = 0; f < count(); ++f) {
      const double value = transformed(rows[i * width + chosen_[f]]);
      out[i * count() + f] =
          static_cast<float>(value - static_cast<double>(mean_[f])) * inverse_deviation_[f];
    }
  }
}

}  // namespace ecnas::surrogate
