#include "ecnas/sweep/pool.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/sweep/lease.hpp"
#include "sweep/find_cell.hpp"
#include "sweep/process.hpp"
#include "sweep/results.hpp"
#include "sweep/small_file.hpp"

namespace ecnas::sweep {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Exit statuses of `ecnas-train` (DESIGN.md section 10, and 7: the training failed).
constexpr int kDone = 0;
constexpr int kBadArgument = 2;
constexpr int kBadData = 3;
constexpr int kInputOutputFailed = 5;
constexpr int kMissingDependency = 6;
constexpr int kTrainingFailed = 7;
constexpr int kInterrupted = 130;

/// Why a child was told to end.
enum class Ended : std::uint8_t { itself, by_stop, by_time_limit, by_takeover };

/// A training under way, as the watch sees it. Guarded by the pool's mutex.
struct Training {
  Claim claim;
  pid_t child = 0;
  SteadyClock::time_point began;
  Ended ended = Ended::itself;
  std::optional<SteadyClock::time_point> asked;  // to end
};

/// One pool at work: a thread for each device, and this thread as the watch.
class Pool {
 public:
  Pool(const Sweep& sweep, const PoolOptions& options, const PoolObserver& observer)
      : sweep_(sweep),
        options_(options),
        observer_(observer),
        devices_(options.devices.empty() ? sweep.spec().devices : options.devices),
        is_shared_machine_(options.is_shared_machine || share_a_package(devices_)),
        worker_(sweep),
        claims_(sweep, worker_),
        stops_before_(stop_requests(sweep).count),
        beat_interval_(std::chrono::duration_cast<milliseconds>(sweep.spec().lease_timeout) / 6),
        trainings_(devices_.size()) {
    if (::access(options.trainer.c_str(), X_OK) != 0) {
      fail(ErrorCode::missing_dependency,
           "{}: no program that can be executed; it trains the cells: build or install ecnas-train",
           options.trainer.string());
    }
  }

  PoolReport run() {
    std::vector<std::thread> lanes;
    working_ = devices_.size();
    for (std::size_t lane = 0; lane < devices_.size(); ++lane)
      lanes.emplace_back([this, lane] { work(lane); });
    watch();
    for (std::thread& lane : lanes)
      lane.join();
    if (fault_) std::rethrow_exception(fault_);
    return report_;
  }

 private:
  // ---- a lane -----------------------------------------------------------------------------------

  void work(std::size_t lane) {
    try {
      while (const std::optional<Claim> claim = next_claim())
        train(lane, *claim);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!fault_) fault_ = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    --working_;
    changed_.notify_all();
  }

  /// Waits while others hold the last runs, which may fall free.
  std::optional<Claim> next_claim() {
    constexpr milliseconds kLongestWait = std::chrono::minutes(10);
    std::unique_lock lock(mutex_);
    // Twice as long after each time: many may wait, and each look costs a listing of what is held.
    for (milliseconds wait = beat_interval_;; wait = std::min(2 * wait, kLongestWait)) {
      if (is_closing() || begun_ >= options_.limit.value_or(SIZE_MAX)) return std::nullopt;
      const Search search = claims_.next();
      if (search.claim) {
        ++begun_;
        return search.claim;
      }
      // Others: other workers. What our own lanes hold, they finish or give back themselves.
      if (!search.others_hold || !options_.waits) return std::nullopt;
      const auto until = SteadyClock::now() + wait;
      while (!is_closing() && changed_.wait_until(lock, until) != std::cv_status::timeout) {
      }
    }
  }

  [[nodiscard]] bool is_closing() const {
    const bool is_late = options_.time && SteadyClock::now() - began_ >= *options_.time;
    return is_stopping_ || fault_ != nullptr || is_late;
  }

  void train(std::size_t lane, const Claim& claim) {
    const Run run = sweep_.runs()[claim.number];
    try {
      const fs::path attempt = claims_.begin_attempt(claim);
      // The one who trained it may have died before it was published.
      if (fault_of_results(attempt, run)) {
        if (!execute(lane, claim, run, attempt)) return;
      }
      publish(claim, run);
    } catch (...) {
      give_back(claim);
      throw;
    }
  }

  /// @return whether there are sound results
  bool execute(std::size_t lane, const Claim& claim, const Run& run, const fs::path& attempt) {
    std::error_code ignored;
    fs::remove(attempt / kFailureName, ignored);
    const bool is_continued = is_there(attempt / kCheckpointName);
    const pid_t child =
        start_child({.command = training_command(sweep_, run, options_.trainer, devices_[lane],
                                                 attempt, is_continued, is_shared_machine_),
                     .cores = devices_[lane].cores,
                     .log = attempt / kLogName});
    {
      const std::lock_guard lock(mutex_);
      trainings_[lane] = Training{claim, child, SteadyClock::now(), Ended::itself, {}};
      if (observer_.began) observer_.began(run, devices_[lane]);
      changed_.notify_all();
    }
    await_end(child);
    Ended ended = Ended::itself;
    int status = 0;
    {
      const std::lock_guard lock(mutex_);  // so that the watch signals no other process
      ended = trainings_[lane]->ended;
      trainings_[lane].reset();
      status = reap(child);
    }
    return judge(claim, run, attempt, ended, status);
  }

  bool judge(const Claim& claim, const Run& run, const fs::path& attempt, Ended ended, int status) {
    const bool has_exited = WIFEXITED(status);
    if (has_exited && WEXITSTATUS(status) == kDone) {
      const auto fault = fault_of_results(attempt, run);
      if (!fault) return true;
      note_failure(claim, run, {"no_results", *fault});
      return false;
    }
    if (ended == Ended::by_time_limit) {
      note_failure(claim, run,
                   {"time_limit",
                    fmt::format("not done after {} s", sweep_.spec().run_time_limit->count())});
    } else if (ended != Ended::itself) {
      give_back(claim);
    } else if (has_exited) {
      judge_status(claim, run, attempt, WEXITSTATUS(status));
    } else {
      const int signal = WTERMSIG(status);
      note_failure(claim, run,
                   {fmt::format("killed_by_signal_{}", signal),
                    signal == SIGKILL ? "killed, perhaps as the machine was out of memory"
                                      : last_words(attempt)});
    }
    return false;
  }

  /// What is wrong with the sweep or the machine would fail one run after the other: it is thrown.
  void judge_status(const Claim& claim, const Run& run, const fs::path& attempt, int status) {
    const std::string words = last_words(attempt);
    const auto stop = [&](ErrorCode code) {
      fail(code, "{} for cell {}: {}", options_.trainer.filename().string(),
           space::to_text(run.hash), words.empty() ? fmt::format("exit status {}", status) : words);
    };
    switch (status) {
      case kBadArgument:
        stop(ErrorCode::invalid_argument);
        break;
      case kBadData:
        stop(ErrorCode::invalid_data);
        break;
      case kMissingDependency:
        stop(ErrorCode::missing_dependency);
        break;
      case kInputOutputFailed:
        note_failure(claim, run, {"input_output", words});
        break;
      case kTrainingFailed:
        note_failure(claim, run, failure_in(attempt).value_or(Failure{"training", words}));
        break;
      case kInterrupted:  // by somebody else: given back, it would be begun again and again
        note_failure(claim, run, {"interrupted", words});
        break;
      default:
        note_failure(claim, run, {fmt::format("exit_{}", status), words});
    }
  }

  void publish(const Claim& claim, const Run& run) {
    std::error_code ignored;
    const fs::path log = sweep_.attempt_directory(claim.number, claim.generation) / kLogName;
    if (fs::is_empty(log, ignored)) fs::remove(log, ignored);
    const std::lock_guard lock(mutex_);
    if (!claims_.finish(claim)) return;
    ++report_.finished;
    if (observer_.finished)
      observer_.finished(run, sweep_.done_record(claim.number).value_or(DoneRecord{}));
  }

  void note_failure(const Claim& claim, const Run& run, const Failure& failure) {
    const std::lock_guard lock(mutex_);
    if (!claims_.holds(claim)) return give_back_locked(claim);
    claims_.fail_run(claim, failure);
    ++report_.failed;
    if (observer_.failed) observer_.failed(run, failure);
  }

  void give_back(const Claim& claim) {
    const std::lock_guard lock(mutex_);
    give_back_locked(claim);
  }
  void give_back_locked(const Claim& claim) {
    ++report_.released;
    claims_.release(claim);
  }

  // ---- the watch --------------------------------------------------------------------------------

  /// Gives signs of life, and ends trainings that must, until no lane works.
  void watch() {
    const std::stop_callback wake(options_.stop, [this] {
      const std::lock_guard lock(mutex_);
      stop_now();
    });
    auto next_beat = SteadyClock::now();
    std::unique_lock lock(mutex_);
    while (working_ > 0) {
      if (SteadyClock::now() >= next_beat) {
        lock.unlock();
        static_cast<void>(worker_.beat());
        const StopRequests stops = stop_requests(sweep_);
        lock.lock();
        if (stops.count != stops_before_) heed(stops);
        end_taken_over();
        next_beat = SteadyClock::now() + beat_interval_;
      }
      end_late();
      insist();
      changed_.wait_until(lock, next_deadline(next_beat));
    }
  }

  void heed(const StopRequests& stops) {
    stops_before_ = stops.count;
    is_stopping_ = true;
    report_.is_stopped = true;
    if (stops.last == Stop::now) end_all();
    changed_.notify_all();
  }

  void stop_now() {
    is_stopping_ = true;
    report_.is_stopped = true;
    end_all();
    changed_.notify_all();
  }

  void end_all() {
    for (std::optional<Training>& training : trainings_) {
      if (training) ask_to_end(*training, Ended::by_stop);
    }
  }

  static void ask_to_end(Training& training, Ended why) {
    if (training.asked) return;
    training.ended = why;
    training.asked = SteadyClock::now();
    ::kill(-training.child, SIGTERM);
  }

  void end_taken_over() {
    for (std::optional<Training>& training : trainings_) {
      if (training && !claims_.holds(training->claim)) ask_to_end(*training, Ended::by_takeover);
    }
  }

  void end_late() {
    if (!sweep_.spec().run_time_limit) return;
    for (std::optional<Training>& training : trainings_) {
      if (training && SteadyClock::now() - training->began >= *sweep_.spec().run_time_limit)
        ask_to_end(*training, Ended::by_time_limit);
    }
  }

  /// Kills those that were asked to end long ago; tells those again that have begun since the stop.
  void insist() {
    for (std::optional<Training>& training : trainings_) {
      if (!training) continue;
      if (options_.stop.stop_requested()) ask_to_end(*training, Ended::by_stop);
      if (training->asked && SteadyClock::now() - *training->asked >= options_.patience)
        ::kill(-training->child, SIGKILL);
    }
  }

  [[nodiscard]] SteadyClock::time_point next_deadline(SteadyClock::time_point next_beat) const {
    constexpr milliseconds kBetweenKills{100};
    SteadyClock::time_point deadline = next_beat;
    for (const std::optional<Training>& training : trainings_) {
      if (!training) continue;
      if (training->asked) {
        deadline = std::min(deadline, std::max(*training->asked + options_.patience,
                                               SteadyClock::now() + kBetweenKills));
      } else if (sweep_.spec().run_time_limit) {
        deadline = std::min(deadline, training->began + *sweep_.spec().run_time_limit);
      }
    }
    return deadline;
  }

  const Sweep& sweep_;
  const PoolOptions& options_;
  const PoolObserver& observer_;
  const std::vector<Device> devices_;
  const bool is_shared_machine_;
  Worker worker_;

  std::mutex mutex_;  // of all below, and of the observer
  std::condition_variable changed_;
  Claims claims_;
  std::uint64_t stops_before_;
  const milliseconds beat_interval_;
  const SteadyClock::time_point began_ = SteadyClock::now();
  std::vector<std::optional<Training>> trainings_;  // by lane
  std::size_t working_ = 0;                         // lanes
  std::size_t begun_ = 0;
  bool is_stopping_ = false;
  std::exception_ptr fault_;
  PoolReport report_;
};

/// The package of a core; absent if the machine does not tell.
std::optional<std::int64_t> package_of(unsigned core, const fs::path& root) {
  const auto text = small_file(
      root / fmt::format("sys/devices/system/cpu/cpu{}/topology/physical_package_id", core));
  return text ? parse_integer(trimmed(std::string_view(*text).substr(0, text->find('\n'))))
              : std::nullopt;
}

}  // namespace

PoolReport run_pool(const Sweep& sweep, const PoolOptions& options, const PoolObserver& observer) {
  return Pool(sweep, options, observer).run();
}

std::vector<std::string> training_command(const Sweep& sweep, const Run& run,
                                          const fs::path& trainer, const Device& device,
                                          const fs::path& output, bool is_continued,
                                          bool is_shared_machine) {
  const auto cell = find_cell(run.hash, sweep.runs().max_vertices());
  if (!cell) {
    fail(ErrorCode::invalid_data, "{}: no cell has the hash {} of the list of runs",
         sweep.directory().string(), space::to_text(run.hash));
  }
  const Spec& spec = sweep.spec();
  std::vector<std::string> command = {trainer.string(), space::to_text(*cell),
                                      "--data",         spec.data,
                                      "--epochs",       std::to_string(run.epochs),
                                      "--seed",         std::to_string(run.seed),
                                      "--output",       output.string(),
                                      "--pue",          shortest(spec.pue)};
  const auto add = [&command](std::string option, std::string value) {
    command.push_back(std::move(option));
    command.push_back(std::move(value));
  };
  bool has_threads = false;
  for (const auto& [option, value] : spec.training) {
    has_threads = has_threads || option == "threads";
    command.push_back("--" + option);
    if (value) command.push_back(*value);
  }
  if (!has_threads && !device.cores.empty()) add("--threads", std::to_string(device.cores.size()));
  if (spec.carbon_intensity_g_per_kwh)
    add("--carbon-intensity", shortest(*spec.carbon_intensity_g_per_kwh));
  const bool is_cuda = device.kind == Device::Kind::cuda;
  add("--device", is_cuda ? to_text(device) : "cpu");
  if (is_shared_machine) command.emplace_back("--shared-machine");
  if (is_continued) command.emplace_back("--resume");
  command.insert(command.end(), spec.further_arguments.begin(), spec.further_arguments.end());
  return command;
}

bool share_a_package(const std::vector<Device>& devices, const fs::path& root) {
  std::vector<std::int64_t> seen;
  for (const Device& device : devices) {
    if (device.cores.empty() && devices.size() > 1) return true;  // it may run anywhere
    std::vector<std::int64_t> own;
    for (const unsigned core : device.cores)
      own.push_back(package_of(core, root).value_or(0));
    std::ranges::sort(own);
    own.erase(std::unique(own.begin(), own.end()), own.end());
    const bool overlaps = std::ranges::any_of(
        own, [&](std::int64_t package) { return std::ranges::find(seen, package) != seen.end(); });
    if (overlaps) return true;
    seen.insert(seen.end(), own.begin(), own.end());
  }
  return false;
}

}  // namespace ecnas::sweep
