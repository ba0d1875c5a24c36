#pragma once

#include <cstddef>

namespace ecnas::stats {

/// The share of Student's t distribution with this many degrees of freedom that lies above t, to
/// some 13 digits, tails included; for thousands of degrees, to 11.
/// @throws Error{invalid_argument} for a t that is no number, for no degree of freedom
/// @complexity some ten to some hundred steps of a continued fraction  @source [AbrSte64], 26.7.1
/// and 26.5.8
[[nodiscard]] double student_t_share_above(double t, std::size_t degrees_of_freedom);

/// The t below which a share `probability` of that distribution lies.
/// @throws Error{invalid_argument} unless 0 < probability < 1; for no degree of freedom
/// @complexity some sixty calls of the above
[[nodiscard]] double student_t_quantile(double probability, std::size_t degrees_of_freedom);

}  // namespace ecnas::stats
