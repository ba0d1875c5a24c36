// How the lease protocol behaves with many workers: a discrete-event simulation of workers that do
// what `sweep::Claims` does, against one file server that does one operation after another.
//
//     sweep_simulation WORKERS RUNS OPERATION_US RUN_S LEASE_TIMEOUT_S [DEATHS_AN_HOUR_AND_WORKER]
//
// The server takes OPERATION_US for a link, stat, open, rename or unlink, and a hundredth of that
// for an entry of a listing. A run takes RUN_S on average (log-normal, σ 0.5). All workers begin at
// once. A worker that dies is replaced after a minute; its run is taken over when a lease times
// out.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <tuple>
#include <vector>

#include "ecnas/core/random.hpp"

namespace {

constexpr std::size_t kRunsPerShard = 1000;
constexpr std::size_t kProbes = 8;
constexpr std::size_t kProbesWhenIdle = 64;
constexpr std::size_t kFailuresInACrowd = 12;
constexpr double kReplacement_s = 60;
constexpr double kLongestWait_s = 600;

struct Settings {
  std::size_t workers = 10'000;
  std::size_t runs = 100'000;
  double operation_s = 50e-6;
  double run_s = 600;
  double lease_timeout_s = 60;
  double deaths_per_s = 0;
};

enum class State : std::uint8_t { open, held, done };

struct Run {
  State state = State::open;
  double died_s = -1;  // when its holder died
};

/// Of a shard.
struct Counts {
  std::size_t open = 0;
  std::size_t held = 0;
};

struct Result {
  double end_s = 0;
  double server_busy_s = 0;
  double operations = 0;
  std::vector<double> claim_s;  // from wanting a run to having it
  std::size_t collisions = 0;
  std::size_t takeovers = 0;
  double first_claims_s = 0;  // until every worker has had one
};

class Simulation {
 public:
  explicit Simulation(const Settings& settings)
      : settings_(settings), runs_(settings.runs), taken_(settings.workers) {}

  Result run() {
    for (std::size_t shard = 0; shard < shards(); ++shard)
      counts_.push_back({.open = size_of(shard), .held = 0});
    for (std::size_t worker = 0; worker < settings_.workers; ++worker) {
      at(0, [this, worker] { want(worker); });
      at(rng_.uniform() * beat_interval(), [this, worker] { beat(worker); });
    }
    while (done_ < runs_.size() && !events_.empty()) {
      const auto event = events_.top();
      events_.pop();
      now_ = event.time_s;
      event.action();
    }
    result_.end_s = now_;
    return std::move(result_);
  }

 private:
  struct Event {
    double time_s;
    std::uint64_t number;  // events of one time in the order they were made
    std::function<void()> action;
    bool operator<(const Event& other) const {
      return std::tie(other.time_s, other.number) < std::tie(time_s, number);
    }
  };

  void at(double time_s, std::function<void()> action) {
    events_.push({time_s, next_number_++, std::move(action)});
  }

  /// Has the server do operations one after another, then goes on.
  void serve(double operations, std::function<void()> then) {
    const double time_s = operations * settings_.operation_s;
    server_free_s_ = std::max(server_free_s_, now_) + time_s;
    result_.server_busy_s += time_s;
    result_.operations += operations;
    at(server_free_s_, std::move(then));
  }

  [[nodiscard]] double beat_interval() const { return settings_.lease_timeout_s / 6; }

  /// open, write, close, rename; the read of a stop request.
  void beat(std::size_t worker) {
    serve(4, [] {});
    at(now_ + beat_interval(), [this, worker] { beat(worker); });
  }

  // ---- what Claims::next does -------------------------------------------------------------------

  struct Search {
    double began_s = 0;
    std::size_t shard = 0;
    std::size_t probes = kProbes;
    bool others_hold = false;
    bool is_thorough = false;
    bool looks_behind = false;
    std::size_t width = 1;
    bool was_crowded = false;
    double wait_s = 0;  // the last wait of one who has nothing to do
  };

  [[nodiscard]] std::size_t shards() const {
    return (runs_.size() + kRunsPerShard - 1) / kRunsPerShard;
  }

  void want(std::size_t worker) { begin(worker, {.began_s = now_}); }

  /// Begins a walk with a look at one shard whose runs were all taken.
  void begin(std::size_t worker, Search search) {
    std::vector<std::size_t>& taken = taken_[worker];
    std::erase_if(taken, [this](std::size_t shard) { return is_over(shard); });
    search.looks_behind = !taken.empty();
    if (!search.looks_behind) return walk(worker, search);
    list(worker, search, taken[rng_.below(taken.size())]);
  }

  /// Shards that are over are known to each worker once it has listed them; here to all at once,
  /// which spares each one listing of every shard.
  void walk(std::size_t worker, Search search) {
    search.looks_behind = false;
    const std::vector<std::size_t>& taken = taken_[worker];
    const auto is_skipped = [&](std::size_t shard) {
      return is_over(shard) ||
             (!search.is_thorough && std::find(taken.begin(), taken.end(), shard) != taken.end());
    };
    while (search.shard < shards() && is_skipped(search.shard))
      ++search.shard;
    if (search.shard >= shards()) return end_of_walk(worker, search);
    list(worker, search, search.shard);
  }

  void list(std::size_t worker, const Search& search, std::size_t shard) {
    const double entries = static_cast<double>(size_of(shard));
    serve(3 + entries * 0.01, [this, worker, search, shard] { listed(worker, search, shard); });
  }

  void end_of_walk(std::size_t worker, Search search) {
    if (search.was_crowded) return begin(worker, {.began_s = search.began_s});
    if (!search.is_thorough) {
      return walk(worker, {.began_s = search.began_s,
                           .probes = kProbesWhenIdle,
                           .is_thorough = true,
                           .wait_s = search.wait_s});
    }
    if (!search.others_hold) return;  // nothing is left
    const double wait_s = search.wait_s > 0 ? search.wait_s : beat_interval();
    at(now_ + wait_s, [this, worker, search, wait_s] {
      begin(worker, {.began_s = search.began_s, .wait_s = std::min(2 * wait_s, kLongestWait_s)});
    });
  }

  [[nodiscard]] bool is_over(std::size_t shard) const {
    return counts_[shard].open + counts_[shard].held == 0;
  }

  [[nodiscard]] std::size_t size_of(std::size_t shard) const {
    return std::min(kRunsPerShard, runs_.size() - shard * kRunsPerShard);
  }

  void listed(std::size_t worker, Search search, std::size_t shard) {
    const Counts counts = counts_[shard];
    std::vector<std::size_t> open;
    std::vector<std::size_t> held;
    const std::size_t begin = shard * kRunsPerShard;
    const bool looks_at_held = search.probes > 0 && counts.held > 0;
    for (std::size_t i = begin; (counts.open > 0 || looks_at_held) && i < begin + size_of(shard);
         ++i) {
      if (runs_[i].state == State::open) open.push_back(i);
      if (looks_at_held && runs_[i].state == State::held) held.push_back(i);
    }
    std::vector<std::size_t>& taken = taken_[worker];
    std::erase(taken, shard);
    if (counts.open == 0 && counts.held > 0) taken.push_back(shard);
    search.others_hold = search.others_hold || counts.held > 0;
    const std::size_t probes = std::min(search.probes, held.size());
    search.probes -= probes;
    serve(4 * static_cast<double>(probes), [this, worker, search, probes, held, open]() mutable {
      for (std::size_t i = 0; i < probes; ++i) {
        std::swap(held[i], held[i + rng_.below(held.size() - i)]);
        Run& run = runs_[held[i]];
        const bool is_dead = run.state == State::held && run.died_s >= 0 &&
                             now_ - run.died_s > settings_.lease_timeout_s;
        if (!is_dead) continue;
        ++result_.takeovers;
        return take(worker, search, held[i]);
      }
      attempt(worker, search, std::move(open), 1);
    });
  }

  /// Each failure doubles the width of the choice.
  void attempt(std::size_t worker, Search search, std::vector<std::size_t> open,
               std::size_t width) {
    if (open.empty()) return next_shard(worker, search, 1);
    if (width == std::size_t{1} << kFailuresInACrowd) {
      search.was_crowded = true;
      search.width = std::min(2 * search.width, shards());
      return next_shard(worker, search, 1 + rng_.below(search.width));
    }
    const std::size_t choice = rng_.below(std::min(width, open.size()));
    const std::size_t number = open[choice];
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(choice));
    serve(1, [this, worker, search, number, width, open = std::move(open)]() mutable {
      if (runs_[number].state == State::open) return take(worker, search, number);
      ++result_.collisions;
      attempt(worker, search, std::move(open), 2 * width);
    });
  }

  void next_shard(std::size_t worker, Search search, std::size_t step) {
    if (!search.looks_behind) search.shard += step;
    walk(worker, search);
  }

  void take(std::size_t worker, const Search& search, std::size_t number) {
    Counts& counts = counts_[number / kRunsPerShard];
    if (runs_[number].state == State::open) {
      --counts.open;
      ++counts.held;
    }
    runs_[number] = {State::held, -1};
    // Three looks at what may have happened meanwhile; the attempt's folder.
    serve(5, [this, worker, search, number] {
      result_.claim_s.push_back(now_ - search.began_s);
      if (result_.claim_s.size() == std::min(settings_.workers, runs_.size()))
        result_.first_claims_s = now_;
      train(worker, number);
    });
  }

  void train(std::size_t worker, std::size_t number) {
    constexpr double kSigma = 0.5;
    const double time_s = settings_.run_s * std::exp(kSigma * rng_.normal() - kSigma * kSigma / 2);
    const double death_s = settings_.deaths_per_s > 0
                               ? -std::log(1 - rng_.uniform()) / settings_.deaths_per_s
                               : time_s + 1;
    if (death_s < time_s) {
      at(now_ + death_s, [this, worker, number] {
        runs_[number].died_s = now_;
        at(now_ + kReplacement_s, [this, worker] { want(worker); });
      });
      return;
    }
    at(now_ + time_s, [this, worker, number] {
      // holds (2), rename, flush, looks (2), the record (4), clearing away (5)
      serve(15, [this, worker, number] {
        runs_[number].state = State::done;
        --counts_[number / kRunsPerShard].held;
        ++done_;
        want(worker);
      });
    });
  }

  const Settings settings_;
  ecnas::Rng rng_{1};
  std::vector<Run> runs_;
  std::vector<Counts> counts_;                   // by shard
  std::vector<std::vector<std::size_t>> taken_;  // by worker: shards that had no open run
  std::priority_queue<Event> events_;
  std::uint64_t next_number_ = 0;
  double now_ = 0;
  double server_free_s_ = 0;
  std::size_t done_ = 0;
  Result result_;
};

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

}  // namespace

int main(int count, char** arguments) {
  Settings settings;
  const auto number = [&](int i, double otherwise) {
    return i < count ? std::atof(arguments[i]) : otherwise;
  };
  settings.workers = static_cast<std::size_t>(number(1, 10'000));
  settings.runs = static_cast<std::size_t>(number(2, 100'000));
  settings.operation_s = number(3, 50) * 1e-6;
  settings.run_s = number(4, 600);
  settings.lease_timeout_s = number(5, 60);
  settings.deaths_per_s = number(6, 0) / 3600;
  const Result result = Simulation(settings).run();
  const double ideal_s =
      static_cast<double>(settings.runs) * settings.run_s / static_cast<double>(settings.workers);
  fmt::print(
      "{} workers, {} runs of {:.0f} s, {:.0f} µs an operation, leases of {:.0f} s\n"
      "  ended after {:.2f} h (without any cost of claiming {:.2f} h)\n"
      "  file server: busy {:.1f} % of the time, {:.0f} operations/s\n"
      "  a claim: median {:.3f} s, 99 % within {:.3f} s, longest {:.3f} s; all had their first "
      "after "
      "{:.2f} s\n"
      "  collisions: {:.2f} a claim; taken over from the dead: {}\n",
      settings.workers, settings.runs, settings.run_s, settings.operation_s * 1e6,
      settings.lease_timeout_s, result.end_s / 3600, ideal_s / 3600,
      100 * result.server_busy_s / result.end_s, result.operations / result.end_s,
      quantile(result.claim_s, 0.5), quantile(result.claim_s, 0.99), quantile(result.claim_s, 1),
      result.first_claims_s,
      static_cast<double>(result.collisions) / static_cast<double>(result.claim_s.size()),
      result.takeovers);
}
