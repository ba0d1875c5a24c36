#include "ecnas/energy/tracker.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "ecnas/core/error.hpp"
#include "energy/clock_watch.hpp"
#include "energy/meter.hpp"

namespace ecnas::energy {
namespace {

Instant monotonic() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

ComponentEnergy difference(const ComponentEnergy& later, const ComponentEnergy& earlier) {
  return {later.energy_j - earlier.energy_j, later.covered_s - earlier.covered_s};
}

/// What happened between two samples, each relative to the start of the measurement.
std::vector<ComponentEnergy> difference(const Sample& later, const Sample& earlier) {
  std::vector<ComponentEnergy> components;
  for (std::size_t i = 0; i < later.components.size(); ++i)
    components.push_back(difference(later.components[i], earlier.components[i]));
  return components;
}

/// Standard deviation of what comes one by one (Welford 1962).
class Spread {
 public:
  void add(double value) {
    ++count_;
    const double step = value - mean_;
    mean_ += step / static_cast<double>(count_);
    squares_ += step * (value - mean_);
  }
  [[nodiscard]] double deviation() const {
    return count_ > 1 ? std::sqrt(squares_ / static_cast<double>(count_ - 1)) : 0;
  }

 private:
  std::size_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

}  // namespace

struct Tracker::Impl {
  Impl(std::vector<std::unique_ptr<Source>> sources, TrackerOptions given)
      : options(std::move(given)), meter(std::move(sources)) {
    if (options.interval <= std::chrono::nanoseconds::zero())
      fail(ErrorCode::invalid_argument, "interval between samples: not above 0 s; give 0.1");
    begin();
    thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  /// The next samples are reckoned from here. @pre locked, or no thread yet
  void begin() {
    sample();
    origin = meter.now();
    started = std::chrono::system_clock::now();
    samples.clear();
    keep(now());
  }

  void sample() {
    meter.sample(monotonic());
    clocks.look(read_clocks(), notes);
  }

  /// Since the measurement began. @pre locked
  [[nodiscard]] Sample now() const {
    Sample sample = meter.now();
    sample.time_s -= origin.time_s;
    for (std::size_t i = 0; i < sample.components.size(); ++i)
      sample.components[i] = difference(sample.components[i], origin.components[i]);
    return sample;
  }

  void keep(Sample sample) {
    if (options.observer) options.observer(sample);
    if (!options.keep_samples) return;
    // Every second one goes when there are too many, and of the coming ones likewise.
    constexpr std::size_t kMaxSamples = 16'384;
    if (samples_seen++ % samples_stride != 0) return;
    samples.push_back(std::move(sample));
    if (samples.size() < kMaxSamples) return;
    for (std::size_t i = 0; 2 * i < samples.size(); ++i)
      samples[i] = std::move(samples[2 * i]);
    samples.resize((samples.size() + 1) / 2);
    samples_stride *= 2;
  }

  /// Sooner at first, so that what is soon over is seen too: after 2 ms, then after twice as long
  /// again and again, up to the interval.
  void run(const std::stop_token& stop) {
    constexpr std::chrono::nanoseconds kFirstStep = std::chrono::milliseconds(2);
    std::chrono::nanoseconds step = std::min(options.interval, kFirstStep);
    std::unique_lock lock(mutex);
    auto next = std::chrono::steady_clock::now();
    double last_s = now().time_s;
    for (;;) {
      // A sample that is late is not made up for: the next ones stay where they were due.
      const auto time = std::chrono::steady_clock::now();
      do {
        next += step;
      } while (next <= time);
      if (wake.wait_until(lock, stop, next, [] { return false; }) || stop.stop_requested()) return;
      sample();
      Sample taken = now();
      if (step == options.interval) jitter.add(taken.time_s - last_s);
      last_s = taken.time_s;
      keep(std::move(taken));
      overhead_s = clock_s(CLOCK_THREAD_CPUTIME_ID);
      step = std::min(2 * step, options.interval);
    }
  }

  /// @pre locked
  [[nodiscard]] Measurement measurement() const {
    const Sample current = now();
    Measurement measurement{
        .started =
            fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(started))),
        .duration_s = current.time_s,
        .components = meter.components(),
        .samples = samples,
        .notes = meter.notes(),
        .interval_s = seconds(options.interval),
        .jitter_s = jitter.deviation(),
        .overhead_cpu_s = overhead_s};
    for (std::size_t i = 0; i < measurement.components.size(); ++i) {
      Component& component = measurement.components[i];
      component.energy = current.components[i];
      if (!rest_power_w.empty()) component.idle_energy_j = rest_power_w[i] * current.time_s;
    }
    measurement.notes.insert(measurement.notes.end(), notes.begin(), notes.end());
    for (const Open& open : regions)
      measurement.spans.push_back(open.end ? ended(open, *open.end, true)
                                           : ended(open, current, false));
    return measurement;
  }

  /// A region that was begun, and where everything stood then.
  struct Open {
    std::string name;
    std::size_t depth = 0;
    Sample begin;
    std::optional<Sample> end;
  };

  static Span ended(const Open& open, const Sample& end, bool is_complete) {
    return {.name = open.name,
            .depth = open.depth,
            .begin_s = open.begin.time_s,
            .duration_s = end.time_s - open.begin.time_s,
            .components = difference(end, open.begin),
            .is_complete = is_complete};
  }

  std::size_t begin_region(std::string name) {
    const std::lock_guard lock(mutex);
    sample();
    const auto depth = static_cast<std::size_t>(
        std::ranges::count_if(regions, [](const Open& open) { return !open.end; }));
    regions.push_back({std::move(name), depth, now(), {}});
    return regions.size() - 1;
  }

  void end_region(std::size_t region) {
    const std::lock_guard lock(mutex);
    if (is_stopped) return;
    sample();
    regions[region].end = now();
  }

  TrackerOptions options;
  mutable std::mutex mutex;
  std::condition_variable_any wake;
  Meter meter;
  ClockWatch clocks;
  Sample origin;  // of the meter when the measurement began
  std::chrono::system_clock::time_point started;
  std::vector<double> rest_power_w;
  std::vector<Open> regions;
  std::vector<Sample> samples;
  std::size_t samples_seen = 0;
  std::size_t samples_stride = 1;
  std::vector<std::string> notes;
  Spread jitter;
  double overhead_s = 0;
  bool is_stopped = false;
  std::jthread thread;
};

struct Tracker::Region::Impl {
  std::weak_ptr<Tracker::Impl> tracker;
  std::size_t index = 0;
};

Tracker::Region::Region(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tracker::Region::Region(Region&& other) noexcept = default;

Tracker::Region& Tracker::Region::operator=(Region&& other) noexcept {
  if (this != &other) {
    end();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

Tracker::Region::~Region() {
  end();
}

void Tracker::Region::end() {
  if (!impl_) return;
  if (const auto tracker = impl_->tracker.lock()) tracker->end_region(impl_->index);
  impl_.reset();
}

Tracker::Tracker(std::vector<std::unique_ptr<Source>> sources, TrackerOptions options)
    : impl_(std::make_shared<Impl>(std::move(sources), std::move(options))) {}
Tracker::Tracker(Tracker&&) noexcept = default;
Tracker& Tracker::operator=(Tracker&&) noexcept = default;
Tracker::~Tracker() = default;

Tracker::Region Tracker::span(std::string name) {
  return Region(
      std::make_unique<Region::Impl>(Region::Impl{impl_, impl_->begin_region(std::move(name))}));
}

void Tracker::end_rest() {
  const std::lock_guard lock(impl_->mutex);
  impl_->sample();
  const Sample rest = impl_->now();
  for (const ComponentEnergy& component : rest.components)
    impl_->rest_power_w.push_back(component.covered_s > 0 ? component.energy_j / component.covered_s
                                                          : 0);
  impl_->begin();
}

Measurement Tracker::so_far() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->measurement();
}

Measurement Tracker::stop() {
  impl_->thread.request_stop();
  if (impl_->thread.joinable()) impl_->thread.join();
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->is_stopped) {
    impl_->sample();
    impl_->keep(impl_->now());
    impl_->is_stopped = true;
  }
  return impl_->measurement();
}

}  // namespace ecnas::energy
