#include "report/captions.hpp"

#include <gtest/gtest.h>

namespace ecnas::report {
namespace {

TEST(Captions, CleanKeepsTextAndReplacesWhatXmlCannotHold) {
  EXPECT_EQ(clean("CO₂eq <b>&\"' 漢字 🙂"), "CO₂eq <b>&\"' 漢字 🙂");
  EXPECT_EQ(clean("a\nb\tc\x01 \x7f"), "a b c   ");
  EXPECT_EQ(clean("\xc2\x85|\xe2\x80\xa8|\xef\xbf\xbe|\xef\xb7\x90"), " | | | ");
}

TEST(Captions, CleanReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(clean("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(clean("a\xc3"), "a\xef\xbf\xbd");                         // cut short
  EXPECT_EQ(clean("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");           // overlong
  EXPECT_EQ(clean("\xe0\x80\xaf").find('\x80'), std::string::npos);   // overlong, 3 bytes
  EXPECT_EQ(clean("\xed\xa0\x80").substr(0, 3), "\xef\xbf\xbd");      // surrogate
  EXPECT_EQ(clean("\xf4\x90\x80\x80").substr(0, 3), "\xef\xbf\xbd");  // beyond U+10FFFF
  EXPECT_EQ(clean("\xe2\x82(").back(), '(');
}

TEST(Captions, WrappedBreaksAtSpacesAndKeepsEveryWord) {
  const std::string text = "one two three four five six seven eight nine ten";
  const auto lines = wrapped(text, 10, 80, 100);
  ASSERT_GT(lines.size(), 2U);
  std::string joined;
  for (const std::string& line : lines) {
    EXPECT_LE(text_width(line, 10), 80) << line;
    joined += (joined.empty() ? "" : " ") + line;
  }
  EXPECT_EQ(joined, text);
}

TEST(Captions, WrappedBreaksLongWordsBetweenCharactersAndEndsInAnEllipsis) {
  std::string word;
  for (int i = 0; i < 300; ++i)
    word += "ü";
  const auto lines = wrapped(word, 10, 80, 3);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(lines.back().ends_with("…"));
  for (const std::string& line : lines)
    EXPECT_EQ(clean(line), line);
  EXPECT_TRUE(wrapped("   ", 10, 80, 3).empty());
  EXPECT_TRUE(wrapped("", 10, 80, 3).empty());
}

TEST(Captions, NumbersAreReadable) {
  EXPECT_EQ(readable(0.045912), "0.0459");
  EXPECT_EQ(readable(0), "0");
  EXPECT_EQ(readable(999.4), "999");
  EXPECT_EQ(readable(999.7), "1,000");
  EXPECT_EQ(readable(-4746.2), "-4,746");
  EXPECT_EQ(readable(49979274), "49,979,274");
  EXPECT_EQ(readable(1e20), "1e+20");
  EXPECT_EQ(readable(0.5, Axis{"Training energy", "kWh", Scale::automatic, {}}), "0.5 kWh");
  EXPECT_EQ(readable(0.5, Axis{"Validation error", "", Scale::automatic, {}}), "0.5");
}

TEST(Captions, AxesAreTitledWithTheirUnits) {
  EXPECT_EQ(axis_title({"Training energy", "kWh", Scale::automatic, {}}), "Training energy (kWh)");
  EXPECT_EQ(axis_title({"Validation error", "", Scale::automatic, {}}), "Validation error");
  EXPECT_EQ(extremum_title({"Training energy", "kWh", Scale::automatic, {}}),
            "Least training energy");
  EXPECT_EQ(extremum_title({"FLOPs", "", Scale::automatic, {}}), "Least FLOPs");
  EXPECT_EQ(extremum_title({"CO2eq", "g", Scale::automatic, {}}), "Least CO2eq");
}

TEST(Captions, SubtitleStatesCountsHypervolumeReferenceAndProvenance) {
  FrontFigure figure;
  figure.subtitle = "91 cells";
  figure.points.resize(1364);
  figure.front.resize(34);
  figure.x_axis = {"Training energy", "kWh", Scale::automatic, ProvenanceCounts{341, 1022, 1}};
  figure.y_axis = {"Validation error", "", Scale::automatic, ProvenanceCounts{5, 0, 0}};
  figure.hypervolume = HypervolumeNote{1.390108743, {1.5, 1}};
  EXPECT_EQ(subtitle_lines(figure),
            (std::vector<std::string>{
                "91 cells",
                "34 of 1,364 solutions on the Pareto front; hypervolume 1.39011, reference point "
                "(1.5 kWh, 1)",
                "Training energy: 25 % measured, 75 % scaled, <1 % predicted; Validation error: "
                "100 % measured"}));
  figure.subtitle.clear();
  figure.hypervolume.reset();
  figure.x_axis.provenance.reset();
  figure.y_axis.provenance = ProvenanceCounts{};
  EXPECT_EQ(subtitle_lines(figure),
            std::vector<std::string>{"34 of 1,364 solutions on the Pareto front"});
}

}  // namespace
}  // namespace ecnas::report
