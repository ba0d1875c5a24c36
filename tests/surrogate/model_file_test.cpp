#include "ecnas/surrogate/model_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "ecnas/surrogate/fit.hpp"
#include "support/expect_error.hpp"
#include "surrogate/made_up.hpp"

namespace ecnas::surrogate {
namespace {

using nlohmann::json;
using testing::expect_error;
using testing::LooseFile;
using testing::made_up_energies;
using testing::made_up_observations;
using testing::same_bits;
using testing::some_cells;

const space::Cell kCell = space::parse_cell("0110001000010000:conv3x3,maxpool3x3");

Surrogate fitted_energy() {
  const Observations energies = made_up_energies(some_cells(60, 1), 0.05, 1);
  return fit_surrogate(std::span(&energies, 1),
                       {.name = "made-up ⚡",
                        .description = "fitted on nothing",
                        .devices = {"GPU A", "GPU B"},
                        .members = {{.family = Family::ridge, .weight = 0.7},
                                    {.family = Family::mlp, .weight = 0.1, .epochs = 1}},
                        .scaled_epochs = {12, 108},
                        .folds = 2})
      .surrogate;
}

/// Validation accuracies of both kinds and test accuracies, of the same regressor.
FittedSurrogate fitted_accuracies() {
  Rng rng(2);
  const auto observe = [&](Target target, AccuracyKind kind) {
    Observations some = made_up_observations(
        target, some_cells(60, 2), {4, 108}, [&](const space::Cell& cell, std::int32_t epochs) {
          return inverse_link(target, (epochs == 4 ? 1 : 2) + 0.1 * testing::size_of_network(cell) +
                                          0.05 * rng.normal());
        });
    some.kind = kind;
    return some;
  };
  const std::array<Observations, 2> sources = {
      observe(Target::validation_accuracy, AccuracyKind::sample),
      observe(Target::validation_accuracy, AccuracyKind::mean)};
  const Observations tests = observe(Target::test_accuracy, AccuracyKind::mean);
  return fit_surrogate(sources, {.members = {{.family = Family::ridge}}, .folds = 2}, &tests);
}

/// Everything that a file can hold but scores of the space.
const ModelFile& whole() {
  static const ModelFile file = [] {
    ModelFile made;
    made.add(fitted_energy());
    FittedSurrogate accuracies = fitted_accuracies();
    made.add(std::move(accuracies.surrogate));
    for (Surrogate& derived : accuracies.derived)
      made.add(std::move(derived));
    made.noise = {{"energy_kwh", {table::NoiseKind::relative, {{4, 0.0125}, {108, 1.0 / 3}}}},
                  {"test_accuracy", {table::NoiseKind::logit, {{36, 0}}}}};
    return made;
  }();
  return file;
}

ModelFile loaded(const std::vector<std::byte>& bytes) {
  return ModelFile::from_bytes(bytes, "saved");
}

void expect_refused(const std::vector<std::byte>& bytes, const std::string& part) {
  expect_error(ErrorCode::invalid_data, part, [&] { (void)loaded(bytes); });
}

TEST(ModelFile, HoldsAfterReadingWhatItHeldBeforeWriting) {
  const std::vector<std::byte> bytes = whole().bytes();
  const ModelFile again = loaded(bytes);
  EXPECT_EQ(again.bytes(), bytes);
  EXPECT_EQ(again.noise, whole().noise);
  EXPECT_EQ(again.name(), "saved");
  ASSERT_EQ(again.surrogates().size(), 4U);
  const std::vector<space::Cell> cells = some_cells(100, 3);
  for (const auto& [key, surrogate] : whole().surrogates()) {
    const Surrogate& read = again.surrogates().at(key);
    const SurrogateInfo& info = read.info();
    EXPECT_EQ(info.target, key.target);
    EXPECT_EQ(info.kind, key.kind);
    EXPECT_EQ(info.name, surrogate.info().name);
    EXPECT_EQ(info.description, surrogate.info().description);
    EXPECT_EQ(info.pue, surrogate.info().pue);
    EXPECT_EQ(info.devices, surrogate.info().devices);
    EXPECT_EQ(info.epochs, surrogate.info().epochs);
    EXPECT_EQ(info.scaled_from, surrogate.info().scaled_from);
    EXPECT_EQ(info.cells, surrogate.info().cells);
    EXPECT_TRUE(same_bits(read.scores(cells, 1), surrogate.scores(cells, 1)));
    for (const std::int32_t epochs : info.epochs) {
      const std::vector<Prediction> expected = surrogate.predict(cells, epochs);
      const std::vector<Prediction> predictions = read.predict(cells, epochs);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        // Curves and widths are kept in single precision.
        EXPECT_NEAR(predictions[i].value / expected[i].value, 1, 2e-6);
        EXPECT_NEAR(predictions[i].lower90 / expected[i].lower90, 1, 2e-6);
        EXPECT_NEAR(predictions[i].upper90 / expected[i].upper90, 1, 2e-6);
        EXPECT_EQ(predictions[i].out_of_range, expected[i].out_of_range);
      }
    }
  }
}

TEST(ModelFile, WhatIsSharedStaysShared) {
  const ModelFile again = loaded(whole().bytes());
  const auto regressor = [&](Target target, AccuracyKind kind) {
    return again.surrogates().at({target, kind}).members()[0].regressor;
  };
  const auto sample = regressor(Target::validation_accuracy, AccuracyKind::sample);
  EXPECT_EQ(regressor(Target::validation_accuracy, AccuracyKind::mean), sample);
  EXPECT_EQ(regressor(Target::test_accuracy, AccuracyKind::mean), sample);
  EXPECT_NE(regressor(Target::energy_kwh, AccuracyKind::mean), sample);
}

TEST(ModelFile, KeepsTheScoresOfTheSpaceOnceForAllThatShareThem) {
  ModelFile file;
  FittedSurrogate fitted = fitted_accuracies();
  std::vector<float> scores(2 * space::Space::shared().size());
  for (std::size_t i = 0; i < scores.size(); ++i)
    scores[i] = static_cast<float>(i % 1009);
  const auto table = std::make_shared<ScoreTable>(scores, 2);
  for (Surrogate* one : {&fitted.surrogate, &fitted.derived[0], &fitted.derived[1]}) {
    one->keep(table);
    file.add(*one);
  }
  const std::vector<std::byte> bytes = file.bytes();
  EXPECT_LT(bytes.size(), scores.size() * 2 + 20'000);
  const ModelFile again = loaded(bytes);
  EXPECT_EQ(again.bytes(), bytes);
  const auto kept = again.surrogate(Target::test_accuracy).score_table();
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(again.surrogate(Target::validation_accuracy, AccuracyKind::sample).score_table(), kept);
  EXPECT_TRUE(same_bits(kept->scores(), table->scores()));

  LooseFile damaged(bytes);
  damaged.shorten("validation_accuracy.scores");
  expect_refused(damaged.bytes(), "tensor 'validation_accuracy.scores' has shape [423623, 2]");
}

TEST(ModelFile, SurrogatesOfOtherWeightsShareNothing) {
  const Surrogate energy = fitted_energy();
  std::vector<Member> members(energy.members().begin(), energy.members().end());
  members[1].weight = 5;
  SurrogateInfo info = energy.info();
  info.target = Target::training_time_s;
  ModelFile file;
  file.add(energy);
  file.add(
      Surrogate(info, members, {energy.outputs().begin(), energy.outputs().end()}, energy.range()));
  const ModelFile again = loaded(file.bytes());
  EXPECT_EQ(again.surrogate(Target::energy_kwh).members()[1].weight, 0.1);
  EXPECT_EQ(again.surrogate(Target::training_time_s).members()[1].weight, 5);
}

TEST(ModelFile, FindsATargetOfTheOtherKindWhereTheAskedForIsNotThere) {
  ModelFile file;
  file.add(fitted_accuracies().surrogate);
  EXPECT_EQ(file.surrogate(Target::validation_accuracy).info().kind, AccuracyKind::sample);
  expect_error(ErrorCode::not_found, "predicts no energy_kwh; there are validation_accuracy.sample",
               [&] { (void)file.surrogate(Target::energy_kwh); });
  EXPECT_EQ(whole().surrogate(Target::validation_accuracy).info().kind, AccuracyKind::mean);
  EXPECT_EQ(whole().surrogate(Target::validation_accuracy, AccuracyKind::sample).info().kind,
            AccuracyKind::sample);
}

TEST(ModelFile, IsWrittenAndOpened) {
  const std::filesystem::path path =
      std::filesystem::path(::testing::TempDir()) / "ecnas-model-file-test.safetensors";
  whole().write(path);
  EXPECT_EQ(ModelFile::open(path).bytes(), whole().bytes());
  std::filesystem::remove(path);
  expect_error(ErrorCode::not_found, path.string(), [&] { (void)ModelFile::open(path); });
}

/// Loads bytes that may be wrong: either they are refused as invalid data, or the model can be
/// used.
bool is_refused(const std::vector<std::byte>& bytes) {
  try {
    const ModelFile file = loaded(bytes);
    for (const auto& [key, surrogate] : file.surrogates())
      (void)surrogate.predict(std::array{kCell}, surrogate.info().epochs.front());
    return false;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_data) << error.what();
    return true;
  }
}

TEST(ModelFile, RefusesBytesCutOffAnywhere) {
  const std::vector<std::byte> bytes = whole().bytes();
  for (std::size_t size = 0; size < bytes.size(); size += 97)
    ASSERT_TRUE(is_refused({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}))
        << size;
  EXPECT_TRUE(is_refused({bytes.begin(), bytes.end() - 1}));
}

TEST(ModelFile, RefusesRandomBytesAndSurvivesSingleOnes) {
  Rng rng(4);
  for (int i = 0; i < 300; ++i) {
    std::vector<std::byte> bytes(rng.below(3000));
    for (std::byte& byte : bytes)
      byte = static_cast<std::byte>(rng.below(256));
    ASSERT_TRUE(is_refused(bytes));
  }
  const std::vector<std::byte> bytes = whole().bytes();
  const std::size_t header =
      std::to_integer<std::size_t>(bytes[0]) + 256 * std::to_integer<std::size_t>(bytes[1]);
  std::size_t refused = 0;
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::byte> damaged = bytes;
    const std::size_t within = i % 2 == 0 ? header : bytes.size();
    damaged[rng.below(within)] = static_cast<std::byte>(rng.below(256));
    refused += is_refused(damaged) ? 1U : 0U;
  }
  EXPECT_GT(refused, 300U);
}

TEST(ModelFile, NamesTheTensorThatIsMissingNotFiniteOrOfAnotherShape) {
  const LooseFile file(whole().bytes());
  for (const auto& [name, tensor] : file.tensors) {
    LooseFile damaged = file;
    damaged.tensors.erase(name);
    expect_refused(damaged.bytes(), "saved: there is no tensor '" + name + "'");
    damaged = file;
    damaged.shorten(name);
    expect_refused(damaged.bytes(), "saved: tensor");
    damaged = file;
    damaged.put<std::uint8_t>(name, table::Dtype::u8, {1}, {1});
    expect_refused(damaged.bytes(), "saved: tensor '" + name + "' is of type U8");
    if (tensor.dtype != table::Dtype::f32) continue;
    damaged = file;
    damaged.set(name, 0, std::numeric_limits<float>::infinity());
    expect_refused(damaged.bytes(), "saved: tensor '" + name + "' holds inf");
  }
}

TEST(ModelFile, RefusesCurvesThatFallAndWidthsBelow0) {
  LooseFile damaged(whole().bytes());
  damaged.set("energy_kwh.output0.curve_y", 0, 1e9F);
  expect_refused(damaged.bytes(), "tensors 'energy_kwh.output0.curve_…' are no increasing curve");
  damaged = LooseFile(whole().bytes());
  damaged.put<float>("energy_kwh.output0.curve_x", table::Dtype::f32, {1}, {0});
  damaged.put<float>("energy_kwh.output0.curve_y", table::Dtype::f32, {1}, {0});
  expect_refused(damaged.bytes(), "are no increasing curve");
  damaged = LooseFile(whole().bytes());
  damaged.set("energy_kwh.output0.upper_width", 2, -1.0F);
  expect_refused(damaged.bytes(), "tensor 'energy_kwh.output0.upper_width' has a negative width");
}

TEST(ModelFile, RefusesAnotherVersionAndOtherFormats) {
  LooseFile damaged(whole().bytes());
  damaged.metadata["format_version"] = "2";
  expect_refused(damaged.bytes(), "saved: it is of version 2, this program reads 1");
  damaged.metadata["format"] = "something";
  expect_refused(damaged.bytes(), "saved: it is no surrogate");
  for (const char* key : {"format", "format_version", "surrogates"}) {
    damaged = LooseFile(whole().bytes());
    damaged.metadata.erase(key);
    expect_refused(damaged.bytes(), std::string("saved: its metadata lack '") + key + "'");
  }
}

TEST(ModelFile, NeedsNoNoise) {
  LooseFile quiet(whole().bytes());
  quiet.metadata.erase("noise");
  EXPECT_TRUE(loaded(quiet.bytes()).noise.empty());
}

/// The whole file with one change to the description of a surrogate.
template <typename Change>
std::vector<std::byte> with_description(const std::string& key, const Change& change) {
  LooseFile file(whole().bytes());
  json description = json::parse(file.metadata.at("surrogates"));
  change(description.at(key));
  file.metadata["surrogates"] = description.dump();
  return file.bytes();
}

TEST(ModelFile, RefusesDescriptionsThatMakeNoSense) {
  const auto refuses = [](const std::string& what, const char* field, const json& value) {
    expect_refused(with_description("energy_kwh", [&](json& of) { of[field] = value; }), what);
  };
  for (const char* field :
       {"name", "description", "devices", "epochs", "cells", "kind", "outputs", "members"}) {
    expect_refused(with_description("energy_kwh", [&](json& of) { of.erase(field); }),
                   "lacks '" + std::string(field) + "'");
  }
  refuses("'name' is of a wrong type", "name", 3);
  refuses("'devices' is of a wrong type", "devices", "GPU");
  refuses("'cells' is no whole number", "cells", -1);
  refuses("'epochs' is no whole number", "epochs", {4, 12.5, 108});
  refuses("'epochs' is no whole number", "epochs", {4, 5e12});
  refuses("'epochs' is no whole number", "epochs", {4, 5'000'000'000});
  refuses("budgets do not ascend", "epochs", {12, 4});
  refuses("budgets do not ascend", "epochs", json::array());
  refuses("budgets do not ascend", "epochs", {0, 4});
  refuses("another kind of accuracy", "kind", "sample");
  refuses("another kind of accuracy", "kind", "best");
  refuses("PUE is below 1", "pue", 0.5);
  refuses("'pue' is of a wrong type", "pue", "one");
  refuses("scales from a budget below 1", "scaled_from", 0);
  refuses("'scaled_from' is no whole number", "scaled_from", 4.5);
  refuses("outputs are neither", "outputs", 2);
  refuses("no list of members", "members", json::array());
  refuses("no list of members", "members", "ridge");
  refuses("lacks 'family'", "members", {3});
  refuses("unknown family", "members", {{{"family", "forest"}, {"weight", 1}}});
  refuses("weight is not positive", "members", {{{"family", "ridge"}, {"weight", 0}}});
  refuses("shares the members of what does not stand before it", "shares", "test_accuracy");
  refuses("shares the members of what does not stand before it", "shares", "energy_kwh");
  expect_refused(with_description("test_accuracy", [](json& of) { of["shares"] = "energy_kwh"; }),
                 "it shares members of another number of outputs");
}

TEST(ModelFile, RefusesWhatItDescribesNot) {
  LooseFile damaged(whole().bytes());
  damaged.metadata["surrogates"] = "{}";
  expect_refused(damaged.bytes(), "saved: it holds no surrogate");
  damaged.metadata["surrogates"] = R"({"colour": {}})";
  expect_refused(damaged.bytes(), "it describes no known target");
  damaged.metadata["surrogates"] = "[";
  expect_refused(damaged.bytes(), "'surrogates' is no JSON object");
}

TEST(ModelFile, RefusesNoiseThatMakesNoSense) {
  for (const auto& [noise, what] : std::map<std::string, std::string>{
           {"3", "'noise' is no JSON object"},
           {R"({"energy_kwh": 3})", "lacks 'kind'"},
           {R"({"energy_kwh": {"kind": "loud"}})", "unknown kind"},
           {R"({"energy_kwh": {"kind": "logit"}})", "lacks 'standard_deviation'"},
           {R"({"energy_kwh": {"kind": "logit", "standard_deviation": {"four": 1}}})",
            "its noise of 'energy_kwh' makes no sense"},
           {R"({"energy_kwh": {"kind": "logit", "standard_deviation": {"4": -1}}})",
            "its noise of 'energy_kwh' makes no sense"}}) {
    LooseFile damaged(whole().bytes());
    damaged.metadata["noise"] = noise;
    expect_refused(damaged.bytes(), what);
  }
}

TEST(ModelFile, CurvesSoFlatThatFloatsWouldMergeThemAreStillCurvesAfterReading) {
  const Surrogate energy = fitted_energy();
  Output flat = energy.outputs().front();
  flat.curve = {{1000, 1000 + 1e-9, 1001}, {20, 20 + 1e-9, 20 + 2e-9}};
  ModelFile file;
  file.add(Surrogate(energy.info(), {energy.members().begin(), energy.members().end()}, {flat},
                     energy.range()));
  const ModelFile again = loaded(file.bytes());
  EXPECT_NEAR(again.surrogate(Target::energy_kwh).outputs()[0].curve.y[2], 20, 1e-5);
}

TEST(ModelFile, NamesThatAreNoUtf8AreWrittenAllTheSame) {
  const Surrogate energy = fitted_energy();
  SurrogateInfo info = energy.info();
  info.name = "bad \xff name";
  ModelFile file;
  file.add(Surrogate(info, {energy.members().begin(), energy.members().end()},
                     {energy.outputs().begin(), energy.outputs().end()}, energy.range()));
  EXPECT_TRUE(loaded(file.bytes()).surrogate(Target::energy_kwh).info().name.starts_with("bad "));
}

}  // namespace
}  // namespace ecnas::surrogate
