#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "ecnas/moo/local_search.hpp"
#include "ecnas/moo/moead.hpp"
#include "ecnas/moo/nsga2.hpp"
#include "ecnas/moo/nsga3.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/regularised_evolution.hpp"
#include "ecnas/moo/semoa.hpp"
#include "ecnas/moo/sms_emoa.hpp"
#include "moo/grid_problems.hpp"
#include "moo/leading_ones.hpp"
#include "moo/points.hpp"
#include "moo/recording.hpp"
#include "moo/trial.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

/// NSGA-II with its ranking switched off: parents and survivors are drawn blindly. A test that this
/// passes tests nothing.
class Unranked final : public Algorithm<Word> {
 public:
  explicit Unranked(Variation<Word>& variation) : variation_(variation) {}

  std::vector<Word> ask(Rng& rng) override {
    if (population_.empty()) return samples(variation_, kSize, rng);
    rng.shuffle(std::span(population_));
    population_.resize(std::min(population_.size(), kSize));
    std::vector<Word> offspring;
    for (std::size_t i = 0; i < kSize; ++i) {
      const Word first = population_[rng.below(population_.size())].genotype;
      const Word second = population_[rng.below(population_.size())].genotype;
      offspring.push_back(bred(first, second, 0.9, variation_, rng));
    }
    return offspring;
  }
  void tell(std::span<const Evaluated<Word>> evaluated) override { append(population_, evaluated); }

 private:
  static constexpr std::size_t kSize = 20;
  Variation<Word>& variation_;
  Population<Word> population_;
};

template <typename Genotype>
std::map<std::string, Maker<Genotype>> methods() {
  return {{"SEMOA", make<Genotype, Semoa>},
          {"NSGA-II", make<Genotype, Nsga2>},
          {"NSGA-III", make<Genotype, Nsga3>},
          {"SMS-EMOA", make<Genotype, SmsEmoa>},
          {"MOEA/D", make<Genotype, Moead>},
          {"regularised evolution", make<Genotype, RegularisedEvolution>},
          {"local search", make<Genotype, LocalSearch>}};
}

Outcome always_valid(Word word) {
  return leading_ones_trailing_zeros(word);
}

std::vector<Word> words_evaluated(
    const Maker<Word>& maker, std::size_t evaluations, std::uint64_t seed,
    const std::function<Outcome(const Word&)>& problem = always_valid) {
  WordVariation variation;
  return evaluated_by<Word>(*maker(variation), evaluations, seed, problem);
}

/// Distinct words of the front that a trial finds, in the mean of ten.
double mean_found(const Maker<Word>& maker) {
  constexpr std::size_t kEvaluations = 3000;
  std::size_t found = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto words = words_evaluated(maker, kEvaluations, seed);
    std::set<Word> front;
    std::ranges::copy_if(words, std::inserter(front, front.end()), on_front);
    found += front.size();
  }
  return static_cast<double>(found) / 10;
}

TEST(Algorithms, FindMostOfTheFrontWhereBlindSearchFindsNextToNothing) {
  const double random = mean_found(make<Word, RandomSearch>);
  const double unranked =
      mean_found([](Variation<Word>& variation) { return std::make_unique<Unranked>(variation); });
  EXPECT_LT(random, 3);    // 17 · 3000 / 65536 = 0.8 expected
  EXPECT_LT(unranked, 3);  // teeth: without ranking there is nothing to find the front by
  for (const auto& [name, maker] : methods<Word>()) {
    EXPECT_GT(mean_found(maker), 0.8 * kWordFront) << name;
  }
}

TEST(Algorithms, DoTheSameForTheSameSeedAndElseNot) {
  for (const auto& [name, maker] : methods<Word>()) {
    const auto words = words_evaluated(maker, 500, 7);
    EXPECT_EQ(words, words_evaluated(maker, 500, 7)) << name;
    EXPECT_NE(words, words_evaluated(maker, 500, 8)) << name;
  }
}

TEST(Algorithms, SampleAgainUntilSomethingIsValid) {
  for (const auto& [name, maker] : methods<Word>()) {
    WordVariation variation;
    const auto algorithm = maker(variation);
    Rng rng(3);
    const std::size_t first = algorithm->ask(rng).size();
    const std::vector<Evaluated<Word>> failed(first, {Word{1}, Failure::invalid});
    algorithm->tell(failed);
    EXPECT_EQ(algorithm->ask(rng).size(), first) << name;
    algorithm->tell({});
    EXPECT_EQ(algorithm->ask(rng).size(), first) << name;
  }
}

TEST(Algorithms, FindTheFrontAmongFailures) {
  const auto valid = [](Word word) { return word % 3 != 0 && word % 5 != 0; };
  const auto problem = [&](Word word) -> Outcome {
    if (valid(word)) return leading_ones_trailing_zeros(word);
    return word % 3 == 0 ? Failure::invalid : Failure::absent;
  };
  Archive<Word> archive;
  for (unsigned word = 0; word < (1U << kWordBits); ++word) {
    if (valid(static_cast<Word>(word))) {
      archive.insert(leading_ones_trailing_zeros(static_cast<Word>(word)), static_cast<Word>(word));
    }
  }
  const std::vector<Objectives> front = archive.objectives();  // exact, of the valid words
  for (const auto& [name, maker] : methods<Word>()) {
    Archive<Word> found;
    for (const Word word : words_evaluated(maker, 4000, 5, problem)) {
      if (valid(word)) found.insert(leading_ones_trailing_zeros(word), word);
    }
    std::size_t shared = 0;
    for (const Objectives& point : found.objectives())
      shared += std::ranges::find(front, point) != front.end() ? 1U : 0U;
    EXPECT_GE(shared, front.size() * 3 / 4) << name;
  }
}

using Points = std::set<std::vector<double>>;

/// The distinct points of some genotypes that are on the front.
Points front_points(const GridProblem& problem, const std::vector<Grid>& grids) {
  Points points;
  for (const Grid& grid : grids) {
    const Objectives point = problem.objectives(grid);
    if (problem.on_front(grid)) points.insert({point.begin(), point.end()});
  }
  return points;
}

/// Points of the front that a trial finds, in the mean of ten.
double mean_found(const GridProblem& problem, const Maker<Grid>& maker, std::size_t evaluations) {
  std::size_t found = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    GridVariation variation(problem.sides);
    const auto evaluate = [&](const Grid& grid) { return problem.objectives(grid); };
    const auto grids = evaluated_by<Grid>(*maker(variation), evaluations, seed, evaluate);
    found += front_points(problem, grids).size();
  }
  return static_cast<double>(found) / 10;
}

TEST(GridProblems, HaveTheFrontsTheyClaim) {
  const std::vector<std::pair<GridProblem, std::size_t>> problems{{zdt1(), kZdt1Front},
                                                                  {dtlz2(), kDtlz2Front}};
  for (const auto& [problem, size] : problems) {
    const std::vector<Grid> grids = all_of(problem.sides);
    Archive<Grid> archive;
    for (const Grid& grid : grids)
      archive.insert(problem.objectives(grid), grid);
    Points members;
    for (const Objectives& point : archive.objectives())
      members.insert({point.begin(), point.end()});
    EXPECT_EQ(members, front_points(problem, grids));
    EXPECT_EQ(members.size(), size);
  }
}

TEST(Algorithms, FindTheFrontOfAGridOfZdt1) {
  constexpr std::size_t kEvaluations = 3000;  // of 1,048,576
  EXPECT_LT(mean_found(zdt1(), make<Grid, RandomSearch>, kEvaluations), 0.1 * kZdt1Front);
  for (const auto& [name, maker] : methods<Grid>())
    EXPECT_GT(mean_found(zdt1(), maker, kEvaluations), 0.9 * kZdt1Front) << name;
}

TEST(Algorithms, FindTheFrontOfAGridOfDtlz2InThreeObjectives) {
  constexpr std::size_t kEvaluations = 5000;  // of 102,400
  EXPECT_LT(mean_found(dtlz2(), make<Grid, RandomSearch>, kEvaluations), 0.1 * kDtlz2Front);
  for (const auto& [name, maker] : methods<Grid>())
    EXPECT_GT(mean_found(dtlz2(), maker, kEvaluations), 0.85 * kDtlz2Front) << name;
}

TEST(Semoa, BeginsWithSamplesAndThenAsksForOffspring) {
  RecordingVariation variation;
  Semoa<int> semoa(variation, {.offspring = 4, .initial = 7});
  Rng rng(1);
  EXPECT_EQ(semoa.ask(rng), std::vector<int>(7, -1));
  semoa.tell(numbered({{1, 1}}));
  EXPECT_EQ(semoa.ask(rng), std::vector<int>(4, 0));
}

TEST(Semoa, RanksExtremesFirstThenByContribution) {
  Archive<int> archive;
  const std::vector<Objectives> points{{3, 1}, {0, 9}, {1, 4}, {9, 0}};  // 18, ∞, 10, ∞
  for (std::size_t i = 0; i < points.size(); ++i)
    archive.insert(points[i], static_cast<int>(i));
  std::vector<int> order;
  for (const Solution<int>* member : by_contribution(archive))
    order.push_back(member->genotype);
  EXPECT_EQ(order, (std::vector<int>{1, 3, 0, 2}));
}

TEST(Semoa, DrawsParentsByLinearRankingOnContribution) {
  RecordingVariation variation;
  Semoa<int> semoa(variation);
  semoa.tell(numbered({{3, 1}, {0, 9}, {1, 4}, {9, 0}}));
  constexpr int kSteps = 10'000;
  Rng rng(2);
  for (int step = 0; step < kSteps; ++step)
    static_cast<void>(semoa.ask(rng));
  const LinearRanking selection(1.9, 0.1);
  const std::vector<int> order{1, 3, 0, 2};
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double p = selection.probability(rank, order.size());
    const double share = variation.mutated[order[rank]] / (10.0 * kSteps);
    EXPECT_NEAR(share, p, 5 * std::sqrt(p * (1 - p) / (10.0 * kSteps)));  // five deviations
  }
}

TEST(Semoa, KeepsExactlyTheNonDominatedOfAllItWasTold) {
  WordVariation variation;
  Semoa<Word> semoa(variation);
  Archive<Word> expected;
  Rng rng(4);
  for (int step = 0; step < 100; ++step) {
    std::vector<Evaluated<Word>> evaluated;
    for (const Word word : semoa.ask(rng)) {
      evaluated.push_back({word, leading_ones_trailing_zeros(word)});
      expected.insert(leading_ones_trailing_zeros(word), word);
    }
    semoa.tell(evaluated);
  }
  EXPECT_EQ(semoa.archive().objectives(), expected.objectives());
}

TEST(Nsga2, KeepsItsSizeAndEveryDistinctBestThatFits) {
  RecordingVariation variation;
  Nsga2<int> nsga2(variation, {.population = 3});
  nsga2.tell(numbered({{1, 1}, {5, 5}, {1, 1}, {6, 6}, {0, 7}}));
  std::vector<int> kept;
  for (const Solution<int>& member : nsga2.population())
    kept.push_back(member.genotype);
  EXPECT_EQ(kept, (std::vector<int>{0, 1, 4}));
  nsga2.tell(numbered({{0, 0}}));
  EXPECT_EQ(nsga2.population().size(), 3U);
  EXPECT_EQ(nsga2.population().back().objectives, (Objectives{0, 0}));
}

/// The teeth of DESIGN: whoever keeps the ranks of the parents, or never ranks the children, fails.
TEST(Nsga2, RanksItsOffspringBeforeTheyBreed) {
  RecordingVariation variation;
  Nsga2<int> nsga2(variation, {.population = 2, .crossover_probability = 0});
  nsga2.tell(evaluated_as({{0, {1, 1}}, {1, {2, 2}}}));
  nsga2.tell(evaluated_as({{2, {0, 0}}}));  // now 2 before 0; 1 is gone
  Rng rng(8);
  for (int step = 0; step < 5000; ++step)
    static_cast<void>(nsga2.ask(rng));
  EXPECT_EQ(variation.mutated[1], 0);
  EXPECT_NEAR(variation.mutated[2] / 10'000.0, 0.75, 5 * std::sqrt(0.25 * 0.75 / 10'000));
}

TEST(Nsga2, TournamentsPreferTheGreaterCrowdingDistanceWithinARank) {
  RecordingVariation variation;
  Nsga2<int> nsga2(variation, {.population = 4, .crossover_probability = 0});
  nsga2.tell(numbered({{0, 9}, {4, 5}, {5, 4}, {9, 0}}));  // ∞, 10/9, 10/9, ∞
  Rng rng(9);
  for (int step = 0; step < 2500; ++step)
    static_cast<void>(nsga2.ask(rng));
  // An inner one wins against an inner one only: 4 draws of 16 for the two of them.
  const double inner = variation.mutated[1] + variation.mutated[2];
  EXPECT_NEAR(inner / 10'000.0, 0.25, 5 * std::sqrt(0.25 * 0.75 / 10'000));
}

TEST(Nsga2, TournamentsPreferTheBetterRank) {
  RecordingVariation variation;
  Nsga2<int> nsga2(variation, {.population = 2, .crossover_probability = 0});
  nsga2.tell(numbered({{0, 0}, {1, 1}}));
  Rng rng(6);
  for (int step = 0; step < 5000; ++step)
    static_cast<void>(nsga2.ask(rng));
  // The worse wins only against itself: one draw in four. Five deviations of 10,000 draws.
  EXPECT_NEAR(variation.mutated[1] / 10'000.0, 0.25, 5 * std::sqrt(0.25 * 0.75 / 10'000));
  EXPECT_EQ(variation.recombined, 0);
}

TEST(SmsEmoa, AsksForOneChildAfterTheInitialPopulation) {
  RecordingVariation variation;
  SmsEmoa<int> sms_emoa(variation, {.population = 3, .crossover_probability = 1});
  Rng rng(7);
  EXPECT_EQ(sms_emoa.ask(rng).size(), 3U);
  sms_emoa.tell(numbered({{0, 9}, {4, 4}, {9, 0}}));
  EXPECT_EQ(sms_emoa.ask(rng).size(), 1U);
  EXPECT_EQ(variation.recombined, 1);
}

TEST(SmsEmoa, DropsTheLeastContributor) {
  RecordingVariation variation;
  SmsEmoa<int> sms_emoa(variation, {.population = 3});
  sms_emoa.tell(numbered({{0, 9}, {4, 4}, {9, 0}}));
  sms_emoa.tell(evaluated_as({{10, {1, 8}}}));  // contributes 3
  sms_emoa.tell(evaluated_as({{11, {3, 3}}}));  // in place of (4, 4)
  std::vector<int> kept;
  for (const Solution<int>& member : sms_emoa.population())
    kept.push_back(member.genotype);
  EXPECT_EQ(kept, (std::vector<int>{0, 2, 11}));
}

TEST(Options, ThatMakeNoSenseAreRefused) {
  WordVariation variation;
  const std::vector<std::function<void()>> calls{
      [&] { RandomSearch<Word>(variation, {.batch = 0}); },
      [&] { Semoa<Word>(variation, {.offspring = 0}); },
      [&] { Semoa<Word>(variation, {.initial = 0}); },
      [&] { Semoa<Word>(variation, {.eta_plus = 1.9, .eta_minus = 0.5}); },
      [&] { Nsga2<Word>(variation, {.population = 0}); },
      [&] { Nsga2<Word>(variation, {.crossover_probability = 1.5}); },
      [&] { Nsga3<Word>(variation, {.population = 0}); },
      [&] { Nsga3<Word>(variation, {.crossover_probability = -0.1}); },
      [&] { Moead<Word>(variation, {.population = 0}); },
      [&] { Moead<Word>(variation, {.neighbours = 0}); },
      [&] { Moead<Word>(variation, {.crossover_probability = 2}); },
      [&] { RegularisedEvolution<Word>(variation, {.population = 0}); },
      [&] { RegularisedEvolution<Word>(variation, {.sample = 0}); },
      [&] { LocalSearch<Word>(variation, {.initial = 0}); },
      [&] { SmsEmoa<Word>(variation, {.population = 0}); },
      [&] { SmsEmoa<Word>(variation, {.crossover_probability = std::nan("")}); },
  };
  for (std::size_t i = 0; i < calls.size(); ++i) {
    EXPECT_EQ(code_of(calls[i]), ErrorCode::invalid_argument) << i;
  }
}

}  // namespace
}  // namespace ecnas::moo
