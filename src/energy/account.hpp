#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ecnas/energy/measurement.hpp"
#include "ecnas/energy/source.hpp"

namespace ecnas::energy {

struct AccountOptions {
  /// A power is taken to go on in a straight line between readings this far apart; between others
  /// nothing is known.
  double hold_s = 2;
  /// A counter of something that draws power has moved after this; if not, it is stuck.
  double stuck_s = 3;
};

/// Makes joules of one source's readings, and says of how much time they are.
///
/// A counter is differenced. Between two readings it may have passed its end once; where the power
/// bound says that it may have passed it more often, the least is counted and the time is not
/// covered. A counter that fell by more than a wrap explains, or rose by more than the bound
/// allows, was reset or is wrong: nothing is counted between the two readings, and it goes on from
/// the second. A power is integrated by trapezoids. Readings that fail leave a gap: a counter
/// bridges it, a power does so within `hold_s`.
class Account {
 public:
  explicit Account(const SourceDescription& source, AccountOptions options = {});

  /// One reading. @pre not before the last one
  void observe(Instant time, const Result<double, ReadFailure>& reading);

  /// Since the first observation, which may have failed.
  [[nodiscard]] const ComponentEnergy& energy() const { return energy_; }

  /// What happened, a line each, the same thing once with its count.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  struct Point {
    Instant time{};
    double value = 0;
  };
  enum class Event { lost, reset, implausible, several_wraps, stuck, gap };
  static constexpr std::size_t kEvents = 6;

  void add_counter(Instant time, double value);
  void add_power(Instant time, double value);
  void look_for_stuck(Instant time);
  void note(Event event);

  Kind kind_;
  std::string name_;
  std::optional<double> wrap_j_;
  std::optional<double> power_bound_w_;
  bool may_be_stuck_ = false;
  AccountOptions options_;
  std::optional<Point> last_;
  Point moved_;  ///< the last counter value that differed from the one before
  bool is_stuck_ = false;
  ComponentEnergy energy_;
  std::vector<std::size_t> counts_ = std::vector<std::size_t>(kEvents);
  std::string last_failure_;
};

}  // namespace ecnas::energy
