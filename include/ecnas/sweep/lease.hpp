#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/sweep/store.hpp"

namespace ecnas::sweep {

/// Which process a worker is. Two processes are the same only if all of it is.
struct WorkerIdentity {
  std::string id;  ///< of this worker alone: HOST-PID-RANDOM
  std::string host;
  std::string
      boot;  ///< that this host has had, and the process namespace: where `pid` means something
  std::int64_t pid = 0;
  std::uint64_t start_time = 0;  ///< of the process, in ticks since boot: numbers are used again

  /// This process, with a new id.
  [[nodiscard]] static WorkerIdentity of_this_process();
};

/// One who works on a sweep, as the others see it: `workers/ID`, who it is, which never changes and
/// of which its leases are hard links; and `workers/ID.beat`, a count that grows while it lives.
/// Both go with it. Thread safe.
class Worker {
 public:
  /// @throws Error{io_failure}
  explicit Worker(const Sweep& sweep, WorkerIdentity identity = WorkerIdentity::of_this_process());
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  [[nodiscard]] const WorkerIdentity& identity() const { return identity_; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  /// A sign of life; to be given every sixth of the lease timeout or more often.
  /// @return false if it could not be written, as on a full disk: it is a matter of the next one
  bool beat() noexcept;

 private:
  WorkerIdentity identity_;
  std::filesystem::path file_;
  std::filesystem::path beat_file_;
  std::uint64_t beats_ = 0;
};

/// Tells all who work on a sweep that runs were opened again: to be called after each.
/// @throws Error{io_failure}
void announce_reopening(const Sweep& sweep);

/// A run that one holds.
struct Claim {
  RunNumber number = 0;
  std::uint32_t generation = 0;
};

/// What looking for work came to.
struct Search {
  std::optional<Claim> claim;
  bool others_hold = false;  ///< no claim, but runs that others hold: they may yet fall free
};

/// Time by the observer's own clock, which never goes back. Clocks of two nodes are never compared.
using Clock = std::function<std::chrono::nanoseconds()>;

/// Takes, keeps and gives up runs for one worker. Not thread safe.
///
/// A claim is link(2) of the worker's file to a name that must be free, the run's next generation:
/// one of many succeeds. A lease is dead at once if its worker was a process of this host and boot
/// that is gone, else when its worker's beats have stood still for the lease timeout by our own
/// clock. To take over is to claim the next generation; whoever thought it held the run before
/// finds that (`holds`), or finds its attempt's folder gone and the place of results taken.
class Claims {
 public:
  /// @param worker  outlives it, as the sweep does  @param clock  empty: the system's
  Claims(const Sweep& sweep, const Worker& worker, Clock clock = {});

  /// The first open run, or one whose holder is dead. Those who meet at the same run spread out.
  /// @throws Error{io_failure}, also where the file system knows no hard links
  [[nodiscard]] Search next();

  /// Whether nobody has taken the run over.
  [[nodiscard]] bool holds(const Claim& claim) const;

  /// Makes the folder that the run is trained in, or takes over that of an earlier attempt with
  /// what is in it. @return the folder
  /// @throws Error{io_failure}
  [[nodiscard]] std::filesystem::path begin_attempt(const Claim& claim) const;

  /// Publishes the attempt's folder, which holds sound results, as the run's.
  /// @return false if the place was taken, or the run was taken over: the attempt is dropped
  /// @throws Error{io_failure}
  bool finish(const Claim& claim);

  /// Notes that the run has failed, unless it was taken over. Its attempt stays for who looks.
  void fail_run(const Claim& claim, const Failure& failure);

  /// Gives the run back; its attempt stays, for its checkpoint.
  void release(const Claim& claim);

  /// Opens a run that is done but whose results are no good, and puts those away.
  /// @return false if it was not done
  bool reopen(RunNumber number);

 private:
  struct Sighting {
    std::string beat;
    std::chrono::nanoseconds since{};
  };
  /// How one walk over the shards looks for the dead.
  struct Walk {
    std::size_t probes = 0;    ///< leases that may still be looked at
    bool is_thorough = false;  ///< also shards that had no open run
    bool others_hold = false;
    bool is_crowded = false;   ///< the last shard: others were faster there, again and again
    bool was_crowded = false;  ///< any: shards were passed over that may have work
  };

  /// What the last listing of a shard showed.
  enum class Shard : std::uint8_t {
    has_work,  ///< open runs, or it was never listed
    is_taken,  ///< none, but some that are held
    is_over,   ///< all done or failed
  };

  [[nodiscard]] std::optional<Claim> walk(Walk& walk);
  [[nodiscard]] std::optional<Claim> look_behind(Walk& walk);
  [[nodiscard]] std::optional<Claim> take_from(std::size_t shard, Walk& walk);
  [[nodiscard]] std::optional<Claim> take(RunNumber number, std::uint32_t generation);
  [[nodiscard]] bool link_lease(RunNumber number, std::uint32_t generation);
  [[nodiscard]] bool is_dead(RunNumber number, std::uint32_t generation);
  [[nodiscard]] bool has_lost_its_beat(const std::string& worker);
  void forget(const std::string& worker);
  void mark_done(RunNumber number, std::uint32_t generation);
  void free_lease(const Claim& claim);
  void note(std::size_t shard, Shard knowledge);
  void notice_reopening();

  const Sweep& sweep_;
  const Worker& worker_;
  Clock clock_;
  Rng rng_;
  std::set<RunNumber> held_;
  std::string reopened_;  // as of the last look; what follows holds as long as it is the same
  std::vector<Shard> shards_;
  std::vector<std::size_t> taken_;             // those that are `is_taken`
  std::size_t first_shard_ = 0;                // that is not over
  std::map<std::string, Sighting> sightings_;  // by worker
};

}  // namespace ecnas::sweep
