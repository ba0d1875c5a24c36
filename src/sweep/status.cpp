#include "ecnas/sweep/status.hpp"

#include <algorithm>
#include <cstdlib>

#include "ecnas/core/error.hpp"

namespace ecnas::sweep {
namespace {

constexpr std::int64_t kSecondsPerHour = 3600;

/// What the done runs of a budget took.
struct Taken {
  std::size_t runs = 0;
  double energy_kwh = 0;
  double time_s = 0;
};

/// Adds up how all runs stand.
class Count {
 public:
  explicit Count(const Sweep& sweep) : sweep_(sweep) {
    status_.runs = sweep.runs().size();
    for (std::size_t shard = 0; shard < sweep.shards(); ++shard) {
      const std::vector<Standing> standings = sweep.standings(shard);
      for (std::size_t i = 0; i < standings.size(); ++i)
        add(static_cast<RunNumber>(shard * kRunsPerShard + i), standings[i].state);
    }
  }

  Status take() {
    for (const auto& [epochs, budget] : budgets_)
      status_.budgets.push_back(budget);
    for (BudgetStatus& budget : status_.budgets)
      expect_of(budget);
    project();
    find_throughput();
    return std::move(status_);
  }

 private:
  void add(RunNumber number, RunState state) {
    BudgetStatus& budget = budgets_[sweep_.runs()[number].epochs];
    budget.epochs = sweep_.runs()[number].epochs;
    ++budget.runs;
    switch (state) {
      case RunState::done:
        ++status_.done;
        ++budget.done;
        add_done(number, budget.epochs);
        return;
      case RunState::failed:
        ++status_.failed;
        ++status_.failures[sweep_.failure(number).value_or(Failure{"unknown", ""}).kind];
        return;
      case RunState::held:
        ++status_.held;
        break;
      case RunState::open:
        ++status_.open;
        break;
    }
    ++budget.left;
  }

  void add_done(RunNumber number, std::int32_t epochs) {
    const auto record = sweep_.done_record(number);
    if (!record || record->time_s <= 0) return;  // damaged: collecting tells
    Taken& taken = taken_[epochs];
    ++taken.runs;
    taken.energy_kwh += record->energy_kwh;
    taken.time_s += record->time_s;
    status_.energy_kwh += record->energy_kwh;
    status_.time_s += record->time_s;
    if (record->is_shared_machine) ++status_.shared_machine;
    finished_.push_back(record->finished_unix_s);
  }

  /// A run's mean; where none is done, that of the nearest budget, scaled by epochs.
  void expect_of(BudgetStatus& budget) const {
    const auto nearest = std::ranges::min_element(
        taken_, {}, [&](const auto& item) { return std::abs(item.first - budget.epochs); });
    if (nearest == taken_.end()) return;
    const auto& [epochs, taken] = *nearest;
    const double scale = static_cast<double>(budget.epochs) / static_cast<double>(epochs) /
                         static_cast<double>(taken.runs);
    budget.energy_kwh = taken.energy_kwh * scale;
    budget.time_s = taken.time_s * scale;
    if (epochs != budget.epochs) budget.scaled_from = epochs;
  }

  void project() {
    double energy_kwh = 0;
    double time_s = 0;
    for (const BudgetStatus& budget : status_.budgets) {
      if (!budget.time_s) return;  // nothing is done yet
      energy_kwh += static_cast<double>(budget.left) * *budget.energy_kwh;
      time_s += static_cast<double>(budget.left) * *budget.time_s;
    }
    status_.energy_left_kwh = energy_kwh;
    if (status_.held > 0) status_.time_left_s = time_s / static_cast<double>(status_.held);
  }

  void find_throughput() {
    if (finished_.size() < 2) return;
    std::ranges::sort(finished_);
    const std::int64_t last = finished_.back();
    const auto first = std::ranges::lower_bound(finished_, last - kSecondsPerHour);
    const auto runs = static_cast<double>(finished_.end() - first - 1);
    const auto time_s = static_cast<double>(last - *first);
    if (runs > 0 && time_s > 0)
      status_.runs_per_hour = runs / time_s * static_cast<double>(kSecondsPerHour);
  }

  const Sweep& sweep_;
  Status status_;
  std::map<std::int32_t, BudgetStatus> budgets_;
  std::map<std::int32_t, Taken> taken_;
  std::vector<std::int64_t> finished_;
};

}  // namespace

Status status_of(const Sweep& sweep) {
  return Count(sweep).take();
}

}  // namespace ecnas::sweep
