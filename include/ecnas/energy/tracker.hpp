#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ecnas/energy/measurement.hpp"
#include "ecnas/energy/source.hpp"

namespace ecnas::energy {

struct TrackerOptions {
  std::chrono::nanoseconds interval{100'000'000};  ///< between samples, once it has got going
  bool keep_samples = false;  ///< in the measurement; thinned out to some ten thousand
  /// After every sample, on the sampling thread (a journal, a display). Must not throw.
  std::function<void(const Sample& sample)> observer;
};

/// Measures from its construction to `stop`. One thread samples; regions may be begun and ended by
/// any thread, and their ends are readings of their own. At 10 Hz it takes less than 0.5 % of one
/// core.
///
///     Tracker tracker(take_inventory().take_counted());
///     { auto epoch = tracker.span("epoch"); train(); }
///     Measurement used = tracker.stop();
class Tracker {
 public:
  /// A region, from its making to its end. Keeps nothing alive: `end` before the tracker's `stop`,
  /// or it counts as incomplete.
  class Region {
   public:
    Region(Region&& other) noexcept;
    Region& operator=(Region&& other) noexcept;
    ~Region();
    void end();

   private:
    friend class Tracker;
    struct Impl;
    explicit Region(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };

  /// Reads all sources once and begins. @throws Error{invalid_argument} unless the interval is
  /// positive
  explicit Tracker(std::vector<std::unique_ptr<Source>> sources, TrackerOptions options = {});
  Tracker(Tracker&&) noexcept;
  Tracker& operator=(Tracker&&) noexcept;
  ~Tracker();

  /// Begins a region within those that are open.
  [[nodiscard]] Region span(std::string name);

  /// Everything so far was the machine at rest: its mean powers are kept, for
  /// `Component::idle_energy_j`, and the measurement begins here. Before any region.
  void end_rest();

  /// What has been used so far. Thread safe.
  [[nodiscard]] Measurement so_far() const;

  /// The last reading; then no more is sampled. Fills everything of a `Measurement` but what it is
  /// told by others: PUE, emission, machine, command, version.
  [[nodiscard]] Measurement stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // regions look whether it is still there
};

}  // namespace ecnas::energy
