#include "ecnas/table/measurements.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "ecnas/space/hash.hpp"
#include "support/expect_error.hpp"

namespace ecnas::table {
namespace {

using testing::expect_error;

constexpr const char* kFirst = "043721b9c7fe8c5fad811d47d83132ec";  // input → output
constexpr const char* kSecond = "53cee42601ad14d661bb6878031d6acb";
constexpr const char* kThird = "c122367432b22688bc63c2f329bf5286";

std::string row(const char* hash, const std::string& rest) {
  return std::string(hash) + "," + rest + "\n";
}

Measurements read(const std::string& text, std::optional<EnergyUnit> unit = std::nullopt,
                  std::int32_t epochs = 4) {
  const MeasurementFile file = read_measurements(text, "m.csv");
  return measurements(file, file.columns.front(), unit, epochs);
}

void expect_refused(const std::string& text, const std::string& part) {
  expect_error(ErrorCode::invalid_data, part, [&] { (void)read(text); });
}

TEST(Measurements, AreReadInTheUnitOfTheColumn) {
  const std::string rows = row(kFirst, "3.6") + row(kSecond, "7.2") + row(kThird, "18");
  const auto energies = [&](const std::string& column, std::optional<EnergyUnit> unit) {
    return read("hash," + column + "\n" + rows, unit).energies_kwh;
  };
  EXPECT_EQ(energies("a_kwh", std::nullopt), (std::vector<double>{3.6, 7.2, 18}));
  EXPECT_DOUBLE_EQ(energies("a_wh", std::nullopt)[0], 3.6e-3);
  EXPECT_DOUBLE_EQ(energies("a_j", std::nullopt)[2], 5e-6);
  EXPECT_DOUBLE_EQ(energies("energy", EnergyUnit::wh)[1], 7.2e-3);
  EXPECT_DOUBLE_EQ(energies("a_kwh", EnergyUnit::wh)[1], 7.2e-3);  // what is said comes first
  expect_error(ErrorCode::invalid_argument, "--unit", [&] { (void)energies("energy", {}); });
}

TEST(Measurements, KeepCellsInTheOrderOfTheirRows) {
  const Measurements measured = read("hash,e_wh\n" + row(kThird, "3") + row(kFirst, "") +
                                     row(kSecond, "2") + row(kFirst, "1"));
  ASSERT_EQ(measured.cells.size(), 3U);
  EXPECT_EQ(to_text(space::hash_of(measured.cells[0])), kThird);
  EXPECT_EQ(to_text(space::hash_of(measured.cells[2])), kFirst);
  EXPECT_EQ(measured.lines, (std::vector<std::size_t>{2, 4, 5}));
}

TEST(Measurements, NameCellsByGraphToo) {
  const Measurements measured = read(
      "adjacency,ops,e_wh\n0100,input;output,1\n010001000,input;conv3x3-bn-relu;output,2\n"
      "0110001000010000,conv3x3;maxpool3x3,3\n");
  ASSERT_EQ(measured.cells.size(), 3U);
  EXPECT_EQ(to_text(space::hash_of(measured.cells[0])), kFirst);
}

TEST(Measurements, TakeIsomorphicGraphsForOneCell) {
  expect_refused(
      "adjacency,ops,e_wh\n0110001000010000,conv3x3;maxpool3x3,1\n"
      "0110000100010000,conv3x3;maxpool3x3,2\n0110000100010000,maxpool3x3;conv3x3,3\n",
      "m.csv:4: column 'e_wh' is 3 where line 3 has 2 for the same cell");
}

TEST(Measurements, AreReadAsOtherProgramsWriteThem) {
  const std::string text = "\xef\xbb\xbf\"hash\",\"e_wh\",\"note\"\r\n\"" + std::string(kFirst) +
                           "\",1,\"\"\r\n" + kSecond + ", 2 ,x\r\n" + kThird + ",3e0,\r\n\r\n";
  EXPECT_EQ(read(text).energies_kwh, (std::vector<double>{1e-3 * 1, 1e-3 * 2, 1e-3 * 3}));
}

TEST(Measurements, EndInEitherKindOfLine) {
  const std::string end = "\r\n";
  const std::string text =
      "hash,e_wh" + end + kFirst + ",1" + end + kSecond + ",2" + end + kThird + ",3";
  EXPECT_EQ(read(text).cells.size(), 3U);
}

TEST(Measurements, OfOtherBudgetsArePassedOver) {
  const std::string text = "hash,epochs,e_wh\n" + row(kFirst, "4,1") + row(kFirst, "12,3") +
                           row(kSecond, "4,2") + row(kSecond, "12,6") + row(kThird, "4,3") +
                           row(kThird, "12,9");
  EXPECT_DOUBLE_EQ(read(text).energies_kwh[0], 1e-3);
  EXPECT_DOUBLE_EQ(read(text, {}, 12).energies_kwh[0], 3e-3);
  expect_error(ErrorCode::invalid_data, "0 cells at 36 epochs", [&] { (void)read(text, {}, 36); });
}

TEST(Measurements, AverageRepeatsGeometrically) {
  const Measurements measured = read("hash,repeat,e_wh\n" + row(kFirst, "1,1") +
                                     row(kFirst, "2,4") + row(kSecond, "1,5") + row(kThird, "3,7"));
  EXPECT_DOUBLE_EQ(measured.energies_kwh[0], 2e-3);
  EXPECT_DOUBLE_EQ(measured.energies_kwh[1], 5e-3);
}

TEST(Measurements, ThatWerePredictedAreNone) {
  const std::string text = "hash,e_wh,e_wh_provenance\n" + row(kFirst, "1,measured") +
                           row(kSecond, "2,measured") + row(kThird, "3,predicted");
  expect_refused(text, "2 cells at 4 epochs; expected 3 at least");
}

TEST(Measurements, TellThePue) {
  const std::string rows = row(kFirst, "1,1.4") + row(kSecond, "2,1.4");
  EXPECT_EQ(read_measurements("hash,e_wh,pue\n" + rows, "m.csv").pue, 1.4);
  EXPECT_FALSE(read_measurements("hash,e_wh\n" + row(kFirst, "1"), "m.csv").pue.has_value());
  expect_refused("hash,e_wh,pue\n" + rows + row(kThird, "2,1.5"), "m.csv:4: column 'pue' is '1.5'");
  expect_refused("hash,e_wh,pue\n" + row(kFirst, "1,0.9"), "m.csv:2: column 'pue' is '0.9'");
}

TEST(Measurements, ColumnsAreChosenByName) {
  const std::string text = "hash,a_wh,odd,b_kwh\n" + row(kFirst, "1,2,3");
  EXPECT_EQ(read_measurements(text, "m.csv").columns.size(), 2U);
  const MeasurementFile wanted = read_measurements(text, "m.csv", "odd");
  ASSERT_EQ(wanted.columns.size(), 3U);
  EXPECT_EQ(wanted.columns[1].name, "odd");
  EXPECT_EQ(wanted.columns[1].values, std::vector<double>{2});
  expect_error(ErrorCode::not_found, "no column 'c_wh'",
               [&] { (void)read_measurements(text, "m.csv", "c_wh"); });
}

TEST(Measurements, IdenticalRepetitionsCountOnce) {
  const Measurements measured = read("hash,e_wh\n" + row(kFirst, "1") + row(kFirst, "1.0") +
                                     row(kSecond, "2") + row(kThird, "3"));
  EXPECT_EQ(measured.cells.size(), 3U);
}

TEST(Measurements, RefuseWhatIsWrongWithItsLine) {
  const std::string head = "hash,e_wh\n" + row(kFirst, "1");
  expect_refused("", "m.csv: empty");
  expect_refused("hash,e_wh\n", "header without rows");
  expect_refused("e_wh\n1\n", "m.csv:1: no column 'hash'");
  expect_refused("hash,note\n" + row(kFirst, "1"), "m.csv:1: no column of energies");
  expect_refused("hash,e_wh,e_wh\n", "m.csv:1: column 'e_wh' occurs twice");
  expect_refused(head + row(kSecond, "1,2"), "m.csv:3: 3 fields; expected 2");
  expect_refused(head + "\n" + row(kSecond, "2"), "m.csv:3: 1 fields; expected 2");
  expect_refused(head + "abc,2\n", "m.csv:3: column 'hash' is 'abc'; expected 32");
  expect_refused(head + "00000000000000000000000000000000,2\n", "m.csv:3: column 'hash'");
  for (const char* value : {"-1", "0", "nan", "inf", "x", "1e999"})
    expect_refused(head + row(kSecond, value), "m.csv:3: column 'e_wh'");
  expect_refused(head + row(kFirst, "2"),
                 "m.csv:3: column 'e_wh' is 2 where line 2 has 1 for the same cell");
  expect_refused(head + row(kSecond, "2"), "2 cells at 4 epochs; expected 3");
  expect_refused("adjacency,ops,e_wh\n0000,input;output,1\n", "m.csv:2");
  expect_refused("hash,adjacency,ops,e_wh\n" + row(kSecond, "0100,input;output,1"),
                 std::string("expected '") + kFirst + "', the graph's");
  expect_refused("hash,epochs,e_wh\n" + row(kFirst, "0,1"), "m.csv:2: column 'epochs' is '0'");
  expect_refused("hash,repeat,e_wh\n" + row(kFirst, "-,1"), "m.csv:2: column 'repeat' is '-'");
}

TEST(Measurements, KnowTheirUnits) {
  for (const EnergyUnit unit : {EnergyUnit::kwh, EnergyUnit::wh, EnergyUnit::j})
    EXPECT_EQ(parse_energy_unit(name(unit)), unit);
  EXPECT_FALSE(parse_energy_unit("mj").has_value());
  EXPECT_DOUBLE_EQ(kwh_per(EnergyUnit::wh) / kwh_per(EnergyUnit::j), 3600);
}

}  // namespace
}  // namespace ecnas::table
