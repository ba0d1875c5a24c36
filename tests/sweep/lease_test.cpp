#include "ecnas/sweep/lease.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "ecnas/space/space.hpp"
#include "ecnas/sweep/collect.hpp"
#include "support/expect_error.hpp"
#include "sweep/fixtures.hpp"

namespace ecnas::sweep {
namespace {

using testing::count_states;
using testing::InDirectory;
using testing::train_by_stub;
namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::seconds;

/// A worker on another machine: nobody can look whether its process is there.
WorkerIdentity elsewhere(const std::string& id) {
  return {.id = id, .host = "host-of-" + id, .boot = "another pid:1", .pid = 1, .start_time = 1};
}

/// A clock that a test turns.
struct HandClock {
  std::chrono::nanoseconds now{};
  Clock clock() {
    return [this] { return now; };
  }
};

class Leases : public InDirectory {
 protected:
  const Sweep sweep_ = make_sweep();
};

TEST_F(Leases, OneWhoIsAloneTakesRunsInTheirOrder) {
  const Worker worker(sweep_);
  Claims claims(sweep_, worker);
  for (RunNumber expected = 0; expected < kRuns; ++expected) {
    const Search search = claims.next();
    ASSERT_TRUE(search.claim);
    EXPECT_EQ(search.claim->number, expected);
    EXPECT_EQ(search.claim->generation, 1U);
  }
  EXPECT_FALSE(claims.next().claim);
  EXPECT_FALSE(claims.next().others_hold);  // it is we who hold them
}

TEST_F(Leases, ARunHeldByOneAliveIsNotTaken) {
  const Worker one(sweep_);
  const Worker two(sweep_);
  Claims of_one(sweep_, one);
  Claims of_two(sweep_, two);
  while (of_one.next().claim) {
  }
  const Search search = of_two.next();
  EXPECT_FALSE(search.claim);
  EXPECT_TRUE(search.others_hold);
}

TEST_F(Leases, AFinishedRunIsDoneAndNobodysAnyMore) {
  const Worker worker(sweep_);
  Claims claims(sweep_, worker);
  const Claim claim = claims.next().claim.value();
  train_by_stub(sweep_, claims, claim);
  EXPECT_TRUE(claims.finish(claim));
  const sweep::Run run = sweep_.runs()[claim.number];
  EXPECT_TRUE(fs::exists(sweep_.results_directory(run) / "results.json"));
  EXPECT_EQ(sweep_.standings(0)[claim.number].state, RunState::done);
  EXPECT_EQ(sweep_.done_record(claim.number)->time_s, 10.0 * run.epochs + 1);
  EXPECT_FALSE(fs::exists(sweep_.claim_file(claim.number, "1")));
}

TEST_F(Leases, ARunThatWasGivenBackIsTakenWithItsAttempt) {
  const Worker one(sweep_);
  Claims of_one(sweep_, one);
  const Claim claim = of_one.next().claim.value();
  write_file(of_one.begin_attempt(claim) / "checkpoint.safetensors", "5");
  of_one.release(claim);
  const Worker two(sweep_);
  Claims of_two(sweep_, two);
  const Claim taken = of_two.next().claim.value();
  EXPECT_EQ(taken.number, claim.number);
  EXPECT_EQ(taken.generation, 2U);
  EXPECT_TRUE(fs::exists(of_two.begin_attempt(taken) / "checkpoint.safetensors"));
}

TEST_F(Leases, AFailedRunIsLeftAlone) {
  const Worker worker(sweep_);
  Claims claims(sweep_, worker);
  const Claim claim = claims.next().claim.value();
  claims.fail_run(claim, {"diverged", "loss is\nNaN"});
  EXPECT_EQ(sweep_.standings(0)[claim.number].state, RunState::failed);
  EXPECT_EQ(sweep_.failure(claim.number)->kind, "diverged");
  EXPECT_EQ(sweep_.failure(claim.number)->message, "loss is?NaN");
  EXPECT_EQ(claims.next().claim->number, claim.number + 1);
}

TEST_F(Leases, ADeadProcessOfThisHostLosesItsRunsAtOnce) {
  const pid_t child = ::fork();
  if (child == 0) {
    const Worker worker(sweep_);
    Claims claims(sweep_, worker);
    const bool has_run = claims.next().claim.has_value();
    ::_exit(has_run ? 0 : 1);  // like a kill: nothing is cleared away
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  ASSERT_EQ(sweep_.standings(0)[0].state, RunState::held);
  const Worker worker(sweep_);
  Claims claims(sweep_, worker);
  const Claim claim = claims.next().claim.value();
  EXPECT_EQ(claim.number, 0U);
  EXPECT_EQ(claim.generation, 2U);
}

TEST_F(Leases, AWorkerElsewhereLosesItsRunsOnceItsBeatsStandStill) {
  Worker far(sweep_, elsewhere("far"));
  Claims of_far(sweep_, far);
  while (of_far.next().claim) {
  }
  const Worker here(sweep_);
  HandClock hand{hours(1000)};  // our clock and theirs have nothing in common
  Claims claims(sweep_, here, hand.clock());
  EXPECT_FALSE(claims.next().claim);
  hand.now += seconds(59);
  EXPECT_FALSE(claims.next().claim);
  EXPECT_TRUE(far.beat());
  hand.now += seconds(59);
  EXPECT_FALSE(claims.next().claim) << "it has given a sign of life";
  hand.now += seconds(60);
  EXPECT_TRUE(claims.next().claim) << "60 s without one since we saw the last";
}

TEST_F(Leases, ClocksThatDifferByHoursKillNobody) {
  std::vector<HandClock> hands = {{hours(0)}, {hours(100'000)}, {-hours(100'000)}};
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::unique_ptr<Claims>> claims;
  for (HandClock& hand : hands) {
    workers.push_back(
        std::make_unique<Worker>(sweep_, elsewhere("w" + std::to_string(workers.size()))));
    claims.push_back(std::make_unique<Claims>(sweep_, *workers.back(), hand.clock()));
  }
  std::size_t taken = 0;
  for (bool any = true; any;) {
    any = false;
    for (std::size_t i = 0; i < hands.size(); ++i) {
      hands[i].now += seconds(20);
      EXPECT_TRUE(workers[i]->beat());
      const Search search = claims[i]->next();
      if (!search.claim) continue;
      any = true;
      EXPECT_EQ(search.claim->generation, 1U);
      ++taken;
    }
  }
  EXPECT_EQ(taken, kRuns);
}

/// One who was thought dead, and one who has taken over.
class Zombie : public Leases {
 protected:
  Zombie() {
    claim_ = of_zombie_.next().claim.value();
    write_file(of_zombie_.begin_attempt(claim_) / "checkpoint.safetensors", "5");
    while (of_heir_.next().claim) {
    }
    hand_.now += hours(1);
    taken_ = of_heir_.next().claim.value();
  }

  Worker zombie_{sweep_, elsewhere("zombie")};
  Claims of_zombie_{sweep_, zombie_};
  Claim claim_;
  Worker heir_{sweep_};
  HandClock hand_;
  Claims of_heir_{sweep_, heir_, hand_.clock()};
  Claim taken_;
};

TEST_F(Zombie, FindsThatItHoldsNothingAndThatItsFolderIsGone) {
  EXPECT_EQ(taken_.number, claim_.number);
  EXPECT_EQ(taken_.generation, claim_.generation + 1);
  EXPECT_FALSE(of_zombie_.holds(claim_));
  EXPECT_TRUE(of_heir_.holds(taken_));
  EXPECT_TRUE(fs::exists(of_heir_.begin_attempt(taken_) / "checkpoint.safetensors"));
  EXPECT_FALSE(fs::exists(sweep_.attempt_directory(claim_.number, claim_.generation)));
}

TEST_F(Zombie, PublishesNothingBeforeTheHeir) {
  train_by_stub(sweep_, of_zombie_, claim_);
  EXPECT_FALSE(of_zombie_.finish(claim_));
  EXPECT_FALSE(fs::exists(sweep_.results_directory(sweep_.runs()[claim_.number])));
  train_by_stub(sweep_, of_heir_, taken_);
  EXPECT_TRUE(of_heir_.finish(taken_));
}

TEST_F(Zombie, PublishesNothingAfterTheHeir) {
  train_by_stub(sweep_, of_heir_, taken_);
  EXPECT_TRUE(of_heir_.finish(taken_));
  train_by_stub(sweep_, of_zombie_, claim_);
  EXPECT_FALSE(of_zombie_.finish(claim_));
  EXPECT_EQ(sweep_.standings(0)[claim_.number].state, RunState::done);
}

TEST_F(Zombie, WhoPublishesAsItIsTakenOverLeavesOneResultAndTheHeirNone) {
  // Between the zombie's last look and its rename, somebody takes over.
  const fs::path attempt = train_by_stub(sweep_, of_heir_, taken_);
  const fs::path place = sweep_.results_directory(sweep_.runs()[claim_.number]);
  fs::create_directories(place.parent_path());
  fs::copy(attempt, place, fs::copy_options::recursive);
  EXPECT_FALSE(of_heir_.finish(taken_));
  EXPECT_EQ(sweep_.standings(0)[claim_.number].state, RunState::done);
  EXPECT_FALSE(fs::exists(attempt));
}

TEST_F(Zombie, NeitherFailsNorReleasesTheHeirsRun) {
  of_zombie_.fail_run(claim_, {"crash", ""});
  of_zombie_.release(claim_);
  EXPECT_EQ(sweep_.standings(0)[claim_.number].state, RunState::held);
  EXPECT_TRUE(of_heir_.holds(taken_));
}

TEST_F(Leases, ARunWhoseWorkerDiedBetweenPublishingAndSayingSoIsNotRedone) {
  const Worker one(sweep_);
  Claims of_one(sweep_, one);
  const Claim claim = of_one.next().claim.value();
  const fs::path attempt = train_by_stub(sweep_, of_one, claim);
  const fs::path place = sweep_.results_directory(sweep_.runs()[claim.number]);
  fs::create_directories(place.parent_path());
  fs::rename(attempt, place);
  of_one.release(claim);
  const Worker two(sweep_);
  Claims of_two(sweep_, two);
  EXPECT_NE(of_two.next().claim->number, claim.number);
  EXPECT_EQ(sweep_.standings(0)[claim.number].state, RunState::done);
  EXPECT_EQ(sweep_.done_record(claim.number)->generation, 2U);
}

TEST_F(Leases, AnOldListingMakesNobodyRunWhatIsDone) {
  // Two workers read that run 0 is open; one of them finishes it before the other acts.
  const Worker one(sweep_);
  Claims of_one(sweep_, one);
  const Claim claim = of_one.next().claim.value();
  train_by_stub(sweep_, of_one, claim);
  ASSERT_TRUE(of_one.finish(claim));
  fs::remove(sweep_.claim_file(claim.number, "done"));  // as the old listing has it
  const Worker two(sweep_);
  Claims of_two(sweep_, two);
  EXPECT_NE(of_two.next().claim->number, claim.number);
}

TEST_F(Leases, AReopenedRunIsDoneAgainAndItsOldResultsArePutAway) {
  const Worker worker(sweep_);
  Claims claims(sweep_, worker);
  const Claim claim = claims.next().claim.value();
  EXPECT_FALSE(claims.reopen(claim.number)) << "it is not done";
  train_by_stub(sweep_, claims, claim);
  ASSERT_TRUE(claims.finish(claim));
  EXPECT_TRUE(claims.reopen(claim.number));
  EXPECT_EQ(sweep_.standings(0)[claim.number].state, RunState::open);
  EXPECT_FALSE(fs::exists(sweep_.results_directory(sweep_.runs()[claim.number])));
  const Claim again = claims.next().claim.value();
  EXPECT_EQ(again.number, claim.number);
  EXPECT_GT(again.generation, claim.generation);
}

TEST_F(Leases, AWorkerLeavesNothingBehind) {
  {
    Worker worker(sweep_);
    EXPECT_TRUE(worker.beat());
    EXPECT_FALSE(fs::is_empty(sweep_.workers_directory()));
  }
  EXPECT_TRUE(fs::is_empty(sweep_.workers_directory()));
}

TEST_F(Leases, ARunGivenBackInAShardThatWasAllTakenIsFound) {
  const Spec spec =
      parse_spec("budgets = [1, 2]\nrepeats = 6\n[cells]\nspace = \"4v\"\n", "s", directory_);
  const Sweep sweep = Sweep::create(directory_ / "two", spec, chosen_cells(spec.cells));
  ASSERT_EQ(sweep.shards(), 2U);
  const Worker one(sweep);
  Claims of_one(sweep, one);
  std::vector<Claim> taken;
  while (const auto claim = of_one.next().claim)
    taken.push_back(*claim);
  ASSERT_EQ(taken.size(), sweep.runs().size());
  const Worker two(sweep);
  Claims of_two(sweep, two);
  EXPECT_FALSE(of_two.next().claim);
  of_one.release(taken[5]);
  of_one.release(taken[1005]);
  const auto first = of_two.next().claim;
  const auto second = of_two.next().claim;
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->number + second->number, taken[5].number + taken[1005].number);
  EXPECT_FALSE(of_two.next().claim);
}

void fail_all(Claims& claims) {
  while (const auto claim = claims.next().claim)
    claims.fail_run(*claim, {"diverged", ""});
}

TEST_F(Leases, RunsThatRetryOpensAreSeenByThoseAtWork) {
  const Worker worker(sweep_);
  Claims claims(sweep_, worker);
  fail_all(claims);
  EXPECT_FALSE(claims.next().others_hold);
  EXPECT_EQ(retry(sweep_).failed, kRuns);
  EXPECT_TRUE(claims.next().claim);
}

TEST_F(Leases, WhoComesLateBelievesTheHintUnlessRunsWereOpenedAgain) {
  {
    const Worker worker(sweep_);
    Claims claims(sweep_, worker);
    fail_all(claims);
  }
  ASSERT_TRUE(fs::exists(sweep_.directory() / "claims" / "hint"));
  retry(sweep_);
  const Worker late(sweep_);
  Claims claims(sweep_, late);
  EXPECT_TRUE(claims.next().claim);
}

TEST_F(Leases, ProcessesThatRaceTakeEveryRunOnce) {
  const Spec spec =
      parse_spec("budgets = [1, 2]\nrepeats = 7\n[cells]\nspace = \"4v\"\n", "s", directory_);
  const Sweep sweep = Sweep::create(directory_ / "race", spec, chosen_cells(spec.cells));
  ASSERT_EQ(sweep.shards(), 2U);
  constexpr int kProcesses = 6;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    const Worker worker(sweep);
    Claims claims(sweep, worker);
    int taken = 0;
    while (const auto claim = claims.next().claim) {
      // A results folder without results: the place is taken, which is what counts here.
      write_file(claims.begin_attempt(*claim) / worker.identity().id, "");
      if (!claims.finish(*claim)) ::_exit(255);
      ++taken;
    }
    ::_exit(taken > 0 ? 0 : 254);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << "255: a run was done twice; 254: one process found none";
  }
  EXPECT_EQ(count_states(sweep)[RunState::done], 91U * 2 * 7);
  for (RunNumber i = 0; i < sweep.runs().size(); ++i) {
    const fs::directory_iterator files(sweep.results_directory(sweep.runs()[i]));
    EXPECT_EQ(std::distance(begin(files), end(files)), 1);
  }
}

}  // namespace
}  // namespace ecnas::sweep
