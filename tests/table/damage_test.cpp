// Tables that are cut short, damaged or hostile: refused or equal, never a crash.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ecnas/core/random.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/builtin.hpp"
#include "ecnas/table/table.hpp"
#include "table/fixtures.hpp"

namespace ecnas::table {
namespace {

using testing::error_of;
using testing::expect_mentions;
using testing::kConv;
using testing::kTrivial;
using testing::LooseTable;
using testing::small_builder;
using testing::small_table;
using testing::uncertain_table;

std::string refused_on_open(std::vector<std::byte> bytes) {
  return error_of(ErrorCode::invalid_data,
                  [&] { (void)Table::from_bytes(std::move(bytes), "bad"); });
}
std::string refused_on_open(const LooseTable& loose) {
  return refused_on_open(loose.sealed());
}

/// Opens, and is refused by `verify`.
std::string refused_by_verify(const LooseTable& loose) {
  const Table table = Table::from_bytes(loose.sealed(), "bad");
  return error_of(ErrorCode::invalid_data, [&] { table.verify(); });
}

template <typename Spans>
bool same_values(const Spans& a, const Spans& b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty();
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// Everything that can be asked of a table.
bool same_content(const Table& a, const Table& b) {
  if (!same_values(a.hashes(), b.hashes()) || !same_values(a.budgets(), b.budgets())) return false;
  if (!same_values(a.trainable_parameters(), b.trainable_parameters())) return false;
  if (a.columns().size() != b.columns().size() || a.repeats() != b.repeats()) return false;
  for (Row row = 0; row < a.cells(); ++row) {
    if (a.cell(row) != b.cell(row)) return false;
  }
  for (std::size_t i = 0; i < a.columns().size(); ++i) {
    const Column& x = a.columns()[i];
    const Column& y = b.columns()[i];
    if (x.info.name != y.info.name || !same_values(x.values, y.values)) return false;
    if (!same_values(x.provenance, y.provenance)) return false;
    if (!same_values(x.lower90, y.lower90) || !same_values(x.upper90, y.upper90)) return false;
    if (!same_values(x.out_of_range, y.out_of_range)) return false;
  }
  const Metadata& m = a.metadata();
  const Metadata& n = b.metadata();
  return m.pue == n.pue && m.carbon_intensity_g_per_kwh == n.carbon_intensity_g_per_kwh &&
         m.devices == n.devices && m.data_set == n.data_set && m.source == n.source &&
         m.citation == n.citation && m.skeleton == n.skeleton &&
         m.reference_point == n.reference_point && m.noise == n.noise;
}

/// @return how many changes went unnoticed
std::size_t change_each_byte(const Table& original) {
  const std::vector<std::byte> good(original.bytes().begin(), original.bytes().end());
  std::size_t equal = 0;
  for (std::size_t position = 0; position < good.size(); ++position) {
    for (const int change : {0x01, 0x80, 0xff}) {
      std::vector<std::byte> bytes = good;
      bytes[position] ^= std::byte(change);
      try {
        const Table table = Table::from_bytes(std::move(bytes), "damaged");
        table.verify();
        EXPECT_TRUE(same_content(table, original)) << "byte " << position << " ^ " << change;
        ++equal;
      } catch (const Error& error) {
        EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(ErrorCode::invalid_data));
      }
    }
  }
  return equal;
}

TEST(Damage, EachByteChangedInTurnIsRefusedOrEqual) {
  // Only the padding of the header may change unnoticed: a blank for another.
  EXPECT_LT(change_each_byte(small_table()), 8U);
  EXPECT_LT(change_each_byte(uncertain_table()), 8U);
}

TEST(Damage, SmallTablesAreRefusedAlreadyOnOpening) {
  const Table original = small_table();
  const std::vector<std::byte> good(original.bytes().begin(), original.bytes().end());
  for (std::size_t back = 1; back <= 200; ++back) {
    std::vector<std::byte> bytes = good;
    bytes[bytes.size() - back] ^= std::byte{1};
    expect_mentions(refused_on_open(std::move(bytes)), {"checksum", "damaged"});
  }
}

TEST(Damage, EveryTruncationIsRefused) {
  const Table original = uncertain_table();
  for (std::size_t size = 0; size < original.bytes().size(); ++size) {
    refused_on_open(
        {original.bytes().begin(), original.bytes().begin() + static_cast<std::ptrdiff_t>(size)});
  }
}

TEST(Damage, ATailIsRefused) {
  const Table original = small_table();
  std::vector<std::byte> bytes(original.bytes().begin(), original.bytes().end());
  bytes.push_back(std::byte{0});
  refused_on_open(std::move(bytes));
}

TEST(Damage, RandomBytesAreRefused) {
  Rng rng(5);
  for (int i = 0; i < 500; ++i) {
    std::vector<std::byte> bytes(rng.below(400));
    for (std::byte& byte : bytes)
      byte = std::byte(rng.next() & 0xff);
    if (bytes.size() > 8 && i % 2 == 0) {  // half of them with a header length that fits
      std::fill_n(bytes.begin(), 8, std::byte{0});
      bytes[0] = std::byte((bytes.size() - 8) & 0x7f);
      bytes[8] = std::byte{'{'};
    }
    refused_on_open(std::move(bytes));
  }
}

TEST(Damage, AMissingFileIsNotFoundAndADirectoryAnIoFailure) {
  const testing::TempFolder folder;
  error_of(ErrorCode::not_found, [&] { (void)Table::open(folder.path() / "none"); });
  error_of(ErrorCode::io_failure, [&] { (void)Table::open(folder.path()); });
  error_of(ErrorCode::invalid_data, [&] { (void)Table::open(folder.write("empty", "")); });
}

// From here on the checksums are right and the content is wrong.

TEST(Hostile, AMissingTensorIsRefused) {
  for (const char* name : {"hash", "vertices", "adjacency", "operations", "trainable_parameters",
                           "epochs", "energy_kwh", "energy_kwh_provenance"}) {
    LooseTable loose(small_table());
    loose.tensors.erase(name);
    SCOPED_TRACE(name);
    refused_on_open(loose);
  }
}

TEST(Hostile, WrongDtypesAndShapesAreRefused) {
  LooseTable dtype(small_table());
  dtype.tensors.at("energy_kwh").dtype = Dtype::i32;
  expect_mentions(refused_on_open(dtype), {"energy_kwh", "I32", "F32"});
  LooseTable shape(small_table());
  shape.tensors.at("energy_kwh").shape = {2, 4, 1};
  refused_on_open(shape);
  LooseTable flat(small_table());
  flat.tensors.at("energy_kwh").shape = {8};
  refused_on_open(flat);
  LooseTable hash(small_table());
  hash.tensors.at("hash").shape = {4, 8};
  refused_on_open(hash);
  LooseTable repeats(small_table());
  for (auto& [name, tensor] : repeats.tensors) {
    if (tensor.shape.size() == 3) {
      tensor.shape[2] = 0;
      tensor.bytes.clear();
    }
  }
  refused_on_open(repeats);
}

TEST(Hostile, NoCellsAreRefused) {
  LooseTable loose(small_table());
  for (auto& [name, tensor] : loose.tensors) {
    if (name == "epochs") continue;
    tensor.shape[0] = 0;
    tensor.bytes.clear();
  }
  expect_mentions(refused_on_open(loose), {"0 cells"});
}

TEST(Hostile, UnsortedAndRepeatedHashesAreRefused) {
  LooseTable swapped(small_table());
  auto& bytes = swapped.tensors.at("hash").bytes;
  std::swap_ranges(bytes.begin(), bytes.begin() + 16, bytes.begin() + 16);
  expect_mentions(refused_on_open(swapped), {"ascending", "row 1"});
  LooseTable repeated(small_table());
  auto& twice = repeated.tensors.at("hash").bytes;
  std::copy(twice.begin(), twice.begin() + 16, twice.begin() + 16);
  refused_on_open(repeated);
}

TEST(Hostile, UnsortedAndImpossibleBudgetsAreRefused) {
  for (const auto& [first, second] : {std::pair{12, 4}, {4, 4}, {0, 4}, {-4, 4}}) {
    LooseTable loose(small_table());
    loose.set<std::int32_t>("epochs", 0, first);
    loose.set<std::int32_t>("epochs", 1, second);
    refused_on_open(loose);
  }
}

TEST(Hostile, UnknownTensorsAreRefused) {
  LooseTable metric(small_table());
  metric.tensors["energy_wh"] = metric.tensors.at("energy_kwh");
  expect_mentions(refused_on_open(metric), {"energy_wh"});
  LooseTable provenance(small_table());
  provenance.tensors["test_accuracy_provenance"] = provenance.tensors.at("energy_kwh_provenance");
  refused_on_open(provenance);
  for (const char* name :
       {"test_accuracy_lower90", "test_accuracy_out_of_range", "energy_kwh_lower90_provenance",
        "hash_out_of_range", "energy_kwh_upper95", "_lower90"}) {
    LooseTable beside(uncertain_table());
    beside.tensors[name] = beside.tensors.at("energy_kwh_lower90");
    expect_mentions(refused_on_open(beside), {name});
  }
}

TEST(Hostile, BudgetsWithoutMetricsAreRefused) {
  LooseTable loose(small_table());
  std::erase_if(loose.tensors, [](const auto& item) { return item.second.shape.size() == 3; });
  expect_mentions(refused_on_open(loose), {"2 budgets and 0 metrics"});
}

TEST(Hostile, MetadataThatMakeNoSenseAreRefused) {
  const auto refuse = [](const char* key, const char* value) {
    LooseTable loose(small_table());
    loose.metadata[key] = value;
    SCOPED_TRACE(std::string(key) + " = " + value);
    expect_mentions(refused_on_open(loose), {"bad:"});
  };
  refuse("format", "other");
  refuse("format_version", "2");
  refuse("pue", "0.5");
  refuse("pue", "nan");
  refuse("pue", "");
  refuse("carbon_intensity_g_per_kwh", "-1");
  refuse("carbon_intensity_g_per_kwh", "inf");
  refuse("devices", "GPU");
  refuse("devices", "[1]");
  refuse("devices", "{}");
  refuse("skeleton", "{}");
  refuse("skeleton", "[1,2,3,4,5,6]");
  refuse(
      "skeleton",
      R"({"stem_width":-1,"stacks":3,"cells_per_stack":3,"classes":10,"image_size":32,"image_channels":3})");
  refuse(
      "skeleton",
      R"({"stem_width":128,"stacks":0,"cells_per_stack":3,"classes":10,"image_size":32,"image_channels":3})");
  refuse(
      "skeleton",
      R"({"stem_width":4294967296,"stacks":3,"cells_per_stack":3,"classes":10,"image_size":32,"image_channels":3})");
  refuse("reference_point", "{\"energy\":\"1\"}");
  refuse("reference_point", "{\"energy\":1e999}");
  refuse("reference_point", "[1]");
  refuse("noise", "");
  refuse("noise", "[]");
  refuse("noise", R"({"energy_kwh":1})");
  refuse("noise", R"({"energy_kwh":{"kind":"relative"}})");
  refuse("noise", R"({"energy_kwh":{"standard_deviation":{"4":0.5}}})");
  refuse("noise", R"({"energy_kwh":{"kind":"relative","standard_deviation":[0.5,0.5]}})");
  refuse("noise", R"({"energy_kwh":{"kind":"relative","standard_deviation":{"4":"0.5"}}})");
  refuse("noise", R"({"energy_kwh":{"kind":"relative","standard_deviation":{"4":-0.5}}})");
  refuse("noise", R"({"energy_kwh":{"kind":"relative","standard_deviation":{"4":1e999}}})");
  refuse("noise", R"({"energy_kwh":{"kind":"relative","standard_deviation":{"0":0.5}}})");
  refuse("noise", R"({"energy_kwh":{"kind":"relative","standard_deviation":{"four":0.5}}})");
  refuse("noise", R"({"energy_kwh":{"kind":"relative","standard_deviation":{"4294967300":0.5}}})");
  refuse("noise", R"({"energy_kwh":{"kind":"logit","standard_deviation":{"4":0.5}}})");
  refuse("noise", R"({"test_accuracy":{"kind":"relative","standard_deviation":{"4":0.5}}})");
  refuse("noise", R"({"energy_wh":{"kind":"relative","standard_deviation":{"4":0.5}}})");
  for (const char* key : {"format", "format_version", "devices", "skeleton", "reference_point"}) {
    LooseTable loose(small_table());
    loose.metadata.erase(key);
    refused_on_open(loose);
  }
}

TEST(Hostile, MissingChecksumsAreRefused) {
  const Table table = small_table();
  const Safetensors file = parse_safetensors(table.bytes(), "t");
  for (const std::string_view key : {kChecksumKey, kHeaderChecksumKey}) {
    std::map<std::string, std::string> metadata(file.metadata.begin(), file.metadata.end());
    metadata.erase(std::string(key));
    std::vector<TensorData> tensors;
    for (const auto& [name, tensor] : file.tensors)
      tensors.push_back({name, tensor.dtype, tensor.shape, tensor.bytes});
    expect_mentions(refused_on_open(write_safetensors(tensors, metadata)), {"checksum"});
  }
}

TEST(Hostile, UnknownMetadataArePassedOver) {
  LooseTable loose(small_table());
  loose.metadata["a later version's key"] = "value";
  Table::from_bytes(loose.sealed(), "later").verify();
}

TEST(Hostile, RowsThatAreNoCellsAreRefusedWhenLookedUp) {
  const auto refuse = [](const std::function<void(LooseTable&)>& change) {
    LooseTable loose(small_table());
    change(loose);
    const Table table = Table::from_bytes(loose.sealed(), "bad");
    error_of(ErrorCode::invalid_data, [&] { (void)table.cell(0); });
    error_of(ErrorCode::invalid_data, [&] { (void)table.find(kConv); });
    error_of(ErrorCode::invalid_data, [&] { (void)table.find(kConv); });  // and again
    error_of(ErrorCode::invalid_data, [&] { table.verify(); });
  };
  for (const int vertices : {0, 1, 8, 255}) {
    refuse([&](LooseTable& loose) {
      loose.set<std::uint8_t>("vertices", 0, static_cast<std::uint8_t>(vertices));
    });
  }
  refuse([](LooseTable& loose) { loose.set<std::uint32_t>("adjacency", 0, 0); });
  refuse([](LooseTable& loose) { loose.set<std::uint32_t>("adjacency", 0, 0xffffffff); });
  refuse([](LooseTable& loose) { loose.set<std::uint8_t>("operations", 0, 3); });
  refuse([](LooseTable& loose) { loose.set<std::uint8_t>("operations", 4, 0); });
}

TEST(Hostile, VerticesOnNoPathAreRefused) {
  TableBuilder builder{Metadata{}};
  builder.add_cell(kConv);
  LooseTable loose(builder.build("t"));
  loose.set<std::uint32_t>("adjacency", 0, 0b010);  // input → output, the vertex between dangles
  expect_mentions(refused_by_verify(loose), {"row 0", "no path"});
}

TEST(Hostile, VerifyFindsWrongHashesParametersAndCellsTwice) {
  LooseTable parameters(small_table());
  parameters.set<std::int64_t>("trainable_parameters", 1, 7);
  expect_mentions(refused_by_verify(parameters), {"row 1", "7 trainable parameters"});

  LooseTable hash(small_table());
  hash.set<std::uint8_t>("hash", 15, 0x99);
  expect_mentions(refused_by_verify(hash), {"row 0", "hash"});

  LooseTable twice(small_table());
  for (const char* name : {"vertices", "adjacency", "operations", "trainable_parameters"}) {
    auto& bytes = twice.tensors.at(name).bytes;
    const auto half = static_cast<std::ptrdiff_t>(bytes.size() / 2);
    std::copy(bytes.begin(), bytes.begin() + half, bytes.begin() + half);
  }
  expect_mentions(refused_by_verify(twice), {"row 1", "row 0 again"});
}

TEST(Hostile, VerifyFindsCellsThatAreNoRepresentatives) {
  const auto cell = space::parse_cell("0110000100010000:maxpool3x3,conv3x3");
  TableBuilder builder{Metadata{}};
  builder.add_cell(cell);
  LooseTable loose(builder.build("t"));
  auto& operations = loose.tensors.at("operations").bytes;
  ASSERT_NE(operations[0], operations[1]);
  std::swap(operations[0], operations[1]);
  const Table table = Table::from_bytes(loose.sealed(), "bad");
  EXPECT_TRUE(table.find(cell));  // still found: a query asks for the architecture
  expect_mentions(error_of(ErrorCode::invalid_data, [&] { table.verify(); }), {"representative"});
}

TEST(Hostile, VerifyFindsValuesAndProvenancesThatCannotBe) {
  const auto refuse = [](const char* tensor, auto value, const char* part) {
    LooseTable loose(small_table());
    const Table table = small_table();
    const std::size_t row = *table.find(kConv);
    loose.set(tensor, row * 4, value);  // at 4 epochs, repeat 1
    expect_mentions(refused_by_verify(loose),
                    {tensor[0] == 'e' ? "energy_kwh" : "accuracy", "4 epochs", "repeat 1", part});
  };
  refuse("energy_kwh", -1.0F, "negative");
  refuse("energy_kwh", std::numeric_limits<float>::infinity(), "not finite");
  refuse("energy_kwh", std::numeric_limits<float>::quiet_NaN(), "'measured'");
  refuse("validation_accuracy", 1.5F, "fraction");
  refuse("energy_kwh_provenance", std::uint8_t{0}, "'absent'");
  refuse("energy_kwh_provenance", std::uint8_t{4}, "provenance 4");
}

TEST(Hostile, ABoundWithoutTheOtherIsRefused) {
  for (const char* name : {"energy_kwh_lower90", "energy_kwh_upper90"}) {
    LooseTable loose(uncertain_table());
    loose.tensors.erase(name);
    expect_mentions(refused_on_open(loose), {name});
  }
}

TEST(Hostile, TensorsOfUncertaintyOfWrongDtypeOrShapeAreRefused) {
  for (const char* name : {"energy_kwh_lower90", "energy_kwh_upper90", "energy_kwh_out_of_range"}) {
    LooseTable shape(uncertain_table());
    shape.tensors.at(name).shape = {shape.tensors.at(name).bytes.size()};
    shape.tensors.at(name).dtype = Dtype::u8;
    shape.tensors.at(name).shape.push_back(1);
    expect_mentions(refused_on_open(shape), {name, "expected"});
  }
  LooseTable dtype(uncertain_table());
  dtype.tensors.at("energy_kwh_lower90").dtype = Dtype::i32;
  expect_mentions(refused_on_open(dtype), {"energy_kwh_lower90", "I32", "F32"});
}

TEST(Hostile, VerifyFindsIntervalsAndFlagsThatCannotBe) {
  const Table good = uncertain_table();
  const std::size_t row = *good.find(testing::kPool);
  const auto refuse = [&](const char* tensor, std::size_t index, auto value, const char* part) {
    LooseTable loose(uncertain_table());
    loose.set(tensor, index, value);
    SCOPED_TRACE(tensor);
    expect_mentions(refused_by_verify(loose), {"energy_kwh", part});
  };
  const std::size_t first = row * 4;  // at 4 epochs, repeat 1: 2 in [1, 4]
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinite = std::numeric_limits<float>::infinity();
  refuse("energy_kwh_lower90", first, 3.0F, "is 2 but its interval is [3, 4]");
  refuse("energy_kwh_upper90", first, 1.5F, "is 2 but its interval is [1, 1.5]");
  refuse("energy_kwh_lower90", first, nan, "interval is [nan, 4]");
  refuse("energy_kwh_upper90", first, nan, "interval is [1, nan]");
  refuse("energy_kwh_lower90", first, -1.0F, "bound -1, which is negative");
  refuse("energy_kwh_upper90", first, infinite, "bound inf, which is not finite");
  refuse("energy_kwh_out_of_range", row, std::uint8_t{2}, "is 2; expected 0 or 1");
  refuse("energy_kwh_out_of_range", *good.find(kConv), std::uint8_t{9}, "is 9; expected 0 or 1");

  // An interval where there is no value: repeat 2.
  LooseTable nothing(uncertain_table());
  nothing.set("energy_kwh_lower90", first + 1, 1.0F);
  nothing.set("energy_kwh_upper90", first + 1, 2.0F);
  expect_mentions(refused_by_verify(nothing), {"repeat 2", "is nan but its interval is [1, 2]"});

  // A flag on measured values alone.
  LooseTable measured(uncertain_table());
  const std::size_t conv = *good.find(kConv) * 4;
  measured.set("energy_kwh_provenance", conv + 2, std::uint8_t{1});  // it was scaled
  measured.set("energy_kwh_out_of_range", conv / 4, std::uint8_t{1});
  expect_mentions(refused_by_verify(measured), {"no value of it is scaled or predicted"});
}

TEST(Hostile, AnUnknownProvenanceIsNeverShown) {
  LooseTable loose(small_table());
  const Table good = small_table();
  loose.set<std::uint8_t>("energy_kwh_provenance", *good.find(kConv) * 4, 9);
  const Table table = Table::from_bytes(loose.sealed(), "bad");
  const auto entry = table.query(kConv, 4);
  error_of(ErrorCode::invalid_data, [&] { (void)entry->provenance(*table.column("energy_kwh")); });
}

}  // namespace
}  // namespace ecnas::table
