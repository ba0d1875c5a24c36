#pragma once
/// surrogate: models that predict what training a cell costs and how accurate it gets, fitted on
/// what was measured. Start here: a `Regressor` learns standardised numbers from cells; a
/// `Surrogate` (surrogate.hpp) makes a target's values with intervals of it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/cell.hpp"

namespace ecnas::surrogate {

class ModelTensors;  // src/surrogate: the named tensors of a model file

/// Kinds of regressors.
enum class Family : std::uint8_t {
  ridge,             ///< linear in logarithms of the features
  trees,             ///< boosted trees on what ridge leaves
  gaussian_process,  ///< exact, on counts of the cell
  mlp,               ///< the published surrogate's inputs and shape
  graph,             ///< graph networks, averaged
  reference,         ///< the published surrogate (reference_mlp.hpp): neither fitted nor saved
};
inline constexpr std::size_t kFamilies = 6;
[[nodiscard]] std::string_view name(Family family);
[[nodiscard]] std::optional<Family> parse_family(std::string_view text);

/// What a regressor learns from: standardised numbers, one row a cell.
struct TrainingData {
  std::span<const space::Cell> cells;  ///< (n), any labellings, no architecture twice
  std::size_t outputs = 1;
  std::span<const float> values;   ///< (n, outputs) row-major, about mean 0 and deviation 1; NaN:
                                   ///< not observed
  std::span<const float> weights;  ///< (n, outputs), > 0
};

struct RegressorOptions {
  std::uint64_t seed = 1;
  unsigned threads = 1;     ///< 0: one per core; the result does not depend on it
  std::size_t members = 0;  ///< networks or bags that are averaged; 0: the family's default
  std::size_t epochs = 0;   ///< of networks; 0: the family's default
  /// Told of progress, 0 … 1; may be empty. Called from the fitting thread.
  std::function<void(double)> progress;
};

/// A fitted function of cells. Any labelling of an architecture gives the same bits. Immutable and
/// thread safe.
class Regressor {
 public:
  virtual ~Regressor() = default;
  [[nodiscard]] virtual Family family() const = 0;
  [[nodiscard]] virtual std::size_t outputs() const = 0;

  /// @param cells    (n), any labellings
  /// @param out      (n, outputs()) row-major, written
  /// @param threads  0: one per core; the result does not depend on it
  virtual void predict(std::span<const space::Cell> cells, std::span<float> out,
                       unsigned threads) const = 0;

  /// Adds what `load_regressor` needs, each tensor's name beginning with `prefix`.
  virtual void save(ModelTensors& tensors, const std::string& prefix) const = 0;
};

/// @throws Error{invalid_argument} for data whose sizes disagree or without an observed value
[[nodiscard]] std::unique_ptr<Regressor> fit_regressor(Family family, const TrainingData& data,
                                                       const RegressorOptions& options);

/// @throws Error{invalid_data} naming the tensor that is missing, of a wrong shape or not finite
[[nodiscard]] std::unique_ptr<Regressor> load_regressor(Family family, const ModelTensors& tensors,
                                                        const std::string& prefix);

}  // namespace ecnas::surrogate
