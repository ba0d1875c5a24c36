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
/// The same for one who has nothing else to do. Bounded, as many may have nothing else to do: all
/// of them together see every lease.
constexpr std::size_t kProbesWhenIdle = 64;

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
fs::path reopened_file(const Sweep& sweep) {
  return sweep.directory() / "claims" / "reopened";
}

/// A text that is another one whenever runs were opened again since; what was known of shards that
/// are over is then known no more.
std::string reopening(const Sweep& sweep) {
  const std::string text = small_file(reopened_file(sweep)).value_or("never\n");
  return text.substr(0, text.find('\n'));
}

/// Below which shard somebody found that all are over, if no run was opened again since; else 0.
std::size_t hinted_shard(const Sweep& sweep, const std::string& reopened) {
  const std::string text = small_file(hint_file(sweep)).value_or("");
  const auto words = split(std::string_view(text).substr(0, text.find('\n')), ' ');
  const auto shard = parse_integer(words.front());
  if (words.size() != 2 || words.back() != reopened || !shard || *shard < 0) return 0;
  return std::min(static_cast<std::size_t>(*shard), sweep.shards());
}

}  // namespace

Claims::Claims(const Sweep& sweep, const Worker& worker, Clock clock)
    : sweep_(sweep),
      worker_(worker),
      clock_(clock ? std::move(clock) : Clock(steady_time)),
      rng_(rng_of(worker.identity())) {}

Search Claims::next() {
  notice_reopening();
  Walk first;
  do {
    first = Walk{.probes = kProbesOnTheWay};
    if (const auto claim = look_behind(first)) return {claim, true};
    if (const auto claim = walk(first)) return {claim, true};
  } while (first.was_crowded);  // others are getting on, so this ends
  Walk second{.probes = kProbesWhenIdle, .is_thorough = true};
  const auto claim = walk(second);
  return {claim, claim || second.others_hold};
}

/// Shards that seem to have work, and all that are not over where the walk is thorough. Where many
/// meet, each crowded shard doubles the width of the next step.
std::optional<Claim> Claims::walk(Walk& walk) {
  std::size_t width = 1;
  for (std::size_t shard = first_shard_; shard < sweep_.shards();) {
    walk.is_crowded = false;
    const bool is_worth_it = shards_[shard] == Shard::has_work ||
                             (walk.is_thorough && shards_[shard] == Shard::is_taken);
    if (is_worth_it) {
      if (const auto claim = take_from(shard, walk)) return claim;
    }
    if (walk.is_crowded) width = std::min(2 * width, sweep_.shards());
    shard += walk.is_crowded ? 1 + rng_.below(width) : 1;
  }
  return std::nullopt;
}

/// One shard whose runs were all taken: some may have been given back, or their holders have died.
std::optional<Claim> Claims::look_behind(Walk& walk) {
  if (taken_.empty()) return std::nullopt;
  return take_from(taken_[rng_.below(taken_.size())], walk);
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
  const bool is_over = std::ranges::all_of(standings, [](const Standing& standing) {
    return standing.state == RunState::done || standing.state == RunState::failed;
  });
  note(shard, is_over ? Shard::is_over : open.empty() ? Shard::is_taken : Shard::has_work);

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
  fs::path place = sweep_.attempt_directory(claim.number, claim.generation);
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
  announce_reopening(sweep_);
  return is_moved;
}

/// What the last listing of a shard showed. One that is over is not looked at again, unless `retry`
/// opens some of its runs.
void Claims::note(std::size_t shard, Shard knowledge) {
  if (shards_[shard] == knowledge) return;
  if (shards_[shard] == Shard::is_taken) std::erase(taken_, shard);
  if (knowledge == Shard::is_taken) taken_.push_back(shard);
  shards_[shard] = knowledge;
  const std::size_t before = first_shard_;
  while (first_shard_ < shards_.size() && shards_[first_shard_] == Shard::is_over)
    ++first_shard_;
  if (first_shard_ == before || hinted_shard(sweep_, reopened_) >= first_shard_) return;
  put_file(hint_file(sweep_), fmt::format("{} {}\n", first_shard_, reopened_),
           part_of(worker_.file()));
}

void Claims::notice_reopening() {
  std::string now = reopening(sweep_);
  if (now == reopened_) return;
  reopened_ = std::move(now);
  first_shard_ = hinted_shard(sweep_, reopened_);
  shards_.assign(sweep_.shards(), Shard::has_work);
  std::fill_n(shards_.begin(), first_shard_, Shard::is_over);
  taken_.clear();
}

void announce_reopening(const Sweep& sweep) {
  put_file(reopened_file(sweep), WorkerIdentity::of_this_process().id + "\n");
}

}  // namespace ecnas::sweep
