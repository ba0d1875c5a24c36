#include "ecnas/surrogate/reference_mlp.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/surrogate/model_file.hpp"
#include "ecnas/table/import.hpp"
#include "oracles/space_graph.hpp"
#include "oracles/surrogate_reference_mlp.hpp"
#include "support/data.hpp"
#include "support/expect_error.hpp"
#include "surrogate/model_tensors.hpp"

namespace ecnas::surrogate {
namespace {

using space::Cell;
using space::Space;
using testing::expect_error;

constexpr std::array<std::size_t, 6> kWidths = {36, 128, 64, 32, 32, 1};

/// A file like the published one, with other weights.
struct MadeUp {
  std::vector<oracle::DenseLayer> layers;
  std::map<std::string, std::string, std::less<>> metadata = {{"source", "made up"},
                                                              {"input", "36 features"}};

  MadeUp() {
    Rng rng(7);
    for (std::size_t layer = 0; layer + 1 < kWidths.size(); ++layer) {
      oracle::DenseLayer& made = layers.emplace_back();
      const double scale = 1.4 / std::sqrt(static_cast<double>(kWidths[layer]));
      for (std::size_t i = 0; i < kWidths[layer] * kWidths[layer + 1]; ++i)
        made.weights.push_back(static_cast<float>(scale * rng.normal()));
      for (std::size_t i = 0; i < kWidths[layer + 1]; ++i)
        made.bias.push_back(static_cast<float>(0.1 * rng.normal()));
    }
    layers.back().bias[0] = 8;  // energies of some Wh: none near 0, where relative errors grow
  }

  /// @param without  a tensor that is left out
  [[nodiscard]] ModelTensors tensors(const std::string& without = {}) const {
    ModelTensors result;
    for (std::size_t layer = 0; layer < layers.size(); ++layer) {
      const std::string name = "fc" + std::to_string(layer + 1);
      const std::size_t inputs = layers[layer].weights.size() / layers[layer].bias.size();
      if (name + ".weight" != without) {
        result.put(name + ".weight", {layers[layer].bias.size(), inputs},
                   std::span(layers[layer].weights));
      }
      if (name + ".bias" != without)
        result.put(name + ".bias", {layers[layer].bias.size()}, std::span(layers[layer].bias));
    }
    result.metadata = metadata;
    return result;
  }

  [[nodiscard]] ModelFile file() const {
    return ModelFile::from_bytes(tensors().bytes(), "made-up");
  }
};

std::vector<double> energies(const Surrogate& surrogate, std::span<const Cell> cells,
                             std::int32_t epochs) {
  std::vector<double> values;
  for (const Prediction& prediction : surrogate.predict(cells, epochs))
    values.push_back(prediction.value);
  return values;
}

TEST(ReferenceMlp, IsThePerceptronOfItsFile) {
  const MadeUp made_up;
  const ModelFile file = made_up.file();
  const Surrogate& surrogate = file.surrogate(Target::energy_kwh);
  std::vector<Cell> cells;
  for (space::Rank rank = 0; rank < Space::shared().size(); rank += 2'003)
    cells.push_back(Space::shared().cell(rank));
  const std::vector<double> found = energies(surrogate, cells, 4);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const double expected = oracle::reference_energy_kwh(made_up.layers, cells[i]);
    // Single precision of sums of some Wh.
    EXPECT_NEAR(found[i], expected, 1e-6 * std::max(expected, 1e-2)) << to_text(cells[i]);
  }
}

TEST(ReferenceMlp, ScalesEnergyByEpochs) {
  const ModelFile file = MadeUp().file();
  const Surrogate& surrogate = file.surrogate(Target::energy_kwh);
  const auto cells = Space::shared(4).cells();
  const std::vector<double> at_4 = energies(surrogate, cells, 4);
  for (const std::int32_t epochs : {12, 36, 108}) {
    const std::vector<double> at = energies(surrogate, cells, epochs);
    for (std::size_t i = 0; i < cells.size(); ++i)
      EXPECT_DOUBLE_EQ(at[i], at_4[i] * epochs / 4);
  }
  expect_error(ErrorCode::not_found, "4, 12, 36, 108",
               [&] { static_cast<void>(surrogate.predict(cells, 5)); });
}

TEST(ReferenceMlp, SaysWhatItIsAndKnowsNoIntervals) {
  const ModelFile file = MadeUp().file();
  ASSERT_EQ(file.surrogates().size(), 1U);
  const Surrogate& surrogate = file.surrogate(Target::energy_kwh);
  EXPECT_EQ(surrogate.info().name, "reference-mlp");
  EXPECT_EQ(surrogate.info().pue, 1.0);
  EXPECT_EQ(surrogate.members().front().regressor->family(), Family::reference);
  for (const Prediction& prediction : surrogate.predict(Space::shared(4).cells(), 4)) {
    EXPECT_EQ(prediction.lower90, 0);
    EXPECT_EQ(prediction.upper90, std::numeric_limits<double>::infinity());
  }
}

TEST(ReferenceMlp, MarksCellsOfFewerThanFourVertices) {
  const ModelFile file = MadeUp().file();
  const auto cells = Space::shared(5).cells();
  const std::vector<Prediction> predictions = file.surrogate(Target::energy_kwh).predict(cells, 4);
  for (std::size_t i = 0; i < cells.size(); ++i)
    EXPECT_EQ(predictions[i].out_of_range, cells[i].vertices() < 4);
  const std::array whole = {Space::shared().cells().back()};
  EXPECT_FALSE(file.surrogate(Target::energy_kwh).predict(whole, 4).front().out_of_range);
}

TEST(ReferenceMlp, GivesEveryLabellingTheSameBits) {
  const ModelFile file = MadeUp().file();
  const Surrogate& surrogate = file.surrogate(Target::energy_kwh);
  std::size_t labellings = 0;
  for (space::Rank rank = 50; rank < Space::shared().size(); rank += 20'011) {
    const std::vector<Cell> cells = space::oracle::relabellings(Space::shared().cell(rank));
    for (const double value : energies(surrogate, cells, 4))
      EXPECT_EQ(value, energies(surrogate, std::array{cells.front()}, 4).front());
    labellings += cells.size();
  }
  EXPECT_GT(labellings, 50U);
}

TEST(ReferenceMlp, IsNeverSavedFittedOrLoadedAsAMember) {
  const ModelFile file = MadeUp().file();
  expect_error(ErrorCode::invalid_argument, "comparison only",
               [&] { static_cast<void>(file.bytes()); });
  const std::array cells = {Space::shared().cell(0), Space::shared().cell(1)};
  const std::array values = {0.0F, 1.0F};
  const std::array weights = {1.0F, 1.0F};
  expect_error(ErrorCode::invalid_argument, "cannot be fitted", [&] {
    static_cast<void>(fit_regressor(Family::reference,
                                    {.cells = cells, .values = values, .weights = weights}, {}));
  });
  expect_error(ErrorCode::invalid_data, "published surrogate", [&] {
    static_cast<void>(load_regressor(Family::reference, MadeUp().tensors(), "member0."));
  });
}

TEST(ReferenceMlp, NamesTheTensorThatIsMissing) {
  for (int layer = 1; layer <= 5; ++layer) {
    for (const char* part : {".weight", ".bias"}) {
      const std::string name = "fc" + std::to_string(layer) + part;
      const std::vector<std::byte> bytes = MadeUp().tensors(name).bytes();
      expect_error(ErrorCode::invalid_data, "'" + name + "'",
                   [&] { static_cast<void>(ModelFile::from_bytes(bytes, "made-up")); });
    }
  }
}

TEST(ReferenceMlp, NamesTheTensorThatIsWrong) {
  const auto expect_named = [](const ModelTensors& tensors, const std::string& name) {
    expect_error(ErrorCode::invalid_data, "'" + name + "'",
                 [&] { static_cast<void>(ModelFile::from_bytes(tensors.bytes(), "made-up")); });
  };
  MadeUp not_finite;
  not_finite.layers[2].weights[100] = std::numeric_limits<float>::quiet_NaN();
  expect_named(not_finite.tensors(), "fc3.weight");
  MadeUp infinite;
  infinite.layers[4].bias[0] = std::numeric_limits<float>::infinity();
  expect_named(infinite.tensors(), "fc5.bias");
  ModelTensors transposed = MadeUp().tensors("fc2.weight");
  transposed.put("fc2.weight", {128, 64}, std::span<const float>(MadeUp().layers[1].weights));
  expect_named(transposed, "fc2.weight");
  ModelTensors integers = MadeUp().tensors("fc5.bias");
  const std::uint32_t one = 1;
  integers.put("fc5.bias", {1}, std::span(&one, 1));
  expect_named(integers, "fc5.bias");
}

TEST(ReferenceMlp, RefusesATruncatedFile) {
  const std::vector<std::byte> bytes = MadeUp().tensors().bytes();
  for (std::size_t size = 0; size < bytes.size(); size += 499) {
    expect_error(ErrorCode::invalid_data, "made-up", [&] {
      static_cast<void>(ModelFile::from_bytes(std::span(bytes).first(size), "made-up"));
    });
  }
}

TEST(ReferenceMlp, ReproducesThePublishedTableToAMillionth) {
  ECNAS_NEEDS_DATA("ec-nas-reference-mlp.safetensors");
  ECNAS_NEEDS_DATA("ec-nas-7v-table.csv");
  const ModelFile file = ModelFile::open(testing::data_file("ec-nas-reference-mlp.safetensors"));
  const std::vector<std::filesystem::path> paths = {testing::data_file("ec-nas-7v-table.csv")};
  const table::Imported imported = table::import_tables(paths);
  const Observations observed = observe(imported.table, Target::energy_kwh, AccuracyKind::mean);
  std::size_t rows = 0;
  for (std::size_t budget = 0; budget < observed.epochs.size(); ++budget) {
    const std::vector<double> found =
        energies(file.surrogate(Target::energy_kwh), observed.cells, observed.epochs[budget]);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double published = observed.value(i, budget);
      if (std::isnan(published)) continue;
      // 6·10⁻⁸ of it is the table's rounding to single precision.
      EXPECT_NEAR(found[i] / published, 1, 1e-6) << to_text(observed.cells[i]);
      ++rows;
    }
  }
  EXPECT_EQ(rows, 3'381U);
}

}  // namespace
}  // namespace ecnas::surrogate
