#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace ecnas {

/// The project's one random generator: xoshiro256++ (Blackman, Vigna 2021), seeded through
/// SplitMix64. The samplers below are our own because those of the standard library differ between
/// implementations: the same seed gives the same numbers on every machine. Not thread safe; give
/// every thread its own, by `stream`.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) noexcept;

  /// An independent generator for part `index` of the work under `seed` (a trial, a resample), the
  /// same whichever thread asks.
  [[nodiscard]] static Rng stream(std::uint64_t seed, std::uint64_t index) noexcept;

  /// 64 uniform bits.
  std::uint64_t next() noexcept;

  /// Uniform in {0, …, bound − 1}, without bias (Lemire 2019). @pre bound > 0
  std::uint64_t below(std::uint64_t bound) noexcept;

  /// Uniform in [0, 1), 53 bits.
  double uniform() noexcept;

  /// True with probability `probability`.
  bool chance(double probability) noexcept { return uniform() < probability; }

  /// Standard normal (polar method, one value a call).
  double normal() noexcept;

  /// Fisher–Yates.
  template <typename T>
  void shuffle(std::span<T> values) noexcept {
    for (std::size_t i = values.size(); i > 1; --i) {
      using std::swap;
      swap(values[i - 1], values[below(i)]);
    }
  }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace ecnas
