#include "ecnas/energy/tracker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "energy/meter.hpp"
#include "fake_sources.hpp"
#include "support/expect_error.hpp"

namespace ecnas::energy {
namespace {

using testing::at;
using testing::SteadySource;

std::vector<std::unique_ptr<Source>> steady_sources() {
  std::vector<std::unique_ptr<Source>> sources;
  sources.push_back(std::make_unique<SteadySource>(testing::counter(), 50));
  sources.push_back(std::make_unique<SteadySource>(testing::power(), 200));
  return sources;
}

TEST(Meter, ReadsAllSourcesTogether) {
  Meter meter(steady_sources());
  for (const double time_s : {3.0, 3.5, 4.0})
    meter.sample(at(time_s));
  const Sample now = meter.now();
  EXPECT_DOUBLE_EQ(now.time_s, 1);
  EXPECT_DOUBLE_EQ(now.components[0].energy_j, 50);
  EXPECT_DOUBLE_EQ(now.components[1].energy_j, 200);
  EXPECT_DOUBLE_EQ(now.components[1].covered_s, 1);
}

/// Waits until a tracker has taken so many samples.
class Samples {
 public:
  void see(const Sample& sample) {
    const std::lock_guard lock(mutex_);
    last_ = sample;
    ++count_;
    changed_.notify_all();
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
  Sample last_;
};

TrackerOptions fast(Samples& samples) {
  return {.interval = std::chrono::milliseconds(1),
          .keep_samples = true,
          .observer = [&samples](const Sample& sample) { samples.see(sample); }};
}

TEST(Tracker, EnergyIsPowerTimesTimeWheneverItSamples) {
  Samples seen;
  Tracker tracker(steady_sources(), fast(seen));
  seen.wait_for(5);
  const Measurement used = tracker.stop();
  EXPECT_GT(used.duration_s, 0);
  EXPECT_NEAR(used.components[0].energy.energy_j, 50 * used.duration_s, 1e-6 * used.duration_s);
  EXPECT_NEAR(used.components[1].energy.energy_j, 200 * used.duration_s, 1e-6 * used.duration_s);
  EXPECT_DOUBLE_EQ(used.coverage(), 1);
  EXPECT_NEAR(used.energy_kwh() * kJoulesPerKwh, 250 * used.duration_s, 1e-5);
  EXPECT_EQ(used.interval_s, 0.001);
  EXPECT_FALSE(used.started.empty());
}

TEST(Tracker, WhatIsSoonOverIsSampledToo) {
  Samples seen;
  TrackerOptions options = fast(seen);
  options.interval = std::chrono::hours(1);
  Tracker tracker(steady_sources(), std::move(options));
  seen.wait_for(5);  // at 0, 2, 6, 14 and 30 ms
  EXPECT_EQ(tracker.stop().jitter_s, 0);
}

TEST(Tracker, SamplesBeginAtZeroAndEndAtTheEnd) {
  Samples seen;
  Tracker tracker(steady_sources(), fast(seen));
  seen.wait_for(4);
  const Measurement used = tracker.stop();
  ASSERT_GE(used.samples.size(), 5U);
  EXPECT_EQ(used.samples.front().time_s, 0);
  EXPECT_EQ(used.samples.back().time_s, used.duration_s);
  for (std::size_t i = 1; i < used.samples.size(); ++i)
    EXPECT_GE(used.samples[i].time_s, used.samples[i - 1].time_s);
}

TEST(Tracker, RegionsNestAndEndWhereTheyAreLeft) {
  Samples seen;
  Tracker tracker(steady_sources(), fast(seen));
  {
    const auto outer = tracker.span("training");
    seen.wait_for(3);
    for (int epoch = 0; epoch < 2; ++epoch) {
      const auto inner = tracker.span("epoch");
      seen.wait_for(6 + 3 * static_cast<std::size_t>(epoch));
    }
  }
  auto open = tracker.span("never ended");
  const Measurement used = tracker.stop();
  open.end();  // after the stop: too late to count
  ASSERT_EQ(used.spans.size(), 4U);
  EXPECT_EQ(used.spans[0].name, "training");
  EXPECT_EQ(used.spans[0].depth, 0U);
  EXPECT_EQ(used.spans[1].depth, 1U);
  EXPECT_EQ(used.spans[3].depth, 0U);
  EXPECT_TRUE(used.spans[2].is_complete);
  EXPECT_FALSE(used.spans[3].is_complete);
  const double inner_j =
      used.spans[1].components[0].energy_j + used.spans[2].components[0].energy_j;
  EXPECT_LE(inner_j, used.spans[0].components[0].energy_j);
  for (const Span& span : used.spans)
    EXPECT_NEAR(span.components[0].energy_j, 50 * span.duration_s, 1e-6) << span.name;
  EXPECT_GE(used.spans[2].begin_s, used.spans[1].begin_s + used.spans[1].duration_s);
}

TEST(Tracker, RegionsOfManyThreadsAreAllKept) {
  Samples seen;
  Tracker tracker(steady_sources(), fast(seen));
  constexpr int kThreads = 4;
  constexpr int kRegions = 50;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&] {
        for (int region = 0; region < kRegions; ++region) {
          auto span = tracker.span("work");
          (void)tracker.so_far();
        }
      });
    }
  }
  const Measurement used = tracker.stop();
  EXPECT_EQ(used.spans.size(), static_cast<std::size_t>(kThreads * kRegions));
  for (const Span& span : used.spans) {
    EXPECT_TRUE(span.is_complete);
    EXPECT_GE(span.duration_s, 0);
  }
}

TEST(Tracker, RestIsToldApart) {
  Samples seen;
  Tracker tracker(steady_sources(), fast(seen));
  seen.wait_for(5);
  tracker.end_rest();
  seen.wait_for(10);
  const Measurement used = tracker.stop();
  ASSERT_TRUE(used.components[0].idle_energy_j.has_value());
  EXPECT_NEAR(*used.components[0].idle_energy_j, 50 * used.duration_s, 1e-6);
  EXPECT_NEAR(used.components[0].energy.energy_j, 50 * used.duration_s, 1e-6);
  EXPECT_EQ(used.samples.front().time_s, 0);
}

TEST(Tracker, StoppingTwiceSaysTheSame) {
  Tracker tracker(steady_sources());
  const Measurement first = tracker.stop();
  const Measurement second = tracker.stop();
  EXPECT_EQ(first.duration_s, second.duration_s);
  EXPECT_EQ(first.energy_kwh(), second.energy_kwh());
}

TEST(Tracker, ARegionMayOutliveItsTracker) {
  std::optional<Tracker::Region> region;
  {
    Tracker tracker(steady_sources());
    region = tracker.span("left over");
  }
  region->end();
}

TEST(Tracker, AnIntervalMustBePositive) {
  ecnas::testing::expect_error(ErrorCode::invalid_argument, "interval", [] {
    Tracker tracker({}, {.interval = std::chrono::nanoseconds(0)});
  });
}

TEST(Tracker, WithoutSourcesNothingIsCovered) {
  Tracker tracker({});
  const Measurement used = tracker.stop();
  EXPECT_EQ(used.coverage(), 0);
  EXPECT_EQ(used.energy_kwh(), 0);
}

}  // namespace
}  // namespace ecnas::energy
