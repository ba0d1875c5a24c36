#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/surrogate/features.hpp"
#include "surrogate/model_tensors.hpp"

namespace ecnas::surrogate {

/// Features as models of distances and sums want them: log(1 + x), less the mean, over the
/// deviation; those that do not vary among the cells fitted on are left out.
class StandardisedFeatures {
 public:
  /// @param cells  that mean and deviation are taken over
  StandardisedFeatures(FeatureGroups groups, std::span<const space::Cell> cells);
  StandardisedFeatures(FeatureGroups groups, const ModelTensors& tensors,
                       const std::string& prefix);
  void save(ModelTensors& tensors, const std::string& prefix) const;

  [[nodiscard]] std::size_t count() const { return chosen_.size(); }

  /// @param out  (n, count()), written
  void extract(std::span<const space::Cell> cells, std::vector<float>& out) const;

 private:
  FeatureExtractor extractor_;
  std::vector<std::uint32_t> chosen_;
  std::vector<float> mean_;
  std::vector<float> inverse_deviation_;
};

}  // namespace ecnas::surrogate
