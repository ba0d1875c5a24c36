#pragma once
/// Series that the tests of stats share.

#include <cmath>
#include <cstddef>
#include <vector>

#include "ecnas/core/random.hpp"

namespace ecnas::stats::testing {

using Series = std::vector<double>;

/// Whole numbers below `levels`: ties abound where there are few of them.
inline Series tied_series(std::size_t count, std::size_t levels, Rng& rng) {
  Series result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(static_cast<double>(rng.below(levels)) - static_cast<double>(levels) / 2);
  return result;
}

inline Series normal_series(std::size_t count, Rng& rng) {
  Series result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(rng.normal());
  return result;
}

inline double fraction(double value) {
  return value - std::floor(value);
}

/// Two series of 200 by formulas that are easy to repeat elsewhere. The numbers in the tests that
/// they are compared with were computed with SciPy 1.17.1 and NumPy 2.4.6 by
///   i = numpy.arange(1, 201)
///   smooth: u = i * 0.6180339887498949 % 1, v = u + 0.5 * (i * 0.41421356237309515 % 1)
///   tied:   u = i * 7919 % 101, v = i * 7919 % 101 // 7 + i * 104729 % 13
struct Example {
  Series u;
  Series v;
};

inline Example smooth_example() {
  Example example;
  for (int i = 1; i <= 200; ++i) {
    example.u.push_back(fraction(i * 0.6180339887498949));
    example.v.push_back(example.u.back() + 0.5 * fraction(i * 0.41421356237309515));
  }
  return example;
}

inline Example tied_example() {
  Example example;
  for (int i = 1; i <= 200; ++i) {
    example.u.push_back(i * 7919 % 101);
    example.v.push_back(i * 7919 % 101 / 7 + i * 104729 % 13);
  }
  return example;
}

}  // namespace ecnas::stats::testing
