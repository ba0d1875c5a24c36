#include "surrogate/products.hpp"

#include "surrogate/kernels.hpp"

namespace ecnas::surrogate {

void product(std::size_t rows, std::size_t columns, std::size_t depth, const float* a,
             const float* b, float* c, bool accumulate) {
  dense_kernel().multiply(rows, columns, depth, {a, depth, 1}, b, columns, c, columns, accumulate);
}

void transposed_product(std::size_t rows, std::size_t columns, std::size_t depth, const float* a,
                        const float* b, float* c) {
  dense_kernel().multiply(depth, columns, rows, {a, 1, depth}, b, columns, c, columns, true);
}

std::vector<float> transposed(const float* matrix, std::size_t rows, std::size_t columns) {
  std::vector<float> result(rows * columns);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column)
      result[column * rows + row] = matrix[row * columns + column];
  }
  return result;
}

void add_row(std::size_t rows, std::size_t columns, const float* row, float* to) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < columns; ++i)
      to[r * columns + i] += row[i];
  }
}

void add_rows(std::size_t rows, std::size_t columns, const float* from, float* to) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < columns; ++i)
      to[i] += from[r * columns + i];
  }
}

}  // namespace ecnas::surrogate
