#include "ecnas/sweep/lease.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "sweep/process.hpp"
#include "sweep/records.hpp"
#include "sweep/results.hpp"
#include "sweep/small_file.hpp"

namespace ecnas::sweep {
namespace {

namespace fs = std::filesystem;

/// Leases of others that are looked at on the way to an open run: enough that the dead are found
/// while there is still other work, few enough not to be felt.
constexpr std::size_t kProbesOnTheWay = 8;

/// Runs that seemed open and were not, after which a shard counts as crowded: the choice has then
/// been as wide as the shard.
constexpr std::size_t kFailuresInACrowd = 12;

std::string lease(std::uint32_t generation) {
  return std::to_string(generation);
}
std::string freed(std::uint32_t generation) {
  return fmt::format("{}.free", generation);
}

std::chrono::nanoseconds steady_time() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

/// A generator that no other worker has.
Rng rng_of(const WorkerIdentity& identity) {
  return Rng(std::hash<std::string>{}(identity.id));
}

void flush_directory(const fs::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);  // not every file system can
  ::close(descriptor);
}

void remove_tree(const fs::path& path) {
  std::error_code ignored;  // what stays is found by nobody and harms nobody
  fs::remove_all(path, ignored);
}

/// Moves a folder where nothing may be. @return false if something is, or there is no such folder
bool move_directory(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return true;
  if (errno == ENOENT || errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR) return false;
  fail_io(to, "cannot be moved here", errno);
}

bool is_same_file(const fs::path& a, const fs::path& b) {
  struct stat of_a {};
  struct stat of_b {};
  return ::stat(a.c_str(), &of_a) == 0 && ::stat(b.c_str(), &of_b) == 0 &&
         of_a.st_ino == of_b.st_ino && of_a.st_dev == of_b.st_dev;
}

fs::path hint_file(const Sweep& sweep) {
  return sweep.directory() / "claims" / "hint";
}

/// The shard that somebody found to be the first with work left; a hint, and 0 without one.
std::size_t hinted_shard(const Sweep& sweep) {
  const auto text = small_file(hint_file(sweep));
  const auto shard =
      text ? parse_integer(trimmed(text->substr(0, text->find('\n')))) : std::nullopt;
  if (!shard || *shard < 0) return 0;
  return std::min(static_cast<std::size_t>(*shard), sweep.shards() - 1);
}

}  // namespace

Claims::Claims(const Sweep& sweep, const Worker& worker, Clock clock)
    : sweep_(sweep),
      worker_(worker),
      clock_(clock ? std::move(clock) : Clock(steady_time)),
      rng_(rng_of(worker.identity())),
      first_open_shard_(hinted_shard(sweep)) {}

Search Claims::next() {
  Walk first;
  do {
    first = Walk{.probes = kProbesOnTheWay};
    if (const auto claim = walk(first)) return {claim, true};
  } while (first.was_crowded);  // others are getting on, so this ends
  if (!first.others_hold) return {};
  Walk second{.probes = sweep_.runs().size()};  // nothing else to do: look at everybody
  const auto claim = walk(second);
  return {claim, second.others_hold};
}

/// All shards once: from the first that may have work, then those before it, in case that runs were
/// opened again. Where many meet, each crowded shard doubles the width of the next step.
std::optional<Claim> Claims::walk(Walk& walk) {
  const std::size_t begin = first_open_shard_;
  std::size_t width = 1;
  for (std::size_t i = 0; i < sweep_.shards();) {
    walk.is_crowded = false;
    if (const auto claim = take_from((begin + i) % sweep_.shards(), walk)) return claim;
    if (walk.is_crowded) width = std::min(2 * width, sweep_.shards());
    i += walk.is_crowded ? 1 + rng_.below(width) : 1;
  }
  return std::nullopt;
}

std::optional<Claim> Claims::take_from(std::size_t shard, Walk& walk) {
  const std::vector<Standing> standings = sweep_.standings(shard);
  const auto begin = static_cast<RunNumber>(shard * kRunsPerShard);
  std::vector<RunNumber> open;
  std::vector<RunNumber> held;
  for (RunNumber i = 0; i < standings.size(); ++i) {
    if (standings[i].state == RunState::open) open.push_back(begin + i);
    if (standings[i].state == RunState::held && !held_.contains(begin + i))
      held.push_back(begin + i);
  }
  walk.others_hold = walk.others_hold || !held.empty();
  if (open.empty() && held.empty()) move_on(shard);

  if (held.size() > walk.probes) rng_.shuffle(std::span(held));
  for (const RunNumber number : held) {
    if (walk.probes == 0) break;
    --walk.probes;
    const std::uint32_t generation = standings[number - begin].generation;
    if (!is_dead(number, generation)) continue;
    if (const auto claim = take(number, generation + 1)) return claim;
  }
  // In order where one is alone; where many meet, each failure doubles the width of the choice.
  std::size_t width = 1;
  for (std::size_t failures = 0; !open.empty(); ++failures) {
    if (failures == kFailuresInACrowd) {
      walk.is_crowded = true;
      walk.was_crowded = true;
      walk.others_hold = true;  // whoever was faster
      return std::nullopt;
    }
    const std::size_t choice = rng_.below(std::min(width, open.size()));
    const RunNumber number = open[choice];
    if (const auto claim = take(number, standings[number - begin].generation + 1)) return claim;
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(choice));
    width *= 2;
  }
  return std::nullopt;
}

/// Claims a run that seemed to be had. What it seemed may be old: whoever finished it has removed
/// the leases that would have been in our way.
std::optional<Claim> Claims::take(RunNumber number, std::uint32_t generation) {
  if (!link_lease(number, generation)) return std::nullopt;
  if (is_there(sweep_.results_directory(sweep_.runs()[number]))) {
    mark_done(number, generation);
    return std::nullopt;
  }
  const Claim claim{number, generation};
  if (is_there(sweep_.claim_file(number, "failed")) ||
      is_there(sweep_.claim_file(number, freed(generation)))) {
    free_lease(claim);
    return std::nullopt;
  }
  held_.insert(number);
  return claim;
}

bool Claims::link_lease(RunNumber number, std::uint32_t generation) {
  const fs::path place = sweep_.claim_file(number, lease(generation));
  if (::link(worker_.file().c_str(), place.c_str()) == 0) return true;
  const int error = errno;
  // Over NFS a request may be sent twice, and the answer be that of the second.
  if (error == EEXIST) return !held_.contains(number) && is_same_file(worker_.file(), place);
  if (error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EXDEV) {
    fail(ErrorCode::io_failure,
         "{}: this file system has no hard links, by which runs are claimed; put the sweep on "
         "another",
         sweep_.directory().string());
  }
  fail_io(place, "cannot be claimed", error);
}

bool Claims::is_dead(RunNumber number, std::uint32_t generation) {
  const auto text = small_file(sweep_.claim_file(number, lease(generation)));
  const auto identity = text ? parse_identity(*text) : std::nullopt;
  // Gone meanwhile, or unreadable: the one who knows more decides.
  if (!text) return false;
  if (!identity) return has_lost_its_beat(fmt::format("lease-{}-{}", number, generation));
  const WorkerIdentity& ours = worker_.identity();
  if (identity->id == ours.id) return false;
  if (identity->host == ours.host && identity->boot == ours.boot &&
      start_time_of(identity->pid) != identity->start_time) {
    forget(identity->id);
    return true;
  }
  return has_lost_its_beat(identity->id);
}

/// Clears away after a process that is gone for certain; its leases go on saying whose they were.
void Claims::forget(const std::string& worker) {
  const fs::path file = sweep_.workers_directory() / worker;
  const fs::path beat = sweep_.workers_directory() / (worker + ".beat");
  for (const fs::path& left : {file, part_of(file), beat, part_of(beat)})
    remove_file(left);
  sightings_.erase(worker);
}

bool Claims::has_lost_its_beat(const std::string& worker) {
  const std::string beat =
      small_file(sweep_.workers_directory() / (worker + ".beat")).value_or("none");
  const std::chrono::nanoseconds now = clock_();
  const auto [sighting, is_first] = sightings_.try_emplace(worker, Sighting{beat, now});
  if (is_first) return false;
  if (sighting->second.beat != beat) {
    sighting->second = {beat, now};
    return false;
  }
  return now - sighting->second.since >= sweep_.spec().lease_timeout;
}

bool Claims::holds(const Claim& claim) const {
  return is_there(sweep_.claim_file(claim.number, lease(claim.generation))) &&
         !is_there(sweep_.claim_file(claim.number, lease(claim.generation + 1)));
}

fs::path Claims::begin_attempt(const Claim& claim) const {
  const fs::path place = sweep_.attempt_directory(claim.number, claim.generation);
  make_directory(place.parent_path());
  for (std::uint32_t before = claim.generation; before-- > 1;) {
    if (move_directory(sweep_.attempt_directory(claim.number, before), place)) return place;
  }
  make_directory(place);
  return place;
}

bool Claims::finish(const Claim& claim) {
  const fs::path attempt = sweep_.attempt_directory(claim.number, claim.generation);
  held_.erase(claim.number);
  if (!holds(claim)) {
    remove_tree(attempt);
    return false;
  }
  const fs::path place = sweep_.results_directory(sweep_.runs()[claim.number]);
  make_directory(place.parent_path());
  const bool is_published = move_directory(attempt, place);
  if (is_published) {
    flush_directory(place.parent_path());
  } else {
    remove_tree(attempt);
  }
  if (is_there(place)) {
    mark_done(claim.number, claim.generation);
  } else {
    free_lease(claim);  // somebody removed the attempt
  }
  return is_published;
}

void Claims::mark_done(RunNumber number, std::uint32_t generation) {
  const Run run = sweep_.runs()[number];
  DoneRecord record = record_of_results(sweep_.results_directory(run), run).value_or(DoneRecord{});
  record.generation = generation;
  const fs::path done = sweep_.claim_file(number, "done");
  if (!is_there(done)) put_file(done, to_text(record), part_of(worker_.file()));
  remove_file(sweep_.claim_file(number, "failed"));
  for (std::uint32_t g = 1; g <= generation; ++g) {
    remove_file(sweep_.claim_file(number, lease(g)));
    if (g < generation) remove_file(sweep_.claim_file(number, freed(g)));
  }
}

void Claims::fail_run(const Claim& claim, const Failure& failure) {
  held_.erase(claim.number);
  if (!holds(claim)) return;
  put_file(sweep_.claim_file(claim.number, "failed"), to_text(failure), part_of(worker_.file()));
  free_lease(claim);
}

void Claims::release(const Claim& claim) {
  held_.erase(claim.number);
  if (holds(claim)) free_lease(claim);
}

void Claims::free_lease(const Claim& claim) {
  touch(sweep_.claim_file(claim.number, freed(claim.generation)));
}

bool Claims::reopen(RunNumber number) {
  if (sweep_.standings(number / kRunsPerShard)[number % kRunsPerShard].state != RunState::done)
    return false;
  const auto record = sweep_.done_record(number);
  const Claim claim{number, (record ? record->generation : 0) + 1};
  // While we hold it, nobody marks it as done between the next two steps.
  if (!link_lease(number, claim.generation)) return false;
  remove_file(sweep_.claim_file(number, "done"));
  const fs::path away = fs::path(sweep_.attempt_directory(number, claim.generation)) += ".damaged";
  make_directory(away.parent_path());
  remove_tree(away);
  const bool is_moved = move_directory(sweep_.results_directory(sweep_.runs()[number]), away);
  free_lease(claim);
  remove_file(hint_file(sweep_));
  return is_moved;
}

void Claims::move_on(std::size_t shard) {
  if (shard != first_open_shard_ || shard + 1 >= sweep_.shards()) return;
  ++first_open_shard_;
  if (hinted_shard(sweep_) >= first_open_shard_) return;
  put_file(hint_file(sweep_), fmt::format("{}\n", first_open_shard_), part_of(worker_.file()));
}

}  // namespace ecnas::sweep
