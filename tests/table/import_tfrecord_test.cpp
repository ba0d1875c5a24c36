// Imports of small, whole TFRecord files.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <set>

#include "ecnas/core/random.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/builder.hpp"
#include "table/loose_records.hpp"
#include "table/tfrecord/finding.hpp"
#include "table/tfrecord/wire.hpp"

namespace ecnas::table {
namespace {

using namespace testing;

// Whole files -------------------------------------------------------------------------------------

TEST(ImportTfrecord, EveryFieldOfNasBench101IsRead) {
  const Imported imported = import_bytes(file_of({record_of(kConv, 4, 0.5)}));
  EXPECT_EQ(imported.summary.format, ImportFormat::tfrecord);
  EXPECT_EQ(imported.summary.rows, 1U);
  EXPECT_EQ(imported.summary.values, 9U);
  EXPECT_TRUE(imported.summary.findings.empty());
  const auto entry = imported.table.query(kConv, 4);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->value("train_accuracy"), 0.625);
  EXPECT_EQ(entry->value("validation_accuracy"), 0.5);
  EXPECT_EQ(entry->value("test_accuracy"), 0.4375);
  EXPECT_EQ(entry->value("training_time_s"), 40);
  EXPECT_EQ(entry->value("train_accuracy_halfway"), 0.375);
  EXPECT_EQ(entry->value("validation_accuracy_halfway"), 0.25);
  EXPECT_EQ(entry->value("test_accuracy_halfway"), 0.1875);
  EXPECT_EQ(entry->value("training_time_s_halfway"), 20);
  EXPECT_EQ(entry->value("run_time_s"), 50);
  EXPECT_EQ(imported.table.metadata().pue, std::nullopt);
  EXPECT_EQ(imported.table.metadata().data_set, "CIFAR-10");
}

TEST(ImportTfrecord, EveryFieldOfEcNasIsReadAndThePueIsThatOfItsMeters) {
  const Imported imported = import_bytes(file_of(
      {energy_record(kConv, 4, 0.5, 0.0318, 1.59), energy_record(kTwo, 4, 0.5, 0.0636, 1.59)}));
  const auto entry = imported.table.query(kConv, 4);
  ASSERT_TRUE(entry);
  const auto expect = [&](const char* metric, double value) {
    ASSERT_TRUE(entry->value(metric)) << metric;
    EXPECT_NEAR(*entry->value(metric), value, 1e-7 * value) << metric;  // float
    EXPECT_EQ(entry->provenance(*imported.table.column(metric)), Provenance::measured) << metric;
  };
  expect("energy_kwh", 0.0318);
  expect("energy_kwh_halfway", 0.0159);
  expect("co2eq_g", 3.18);
  expect("run_energy_kwh", 0.0636);
  expect("run_co2eq_g", 6.36);
  expect("gpu0_energy_kwh", 0.0477);  // PUE included
  expect("cpu0_energy_kwh", 0.0159);
  expect("gpu0_average_power_w", 200);
  expect("cpu0_average_power_w", 50);
  const Metadata& metadata = imported.table.metadata();
  EXPECT_EQ(metadata.pue, 1.59);
  EXPECT_EQ(metadata.carbon_intensity_g_per_kwh, 100.0);
  EXPECT_EQ(metadata.devices, (std::vector<std::string>{"A GPU", "cpu:0"}));
  EXPECT_TRUE(has_note(imported.summary, "PUE of 1.59"));
}

TEST(ImportTfrecord, RepeatsAreTheTrainingsOfACellInTheirOrder) {
  const Imported imported = import_bytes(
      file_of({record_of(kConv, 4, 0.5), record_of(kTwo, 4, 0.25), record_of(kConv, 4, 0.75)}));
  EXPECT_EQ(imported.table.repeats(), 2U);
  const auto value = [&](const space::Cell& cell, std::size_t repeat) {
    const auto entry = imported.table.query(cell, 4, Repeat::number(repeat));
    return entry ? entry->value("validation_accuracy") : std::nullopt;
  };
  EXPECT_EQ(value(kConv, 1), 0.5);
  EXPECT_EQ(value(kConv, 2), 0.75);
  EXPECT_EQ(value(kTwo, 1), 0.25);
  EXPECT_EQ(value(kTwo, 2), std::nullopt);
  EXPECT_TRUE(has_note(imported.summary, "1 of 4 trainings are missing"));
}

TEST(ImportTfrecord, DuplicateRecordsAreCountedAndIgnored) {
  std::vector<LooseRecord> records = six_records();
  records.push_back(records[1]);
  records.push_back(records[1]);
  const Imported imported = import_bytes(file_of(records));
  EXPECT_EQ(imported.summary.duplicates, 2U);
  EXPECT_EQ(imported.table.repeats(), 1U);
}

TEST(ImportTfrecord, ARecordThatIsThereTwiceCountsOnceAlsoWhereItSaysItsRepeat) {
  std::vector<LooseRecord> records = six_records();
  records[0].training.repeat = 2;
  records.push_back(records[0]);
  records.push_back(records[0]);
  records.back().training.evaluations[2].test_accuracy = 0.75;  // another that says the same
  const Imported imported = import_bytes(file_of(records));
  EXPECT_EQ(imported.summary.duplicates, 1U);
  EXPECT_FALSE(imported.table.query(kTrivial, 4, Repeat::number(1)));
  EXPECT_TRUE(imported.table.query(kTrivial, 4, Repeat::number(2)));
  EXPECT_EQ(imported.table.query(kTrivial, 4, Repeat::number(3))->value("test_accuracy"), 0.75);
}

TEST(ImportTfrecord, ARepeatThatNoTableHoldsIsPassedOver) {
  std::vector<LooseRecord> records = six_records();
  records[0].training.repeat = 0;
  records[1].training.repeat = 129;
  records[2].training.repeat = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(import_bytes(file_of(records)).table.repeats(), 1U);
}

TEST(ImportTfrecord, ACellIsPrunedBeforeItIsLookedUp) {
  LooseRecord record = record_of(kConv, 4, 0.5);
  record.adjacency = "0010000000010000";
  record.operations = "input,maxpool3x3,conv3x3-bn-relu,output";
  EXPECT_TRUE(import_bytes(file_of({record})).table.query(kConv, 4));
}

TEST(ImportTfrecord, AsManyThreadsAsThereAreGiveTheSameBytes) {
  Rng rng(1);
  std::string file;
  const auto& cells = space::Space::shared(5).cells();
  for (std::size_t i = 0; i < 9'000; ++i) {
    LooseRecord record =
        energy_record(cells[i % 2000], i % 3 == 0 ? 4 : 12, rng.uniform(), rng.uniform(), 1.5);
    if (i % 100 == 0) record.training.trainable_parameters = 7;
    if (i % 333 == 0) record.training.evaluations[2].test_accuracy = 2;
    file += framed(payload_of(record));
  }
  const auto import = [&](unsigned threads) {
    ImportOptions options;
    options.threads = threads;
    return import_bytes(file, options);
  };
  const Imported alone = import(1);
  for (const unsigned threads : {2U, 3U, 8U}) {
    const Imported together = import(threads);
    EXPECT_TRUE(std::ranges::equal(together.table.bytes(), alone.table.bytes())) << threads;
    EXPECT_EQ(together.summary.notes, alone.summary.notes);
    ASSERT_EQ(together.summary.findings.size(), alone.summary.findings.size());
    for (std::size_t i = 0; i < alone.summary.findings.size(); ++i)
      EXPECT_EQ(together.summary.findings[i].examples, alone.summary.findings[i].examples);
  }
}

// Large files are checked against the hashes of all cells.
TEST(ImportTfrecord, AWrongHashInALargeFileIsFoundToo) {
  std::vector<LooseRecord> records = six_records();
  records[1].hash = records[2].hash;
  const std::string file = file_of(records) + framed(payload_of(record_of(kPool, 4, 0.5)) +
                                                     std::string(std::size_t{33} << 20, ' '));
  const Imported imported = import_bytes(file);
  EXPECT_EQ(imported.summary.rows, 7U);
  ASSERT_EQ(imported.summary.findings.size(), 1U);
  EXPECT_EQ(imported.summary.findings.front().kind, "wrong_hash");
  expect_mentions(imported.summary.findings.front().examples.front(), {"record 2: "});
  EXPECT_TRUE(imported.table.query(kPool, 4));
}

// The ninth byte is the first of a checksum, which may be that of a table's header.
TEST(ImportTfrecord, ARecordWhoseChecksumBeginsAsATableDoesIsRecognised) {
  std::string payload = payload_of(record_of(kConv, 4, 0.5));
  while (header_of(payload.size())[8] != '{')
    payload += ' ';
  EXPECT_EQ(import_bytes(framed(payload)).summary.format, ImportFormat::tfrecord);
}

TEST(ImportTfrecord, DevicesAreNamedInPrintableCharacters) {
  LooseRecord record = energy_record(kConv, 4, 0.5, 0.03, 1.59);
  const std::string huge(std::size_t{1} << 20, 'x');
  record.training.gpu.devices = {"\xff\xfe", "a\nb", huge};
  const Imported imported = import_bytes(file_of({record}));
  const TempFolder folder;
  write_table(imported.table, folder.path() / "t");
  EXPECT_EQ(Table::open(folder.path() / "t").metadata().devices,
            (std::vector<std::string>{"??", "a?b", "cpu:0", std::string(100, 'x')}));
}

TEST(ImportTfrecord, ProgressRisesToTheEnd) {
  std::vector<double> shares;
  ImportOptions options;
  options.progress = [&](double share) { shares.push_back(share); };
  (void)import_bytes(file_of(six_records()), options);
  ASSERT_FALSE(shares.empty());
  EXPECT_TRUE(std::ranges::is_sorted(shares));
  EXPECT_EQ(shares.back(), 1.0);
}

TEST(ImportTfrecord, UnknownFieldsArePassedOver) {
  const LooseRecord record = record_of(kConv, 4, 0.5);
  tfrecord::WireWriter unknown;
  unknown.varint(200, 7);
  unknown.real(201, 7);
  unknown.bytes(202, std::string(1000, '\xff'));
  const std::string message =
      unknown.message() + tfrecord::encode_message(record.training, record.kind);
  const std::string payload =
      tfrecord::encode_row({record.hash, record.epochs, record.adjacency, record.operations,
                            tfrecord::encode_base64(message)});
  const Imported imported = import_bytes(framed(payload));
  EXPECT_TRUE(imported.summary.findings.empty());
  EXPECT_EQ(imported.summary.values, 9U);
}

TEST(ImportTfrecord, MoreRepeatsOrBudgetsThanATableHoldsAreRefused) {
  std::vector<LooseRecord> repeats;
  std::vector<LooseRecord> budgets;
  for (int i = 1; i <= 128; ++i) {
    repeats.push_back(record_of(kConv, 4, i / 256.0));
    budgets.push_back(record_of(kConv, i, 0.5));
  }
  EXPECT_EQ(import_bytes(file_of(repeats)).table.repeats(), 128U);
  EXPECT_EQ(import_bytes(file_of(budgets)).table.budgets().size(), 128U);
  repeats.push_back(record_of(kConv, 4, 0.75));
  budgets.push_back(record_of(kConv, 129, 0.5));
  expect_mentions(refusal(file_of(repeats)), {"record 129", "128"});
  expect_mentions(refusal(file_of(budgets)), {"record 129", "128"});
}

// What the published files are --------------------------------------------------------------------

TEST(ImportTfrecord, QuantitiesInProportionToTheEpochsAreScaledAndWhatWasNotScaledIsLeftOut) {
  std::vector<LooseRecord> records;
  for (const space::Cell& cell : {kTrivial, kConv}) {
    const double kwh = cell == kConv ? 0.03 : 0.02;
    for (const std::int32_t epochs : {4, 12}) {
      LooseRecord record = energy_record(cell, 4, epochs == 4 ? 0.5 : 0.75, kwh, 1.59);
      record.epochs = epochs;
      record.training.evaluations[2].epochs = epochs;
      record.training.evaluations[2].energy_kwh *= epochs / 4;
      record.training.evaluations[2].co2eq_g *= epochs / 4;
      record.training.evaluations[2].training_time_s = 100 * kwh * epochs;
      record.training.evaluations[1].training_time_s = 200 * kwh;
      record.training.time_s = 500 * kwh;
      records.push_back(record);
    }
  }
  const Imported imported = import_bytes(file_of(records));
  const Table& table = imported.table;
  EXPECT_TRUE(has_note(imported.summary, "'scaled'"));
  EXPECT_TRUE(has_note(imported.summary, "left out above"));
  const auto first = table.query(kConv, 4);
  const auto second = table.query(kConv, 12);
  ASSERT_TRUE(first && second);
  for (const char* metric : {"energy_kwh", "co2eq_g", "training_time_s"}) {
    EXPECT_EQ(first->provenance(*table.column(metric)), Provenance::measured) << metric;
    EXPECT_EQ(second->provenance(*table.column(metric)), Provenance::scaled) << metric;
  }
  EXPECT_EQ(second->provenance(*table.column("validation_accuracy")), Provenance::measured);
  for (const char* metric : {"run_energy_kwh", "run_time_s", "run_co2eq_g", "gpu0_energy_kwh",
                             "cpu0_average_power_w", "energy_kwh_halfway"}) {
    EXPECT_TRUE(first->value(metric)) << metric;
    EXPECT_FALSE(second->value(metric)) << metric;
  }
}

TEST(ImportTfrecord, EnergiesWithoutEmissionsAndMetersArePredictedAtAPueOfOne) {
  std::vector<LooseRecord> records;
  for (const space::Cell& cell : {kTrivial, kConv}) {
    LooseRecord record = record_of(cell, 4, 0.5);
    record.kind = MessageKind::energy;
    record.training.evaluations[2].energy_kwh = 0.01;
    records.push_back(record);
  }
  const Imported imported = import_bytes(file_of(records));
  const auto entry = imported.table.query(kConv, 4);
  EXPECT_EQ(entry->provenance(*imported.table.column("energy_kwh")), Provenance::predicted);
  EXPECT_EQ(imported.table.metadata().pue, 1.0);
  EXPECT_EQ(imported.table.column("co2eq_g"), nullptr);
  EXPECT_TRUE(has_note(imported.summary, "surrogate"));
}

TEST(ImportTfrecord, APueThatContradictsTheMetersIsRefused) {
  const std::string file = file_of({energy_record(kConv, 4, 0.5, 0.03, 1.59)});
  ImportOptions options;
  options.pue = 1.2;
  expect_mentions(error_of(ErrorCode::invalid_argument, [&] { (void)import_bytes(file, options); }),
                  {"1.59", "1.2"});
}

// Findings ----------------------------------------------------------------------------------------

using Change = std::function<void(LooseRecord&)>;

struct OddRecord {
  const char* kind;
  Change change;
  bool is_kept;
};

const std::vector<OddRecord>& odd_records() {
  static const std::vector<OddRecord> odd = {
      {"no_cell", [](LooseRecord& record) { record.adjacency = "000000000"; }, false},
      {"wrong_hash", [](LooseRecord& record) { record.hash[0] ^= 1; }, false},
      {"wrong_hash", [](LooseRecord& record) { record.hash = "no hash"; }, false},
      {"wrong_parameters", [](LooseRecord& record) { ++*record.training.trainable_parameters; },
       false},
      {"wrong_parameters", [](LooseRecord& record) { record.training.trainable_parameters = -1; },
       false},
      {"no_evaluation", [](LooseRecord& record) { record.training.evaluations.clear(); }, false},
      {"evaluation_count",
       [](LooseRecord& record) {
         record.training.evaluations.erase(record.training.evaluations.begin());
       },
       true},
      {"other_epochs", [](LooseRecord& record) { record.training.evaluations[2].epochs = 5; },
       true},
      {"odd_accuracy",
       [](LooseRecord& record) { record.training.evaluations[2].test_accuracy = 1.5; }, true},
      {"odd_accuracy",
       [](LooseRecord& record) { record.training.evaluations[1].train_accuracy = -0.5; }, true},
      {"odd_quantity",
       [](LooseRecord& record) {
         record.training.time_s = std::numeric_limits<double>::infinity();
       },
       true},
      {"odd_quantity", [](LooseRecord& record) { record.training.time_s = -1; }, true},
      {"odd_quantity", [](LooseRecord& record) { record.training.time_s = 1e300; }, true},
  };
  return odd;
}

/// Five odd records of one cell and a good one of another.
std::string file_with(const OddRecord& odd) {
  std::vector<LooseRecord> records;
  for (int repeat = 0; repeat < 5; ++repeat) {
    records.push_back(record_of(kConv, 4, 0.5 + 0.0625 * repeat));
    odd.change(records.back());
  }
  records.push_back(record_of(kTwo, 4, 0.5));
  return file_of(records);
}

TEST(ImportTfrecordFinding, EachKindIsCountedWithThreeExamplesAndTheRestIsImported) {
  for (const OddRecord& odd : odd_records()) {
    const Imported imported = import_bytes(file_with(odd));
    ASSERT_EQ(imported.summary.findings.size(), 1U) << odd.kind;
    const ImportFinding& finding = imported.summary.findings.front();
    EXPECT_EQ(finding.kind, odd.kind);
    EXPECT_EQ(finding.count, 5U) << odd.kind;
    ASSERT_EQ(finding.examples.size(), 3U) << odd.kind;
    expect_mentions(finding.examples.front(), {"record 1: "});
    expect_mentions(finding.examples.back(), {"record 3: "});
    EXPECT_TRUE(imported.table.query(kTwo, 4)) << odd.kind;
    EXPECT_EQ(imported.table.query(kConv, 4).has_value(), odd.is_kept) << odd.kind;
  }
}

TEST(ImportTfrecordFinding, ExamplesAreThoseOfTheFirstRecordsInWhateverOrderTheyAreFound) {
  std::vector<LooseRecord> records(6, record_of(kConv, 4, 0.5));
  for (std::size_t i = 0; i < records.size(); ++i)
    records[i].training.evaluations[2].test_accuracy = 0.0625 * static_cast<double>(i);
  for (const std::size_t i : {0U, 2U})  // of another cell: found after all of a batch are read
    records[i].hash = space::to_text(space::hash_of(kTwo));
  for (const std::size_t i : {1U, 3U, 4U})  // no hash at all: found at once
    records[i].hash = "short";
  const ImportFinding finding = import_bytes(file_of(records)).summary.findings.front();
  EXPECT_EQ(finding.count, 5U);
  ASSERT_EQ(finding.examples.size(), 3U);
  expect_mentions(finding.examples[0], {"record 1: "});
  expect_mentions(finding.examples[1], {"record 2: "});
  expect_mentions(finding.examples[2], {"record 3: "});
}

TEST(ImportTfrecordFinding, EachKindIsAnErrorWhenStrict) {
  ImportOptions strict;
  strict.strict = true;
  for (const OddRecord& odd : odd_records())
    expect_mentions(refusal(file_with(odd), strict), {"5 ", "record 1: ", "--strict"});
  EXPECT_TRUE(import_bytes(file_of(six_records()), strict).table.query(kTwo, 12));
}

TEST(ImportTfrecordFinding, EveryKindIsAmongThoseTested) {
  std::set<std::string> kinds = {"damaged"};  // by the tests of damage
  for (const OddRecord& odd : odd_records())
    kinds.insert(odd.kind);
  EXPECT_EQ(kinds.size(), tfrecord::kFindingKinds);
}

/// Puts NaN where the first evaluation's accuracy stands: our writer leaves it out.
std::string payload_with_nan() {
  tfrecord::WireWriter evaluation;
  evaluation.real(1, 4);
  evaluation.real(4, std::numeric_limits<double>::quiet_NaN());
  evaluation.real(2, -std::numeric_limits<double>::quiet_NaN());
  evaluation.real(3, 0.5);
  tfrecord::WireWriter message;
  for (int i = 0; i < 3; ++i)
    message.bytes(1, evaluation.message());
  const LooseRecord record = record_of(kConv, 4, 0.5);
  return tfrecord::encode_row({record.hash, 4, record.adjacency, record.operations,
                               tfrecord::encode_base64(message.message())});
}

TEST(ImportTfrecordFinding, NanIsAFinding) {
  const Imported imported = import_bytes(framed(payload_with_nan()));
  ASSERT_EQ(imported.summary.findings.size(), 2U);
  EXPECT_EQ(imported.summary.findings[0].kind, "odd_accuracy");
  EXPECT_EQ(imported.summary.findings[1].kind, "odd_quantity");
  EXPECT_EQ(imported.table.query(kConv, 4)->value("train_accuracy"), 0.5);
  EXPECT_EQ(imported.table.column("validation_accuracy"), nullptr);
}

TEST(ImportTfrecordFinding, CarbonIntensityThatMakesNoSenseIsAFinding) {
  for (const double intensity : {-5.0, std::numeric_limits<double>::infinity(), 1e300}) {
    LooseRecord record = energy_record(kConv, 4, 0.5, 0.03, 1.59);
    record.training.carbon_intensity_g_per_kwh = intensity;
    const Imported imported = import_bytes(file_of({record}));
    ASSERT_EQ(imported.summary.findings.size(), 1U) << intensity;
    EXPECT_EQ(imported.summary.findings.front().kind, "odd_quantity");
    EXPECT_EQ(imported.table.metadata().carbon_intensity_g_per_kwh, std::nullopt);
  }
}

}  // namespace
}  // namespace ecnas::table
