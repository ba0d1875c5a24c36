#pragma once
/// energy: what a computation uses, in joules, and what that emits. A *source* reads one counter or
/// one power of the machine; an account makes joules of its readings and says how much of the time
/// they cover; a `Tracker` does so for all sources while something runs.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "ecnas/core/result.hpp"

namespace ecnas::energy {

/// Time since an arbitrary start on a clock that never steps and stands still while the machine
/// sleeps (CLOCK_MONOTONIC).
using Instant = std::chrono::nanoseconds;

[[nodiscard]] constexpr double seconds(Instant duration) {
  return std::chrono::duration<double>(duration).count();
}

/// What a source's energy is used by.
enum class Domain {
  cpu,       ///< one processor package
  cores,     ///< the cores in a package: a part of `cpu`
  uncore,    ///< a package's graphics or the rest of it: a part of `cpu`
  memory,    ///< DRAM, outside the package
  gpu,       ///< one card with its memory
  platform,  ///< packages and the rest of the board, no cards ("psys")
  machine,   ///< everything behind the plug or the battery
};
[[nodiscard]] std::string_view name(Domain domain);

enum class Kind {
  counter,  ///< energy since some moment
  power,    ///< right now
};
[[nodiscard]] std::string_view name(Kind kind);

/// How joules were come by.
enum class Quality {
  counter,     ///< the difference of an energy counter
  integrated,  ///< power readings, by trapezoids
  modelled,    ///< no meter: computed from what was used of the machine
};
[[nodiscard]] std::string_view name(Quality quality);

/// Between which multiples of a modelled energy the true one is expected to lie.
struct Tolerance {
  double low = 1;
  double high = 1;
};

struct SourceDescription {
  std::string name;  ///< unique on its machine: "package-0", "gpu-1"
  Domain domain = Domain::machine;
  Kind kind = Kind::counter;
  Quality quality = Quality::counter;
  std::string device;                   ///< what has it: "NVIDIA A100-SXM4-40GB"; empty if unknown
  std::string origin;                   ///< what is read: a path, a call
  double resolution = 0;                ///< smallest step: J of a counter, W of a power; 0: unknown
  std::optional<double> wrap_j;         ///< a counter goes on at 0 after this
  std::optional<double> power_bound_w;  ///< never exceeded; tells a wrap from a reset
  std::optional<Tolerance> tolerance;   ///< of a model
  std::string attribution;  ///< whose share this is: "process tree"; empty: the whole device's
};

struct ReadFailure {
  enum class Reason {
    gone,    ///< file or device is no longer there
    denied,  ///< no permission (any more)
    failed,  ///< anything else: EIO, an unsupported call, no number
  };
  Reason reason = Reason::failed;
  std::string text;  ///< one line
};

/// One counter or power of a machine. Not thread safe.
class Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual const SourceDescription& description() const = 0;

  /// J since an arbitrary start, or W right now; finite and not negative. Never throws for what a
  /// device does: that is a `ReadFailure`, and the next reading may succeed.
  [[nodiscard]] virtual Result<double, ReadFailure> read(Instant now) = 0;
};

}  // namespace ecnas::energy
