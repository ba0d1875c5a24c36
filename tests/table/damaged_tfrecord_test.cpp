// TFRecord files damaged at each of their bytes, and payloads that are none.

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "ecnas/core/random.hpp"
#include "ecnas/core/text.hpp"
#include "table/loose_records.hpp"

namespace ecnas::table {
namespace {

using namespace testing;

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

}  // namespace
}  // namespace ecnas::table
