#include "energy/usage_sources.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "energy/account.hpp"
#include "energy/proc_stat.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;

/// CPU time that all processors were busy; absent if it cannot be read.
std::optional<double> busy_s(const fs::path& stat) {
  static const auto kTicks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const std::optional<std::string> text = read_small_file(stat);
  const auto ticks = text ? parse_busy_ticks(*text) : std::nullopt;
  if (!ticks) return {};
  return static_cast<double>(*ticks) / kTicks;
}

ReadFailure no_usage(const char* whose) {
  return {ReadFailure::Reason::gone, fmt::format("the CPU time of the {} cannot be read", whose)};
}

/// CPU time of the user, or the machine's, and of everybody.
struct Times {
  Instant now{};
  double user_s = 0;
  double busy_s = 0;  ///< that of the user where everybody's is not wanted
};

class UsedTime {
 public:
  /// @param wants_busy  /proc/stat costs more than all else, and may be of no interest
  UsedTime(std::shared_ptr<CpuTimeReader> user, fs::path stat, bool wants_busy)
      : user_(std::move(user)), stat_(std::move(stat)), wants_busy_(wants_busy || !user_) {}

  [[nodiscard]] const char* whose() const { return user_ ? user_->name() : "machine"; }

  [[nodiscard]] std::optional<Times> read(Instant now) {
    Times times{.now = now};
    if (user_) {
      const std::optional<Usage> usage = user_->read(now);
      if (!usage) return {};
      times.user_s = times.busy_s = usage->cpu_s;
      if (!wants_busy_) return times;
    }
    const std::optional<double> busy = busy_s(stat_);
    if (!busy && !user_) return {};
    if (busy) times.busy_s = *busy;
    if (!user_) times.user_s = times.busy_s;
    return times;
  }

 private:
  std::shared_ptr<CpuTimeReader> user_;
  fs::path stat_;
  bool wants_busy_;
};

/// The straight-line part of a curve needs no utilisation: s P(1) holds over any time, so that the
/// model is exact however seldom it is read.
class CpuModel : public Source {
 public:
  CpuModel(ModelledCpu cpu, const std::shared_ptr<CpuTimeReader>& user, fs::path stat)
      : cpu_(std::move(cpu)),
        is_straight_(cpu_.curve.points().size() == 2),
        used_(user, std::move(stat), !is_straight_) {
    description_ = {.name = "cpu",
                    .domain = Domain::cpu,
                    .kind = Kind::counter,
                    .quality = Quality::modelled,
                    .device = cpu_.device,
                    .origin = cpu_.origin,
                    .tolerance = cpu_.tolerance,
                    .attribution = user ? user->name() : ""};
  }

  [[nodiscard]] const SourceDescription& description() const override { return description_; }

  [[nodiscard]] Result<double, ReadFailure> read(Instant now) override {
    const std::optional<Times> times = used_.read(now);
    if (!times) return no_usage(used_.whose());
    if (last_) energy_j_ += energy_between(*last_, *times);
    last_ = times;
    return energy_j_;
  }

 private:
  [[nodiscard]] double energy_between(const Times& from, const Times& to) const {
    const double elapsed_s = seconds(to.now - from.now);
    const double capacity_s = elapsed_s * cpu_.logical_cpus;
    const double user_s = std::max(to.user_s - from.user_s, 0.0);
    // A user's time is exact, the machine's comes in ticks: the first bounds the second.
    const double all_s = std::max({to.busy_s - from.busy_s, user_s, 0.0});
    const double machine = cpu_.logical_cpus / cpu_.threads;  // of what the curve is of
    if (capacity_s <= 0) return 0;
    const double utilisation = std::min(all_s / capacity_s, 1.0);
    const double idle_w = cpu_.curve.idle_w();
    const double dynamic_w = cpu_.curve.power_w(utilisation) - idle_w;
    if (description_.attribution.empty()) return machine * (idle_w + dynamic_w) * elapsed_s;
    if (user_s == 0) return 0;
    const double power_w = is_straight_ ? cpu_.curve.full_w() : idle_w + dynamic_w / utilisation;
    return machine * power_w * user_s / cpu_.logical_cpus;
  }

  ModelledCpu cpu_;
  bool is_straight_;
  UsedTime used_;
  SourceDescription description_;
  std::optional<Times> last_;
  double energy_j_ = 0;
};

class MemoryModel : public Source {
 public:
  MemoryModel(std::shared_ptr<CpuTimeReader> user, double machine_gib)
      : user_(std::move(user)), machine_gib_(machine_gib) {
    // Between half and twice: DIMMs of different sizes and generations draw 0.2 to 0.8 W/GiB.
    description_ = {.name = "memory",
                    .domain = Domain::memory,
                    .kind = Kind::power,
                    .quality = Quality::modelled,
                    .origin = fmt::format("model: {} W a GiB {}", kWattsPerGib,
                                          user_ ? "resident" : "installed"),
                    .tolerance = Tolerance{0.5, 2},
                    .attribution = user_ ? user_->name() : ""};
  }

  [[nodiscard]] const SourceDescription& description() const override { return description_; }

  [[nodiscard]] Result<double, ReadFailure> read(Instant now) override {
    if (!user_) return machine_gib_ * kWattsPerGib;
    const std::optional<Usage> usage = user_->read(now);
    if (!usage) return no_usage(user_->name());
    return usage->resident_gib * kWattsPerGib;
  }

 private:
  // Cloud Carbon Footprint's methodology: the mean of what two makers state of their modules.
  static constexpr double kWattsPerGib = 0.392;

  std::shared_ptr<CpuTimeReader> user_;
  double machine_gib_;
  SourceDescription description_;
};

class Share : public Source {
 public:
  Share(std::unique_ptr<Source> whole, const std::shared_ptr<CpuTimeReader>& user, fs::path stat)
      : whole_(std::move(whole)),
        account_(whole_->description()),
        used_(user, std::move(stat), true),
        description_(whole_->description()) {
    // The account below makes joules of powers and sees to wraps.
    description_.kind = Kind::counter;
    description_.wrap_j.reset();
    description_.power_bound_w.reset();
    if (description_.quality == Quality::counter && whole_->description().kind == Kind::power)
      description_.quality = Quality::integrated;
    description_.attribution = user->name();
  }

  [[nodiscard]] const SourceDescription& description() const override { return description_; }

  [[nodiscard]] Result<double, ReadFailure> read(Instant now) override {
    const Result<double, ReadFailure> reading = whole_->read(now);
    if (!reading) return reading.reason();
    const std::optional<Times> times = used_.read(now);
    if (!times) return no_usage(used_.whose());
    const ComponentEnergy before = account_.energy();
    account_.observe(now, reading);
    const ComponentEnergy& after = account_.energy();
    if (last_) {
      const bool is_covered = after.covered_s > before.covered_s || now == last_->now;
      // What is not covered below must not be covered here: a counter that begins anew is not.
      if (!is_covered) energy_j_ = -kRestartJoules;
      energy_j_ += (after.energy_j - before.energy_j) * share(*last_, *times);
    }
    last_ = times;
    return energy_j_ + kRestartJoules;
  }

 private:
  static constexpr double kRestartJoules = 1e-9;

  static double share(const Times& from, const Times& to) {
    const double user_s = std::max(to.user_s - from.user_s, 0.0);
    const double all_s = std::max(to.busy_s - from.busy_s, user_s);
    return all_s > 0 ? user_s / all_s : 0;
  }

  std::unique_ptr<Source> whole_;
  Account account_;
  UsedTime used_;
  SourceDescription description_;
  std::optional<Times> last_;
  double energy_j_ = 0;
};

}  // namespace

std::unique_ptr<Source> model_cpu(ModelledCpu cpu, const std::shared_ptr<CpuTimeReader>& user,
                                  fs::path stat) {
  return std::make_unique<CpuModel>(std::move(cpu), user, std::move(stat));
}

std::unique_ptr<Source> model_memory(std::shared_ptr<CpuTimeReader> user, double machine_gib) {
  return std::make_unique<MemoryModel>(std::move(user), machine_gib);
}

std::unique_ptr<Source> share_by_cpu_time(std::unique_ptr<Source> whole,
                                          const std::shared_ptr<CpuTimeReader>& user,
                                          fs::path stat) {
  return std::make_unique<Share>(std::move(whole), user, std::move(stat));
}

}  // namespace ecnas::energy
