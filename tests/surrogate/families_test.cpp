#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "ecnas/stats/regression.hpp"
#include "ecnas/surrogate/regressor.hpp"
#include "support/expect_error.hpp"
#include "surrogate/made_up.hpp"
#include "surrogate/model_tensors.hpp"

namespace ecnas::surrogate {
namespace {

using testing::expect_error;
using testing::LooseFile;
using testing::same_bits;
using testing::some_cells;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// What is fitted here; the Gaussian process has a file of its own.
constexpr std::array<Family, 4> kFitted = {Family::ridge, Family::trees, Family::mlp,
                                           Family::graph};

/// Cells and two made-up values of each, some of them not observed.
struct Lesson {
  std::vector<space::Cell> cells;
  std::vector<float> values;
  std::vector<float> weights;

  explicit Lesson(std::size_t count, std::uint64_t seed) : cells(some_cells(count, seed)) {
    Rng rng(seed);
    for (const space::Cell& cell : cells) {
      const double size = testing::size_of_network(cell);
      values.push_back(static_cast<float>(size + 0.05 * rng.normal()));
      values.push_back(static_cast<float>(cell.edges()) - 8 + static_cast<float>(0.2 * size));
    }
    weights.assign(values.size(), 1);
  }
  [[nodiscard]] TrainingData data() const { return {cells, 2, values, weights}; }
};

RegressorOptions quick_options(Family family) {
  RegressorOptions options{.seed = 3, .members = 1};
  if (family == Family::graph) options.members = 2;
  if (family == Family::graph) options.epochs = 2;
  if (family == Family::mlp) options.epochs = 5;
  return options;
}

/// A small fit of each family, made once.
const Regressor& fitted(Family family) {
  static const auto all = [] {
    std::map<Family, std::unique_ptr<Regressor>> regressors;
    Lesson lesson(150, 1);
    lesson.values[5] = kNaN;
    lesson.values[8] = kNaN;
    for (const Family each : kFitted)
      regressors[each] = fit_regressor(each, lesson.data(), quick_options(each));
    return regressors;
  }();
  return *all.at(family);
}

std::vector<float> predicted(const Regressor& regressor, std::span<const space::Cell> cells,
                             unsigned threads = 1) {
  std::vector<float> out(cells.size() * regressor.outputs(), kNaN);
  regressor.predict(cells, out, threads);
  return out;
}

std::vector<std::byte> saved(const Regressor& regressor) {
  ModelTensors tensors;
  regressor.save(tensors, "x.");
  return tensors.bytes();
}

std::unique_ptr<Regressor> loaded(Family family, std::span<const std::byte> bytes) {
  return load_regressor(family, ModelTensors(bytes, "saved"), "x.");
}

TEST(Families, NamesAreReadBackAndNoOtherIs) {
  for (std::size_t i = 0; i < kFamilies; ++i) {
    const auto family = static_cast<Family>(i);
    EXPECT_EQ(parse_family(name(family)), family);
  }
  EXPECT_EQ(parse_family("forest"), std::nullopt);
}

class EachFamily : public ::testing::TestWithParam<Family> {};
INSTANTIATE_TEST_SUITE_P(Families, EachFamily, ::testing::ValuesIn(kFitted),
                         [](const auto& family) { return std::string(name(family.param)); });

TEST_P(EachFamily, GivesTheSameBitsAfterItWasSavedAndLoaded) {
  const Regressor& regressor = fitted(GetParam());
  const std::vector<space::Cell> cells = some_cells(500, 2);
  const std::vector<std::byte> bytes = saved(regressor);
  const std::unique_ptr<Regressor> again = loaded(GetParam(), bytes);
  EXPECT_EQ(again->family(), GetParam());
  EXPECT_EQ(again->outputs(), 2U);
  EXPECT_TRUE(same_bits(predicted(*again, cells), predicted(regressor, cells)));
  EXPECT_EQ(saved(*again), bytes);
}

TEST_P(EachFamily, GivesEveryLabellingAndThreadTheSameBits) {
  const Regressor& regressor = fitted(GetParam());
  const std::vector<space::Cell> cells = some_cells(5000, 3);  // three threads' work
  const std::vector<float> expected = predicted(regressor, cells);
  EXPECT_TRUE(same_bits(predicted(regressor, testing::relabelled(cells, 4), 2), expected));
  EXPECT_TRUE(same_bits(predicted(regressor, cells, 3), expected));
  for (std::size_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(same_bits(predicted(regressor, std::span(cells).subspan(i, 1)),
                          std::span(expected).subspan(2 * i, 2)));
  }
}

TEST_P(EachFamily, LearnsFromAnyLabellingAndThreadsTheSameBytes) {
  const Lesson lesson(70, 5);
  RegressorOptions options = quick_options(GetParam());
  const std::vector<std::byte> expected = saved(*fit_regressor(GetParam(), lesson.data(), options));
  const std::vector<space::Cell> others = testing::relabelled(lesson.cells, 6);
  options.threads = 2;
  EXPECT_EQ(saved(*fit_regressor(GetParam(), {others, 2, lesson.values, lesson.weights}, options)),
            expected);
}

TEST_P(EachFamily, TellsOfProgressUpTo1) {
  const Lesson lesson(60, 7);
  RegressorOptions options = quick_options(GetParam());
  double last = 0;
  options.progress = [&](double done) {
    EXPECT_GE(done, last);
    last = done;
  };
  (void)fit_regressor(GetParam(), lesson.data(), options);
  EXPECT_DOUBLE_EQ(last, 1);
}

TEST_P(EachFamily, NamesTheTensorThatIsMissingOrNotFinite) {
  const LooseFile whole(saved(fitted(GetParam())));
  for (const auto& [name, tensor] : whole.tensors) {
    LooseFile damaged = whole;
    damaged.tensors.erase(name);
    expect_error(ErrorCode::invalid_data, "saved: there is no tensor '" + name + "'",
                 [&] { (void)loaded(GetParam(), damaged.bytes()); });
    if (tensor.dtype != table::Dtype::f32) continue;
    damaged = whole;
    damaged.set(name, tensor.bytes.size() / sizeof(float) - 1, kNaN);
    expect_error(ErrorCode::invalid_data, "saved: tensor '" + name + "' holds nan",
                 [&] { (void)loaded(GetParam(), damaged.bytes()); });
  }
}

TEST_P(EachFamily, RefusesTensorsOfAnotherShapeOrTypeNamingATensor) {
  const LooseFile whole(saved(fitted(GetParam())));
  for (const auto& [name, tensor] : whole.tensors) {
    LooseFile damaged = whole;
    damaged.shorten(name);
    if (name == "x.coefficients") {  // of a ridge regression: one output less
      EXPECT_EQ(loaded(GetParam(), damaged.bytes())->outputs(), 1U);
    } else {
      expect_error(ErrorCode::invalid_data, "saved: tensor",
                   [&] { (void)loaded(GetParam(), damaged.bytes()); });
    }
    damaged = whole;
    damaged.put<double>(name, table::Dtype::f64, {1}, {0});
    expect_error(ErrorCode::invalid_data, "saved: tensor '" + name + "' is of type F64",
                 [&] { (void)loaded(GetParam(), damaged.bytes()); });
  }
}

TEST_P(EachFamily, RefusesDataThatDisagreeOrSayNothing) {
  const Lesson lesson(30, 8);
  const auto refuses = [&](const std::string& what, const TrainingData& data) {
    expect_error(ErrorCode::invalid_argument, what,
                 [&] { (void)fit_regressor(GetParam(), data, quick_options(GetParam())); });
  };
  refuses("there must be one each", {lesson.cells, 1, lesson.values, lesson.weights});
  refuses("there must be one each", {lesson.cells, 0, {}, {}});
  refuses("there must be one each",
          {lesson.cells, 2, lesson.values, std::span(lesson.weights).first(1)});
  std::vector<float> unknown(lesson.values.size(), kNaN);
  unknown[0] = 1;
  unknown[2] = 2;
  refuses("output 1 has fewer than 2 values", {lesson.cells, 2, unknown, lesson.weights});
}

double r2_of_unseen(const Regressor& regressor, std::size_t output) {
  const Lesson unseen(300, 9);
  const std::vector<float> guess = predicted(regressor, unseen.cells);
  std::vector<double> truth;
  std::vector<double> said;
  for (std::size_t i = output; i < guess.size(); i += 2) {
    truth.push_back(static_cast<double>(unseen.values[i]));
    said.push_back(static_cast<double>(guess[i]));
  }
  return stats::r2(truth, said).value();
}

TEST(Families, RidgeAndTreesLearnSmoothFunctionsOfCellsTheyHaveNotSeen) {
  for (const Family family : {Family::ridge, Family::trees}) {
    EXPECT_GT(r2_of_unseen(fitted(family), 0), 0.98) << name(family);
    EXPECT_GT(r2_of_unseen(fitted(family), 1), 0.98) << name(family);
  }
}

TEST(Families, ThePerceptronLearnsFromCellsThatHaveEveryOutput) {
  const Lesson lesson(800, 10);
  const auto regressor = fit_regressor(Family::mlp, lesson.data(), {.epochs = 60});
  EXPECT_GT(r2_of_unseen(*regressor, 0), 0.85);
  EXPECT_GT(r2_of_unseen(*regressor, 1), 0.5);
  std::vector<float> half = lesson.values;
  for (std::size_t i = 0; i < half.size(); i += 2)
    half[i] = kNaN;
  half[0] = half[2] = 1;
  const TrainingData data{lesson.cells, 2, half, lesson.weights};
  EXPECT_EQ(fit_regressor(Family::mlp, data, {.epochs = 1})->outputs(), 2U);
  half[0] = half[3] = kNaN;
  half[4] = 1;
  half[1] = half[5] = kNaN;
  half[2] = 1;
  expect_error(ErrorCode::invalid_argument, "no cell has a value of every output", [&] {
    (void)fit_regressor(Family::mlp, {lesson.cells, 2, half, lesson.weights}, {.epochs = 1});
  });
}

TEST(Families, OutputsOfGraphNetworksHaveMean0AndDeviation1OverTheCellsFittedOn) {
  const Lesson lesson(200, 11);
  const auto network = fit_regressor(Family::graph, lesson.data(), {.members = 1, .epochs = 2});
  const std::vector<float> scores = predicted(*network, lesson.cells);
  for (std::size_t output = 0; output < 2; ++output) {
    double sum = 0;
    double squares = 0;
    for (std::size_t i = output; i < scores.size(); i += 2) {
      sum += static_cast<double>(scores[i]);
      squares += static_cast<double>(scores[i]) * static_cast<double>(scores[i]);
    }
    EXPECT_NEAR(sum / 200, 0, 1e-4);
    EXPECT_NEAR(squares / 199, 1, 1e-3);
  }
}

TEST(Families, AGraphNetworkIsTheMeanOfItsMembers) {
  const Lesson lesson(60, 12);
  const RegressorOptions options{.seed = 4, .members = 2, .epochs = 1};
  const LooseFile both(saved(*fit_regressor(Family::graph, lesson.data(), options)));
  std::vector<float> mean;
  for (const std::string member : {"x.0.", "x.1."}) {
    LooseFile one = both;
    one.set<std::uint32_t>("x.shape", 0, 1);
    for (const auto& [name, tensor] : both.tensors) {
      if (name.starts_with(member)) one.tensors["x.0." + name.substr(member.size())] = tensor;
    }
    const std::vector<float> scores = predicted(*loaded(Family::graph, one.bytes()), lesson.cells);
    if (mean.empty()) {
      mean = scores;
      continue;
    }
    EXPECT_FALSE(same_bits(mean, scores));
    for (std::size_t i = 0; i < mean.size(); ++i)
      mean[i] = (mean[i] + scores[i]) / 2;
  }
  EXPECT_TRUE(same_bits(predicted(*loaded(Family::graph, both.bytes()), lesson.cells), mean));
}

TEST(Families, AGraphNetworksShapeAloneAllocatesNothing) {
  // 32 layers of 1024: half a gigabyte, of which the file holds no byte.
  LooseFile file(saved(fitted(Family::graph)));
  file.put<std::uint32_t>("x.shape", table::Dtype::u32, {5}, {256, 1024, 32, 1024, 1});
  expect_error(ErrorCode::invalid_data, "tensor 'x.0.embedding' has shape",
               [&] { (void)loaded(Family::graph, file.bytes()); });
  for (const std::vector<std::uint32_t>& shape : {std::vector<std::uint32_t>{0, 64, 5, 256, 1},
                                                  {257, 64, 5, 256, 1},
                                                  {1, 63, 5, 256, 1},
                                                  {1, 64, 4'000'000'000, 256, 1},
                                                  {1, 64, 5, 256, 17}}) {
    file.put("x.shape", table::Dtype::u32, {5}, shape);
    expect_error(ErrorCode::invalid_data, "saved: tensor 'x.shape'",
                 [&] { (void)loaded(Family::graph, file.bytes()); });
  }
}

TEST(Families, RidgeRefusesFeaturesThatAreNone) {
  LooseFile file(saved(fitted(Family::ridge)));
  file.set<std::uint32_t>("x.features", 0, 100'000);
  expect_error(ErrorCode::invalid_data, "tensor 'x.features' names a feature beyond",
               [&] { (void)loaded(Family::ridge, file.bytes()); });
  // A number without an axis says nothing of how many means there must be.
  file.put<std::uint32_t>("x.features", table::Dtype::u32, {}, {0});
  file.put<float>("x.mean", table::Dtype::f32, {0}, {});
  file.put<float>("x.inverse_deviation", table::Dtype::f32, {0}, {});
  file.put<float>("x.coefficients", table::Dtype::f32, {1, 2}, {0, 0});
  expect_error(ErrorCode::invalid_data, "tensor 'x.mean' has shape [0], expected [1]",
               [&] { (void)loaded(Family::ridge, file.bytes()); });
}

TEST(Families, TreesAndPerceptronsRefuseNumbersOfOutputsThatAreNone) {
  for (const Family family : {Family::trees, Family::mlp}) {
    for (const std::uint32_t outputs : {0U, 129U, 4'000'000'000U}) {
      LooseFile file(saved(fitted(family)));
      file.set("x.outputs", 0, outputs);
      expect_error(ErrorCode::invalid_data, "saved: tensor 'x.outputs' holds",
                   [&] { (void)loaded(family, file.bytes()); });
    }
  }
  LooseFile file(saved(fitted(Family::trees)));
  file.set<std::uint32_t>("x.outputs", 0, 1);
  expect_error(ErrorCode::invalid_data, "tensor 'x.base.coefficients' has 2 outputs, expected 1",
               [&] { (void)loaded(Family::trees, file.bytes()); });
}

}  // namespace
}  // namespace ecnas::surrogate
