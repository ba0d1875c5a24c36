#pragma once
/// The dense kernels, included once by each source that compiles them, which defines
/// `ECNAS_DENSE_VECTOR_LANES` and the tile's `ECNAS_DENSE_TILE_ROWS` and
/// `ECNAS_DENSE_TILE_VECTORS`: as many sums as fit the processor's registers.

#include "surrogate/dense_kernel.hpp"

// NOLINTBEGIN(modernize-avoid-c-arrays, cppcoreguidelines-avoid-c-arrays)
namespace ecnas::surrogate {
namespace {

constexpr unsigned kLanes = ECNAS_DENSE_VECTOR_LANES;
constexpr unsigned kGroupVectors = kDenseGroup / kLanes;
using Vector [[gnu::vector_size(4 * ECNAS_DENSE_VECTOR_LANES)]] = float;
using Mask [[gnu::vector_size(4 * ECNAS_DENSE_VECTOR_LANES)]] = int;

[[gnu::always_inline]] inline Vector load(const float* from) {
  Vector value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}

[[gnu::always_inline]] inline void store(float* to, const Vector& value) {
  __builtin_memcpy(to, &value, sizeof value);
}

[[gnu::always_inline]] inline Vector all(float value) {
  return value - Vector{};
}

// --- Products ------------------------------------------------------------------------------------

/// A tile of the product, its sums held in registers.
template <unsigned kRows, unsigned kVectors>
void multiply_tile(std::size_t depth, DenseLeft a, const float* b, std::size_t b_stride, float* c,
                   std::size_t c_stride, bool accumulate) {
  Vector sums[kRows][kVectors];
  for (unsigned row = 0; row < kRows; ++row) {
    for (unsigned part = 0; part < kVectors; ++part)
      sums[row][part] = accumulate ? load(c + row * c_stride + part * kLanes) : Vector{};
  }
  for (std::size_t k = 0; k < depth; ++k) {
    Vector right[kVectors];
    for (unsigned part = 0; part < kVectors; ++part)
      right[part] = load(b + k * b_stride + part * kLanes);
    for (unsigned row = 0; row < kRows; ++row) {
      const Vector left = all(a.data[row * a.row_stride + k * a.column_stride]);
      for (unsigned part = 0; part < kVectors; ++part)
        sums[row][part] += left * right[part];
    }
  }
  for (unsigned row = 0; row < kRows; ++row) {
    for (unsigned part = 0; part < kVectors; ++part)
      store(c + row * c_stride + part * kLanes, sums[row][part]);
  }
}

/// All rows of one panel of columns.
template <unsigned kVectors>
void multiply_panel(std::size_t rows, std::size_t depth, DenseLeft a, const float* b,
                    std::size_t b_stride, float* c, std::size_t c_stride, bool accumulate) {
  constexpr unsigned kRows = ECNAS_DENSE_TILE_ROWS;
  std::size_t row = 0;
  for (; row + kRows <= rows; row += kRows) {
    const DenseLeft part{a.data + row * a.row_stride, a.row_stride, a.column_stride};
    multiply_tile<kRows, kVectors>(depth, part, b, b_stride, c + row * c_stride, c_stride,
                                   accumulate);
  }
  // What is left, so that many sums are still under way at once.
  constexpr unsigned kFew = 4;
  for (; row + kFew <= rows; row += kFew) {
    const DenseLeft part{a.data + row * a.row_stride, a.row_stride, a.column_stride};
    multiply_tile<kFew, kVectors>(depth, part, b, b_stride, c + row * c_stride, c_stride,
                                  accumulate);
  }
  for (; row < rows; ++row) {
    const DenseLeft part{a.data + row * a.row_stride, a.row_stride, a.column_stride};
    multiply_tile<1, kVectors>(depth, part, b, b_stride, c + row * c_stride, c_stride, accumulate);
  }
}

void multiply(std::size_t rows, std::size_t columns, std::size_t depth, DenseLeft a, const float* b,
              std::size_t b_stride, float* c, std::size_t c_stride, bool accumulate) {
  constexpr unsigned kVectors = ECNAS_DENSE_TILE_VECTORS;
  constexpr std::size_t kPanel = std::size_t{kVectors} * kLanes;
  std::size_t column = 0;
  for (; column + kPanel <= columns; column += kPanel)
    multiply_panel<kVectors>(rows, depth, a, b + column, b_stride, c + column, c_stride,
                             accumulate);
  for (; column < columns; column += kLanes)
    multiply_panel<1>(rows, depth, a, b + column, b_stride, c + column, c_stride, accumulate);
}

// --- Normalisation -------------------------------------------------------------------------------

/// Sum over a row in sixteen lanes, then of the lanes pairwise: the same order on every processor.
template <typename Term>
float row_sum(std::size_t columns, const Term& term) {
  Vector sums[kGroupVectors] = {};
  for (std::size_t column = 0; column < columns; column += kDenseGroup) {
    for (unsigned part = 0; part < kGroupVectors; ++part)
      sums[part] += term(column + part * kLanes);
  }
  float lanes[kDenseGroup];
  for (unsigned part = 0; part < kGroupVectors; ++part)
    store(lanes + part * kLanes, sums[part]);
  for (unsigned half = kDenseGroup / 2; half > 0; half /= 2) {
    for (unsigned i = 0; i < half; ++i)
      lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

constexpr float kVarianceFloor = 1e-5F;

void normalise(std::size_t rows, std::size_t columns, const float* x, float* y,
               float* inverse_deviation) {
  const auto width = static_cast<float>(columns);
  for (std::size_t row = 0; row < rows; ++row, x += columns, y += columns) {
    const Vector mean = all(row_sum(columns, [&](std::size_t at) { return load(x + at); }) / width);
    const float variance = row_sum(columns,
                                   [&](std::size_t at) {
                                     const Vector centred = load(x + at) - mean;
                                     return centred * centred;
                                   }) /
                           width;
    const float inverse = 1.0F / __builtin_sqrtf(variance + kVarianceFloor);
    inverse_deviation[row] = inverse;
    for (std::size_t at = 0; at < columns; at += kLanes)
      store(y + at, (load(x + at) - mean) * all(inverse));
  }
}

// With y = (x − mean)/deviation: dx = (dy − mean(dy) − y·mean(dy·y)) / deviation.
void normalise_backward(std::size_t rows, std::size_t columns, const float* y,
                        const float* inverse_deviation, const float* dy, float* dx) {
  const auto width = static_cast<float>(columns);
  for (std::size_t row = 0; row < rows; ++row, y += columns, dy += columns, dx += columns) {
    const Vector mean =
        all(row_sum(columns, [&](std::size_t at) { return load(dy + at); }) / width);
    const Vector along =
        all(row_sum(columns, [&](std::size_t at) { return load(dy + at) * load(y + at); }) / width);
    const Vector inverse = all(inverse_deviation[row]);
    for (std::size_t at = 0; at < columns; at += kLanes) {
      const Vector change = (load(dy + at) - mean - load(y + at) * along) * inverse;
      store(dx + at, load(dx + at) + change);
    }
  }
}

// --- GELU ----------------------------------------------------------------------------------------

[[gnu::always_inline]] inline Vector choose(const Mask& where, const Vector& a, const Vector& b) {
  const Mask bits_a = reinterpret_cast<Mask>(a);
  const Mask bits_b = reinterpret_cast<Mask>(b);
  const Mask chosen = (where & bits_a) | (~where & bits_b);
  return reinterpret_cast<Vector>(chosen);
}

/// exp(x) for x ≤ 0, within 2 units in the last place; 0 below −87.
[[gnu::always_inline]] inline Vector exp_of_negative(const Vector& x) {
  const Vector low = all(-87.0F);
  const Vector clamped = choose(x < low, low, x);
  // x = n·ln 2 + r with |r| ≤ ln 2 / 2; the constant rounds to the nearest integer.
  const Vector shift = all(12582912.0F);  // 1.5 · 2²³
  const Vector rounded = clamped * all(1.44269504F) + shift;
  const Vector n = rounded - shift;
  const Vector r = (clamped - n * all(0.693359375F)) + n * all(2.12194440e-4F);
  // Taylor's series; |r| < 0.347 makes its rest less than 1e-8.
  Vector sum = all(1.0F / 5040.0F);
  sum = sum * r + all(1.0F / 720.0F);
  sum = sum * r + all(1.0F / 120.0F);
  sum = sum * r + all(1.0F / 24.0F);
  sum = sum * r + all(1.0F / 6.0F);
  sum = sum * r + all(0.5F);
  sum = sum * r + all(1.0F);
  sum = sum * r + all(1.0F);
  // 2ⁿ by the exponent's bits.
  const Mask exponent = (reinterpret_cast<Mask>(rounded) - 0x4B400000 + 127) << 23;
  const Vector scaled = sum * reinterpret_cast<Vector>(exponent);
  return choose(x < low, Vector{}, scaled);
}

/// Φ(x) and its density φ(x). The ratio Φ(−x)/φ(x) for x ≥ 0 is a polynomial in t = 1/(1 + 0.21·x)
/// within 1.7e-8 of itself, fitted by Lawson's iteration on [0, 14] (docs/algorithms/mlp.md).
[[gnu::always_inline]] inline void normal_distribution(const Vector& x, Vector& distribution,
                                                       Vector& density) {
  const Vector magnitude = choose(x < all(0.0F), -x, x);
  density = exp_of_negative(all(-0.5F) * x * x) * all(0.398942280F);
  const Vector t = all(1.0F) / (all(1.0F) + all(0.21F) * magnitude);
  Vector ratio = all(-0.179617258F);
  ratio = ratio * t + all(0.710858847F);
  ratio = ratio * t + all(-0.827839087F);
  ratio = ratio * t + all(0.875838260F);
  ratio = ratio * t + all(-0.235449888F);
  ratio = ratio * t + all(0.313015913F);
  ratio = ratio * t + all(0.173437317F);
  ratio = ratio * t + all(0.213236264F);
  ratio = ratio * t + all(0.209833786F);
  const Vector tail = ratio * t * density;
  distribution = choose(x < all(0.0F), tail, all(1.0F) - tail);
}

void gelu(std::size_t count, const float* x, float* y, float* slope) {
  for (std::size_t at = 0; at < count; at += kLanes) {
    const Vector value = load(x + at);
    Vector distribution;
    Vector density;
    normal_distribution(value, distribution, density);
    store(y + at, value * distribution);
    if (slope != nullptr) store(slope + at, distribution + value * density);
  }
}

}  // namespace
}  // namespace ecnas::surrogate
// NOLINTEND(modernize-avoid-c-arrays, cppcoreguidelines-avoid-c-arrays)
