#include <gtest/gtest.h>

#include <algorithm>

#include <archive.h>
#include <archive_entry.h>

#include "ecnas/table/import.hpp"
#include "table/fixtures.hpp"

namespace ecnas::table {
namespace {

using testing::error_of;
using testing::expect_mentions;
using testing::kConv;
using testing::kPool;
using testing::kTrivial;
using testing::TempFolder;

constexpr const char* kHeader =
    "hash,vertices,edges,adjacency,ops,trainable_parameters,epochs,validation_accuracy,"
    "test_accuracy,training_time_s,energy_kwh,co2eq_g\n";

// Facts of three cells as the published tables write them.
constexpr const char* kTrivialCell =
    "043721b9c7fe8c5fad811d47d83132ec,2,1,0100,input;output,882570";

std::string cell_fields(const space::Cell& cell) {
  std::string ops = "input;";
  for (unsigned vertex = 1; vertex + 1 < cell.vertices(); ++vertex)
    ops += std::string(space::name(cell.operation(vertex))) + ";";
  return space::to_text(space::hash_of(cell)) + "," + std::to_string(cell.vertices()) + "," +
         std::to_string(cell.edges()) + "," + space::adjacency_digits(cell) + "," + ops +
         "output," + std::to_string(space::trainable_parameters(cell));
}

Imported import_text(std::string_view text, const ImportOptions& options = {}) {
  const TempFolder folder;
  return import_tables(std::vector{folder.write("t.csv", text)}, options);
}

std::string refusal(std::string_view text, const ImportOptions& options = {}) {
  return error_of(ErrorCode::invalid_data, [&] { (void)import_text(text, options); });
}

std::string row(std::string_view tail, std::string_view cell = kTrivialCell) {
  return kHeader + std::string(cell) + "," + std::string(tail) + "\n";
}

bool has_note(const ImportSummary& summary, std::string_view part) {
  return std::ranges::any_of(
      summary.notes, [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

TEST(ImportCsv, ValuesAreReadByColumnName) {
  const Imported imported = import_text(row("4,0.5,0.25,30.5,0.125,2"));
  EXPECT_EQ(imported.summary.format, ImportFormat::csv);
  EXPECT_EQ(imported.summary.rows, 1U);
  EXPECT_EQ(imported.summary.values, 5U);
  const auto entry = imported.table.query(kTrivial, 4);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->value("validation_accuracy"), 0.5);
  EXPECT_EQ(entry->value("test_accuracy"), 0.25);
  EXPECT_EQ(entry->value("training_time_s"), 30.5);
  EXPECT_EQ(entry->value("energy_kwh"), 0.125);
  EXPECT_EQ(entry->value("co2eq_g"), 2.0);
}

TEST(ImportCsv, ColumnsStandInAnyOrder) {
  const Imported imported = import_text(
      "energy_kwh,epochs,ops,adjacency,hash,repeat\n"
      "0.5,12,input;output,0100,043721b9c7fe8c5fad811d47d83132ec,2\n");
  EXPECT_EQ(imported.table.query(kTrivial, 12, Repeat::number(2))->value("energy_kwh"), 0.5);
  EXPECT_EQ(imported.table.repeats(), 2U);
}

TEST(ImportCsv, AnyLabellingOfACellIsRead) {
  const auto other = space::parse_cell("0110000100010000:maxpool3x3,conv3x3");
  const Imported imported = import_text(row("4,0.5,0.5,1,1,1", cell_fields(other)));
  EXPECT_TRUE(imported.table.query(space::parse_cell("0110000100010000:conv3x3,maxpool3x3"), 4));
}

TEST(ImportCsv, AnEmptyFieldIsAbsent) {
  const Imported imported = import_text(row("4,,0.25,,0.125,2"));
  EXPECT_EQ(imported.summary.values, 3U);
  EXPECT_EQ(imported.table.query(kTrivial, 4)->value("validation_accuracy"), std::nullopt);
  EXPECT_EQ(imported.table.column("training_time_s"), nullptr);
}

TEST(ImportCsv, AMissingColumnIsNamed) {
  expect_mentions(refusal("vertices,adjacency,ops,energy_kwh\n2,0100,input;output,1\n"),
                  {"t.csv:1:", "'hash'", "missing"});
  expect_mentions(refusal("hash,ops,energy_kwh\n043721b9c7fe8c5fad811d47d83132ec,input;output,1\n"),
                  {"t.csv:1:", "'adjacency'", "missing"});
  expect_mentions(refusal("hash,adjacency,energy_kwh\n043721b9c7fe8c5fad811d47d83132ec,0100,1\n"),
                  {"t.csv:1:", "'ops'", "missing"});
}

TEST(ImportCsv, UnknownAndRepeatedColumnsAreRefused) {
  expect_mentions(refusal("hash,adjacency,ops,energy_kw\n"),
                  {"t.csv:1:", "'energy_kw'", "did you mean 'energy_kwh'?"});
  expect_mentions(refusal("hash,adjacency,ops,something\n"), {"'something'", "training_time_s"});
  expect_mentions(refusal("hash,adjacency,ops,ops\n"), {"'ops'", "twice"});
  refusal("hash,adjacency,ops,energy_kwh_provenance\n");  // without its metric
}

TEST(ImportCsv, FilesWithoutRowsAreRefused) {
  expect_mentions(refusal(""), {"t.csv", "empty"});
  expect_mentions(refusal("\n\n"), {"t.csv", "empty"});
  expect_mentions(refusal(kHeader), {"t.csv", "without rows"});
}

TEST(ImportCsv, FieldsThatAreNoNumbersAreRefusedWithLineAndColumn) {
  expect_mentions(refusal(row("4,abc,0.25,30.5,0.125,2")),
                  {"t.csv:2:", "'validation_accuracy'", "'abc'", "number"});
  expect_mentions(refusal(row("4,0.5,0.25,30.5,nan,2")), {"t.csv:2:", "'energy_kwh'", "'nan'"});
  expect_mentions(refusal(row("4,0.5,0.25,30.5,NaN,2")), {"'energy_kwh'"});
  expect_mentions(refusal(row("4,0.5,0.25,30.5,-0.125,2")),
                  {"t.csv:2:", "'energy_kwh'", "'-0.125'", "negative"});
  refusal(row("4,0.5,0.25,30.5,inf,2"));
  refusal(row("4,0.5,0.25,30.5,1e39,2"));   // beyond a float
  refusal(row("4,0.5,0.25,30.5,1e999,2"));  // beyond a double
  refusal(row("4,0.5,0.25,30.5,0.1x,2"));
  refusal(row("4,0.5,0.25,30.5, 0.1,2"));
  expect_mentions(refusal(row("4,1.5,0.25,30.5,0.125,2")), {"'validation_accuracy'", "fraction"});
  expect_mentions(refusal(row("four,0.5,0.25,30.5,0.125,2")), {"'epochs'", "'four'"});
  refusal(row("0,0.5,0.25,30.5,0.125,2"));
  refusal(row("-4,0.5,0.25,30.5,0.125,2"));
  refusal(row("4.0,0.5,0.25,30.5,0.125,2"));
  refusal(row("99999999999,0.5,0.25,30.5,0.125,2"));
}

TEST(ImportCsv, RowsOfAnotherWidthAreRefused) {
  expect_mentions(refusal(row("4,0.5,0.25,30.5,0.125")), {"t.csv:2:", "11 fields", "12"});
  expect_mentions(refusal(row("4,0.5,0.25,30.5,0.125,2,3")), {"t.csv:2:", "13 fields"});
}

TEST(ImportCsv, ARowThatContradictsTheSpaceNamesBothValues) {
  const auto with = [](const char* cell) { return row("4,0.5,0.25,30.5,0.125,2", cell); };
  expect_mentions(
      refusal(with("143721b9c7fe8c5fad811d47d83132ec,2,1,0100,input;output,882570")),
      {"t.csv:2:", "143721b9c7fe8c5fad811d47d83132ec", "043721b9c7fe8c5fad811d47d83132ec"});
  expect_mentions(refusal(with("043721b9c7fe8c5fad811d47d83132ec,2,1,0100,input;output,882571")),
                  {"t.csv:2:", "882571", "882570"});
  expect_mentions(refusal(with("043721b9c7fe8c5fad811d47d83132ec,3,1,0100,input;output,882570")),
                  {"t.csv:2:", "'vertices'", "'3'", "2"});
  expect_mentions(refusal(with("043721b9c7fe8c5fad811d47d83132ec,2,2,0100,input;output,882570")),
                  {"t.csv:2:", "'edges'", "'2'", "1"});
  refusal(with("043721b9c7fe8c5fad811d47d83132e,2,1,0100,input;output,882570"));
}

TEST(ImportCsv, GraphsThatAreNoCellsAreRefused) {
  const auto with = [](const std::string& adjacency, const std::string& ops) {
    return "hash,adjacency,ops,energy_kwh\n043721b9c7fe8c5fad811d47d83132ec," + adjacency + "," +
           ops + ",1\n";
  };
  expect_mentions(refusal(with("0000", "input;output")), {"t.csv:2:", "no cell"});
  refusal(with("010", "input;output"));
  refusal(with("0120", "input;output"));
  refusal(with("", ""));
  refusal(with("0100", "output;input"));
  refusal(with("0100", "input;conv3x3-bn-relu;output"));
  refusal(with("010001000", "input;conv5x5-bn-relu;output"));
  refusal(with("0010", "input;output"));
}

TEST(ImportCsv, DuplicatesAreCountedAndContradictionsRefused) {
  const std::string once = row("4,0.5,0.25,30.5,0.125,2");
  const std::string again = std::string(kTrivialCell) + ",4,0.5,0.25,30.5,0.125,2\n";
  const Imported imported = import_text(once + again);
  EXPECT_EQ(imported.summary.values, 5U);
  EXPECT_EQ(imported.summary.duplicates, 5U);
  expect_mentions(refusal(once + std::string(kTrivialCell) + ",4,0.5,0.25,30.5,0.25,2\n"),
                  {"t.csv:3", "energy_kwh", "0.25", "0.125"});
}

TEST(ImportCsv, QuotedFieldsAndCrlfAreRead) {
  const Imported imported = import_text(
      "hash,adjacency,ops,epochs,energy_kwh\r\n"
      "043721b9c7fe8c5fad811d47d83132ec,\"0100\",\"input;output\",4,\"0.5\"\r\n");
  EXPECT_EQ(imported.table.query(kTrivial, 4)->value("energy_kwh"), 0.5);
}

TEST(ImportCsv, ProportionalValuesAreScaledAndOthersMeasured) {
  const std::string text = kHeader + cell_fields(kTrivial) + ",4,0.5,0.5,10,0.125,2\n" +
                           cell_fields(kTrivial) + ",12,0.6,0.6,30,0.375,6\n" + cell_fields(kConv) +
                           ",4,0.5,0.5,20,0.25,4\n" + cell_fields(kConv) +
                           ",12,0.6,0.6,61,0.75,12\n" + cell_fields(kPool) +
                           ",12,0.6,0.6,40,0.5,3\n";
  const Imported imported = import_text(text);
  const auto provenance = [&](const space::Cell& cell, std::int32_t epochs, const char* metric) {
    return imported.table.query(cell, epochs)->provenance(*imported.table.column(metric));
  };
  EXPECT_EQ(provenance(kTrivial, 4, "energy_kwh"), Provenance::measured);
  EXPECT_EQ(provenance(kTrivial, 12, "energy_kwh"), Provenance::scaled);
  EXPECT_EQ(provenance(kConv, 12, "energy_kwh"), Provenance::scaled);
  // Alone at 12 epochs, but every cell that can tell is scaled.
  EXPECT_EQ(provenance(kPool, 12, "energy_kwh"), Provenance::scaled);
  // One cell's time is not proportional, so a cell alone is not judged by the others.
  EXPECT_EQ(provenance(kTrivial, 12, "training_time_s"), Provenance::scaled);
  EXPECT_EQ(provenance(kConv, 12, "training_time_s"), Provenance::measured);
  EXPECT_EQ(provenance(kPool, 12, "training_time_s"), Provenance::measured);
  EXPECT_EQ(provenance(kTrivial, 12, "validation_accuracy"), Provenance::measured);
  EXPECT_TRUE(has_note(imported.summary, "'scaled'"));
  EXPECT_EQ(imported.table.metadata().pue, 1.59);
  EXPECT_TRUE(has_note(imported.summary, "PUE of 1.59"));
}

TEST(ImportCsv, EmissionsOf0ThroughoutMarkTheSurrogateTable) {
  const std::string text = kHeader + cell_fields(kTrivial) + ",4,0.5,0.5,10,0.125,0.0\n" +
                           cell_fields(kTrivial) + ",12,0.6,0.6,25,0.375,0.0\n";
  const Imported imported = import_text(text);
  EXPECT_EQ(imported.table.column("co2eq_g"), nullptr);
  EXPECT_EQ(imported.table.metadata().pue, 1.0);
  const auto entry = imported.table.query(kTrivial, 12);
  EXPECT_EQ(entry->provenance(*imported.table.column("energy_kwh")), Provenance::predicted);
  EXPECT_EQ(entry->provenance(*imported.table.column("training_time_s")), Provenance::measured);
  EXPECT_TRUE(has_note(imported.summary, "co2eq_g is 0 throughout"));
}

TEST(ImportCsv, WithoutEpochsARowIsOneOf4AndItsEnergyHasNoOverhead) {
  const Imported imported = import_text(
      "hash,adjacency,ops,energy_kwh\n043721b9c7fe8c5fad811d47d83132ec,0100,input;output,1\n");
  EXPECT_EQ(imported.table.budgets()[0], 4);
  EXPECT_EQ(imported.table.metadata().pue, 1.0);
  EXPECT_TRUE(has_note(imported.summary, "no column 'epochs'"));
}

TEST(ImportCsv, OtherEnergiesHaveAnUnknownPueUnlessTold) {
  const std::string text =
      "hash,adjacency,ops,epochs,energy_kwh\n"
      "043721b9c7fe8c5fad811d47d83132ec,0100,input;output,4,1\n";
  const Imported unknown = import_text(text);
  EXPECT_EQ(unknown.table.metadata().pue, std::nullopt);
  EXPECT_TRUE(has_note(unknown.summary, "--data-pue"));
  const Imported told =
      import_text(text, {.format = {}, .pue = 1.2, .provenance = Provenance::predicted});
  EXPECT_EQ(told.table.metadata().pue, 1.2);
  EXPECT_FALSE(has_note(told.summary, "PUE"));
  EXPECT_EQ(told.table.query(kTrivial, 4)->provenance(*told.table.column("energy_kwh")),
            Provenance::predicted);
}

TEST(ImportCsv, AccuraciesAloneHaveNoPueAndNoNotes) {
  const Imported imported = import_text(
      "hash,adjacency,ops,epochs,test_accuracy\n"
      "043721b9c7fe8c5fad811d47d83132ec,0100,input;output,4,0.5\n");
  EXPECT_EQ(imported.table.metadata().pue, std::nullopt);
  EXPECT_TRUE(imported.summary.notes.empty());
}

TEST(ImportCsv, ProvenanceColumnsAreRead) {
  const std::string header =
      "hash,adjacency,ops,epochs,energy_kwh,energy_kwh_provenance,pue\n"
      "043721b9c7fe8c5fad811d47d83132ec,0100,input;output,4,";
  const Imported imported = import_text(header + "1,predicted,1.25\n");
  EXPECT_EQ(imported.table.query(kTrivial, 4)->provenance(*imported.table.column("energy_kwh")),
            Provenance::predicted);
  EXPECT_EQ(imported.table.metadata().pue, 1.25);
  refusal(header + "1,guessed,1.25\n");
  expect_mentions(refusal(header + "1,,1.25\n"), {"t.csv:2:", "energy_kwh_provenance"});
  expect_mentions(refusal(header + ",measured,1.25\n"), {"t.csv:2:", "energy_kwh_provenance"});
  refusal(header + "1,measured,0.5\n");
  refusal(header + "1,measured,x\n");
  refusal(header + "1,measured,1.25\n043721b9c7fe8c5fad811d47d83132ec,0100,input;output,12,1," +
          "measured,1.5\n");
  error_of(ErrorCode::invalid_argument, [&] {
    (void)import_text(header + "1,measured,1.25\n", {.format = {}, .pue = 1.5, .provenance = {}});
  });
}

TEST(ImportCsv, SourcesOfOnePueMergeAndOfTwoDoNot) {
  const TempFolder folder;
  const std::string header = "hash,adjacency,ops,epochs,energy_kwh,pue\n";
  const auto line = [](const space::Cell& cell, const char* rest) {
    const std::string fields = cell_fields(cell);
    return fields.substr(0, 32) + "," + space::adjacency_digits(cell) + ",input;" +
           (cell.vertices() == 3 ? "conv3x3-bn-relu;" : "") + "output," + rest + "\n";
  };
  const auto a = folder.write("a.csv", header + line(kTrivial, "4,1,1.5"));
  const auto b = folder.write("b.csv", header + line(kConv, "4,2,1.5"));
  const auto c = folder.write("c.csv", header + line(kConv, "12,2,1.6"));
  const auto d =
      folder.write("d.csv", "hash,adjacency,ops,epochs,test_accuracy\n" + line(kConv, "4,0.5"));
  const Imported merged = import_tables(std::vector{a, b, d, a});
  EXPECT_EQ(merged.table.cells(), 2U);
  EXPECT_EQ(merged.summary.values, 3U);
  EXPECT_EQ(merged.summary.duplicates, 1U);
  EXPECT_EQ(merged.table.metadata().pue, 1.5);
  EXPECT_EQ(merged.table.metadata().source, "a.csv; b.csv; d.csv");
  expect_mentions(error_of(ErrorCode::invalid_argument,
                           [&] {
                             (void)import_tables(std::vector{a, c});
                           }),
                  {"c.csv", "1.6", "a.csv", "1.5"});
}

TEST(ImportCsv, TablesMergeWithCsvs) {
  const TempFolder folder;
  write_table(testing::small_table(), folder.path() / "t");
  const auto csv = folder.write("a.csv",
                                "hash,adjacency,ops,epochs,test_accuracy\n"
                                "043721b9c7fe8c5fad811d47d83132ec,0100,input;output,4,0.5\n");
  const Imported merged = import_tables(std::vector{folder.path() / "t", csv});
  EXPECT_EQ(merged.table.cells(), 3U);
  EXPECT_EQ(merged.table.metadata().pue, 1.5);
  EXPECT_EQ(merged.table.metadata().devices, std::vector<std::string>{"Test GPU"});
  EXPECT_EQ(merged.table.query(kTrivial, 4)->value("test_accuracy"), 0.5);
  EXPECT_EQ(merged.table.query(kConv, 4)->value("energy_kwh"), 0.25);

  const Imported alone = import_tables(std::vector{folder.path() / "t"});
  EXPECT_EQ(alone.summary.format, ImportFormat::table);
  EXPECT_TRUE(std::ranges::equal(alone.table.bytes(), testing::small_table().bytes()));
  error_of(ErrorCode::invalid_argument, [&] {
    (void)import_tables(std::vector{folder.path() / "t"},
                        {.format = {}, .pue = 2.0, .provenance = {}});
  });
}

TEST(ImportCsv, ADamagedTableIsNotImported) {
  const TempFolder folder;
  testing::LooseTable loose(testing::small_table());
  loose.set<std::int64_t>("trainable_parameters", 0, 1);
  const auto bytes = loose.sealed();
  const auto path = folder.write(
      "t", std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{path}); });
}

TEST(ImportCsv, TheFormatIsOfTheContentAndAWrongChoiceIsRefused) {
  const TempFolder folder;
  const auto csv = folder.write("looks-like.ecnas", row("4,0.5,0.25,30.5,0.125,2"));
  EXPECT_EQ(import_tables(std::vector{csv}).summary.format, ImportFormat::csv);
  expect_mentions(error_of(ErrorCode::invalid_data,
                           [&] {
                             (void)import_tables(
                                 std::vector{csv},
                                 {.format = ImportFormat::results, .pue = {}, .provenance = {}});
                           }),
                  {"'csv'", "'results'"});
  error_of(ErrorCode::invalid_data, [&] {
    (void)import_tables(std::vector{csv},
                        {.format = ImportFormat::table, .pue = {}, .provenance = {}});
  });
  for (const ImportFormat format : {ImportFormat::csv, ImportFormat::results, ImportFormat::table})
    EXPECT_EQ(parse_import_format(name(format)), format);
  EXPECT_FALSE(parse_import_format("parquet"));
}

TEST(ImportCsv, MisuseIsAnInvalidArgument) {
  error_of(ErrorCode::invalid_argument, [] { (void)import_tables({}); });
  const std::string text = row("4,0.5,0.25,30.5,0.125,2");
  error_of(ErrorCode::invalid_argument,
           [&] { (void)import_text(text, {.format = {}, .pue = 0.5, .provenance = {}}); });
  error_of(ErrorCode::invalid_argument, [&] {
    (void)import_text(text, {.format = {}, .pue = {}, .provenance = Provenance::absent});
  });
  const TempFolder folder;
  error_of(ErrorCode::not_found, [&] { (void)import_tables(std::vector{folder.path() / "no"}); });
}

/// The text as one gzip or xz stream.
std::string compressed(std::string_view text, int (*add_filter)(struct archive*)) {
  std::string result(text.size() + 4096, '\0');
  std::size_t used = 0;
  struct archive* writer = archive_write_new();
  archive_write_set_format_raw(writer);
  add_filter(writer);
  archive_write_open_memory(writer, result.data(), result.size(), &used);
  struct archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_write_header(writer, entry);
  archive_write_data(writer, text.data(), text.size());
  archive_entry_free(entry);
  archive_write_close(writer);
  archive_write_free(writer);
  result.resize(used);
  return result;
}

TEST(ImportCsv, CompressedFilesAreReadAndCutShortOnesRefused) {
  const std::string text = row("4,0.5,0.25,30.5,0.125,2");
  for (const auto filter : {archive_write_add_filter_gzip, archive_write_add_filter_xz,
                            archive_write_add_filter_bzip2}) {
    const std::string packed = compressed(text, filter);
    EXPECT_EQ(import_text(packed).summary.values, 5U);
    for (std::size_t size = 1; size < packed.size(); ++size) {
      error_of(ErrorCode::invalid_data, [&] { (void)import_text(packed.substr(0, size)); });
    }
  }
}

}  // namespace
}  // namespace ecnas::table
