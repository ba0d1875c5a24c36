#pragma once

#include <time.h>

#include <optional>
#include <string>
#include <vector>

namespace ecnas::energy {

[[nodiscard]] double clock_s(clockid_t clock);

/// The clocks of one moment, in seconds.
struct Clocks {
  double monotonic_s = 0;   ///< stands still while the machine sleeps
  double with_sleep_s = 0;  ///< goes on
  double date_s = 0;        ///< may be set
};
[[nodiscard]] Clocks read_clocks();

/// Looks at the clocks that energies are not reckoned by: a machine that slept, a date that was
/// set. Both are worth a note, and change nothing.
class ClockWatch {
 public:
  void look(const Clocks& now, std::vector<std::string>& notes);

 private:
  std::optional<Clocks> last_;
};

}  // namespace ecnas::energy
