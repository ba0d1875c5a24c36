#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ecnas::surrogate {

struct AdamOptions {
  double rate = 1e-3;
  double weight_decay = 0;  ///< decoupled from the gradient
  double first_decay = 0.9;
  double second_decay = 0.999;
};

/// Adam with decoupled weight decay. @source [KinBa15] algorithm 1, [LosHut19] algorithm 2
class Adam {
 public:
  explicit Adam(std::size_t parameters) : first_(parameters), second_(parameters) {}

  /// @param parameters, gradient  (parameters)
  /// @param decays  (parameters): 1 where weight decay applies
  void step(std::span<float> parameters, std::span<const float> gradient,
            std::span<const std::uint8_t> decays, const AdamOptions& options);

 private:
  std::vector<float> first_;
  std::vector<float> second_;
  std::uint64_t steps_ = 0;
};

/// One cycle of learning rates: a tenth of the way up to the highest, then down a cosine to 0.
/// @param progress  0 … 1  @source [SmiTop19]
[[nodiscard]] double one_cycle_rate(double progress, double highest);

}  // namespace ecnas::surrogate
