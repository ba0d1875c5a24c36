#include "surrogate/gaussian_process.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/surrogate/regressor.hpp"
#include "oracles/surrogate_gaussian_process.hpp"
#include "support/expect_error.hpp"
#include "surrogate/cell_counts.hpp"
#include "surrogate/model_tensors.hpp"

namespace ecnas::surrogate {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using space::Cell;
using space::Rank;
using space::Space;
using testing::expect_error;

// ---- the process

MatrixXd random_matrix(Index rows, Index columns, Rng& rng) {
  return MatrixXd::NullaryExpr(rows, columns, [&] { return rng.normal(); });
}

/// Observations of which several are at a point, and some points have one.
ProcessData made_up(Index groups, Index observations, Rng& rng) {
  ProcessData data{{random_matrix(groups, 3, rng), random_matrix(groups, 2, rng)},
                   {},
                   VectorXd(observations),
                   VectorXd(observations)};
  data.inputs.linear.col(1).setOnes();
  for (Index i = 0; i < observations; ++i) {
    const Index group =
        i < groups ? i : static_cast<Index>(rng.below(static_cast<std::uint64_t>(groups) / 2));
    data.group.push_back(static_cast<std::uint32_t>(group));
    data.values[i] =
        std::sin(data.inputs.smooth(group, 0)) + data.inputs.linear(group, 0) + 0.1 * rng.normal();
    data.weights[i] = 0.5 + rng.uniform();
  }
  return data;
}

Hyperparameters other_parameters() {
  VectorXd joined(6);
  joined << -0.5, 0.3, -1, -0.2, 0.1, -1.9;
  return Hyperparameters::split(joined);
}

TEST(GaussianProcess, LikelihoodOfGroupsEqualsThatOfTheirObservations) {
  Rng rng(5);
  const ProcessData data = made_up(20, 60, rng);
  // Groups leave out what does not depend on the parameters: differences are equal.
  const auto both = [&](const Hyperparameters& parameters) {
    VectorXd gradient;
    const double found =
        negative_log_posterior(data.inputs, collapse(data, data.weights), parameters, gradient);
    const VectorXd away = (parameters.joined() - Hyperparameters::typical(3).joined()) /
                          1.5;  // the prior's deviation
    const double expected =
        away.squaredNorm() / 2 - oracle::Process(data, data.weights, parameters).log_likelihood();
    return std::pair(found, expected);
  };
  const auto [found, expected] = both(Hyperparameters::typical(3));
  const auto [other_found, other_expected] = both(other_parameters());
  EXPECT_GT(std::abs(expected - other_expected), 10);
  EXPECT_NEAR(found - other_found, expected - other_expected, 1e-8);
}

TEST(GaussianProcess, GradientEqualsDifferences) {
  Rng rng(6);
  const ProcessData data = made_up(25, 70, rng);
  const CollapsedData collapsed = collapse(data, data.weights);
  const auto value_at = [&](const VectorXd& joined) {
    VectorXd unused;
    return negative_log_posterior(data.inputs, collapsed, Hyperparameters::split(joined), unused);
  };
  const VectorXd at = other_parameters().joined();
  VectorXd gradient;
  ASSERT_TRUE(
      std::isfinite(negative_log_posterior(data.inputs, collapsed, other_parameters(), gradient)));
  for (Index i = 0; i < at.size(); ++i) {
    constexpr double kStep = 1e-5;
    const VectorXd step = kStep * VectorXd::Unit(at.size(), i);
    const double difference = (value_at(at + step) - value_at(at - step)) / (2 * kStep);
    EXPECT_NEAR(gradient[i], difference, 1e-5 * (1 + std::abs(difference))) << i;
  }
}

TEST(GaussianProcess, MeanAndVarianceEqualThoseGivenEveryObservation) {
  Rng rng(7);
  const ProcessData data = made_up(20, 60, rng);
  const GaussianProcess process = condition(data, data.weights, other_parameters());
  const oracle::Process slow(data, data.weights, other_parameters());
  ProcessInputs asked{random_matrix(9, 3, rng), random_matrix(9, 2, rng)};
  asked.smooth.row(0) = data.inputs.smooth.row(0);  // one that was observed
  asked.linear.row(0) = data.inputs.linear.row(0);
  const MatrixXd covariances = process.covariances(asked);
  const VectorXd variances = covariances.diagonal();
  for (Index i = 0; i < 9; ++i) {
    const oracle::Said said = slow.at_point(asked.smooth.row(i), asked.linear.row(i));
    // Noise is rounded to a float.
    EXPECT_NEAR(process.mean(asked.smooth.row(i), asked.linear.row(i)), said.mean, 1e-6);
    EXPECT_NEAR(variances[i], said.variance, 1e-6);
  }
  EXPECT_LT(variances[0], variances.tail(8).minCoeff());
}

TEST(GaussianProcess, ResidualsLeftOutEqualThoseOfProcessesWithoutTheObservation) {
  Rng rng(8);
  const ProcessData data = made_up(20, 50, rng);
  LeftOut left_out;
  static_cast<void>(condition(data, data.weights, other_parameters(), &left_out));
  for (Index i = 0; i < 50; ++i) {
    const oracle::Process without(data, data.weights, other_parameters(), i);
    const Index group = data.group[static_cast<std::size_t>(i)];
    const oracle::Said said =
        without.at_point(data.inputs.smooth.row(group), data.inputs.linear.row(group));
    EXPECT_NEAR(left_out.residuals[i], data.values[i] - said.mean, 1e-5) << i;
    EXPECT_NEAR(left_out.variances[i], said.variance, 1e-5 * (1 + said.variance)) << i;
  }
}

TEST(GaussianProcess, FittedParametersExplainTheDataBetterThanTypicalOnes) {
  Rng rng(9);
  const ProcessData data = made_up(60, 150, rng);
  const GaussianProcess process = fit_gaussian_process(data, {.rounds = 0});
  VectorXd gradient;
  const CollapsedData collapsed = collapse(data, data.weights);
  const double fitted =
      negative_log_posterior(data.inputs, collapsed, process.parameters(), gradient);
  EXPECT_LT(gradient.norm(), 1);
  EXPECT_LT(
      fitted,
      negative_log_posterior(data.inputs, collapsed, Hyperparameters::typical(3), gradient) - 10);
  // Noise of 0.1 at a weight of 1; weights of 0.5 to 1.5 are noise that the data do not have.
  EXPECT_NEAR(std::exp(process.parameters().noise), 0.1, 0.02);
}

TEST(GaussianProcess, FitsWhereObservationsAreAllAlike) {
  Rng rng(10);
  ProcessData data = made_up(30, 300, rng);
  data.values.setZero();
  const GaussianProcess process = fit_gaussian_process(data, {});
  EXPECT_EQ(process.mean(data.inputs.smooth.row(0), data.inputs.linear.row(0)), 0);
  data.values.setConstant(2);
  const GaussianProcess twos = fit_gaussian_process(data, {});
  EXPECT_NEAR(twos.mean(data.inputs.smooth.row(0), data.inputs.linear.row(0)), 2, 1e-3);
}

TEST(GaussianProcess, FittedHoldsNothingThatFloatsDoNot) {
  Rng rng(22);
  const GaussianProcess process = fit_gaussian_process(made_up(30, 80, rng), {});
  const auto rounded = [](const VectorXd& values) -> VectorXd {
    return values.cast<float>().cast<double>();
  };
  EXPECT_EQ(process.parameters().joined(), rounded(process.parameters().joined()));
  EXPECT_EQ(process.noise(), rounded(process.noise()));
  const VectorXd coarse = rounded(process.duals());
  const VectorXd rest = process.duals() - coarse;
  EXPECT_NE(rest.norm(), 0);
  EXPECT_EQ(rest, rounded(rest));  // duals are sums of two floats
}

// ---- the family

/// A smooth function of counts, about as energies are.
double truth(const Cell& cell) {
  const CellCounts c = count(cell);
  const double width = 1.0 / c.feeding_output;
  const double cost = 2 + 9 * c.conv3x3 * width * width + c.conv1x1 * width +
                      0.3 * c.maxpool3x3 * width + 0.7 * c.projections * width +
                      1.5 * c.input_to_output + 0.4 * c.additions * width;
  return std::log(cost) - 2;
}

constexpr double kNoise = 0.05;

struct Learnt {
  std::vector<Cell> cells;
  std::vector<float> values;
  std::vector<float> weights;
  std::size_t outputs = 1;
  [[nodiscard]] TrainingData data() const { return {cells, outputs, values, weights}; }
};

Cell random_cell(Rng& rng) {
  return Space::shared().cell(static_cast<Rank>(rng.below(Space::shared().size())));
}

Learnt observations(std::size_t count, Rng& rng) {
  Learnt learnt;
  std::set<Cell> chosen;
  while (chosen.size() < count)
    chosen.insert(random_cell(rng));
  for (const Cell& cell : chosen) {
    learnt.cells.push_back(cell);
    learnt.values.push_back(static_cast<float>(truth(cell) + kNoise * rng.normal()));
    learnt.weights.push_back(1);
  }
  return learnt;
}

std::unique_ptr<Regressor> fitted(const Learnt& learnt, unsigned threads = 1) {
  return fit_regressor(Family::gaussian_process, learnt.data(), {.seed = 4, .threads = threads});
}

std::vector<float> said(const Regressor& regressor, std::span<const Cell> cells,
                        unsigned threads = 1) {
  std::vector<float> out(cells.size() * regressor.outputs(),
                         std::numeric_limits<float>::quiet_NaN());
  regressor.predict(cells, out, threads);
  return out;
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

double error_of(const Regressor& regressor, std::span<const Cell> cells) {
  const std::vector<float> values = said(regressor, cells);
  double squares = 0;
  for (std::size_t i = 0; i < cells.size(); ++i)
    squares += std::pow(static_cast<double>(values[i]) - truth(cells[i]), 2);
  return std::sqrt(squares / static_cast<double>(cells.size()));
}

std::vector<Cell> random_cells(std::size_t count, Rng& rng) {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < count; ++i)
    cells.push_back(random_cell(rng));
  return cells;
}

TEST(GaussianProcessFamily, LearnsAFunctionOfCountsToLessThanTheNoise) {
  Rng rng(11);
  const auto regressor = fitted(observations(400, rng));
  EXPECT_LT(error_of(*regressor, random_cells(3'000, rng)), 0.6 * kNoise);
}

TEST(GaussianProcessFamily, LearnsFromMoreCountsThanItOptimisesOn) {
  Rng rng(12);
  const Learnt learnt = observations(4'000, rng);
  std::set<std::uint32_t> keys;
  for (const Cell& cell : learnt.cells)
    keys.insert(key_of(count(cell)));
  ASSERT_GT(keys.size(), 500U);
  EXPECT_LT(error_of(*fitted(learnt), random_cells(3'000, rng)), 0.3 * kNoise);
}

TEST(GaussianProcessFamily, SaysTheSameBitsForAllLabellings) {
  Rng rng(13);
  Learnt learnt = observations(150, rng);
  const auto regressor = fitted(learnt);
  for (Cell& cell : learnt.cells) {
    const std::vector<Cell> labellings = space::oracle::relabellings(cell);
    const std::vector<float> values = said(*regressor, labellings);
    for (const float value : values)
      ASSERT_EQ(value, values.front()) << to_text(cell);
    cell = labellings[rng.below(labellings.size())];
  }
  // Learning from other labellings changes nothing either.
  const auto cells = random_cells(500, rng);
  EXPECT_TRUE(same_bits(said(*fitted(learnt), cells), said(*regressor, cells)));
}

TEST(GaussianProcessFamily, SaysTheSameBitsAloneAndOnAnyNumberOfThreads) {
  Rng rng(14);
  const Learnt learnt = observations(150, rng);
  const auto regressor = fitted(learnt);
  const auto cells = random_cells(5'000, rng);
  const std::vector<float> together = said(*regressor, cells);
  EXPECT_TRUE(same_bits(said(*fitted(learnt, 3), cells, 4), together));
  for (std::size_t i = 0; i < 300; ++i)
    ASSERT_EQ(said(*regressor, std::span(cells).subspan(i, 1)).front(), together[i]);
}

TEST(GaussianProcessFamily, SaysTheSameBitsAfterSavingAndLoading) {
  Rng rng(15);
  Learnt learnt = observations(200, rng);
  learnt.outputs = 2;
  std::vector<float> values;
  for (const float value : learnt.values)
    values.insert(values.end(), {value, -value * value});
  learnt.values = values;
  learnt.weights.assign(values.size(), 1);
  const auto regressor = fitted(learnt);
  ModelTensors saved;
  regressor->save(saved, "gp.");
  const auto loaded = load_regressor(Family::gaussian_process,
                                     ModelTensors(saved.bytes(), "model.safetensors"), "gp.");
  const auto cells = random_cells(2'000, rng);
  EXPECT_EQ(loaded->outputs(), 2U);
  EXPECT_TRUE(same_bits(said(*loaded, cells), said(*regressor, cells)));
  ModelTensors again;
  loaded->save(again, "gp.");
  EXPECT_EQ(again.bytes(), saved.bytes());
}

TEST(GaussianProcessFamily, IsNotMovedByAnOutlierAmongRepeatsOfItsCounts) {
  Rng rng(16);
  Learnt learnt = observations(400, rng);
  std::map<std::uint32_t, std::vector<std::size_t>> by_counts;
  for (std::size_t i = 0; i < learnt.cells.size(); ++i)
    by_counts[key_of(count(learnt.cells[i]))].push_back(i);
  std::size_t outlier = 0;
  for (const auto& [key, places] : by_counts) {
    if (places.size() == 4) outlier = places.front();
  }
  ASSERT_GT(outlier, 0U);
  const std::span<const Cell> cell = std::span(learnt.cells).subspan(outlier, 1);
  const float before = said(*fitted(learnt), cell).front();
  learnt.values[outlier] += 2;  // 40 deviations of the noise: the mean of four moves by 10
  const float after = said(*fitted(learnt), cell).front();
  EXPECT_NEAR(after, before, kNoise / 2);
}

TEST(GaussianProcessFamily, LeansOnWhatWeighsMore) {
  Rng rng(17);
  Learnt learnt = observations(150, rng);
  // The same counts twice, at odds by less than is doubted.
  std::map<std::uint32_t, std::size_t> first;
  std::size_t high = 0;
  std::size_t low = 0;
  for (std::size_t i = 0; i < learnt.cells.size(); ++i) {
    const auto [found, is_new] = first.try_emplace(key_of(count(learnt.cells[i])), i);
    if (!is_new) high = i, low = found->second;
  }
  ASSERT_NE(high, low);
  learnt.values[high] = static_cast<float>(truth(learnt.cells[high]) + kNoise);
  learnt.values[low] = static_cast<float>(truth(learnt.cells[low]) - kNoise);
  const auto says = [&](float weight_of_high, float weight_of_low) {
    learnt.weights[high] = weight_of_high;
    learnt.weights[low] = weight_of_low;
    return said(*fitted(learnt), std::span(learnt.cells).subspan(high, 1)).front();
  };
  EXPECT_GT(says(5, 0.2F), says(0.2F, 5) + static_cast<float>(kNoise) / 2);
}

TEST(GaussianProcessFamily, FitsEachOutputOnTheCellsThatHaveIt) {
  Rng rng(18);
  const Learnt alone = observations(120, rng);
  Learnt both = alone;
  const Learnt others = observations(100, rng);
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
  both.outputs = 2;
  both.values.clear();
  for (const float value : alone.values)
    both.values.insert(both.values.end(), {value, kNone});
  for (std::size_t i = 0; i < others.cells.size(); ++i) {
    if (std::ranges::count(both.cells, others.cells[i]) > 0) continue;
    both.cells.push_back(others.cells[i]);
    both.values.insert(both.values.end(), {kNone, -others.values[i]});
  }
  both.weights.assign(both.values.size(), 1);
  const auto cells = random_cells(200, rng);
  const std::vector<float> joint = said(*fitted(both), cells);
  const std::vector<float> single = said(*fitted(alone), cells);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    ASSERT_EQ(joint[2 * i], single[i]);
    ASSERT_NEAR(joint[2 * i + 1], -truth(cells[i]), 0.5);
  }
}

TEST(GaussianProcessFamily, FitsTwoCellsAndEqualOnes) {
  Rng rng(19);
  Learnt learnt = observations(2, rng);
  for (const float value : said(*fitted(learnt), random_cells(1'000, rng)))
    EXPECT_LT(std::abs(value), 100);
  // Cells of the same counts, and of the same values.
  const std::vector<Cell> pair = {space::parse_cell("0110000100010000:conv3x3,conv1x1"),
                                  space::parse_cell("0110000100010000:conv1x1,conv3x3")};
  const Learnt equal{pair, {0.5F, 0.5F}, {1, 1}};
  EXPECT_NEAR(said(*fitted(equal), pair).front(), 0.5, 0.1);
}

TEST(GaussianProcessFamily, TellsOfProgressUpToTheEnd) {
  Rng rng(20);
  const Learnt learnt = observations(30, rng);
  double last = 0;
  static_cast<void>(fit_regressor(Family::gaussian_process, learnt.data(),
                                  {.progress = [&](double done) { last = done; }}));
  EXPECT_EQ(last, 1);
}

// ---- damaged files

/// A saved model's tensors, one of them changed before it is put.
class Damaged {
 public:
  Damaged() {
    Rng rng(21);
    fitted(observations(30, rng))->save(whole_, "gp.");
    for (const char* name : kFloats)
      floats_[name] = whole_.floats(name);
    counts_ = whole_.words("gp.0.counts");
  }

  std::map<std::string, std::vector<float>> floats_;
  std::vector<std::uint16_t> counts_;
  std::uint32_t outputs_ = 1;

  /// @param without  a tensor that is left out
  void load(const std::string& without = "") const {
    ModelTensors tensors;
    if (without != "gp.outputs") tensors.put("gp.outputs", {1}, std::span(&outputs_, 1));
    if (without != "gp.0.counts")
      tensors.put("gp.0.counts", {counts_.size() / 7, 7}, std::span(counts_));
    for (const auto& [name, values] : floats_) {
      if (name != without) tensors.put(name, {values.size()}, std::span(values));
    }
    static_cast<void>(load_regressor(Family::gaussian_process,
                                     ModelTensors(tensors.bytes(), "m.safetensors"), "gp."));
  }

  static constexpr std::array<const char*, 8> kFloats = {
      "gp.0.smooth.mean",     "gp.0.smooth.inverse_deviation",
      "gp.0.linear.mean",     "gp.0.linear.inverse_deviation",
      "gp.0.parameters",      "gp.0.duals",
      "gp.0.duals_remainder", "gp.0.noise"};

 private:
  ModelTensors whole_;
};

void expect_refused(const std::string& part, const std::function<void(Damaged&)>& damage) {
  Damaged damaged;
  damage(damaged);
  expect_error(ErrorCode::invalid_data, part, [&] { damaged.load(); });
}

TEST(GaussianProcessFamily, NamesTheTensorThatIsMissingOrOfAnotherShapeOrNotFinite) {
  Damaged().load();
  for (const char* name : {"gp.outputs", "gp.0.counts"})
    expect_error(ErrorCode::invalid_data, name, [&] { Damaged().load(name); });
  for (const char* name : Damaged::kFloats) {
    expect_error(ErrorCode::invalid_data, name, [&] { Damaged().load(name); });
    expect_refused(name, [&](Damaged& damaged) { damaged.floats_[name].pop_back(); });
    expect_refused(name, [&](Damaged& damaged) {
      damaged.floats_[name].front() = std::numeric_limits<float>::quiet_NaN();
    });
  }
}

TEST(GaussianProcessFamily, RefusesCountsThatNoCellHas) {
  const std::string part = "gp.0.counts";
  expect_refused(part, [](Damaged& damaged) { damaged.counts_[3 * 7] = 6; });
  expect_refused(part, [](Damaged& damaged) { damaged.counts_[3 * 7 + 5] = 0; });
  expect_refused(part, [](Damaged& damaged) { damaged.counts_[3 * 7 + 6] = 60'000; });
  expect_refused(part, [](Damaged& damaged) {
    std::swap_ranges(damaged.counts_.begin(), damaged.counts_.begin() + 7,
                     damaged.counts_.begin() + 7);
  });
  expect_refused(part, [](Damaged& damaged) { damaged.counts_.clear(); });
}

TEST(GaussianProcessFamily, RefusesParametersAndNoiseThatNoFitLeaves) {
  expect_refused("parameters", [](Damaged& d) { d.floats_["gp.0.parameters"][2] = 51; });
  expect_refused("noise", [](Damaged& d) { d.floats_["gp.0.noise"].back() = 0; });
  expect_refused("gp.outputs", [](Damaged& d) { d.outputs_ = 0; });
  expect_refused("gp.1.counts", [](Damaged& d) { d.outputs_ = 2; });
}

}  // namespace
}  // namespace ecnas::surrogate
