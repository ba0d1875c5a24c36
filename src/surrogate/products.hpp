#pragma once
/// Matrix products without gaps between rows.

#include <cstddef>
#include <vector>

namespace ecnas::surrogate {

/// c (rows, columns) = or += a (rows, depth) · b (depth, columns). @pre columns % kDenseGroup == 0
void product(std::size_t rows, std::size_t columns, std::size_t depth, const float* a,
             const float* b, float* c, bool accumulate = false);

/// c (depth, columns) += aᵀ · b with a (rows, depth), b (rows, columns).
void transposed_product(std::size_t rows, std::size_t columns, std::size_t depth, const float* a,
                        const float* b, float* c);

/// (rows, columns) → (columns, rows).
[[nodiscard]] std::vector<float> transposed(const float* matrix, std::size_t rows,
                                            std::size_t columns);

/// Adds a row to every row. @param to  (rows, columns)
void add_row(std::size_t rows, std::size_t columns, const float* row, float* to);

/// Adds the sum of the rows to `to`. @param from  (rows, columns)
void add_rows(std::size_t rows, std::size_t columns, const float* from, float* to);

}  // namespace ecnas::surrogate
