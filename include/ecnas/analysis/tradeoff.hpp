#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ecnas::analysis {

/// A cell that costs less than the most accurate one.
struct Saving {
  double accuracy_loss = 0;  ///< that was allowed, a fraction: 0.01 is one percentage point
  std::size_t cell = 0;      ///< position of the cheapest cell that loses no more; …
  double accuracy = 0;       ///< … its accuracy
  double cost = 0;
  double saved = 0;  ///< 1 − cost / cost of the most accurate cell
};

struct TradeOff {
  std::size_t cells = 0;      ///< with both values
  std::size_t most_accurate;  ///< position; of equal ones the cheapest, then the first
  double accuracy = 0;
  double cost = 0;
  std::vector<Saving> savings;  ///< one a loss, in their order
};

/// What can be saved by giving up a little accuracy: for each loss the cheapest cell whose accuracy
/// is at least the best − loss (of equal costs the more accurate, then the first).
///
/// @param costs       (n), of any cost objective, ≥ 0; NaN: not there
/// @param accuracies  (n), fractions; NaN: not there
/// @param losses      fractions, not negative
/// @throws Error{invalid_argument} if sizes differ or a loss is not a number from 0;
/// Error{not_found} if no cell has both values
/// @complexity O(n) a loss
[[nodiscard]] TradeOff trade_off(std::span<const double> costs, std::span<const double> accuracies,
                                 std::span<const double> losses);

/// What is lost when another cost is minimised than the one that counts.
struct Regret {
  std::size_t cells = 0;   ///< with all three values
  std::size_t levels = 0;  ///< points of the front of cost and accuracy
  double mean = 0;         ///< over the levels, of cost chosen / least cost − 1
  double median = 0;
  double largest = 0;
  double largest_at = 0;  ///< the accuracy asked for there
};

/// At the accuracy of each point of the exact front of (cost, accuracy): the cell of at least that
/// accuracy which is cheapest by the proxy, and how much more it costs than need be. Of cells equal
/// by the proxy the more accurate is chosen, then the first: the proxy cannot tell them apart.
///
/// @param costs, proxies, accuracies  (n) each; NaN: not there. Costs > 0
/// @throws as `trade_off`
/// @complexity O(n log n)
[[nodiscard]] Regret regret(std::span<const double> costs, std::span<const double> proxies,
                            std::span<const double> accuracies);

}  // namespace ecnas::analysis
