// Imports of small TFRecord files, whole and damaged.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "ecnas/core/random.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/export.hpp"
#include "ecnas/table/import.hpp"
#include "table/fixtures.hpp"
#include "table/tfrecord/base64.hpp"
#include "table/tfrecord/finding.hpp"
#include "table/tfrecord/framing.hpp"
#include "table/tfrecord/message.hpp"
#include "table/tfrecord/row.hpp"
#include "table/tfrecord/wire.hpp"

namespace ecnas::table {
namespace {

using testing::error_of;
using testing::expect_mentions;
using testing::kConv;
using testing::kPool;
using testing::kTrivial;
using testing::kTwo;
using testing::TempFolder;
using tfrecord::Evaluation;
using tfrecord::MessageKind;
using tfrecord::TrainingMessage;

// Records that a test can change before they are written ------------------------------------------

struct LooseRecord {
  std::string hash;
  std::int64_t epochs;
  std::string adjacency;
  std::string operations;
  TrainingMessage training;
  MessageKind kind = MessageKind::nasbench101;
};

std::string labels_of(const space::Cell& cell) {
  std::string labels = "input";
  for (unsigned vertex = 1; vertex + 1 < cell.vertices(); ++vertex)
    labels += ',' + std::string(space::name(cell.operation(vertex)));
  return labels + ",output";
}

Evaluation evaluation(double epochs, double accuracy, double time) {
  return {.epochs = epochs,
          .training_time_s = time,
          .train_accuracy = accuracy + 0.125,
          .validation_accuracy = accuracy,
          .test_accuracy = accuracy - 0.0625};
}

/// A training as NAS-Bench-101 has it, all of whose values follow from `accuracy`.
LooseRecord record_of(const space::Cell& cell, std::int32_t epochs, double accuracy) {
  LooseRecord record{space::to_text(space::hash_of(cell)),
                     epochs,
                     space::adjacency_digits(cell),
                     labels_of(cell),
                     {}};
  record.training.trainable_parameters =
      static_cast<std::int32_t>(space::trainable_parameters(cell));
  record.training.time_s = 100 * accuracy;
  record.training.evaluations = {evaluation(0, 0.125, 0),
                                 evaluation(epochs / 2.0, accuracy / 2, 40 * accuracy),
                                 evaluation(epochs, accuracy, 80 * accuracy)};
  return record;
}

/// The same with energies: one GPU and one processor, and `pue` in the total.
LooseRecord energy_record(const space::Cell& cell, std::int32_t epochs, double accuracy, double kwh,
                          double pue) {
  LooseRecord record = record_of(cell, epochs, accuracy);
  record.kind = MessageKind::energy;
  record.training.evaluations[1].energy_kwh = kwh / 2;
  record.training.evaluations[2].energy_kwh = kwh;
  record.training.evaluations[2].co2eq_g = 100 * kwh;
  record.training.energy_kwh = 2 * kwh;
  record.training.co2eq_g = 200 * kwh;
  record.training.carbon_intensity_g_per_kwh = 100;
  const double joules = 2 * kwh / pue * 3.6e6;
  record.training.gpu = {{200}, {0.75 * joules}, {"A GPU"}};
  record.training.cpu = {{50}, {0.25 * joules}, {" cpu:0"}};
  return record;
}

std::string payload_of(const LooseRecord& record) {
  const std::string message =
      tfrecord::encode_base64(tfrecord::encode_message(record.training, record.kind));
  return tfrecord::encode_row(
      {record.hash, record.epochs, record.adjacency, record.operations, message});
}

void append_number(std::string& file, auto number) {
  file.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string header_of(std::uint64_t length) {
  std::string header;
  append_number(header, length);
  append_number(header, tfrecord::masked_crc(std::as_bytes(std::span(header))));
  return header;
}

std::string framed(const std::string& payload) {
  std::string frame = header_of(payload.size()) + payload;
  append_number(frame, tfrecord::masked_crc(std::as_bytes(std::span(payload))));
  return frame;
}

std::string file_of(const std::vector<LooseRecord>& records) {
  std::string file;
  for (const LooseRecord& record : records)
    file += framed(payload_of(record));
  return file;
}

Imported import_bytes(const std::string& bytes, const ImportOptions& options = {}) {
  const TempFolder folder;
  return import_tables(std::vector{folder.write("f", bytes)}, options);
}

std::string refusal(const std::string& bytes, const ImportOptions& options = {}) {
  return error_of(ErrorCode::invalid_data, [&] { (void)import_bytes(bytes, options); });
}

ImportOptions keep_going() {
  ImportOptions options;
  options.keep_going = true;
  return options;
}

bool has_note(const ImportSummary& summary, std::string_view part) {
  return std::ranges::any_of(
      summary.notes, [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

/// Six records of three cells.
std::vector<LooseRecord> six_records() {
  std::vector<LooseRecord> records;
  for (const space::Cell& cell : {kTrivial, kConv, kTwo}) {
    records.push_back(record_of(cell, 4, 0.5));
    records.push_back(record_of(cell, 12, 0.75));
  }
  return records;
}

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

TEST(ImportTfrecord, AnyLabellingOfACellIsRead) {
  LooseRecord record = record_of(kTwo, 4, 0.5);
  record.adjacency = "01010000100000010";  // too many digits by one
  EXPECT_NE(refusal(file_of({record})), "");
  record = record_of(kConv, 4, 0.5);
  record.adjacency = "0101000000010000";  // a vertex more, on no path: pruned
  record.operations = "input,maxpool3x3,conv3x3-bn-relu,output";
  record.adjacency = "0010000000010000";
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

TEST(ImportTfrecord, DevicesAreKeptInWhateverBytesTheyAreNamed) {
  LooseRecord record = energy_record(kConv, 4, 0.5, 0.03, 1.59);
  const std::string huge(std::size_t{1} << 20, 'x');
  record.training.gpu.devices = {"\xff\xfe", "a\nb", huge};
  const Imported imported = import_bytes(file_of({record}));
  const TempFolder folder;
  write_table(imported.table, folder.path() / "t");
  EXPECT_GE(Table::open(folder.path() / "t").metadata().devices.size(), 3U);
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

// Damage ------------------------------------------------------------------------------------------

/// Where each record begins, and the end of the file.
std::vector<std::size_t> offsets_of(const std::vector<LooseRecord>& records) {
  std::vector<std::size_t> offsets = {0};
  for (const LooseRecord& record : records)
    offsets.push_back(offsets.back() + framed(payload_of(record)).size());
  return offsets;
}

/// Short records, so that a test can damage each byte of them.
std::vector<LooseRecord> short_records() {
  std::vector<LooseRecord> records = six_records();
  for (LooseRecord& record : records) {
    record.training.evaluations = {Evaluation{}, Evaluation{},
                                   Evaluation{.validation_accuracy = 0.5}};
    record.training.time_s = tfrecord::kNoValue;
  }
  return records;
}

class DamagedTfrecord : public ::testing::Test {
 protected:
  /// The record that a byte belongs to, from 0.
  [[nodiscard]] std::size_t record_at(std::size_t byte) const {
    return static_cast<std::size_t>(std::ranges::upper_bound(offsets_, byte) - offsets_.begin()) -
           1;
  }

  /// How many of the file's trainings an import of other bytes gives.
  std::size_t trainings_in(const std::string& bytes) {
    folder_.write("f", bytes);
    const Imported imported = import_tables(std::vector{folder_.path() / "f"}, keep_going());
    const Column* column = imported.table.column("validation_accuracy");
    return static_cast<std::size_t>(
        std::ranges::count_if(column->values, [](float value) { return value == 0.5F; }));
  }

  std::string refusal_of(const std::string& bytes, const ImportOptions& options = {}) {
    folder_.write("f", bytes);
    return error_of(ErrorCode::invalid_data,
                    [&] { (void)import_tables(std::vector{folder_.path() / "f"}, options); });
  }

  const TempFolder folder_;
  const std::vector<LooseRecord> records_ = short_records();
  const std::string file_ = file_of(records_);
  const std::vector<std::size_t> offsets_ = offsets_of(records_);
};

TEST_F(DamagedTfrecord, AFlippedBitAnywhereIsReportedWithRecordAndByte) {
  Rng rng(1);
  for (std::size_t at = 0; at < file_.size(); ++at) {
    std::string flipped = file_;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << rng.below(8)));
    const std::size_t record = record_at(at);
    const std::string place = "record " + std::to_string(record + 1) + " at byte " +
                              with_thousands(static_cast<std::int64_t>(offsets_[record])) + ": ";
    expect_mentions(refusal_of(flipped), {place});
    if (HasFailure()) FAIL() << "byte " << at;
  }
}

TEST_F(DamagedTfrecord, AFlippedBitCostsItsRecordAndThoseAfterItOnlyWhereTheLengthIsHit) {
  for (std::size_t at = 0; at < file_.size(); at += 3) {
    std::string flipped = file_;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    const std::size_t record = record_at(at);
    const bool in_header = at - offsets_[record] < tfrecord::kHeaderBytes;
    const std::size_t left = in_header ? record : records_.size() - 1;
    if (left == 0) {
      expect_mentions(refusal_of(flipped, keep_going()), {"no record can be kept"});
    } else {
      ASSERT_EQ(trainings_in(flipped), left) << "byte " << at;
    }
  }
}

TEST_F(DamagedTfrecord, ACutAnywhereButBetweenRecordsIsRefused) {
  for (std::size_t size = 0; size < file_.size(); ++size) {
    const std::string cut = file_.substr(0, size);
    const std::size_t record = record_at(size);
    if (size == offsets_[record] && size > 0) {
      ASSERT_EQ(trainings_in(cut), record);
    } else if (size < tfrecord::kHeaderBytes) {
      refusal_of(cut);  // of no format that is known
    } else {
      expect_mentions(refusal_of(cut), {"record " + std::to_string(record + 1) + " at byte "});
    }
    if (HasFailure()) FAIL() << size << " bytes";
  }
}

TEST_F(DamagedTfrecord, WholeRecordsBeforeACutAreKeptOnRequest) {
  for (std::size_t size = offsets_[1]; size < file_.size(); ++size)
    ASSERT_EQ(trainings_in(file_.substr(0, size)), record_at(size)) << size << " bytes";
}

TEST_F(DamagedTfrecord, LengthsNearTheLargestNumberAreRefused) {
  constexpr auto kLargest = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t length :
       {kLargest, kLargest - 4, kLargest - 11, kLargest - 15, kLargest - 16, kLargest / 2,
        std::uint64_t{1} << 32U, std::uint64_t{2} * file_.size()}) {
    expect_mentions(refusal_of(header_of(length) + file_), {"record 1 at byte 0"});
    expect_mentions(refusal_of(file_ + header_of(length) + file_), {"record 7 at byte "});
  }
}

TEST_F(DamagedTfrecord, APayloadThatIsNoRowIsReportedWhereItIsWrong) {
  for (const std::string& payload :
       {std::string(), std::string("{}"), std::string("[]"), std::string("null"),
        std::string("[\"a\", 4, \"b\", \"c\"]"), std::string("[\"a\", 4.5, \"b\", \"c\", \"d\"]"),
        std::string("[\"a\", \"4\", \"b\", \"c\", \"d\"]"), std::string(1'000'000, '['),
        std::string("\0\0\0", 3)}) {
    expect_mentions(refusal_of(file_ + framed(payload)),
                    {"record 7 at byte " + with_thousands(std::int64_t(file_.size())), "JSON"});
    EXPECT_EQ(trainings_in(file_ + framed(payload)), records_.size());
  }
}

TEST_F(DamagedTfrecord, AMessageThatCannotBeReadIsReported) {
  const LooseRecord& good = records_.front();
  for (const char* message : {"Z", "Zg=", "Zg==Zg==", "*", "CP////////////8B", "Cv8=", "Ag"}) {
    const std::string payload =
        tfrecord::encode_row({good.hash, 4, good.adjacency, good.operations, message});
    expect_mentions(refusal_of(file_ + framed(payload)), {"record 7 at byte ", "its message: "});
    EXPECT_EQ(trainings_in(file_ + framed(payload)), records_.size());
  }
}

TEST_F(DamagedTfrecord, EpochsBelowOneOrTooManyAreReported) {
  for (const std::int64_t epochs : {std::int64_t{0}, std::int64_t{-4}, std::int64_t{1} << 31U}) {
    LooseRecord record = records_.front();
    record.epochs = epochs;
    expect_mentions(refusal_of(framed(payload_of(record))), {"record 1 at byte 0", "epochs"});
  }
}

TEST_F(DamagedTfrecord, AMegabyteOfAdjacencyIsNoCellAndNamedInShort) {
  for (const std::string& adjacency :
       {std::string(1 << 20, '0'), std::string(1 << 20, '1'), std::string((1 << 20) + 1, 'x')}) {
    LooseRecord record = records_.front();
    record.adjacency = adjacency;
    const Imported imported = import_bytes(file_ + framed(payload_of(record)));
    ASSERT_EQ(imported.summary.findings.size(), 1U);
    EXPECT_EQ(imported.summary.findings.front().kind, "no_cell");
    EXPECT_LT(imported.summary.findings.front().examples.front().size(), 500U);
  }
}

TEST_F(DamagedTfrecord, DamageIsAFindingWhenGoingOnAndAnErrorWhenStrictToo) {
  std::string flipped = file_;
  flipped[offsets_[2] + 40] = '*';
  const Imported imported = import_bytes(flipped, keep_going());
  ASSERT_EQ(imported.summary.findings.size(), 1U);
  EXPECT_EQ(imported.summary.findings.front().kind, "damaged");
  expect_mentions(imported.summary.findings.front().examples.front(), {"record 3: ", "checksum"});
  ImportOptions strict = keep_going();
  strict.strict = true;
  expect_mentions(refusal_of(flipped, strict), {"1 ", "damaged", "record 3"});
}

TEST_F(DamagedTfrecord, APointerOfGitLfsIsNamed) {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:" + std::string(64, 'a') +
      "\nsize 297784\n";
  expect_mentions(refusal_of(pointer), {"Git LFS pointer", "ecnas fetch"});
}

TEST_F(DamagedTfrecord, AnEmptyFileIsRefused) {
  expect_mentions(refusal_of(""), {"empty"});
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

// There and back ----------------------------------------------------------------------------------

/// A table with every metric that records hold, of every provenance.
Table full_table() {
  Metadata metadata;
  metadata.pue = 1.5;
  metadata.data_set = "CIFAR-10";
  metadata.devices = {"A GPU", "cpu:0"};
  TableBuilder builder(metadata);
  Rng rng(1);
  const std::vector<std::string> metrics = {
      "train_accuracy",  "validation_accuracy", "test_accuracy",
      "training_time_s", "energy_kwh",          "co2eq_g",
      "run_time_s",      "run_energy_kwh",      "run_co2eq_g",
      "gpu0_energy_kwh", "cpu1_energy_kwh",     "cpu0_average_power_w"};
  for (const space::Cell& cell : {kTrivial, kConv, kPool, kTwo}) {
    for (const std::int32_t epochs : {4, 12}) {
      for (const std::size_t repeat : {1U, 2U}) {
        for (const std::string& metric : metrics) {
          const auto provenance = metric.starts_with("gpu") || metric.starts_with("cpu")
                                      ? Provenance::measured
                                      : static_cast<Provenance>(1 + rng.below(3));
          builder.add(cell, epochs, repeat, metric, static_cast<float>(rng.uniform()), provenance,
                      "t");
        }
      }
    }
  }
  return builder.build("full");
}

Table there_and_back(const Table& table, ExportFormat format) {
  const TempFolder folder;
  (void)export_table(table, format, {}, folder.path() / "f");
  return import_tables(std::vector{folder.path() / "f"}).table;
}

void expect_same_column(const Table& table, const Table& other, std::string_view metric) {
  const Column* column = table.column(metric);
  const Column* back = other.column(metric);
  ASSERT_TRUE(column != nullptr && back != nullptr) << metric;
  ASSERT_EQ(column->values.size(), back->values.size()) << metric;
  EXPECT_TRUE(std::ranges::equal(column->provenance, back->provenance)) << metric;
  for (std::size_t i = 0; i < column->values.size(); ++i) {
    if (std::isnan(column->values[i])) {
      EXPECT_TRUE(std::isnan(back->values[i])) << metric;
    } else {
      EXPECT_EQ(column->values[i], back->values[i]) << metric;
    }
  }
}

TEST(ExportTfrecord, ATableWithEnergiesComesBackWithValuesProvenanceAndPue) {
  const Table table = full_table();
  const Table back = there_and_back(table, ExportFormat::ecnas_tfrecord);
  EXPECT_EQ(back.columns().size(), table.columns().size());
  for (const Column& column : table.columns())
    expect_same_column(table, back, column.info.name);
  EXPECT_EQ(back.metadata().pue, 1.5);
  EXPECT_EQ(back.metadata().devices, table.metadata().devices);
}

TEST(ExportTfrecord, NasBench101sRecordsHoldAccuraciesAndTimes) {
  const Table table = full_table();
  const Table back = there_and_back(table, ExportFormat::nasbench101_tfrecord);
  for (const char* metric :
       {"train_accuracy", "validation_accuracy", "test_accuracy", "training_time_s", "run_time_s"})
    expect_same_column(table, back, metric);
  EXPECT_EQ(back.columns().size(), 5U);
  EXPECT_EQ(back.metadata().pue, std::nullopt);
}

/// What an export says that it lost, all in one.
std::string losses_of(const Table& table, ExportFormat format) {
  const TempFolder folder;
  std::string all;
  for (const std::string& loss : export_table(table, format, {}, folder.path() / "f"))
    all += loss + "; ";
  return all;
}

TEST(ExportTfrecord, ReadingsOfMetersAloneAreHeld) {
  TableBuilder builder{Metadata{}};
  builder.add(kConv, 4, 1, "gpu0_average_power_w", 200, Provenance::measured, "t");
  const Table table = builder.build("t");
  expect_same_column(table, there_and_back(table, ExportFormat::ecnas_tfrecord),
                     "gpu0_average_power_w");
}

TEST(ExportTfrecord, RepeatsOfEqualValuesStayRepeats) {
  TableBuilder builder{Metadata{}};
  for (const std::size_t repeat : {1U, 2U, 3U})
    builder.add(kConv, 4, repeat, "validation_accuracy", 0.5F, Provenance::measured, "t");
  const Table table = builder.build("t");
  expect_same_column(table, there_and_back(table, ExportFormat::nasbench101_tfrecord),
                     "validation_accuracy");
}

TEST(ExportTfrecord, AMissingRepeatStaysMissing) {
  const Table table = testing::small_table();
  const Table back = there_and_back(table, ExportFormat::ecnas_tfrecord);
  for (const Column& column : table.columns())
    expect_same_column(table, back, column.info.name);
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

TEST(ExportTfrecord, ProvenanceOfReadingsThatIsLostIsSaid) {
  TableBuilder builder{Metadata{}};
  builder.add(kConv, 4, 1, "gpu0_energy_kwh", 200, Provenance::predicted, "t");
  builder.add(kConv, 4, 1, "energy_kwh", 200, Provenance::predicted, "t");
  expect_mentions(losses_of(builder.build("t"), ExportFormat::ecnas_tfrecord), {"gpu0_energy_kwh"});
}

TEST(ExportTfrecord, WhatCannotBeHeldIsSaid) {
  const Table table = testing::uncertain_table();
  expect_mentions(losses_of(table, ExportFormat::nasbench101_tfrecord),
                  {"no field for energy_kwh", "intervals", "noise"});
  expect_mentions(losses_of(table, ExportFormat::ecnas_tfrecord), {"data set", "intervals"});
}

TEST(ExportTfrecord, ATableWithoutSuchMetricsIsRefused) {
  TableBuilder builder{Metadata{}};
  builder.add(kConv, 4, 1, "energy_kwh", 0.5F, Provenance::measured, "t");
  const Table table = builder.build("t");
  const TempFolder folder;
  expect_mentions(error_of(ErrorCode::not_found,
                           [&] {
                             (void)export_table(table, ExportFormat::nasbench101_tfrecord, {},
                                                folder.path() / "f");
                           }),
                  {"t"});
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "f"));
}

// Joining -----------------------------------------------------------------------------------------

TEST(ImportJoin, AllRepeatsOfAccuracyStandBesideTheEnergies) {
  const TempFolder folder;
  const auto energies = folder.write(
      "energies",
      file_of({energy_record(kConv, 4, 0.5, 0.03, 1.59), energy_record(kTwo, 4, 0.5, 0.05, 1.59)}));
  const auto accuracies = folder.write(
      "accuracies",
      file_of({record_of(kConv, 4, 0.25), record_of(kConv, 4, 0.375), record_of(kConv, 4, 0.625),
               record_of(kConv, 12, 0.75), record_of(kPool, 4, 0.5)}));
  ImportOptions options;
  options.join = {accuracies};
  const Imported imported = import_tables(std::vector{energies}, options);
  const Table& table = imported.table;
  EXPECT_EQ(table.cells(), 2U);
  EXPECT_EQ(table.repeats(), 3U);
  EXPECT_EQ(table.budgets().size(), 1U);
  const auto value = [&](const space::Cell& cell, std::size_t repeat, const char* metric) {
    const auto entry = table.query(cell, 4, Repeat::number(repeat));
    return entry ? entry->value(metric) : std::nullopt;
  };
  EXPECT_EQ(value(kConv, 1, "validation_accuracy"), 0.25);
  EXPECT_EQ(value(kConv, 2, "validation_accuracy"), 0.375);
  EXPECT_EQ(value(kConv, 3, "validation_accuracy"), 0.625);
  EXPECT_EQ(value(kTwo, 1, "validation_accuracy"), std::nullopt);
  EXPECT_TRUE(value(kTwo, 1, "energy_kwh"));
  EXPECT_FALSE(value(kConv, 2, "energy_kwh"));
  EXPECT_EQ(table.metadata().pue, 1.59);
}

TEST(ImportJoin, ATableWithoutAnyOfTheCellsIsRefused) {
  const TempFolder folder;
  const auto first = folder.write("first", file_of({record_of(kConv, 4, 0.5)}));
  const auto second = folder.write("second", file_of({record_of(kConv, 12, 0.5)}));
  ImportOptions options;
  options.join = {second};
  error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{first}, options); });
}

}  // namespace
}  // namespace ecnas::table
