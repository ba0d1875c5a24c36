#include "search/cell_variation.hpp"

#include <gtest/gtest.h>

#include <set>

#include "search/synthetic_table.hpp"

namespace ecnas::search {
namespace {

class CellVariations : public ::testing::Test {
 protected:
  const table::Table table_ = testing::synthetic_table({.absent_every = 5});
  const Problem problem_{table_, {.objectives = {Objective::energy, Objective::validation_error}}};
  const StopRule rule_{.count = 1};
  const std::stop_token stop_;
  const std::function<void(std::size_t)> observer_;
  Evaluator evaluator_{problem_, rule_, stop_, observer_};
  const SearchSpace space_{problem_};
  CellVariation variation_{space_, space::Sampling::uniform, evaluator_};
  Rng rng_{1};

  /// The genotype's candidate is the entry of the domain that its specification stands for.
  void expect_consistent(const Genotype& genotype, std::uint32_t budget) const {
    const auto cell = space::Cell::from(genotype.specification);
    ASSERT_TRUE(cell);
    ASSERT_TRUE(genotype.candidate);
    EXPECT_EQ(table_.find(*cell), genotype.candidate->row);
    EXPECT_EQ(genotype.candidate->budget, budget);
    EXPECT_TRUE(problem_.evaluate(*genotype.candidate));
  }
};

TEST_F(CellVariations, StayInTheDomainAtTheBudgetOfTheStep) {
  for (std::uint32_t i = 0; i < 600; ++i) {
    const std::uint32_t budget = i % 3;
    variation_.set_budget(budget);
    const Genotype first = variation_.sample(rng_);
    const Genotype second = variation_.sample(rng_);
    expect_consistent(first, budget);
    expect_consistent(variation_.mutate(first, rng_), budget);
    expect_consistent(variation_.recombine(first, second, rng_), budget);
  }
}

TEST_F(CellVariations, AMutationIsAnotherSolutionButMayBeTheSameCellAtAnotherBudget) {
  bool same_cell_at_another_budget = false;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    variation_.set_budget(0);
    const Genotype parent = variation_.sample(rng_);
    variation_.set_budget(i % 2);
    const Genotype child = variation_.mutate(parent, rng_);
    EXPECT_NE(child.candidate, parent.candidate);
    same_cell_at_another_budget |= child.candidate->row == parent.candidate->row;
  }
  EXPECT_TRUE(same_cell_at_another_budget);
}

TEST_F(CellVariations, MutationsReachEveryCellOfTheDomain) {
  variation_.set_budget(0);
  std::set<table::Row> reached;
  Genotype genotype = variation_.sample(rng_);
  for (int i = 0; i < 20'000; ++i) {
    genotype = variation_.mutate(genotype, rng_);
    reached.insert(genotype.candidate->row);
  }
  EXPECT_EQ(reached.size(), problem_.domain(0).size());
}

}  // namespace
}  // namespace ecnas::search
