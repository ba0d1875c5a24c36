#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/hash.hpp"
#include "ecnas/space/space.hpp"
#include "table/tfrecord/finding.hpp"
#include "table/tfrecord/framing.hpp"
#include "table/tfrecord/message.hpp"
#include "table/tfrecord/metrics.hpp"
#include "table/tfrecord/row.hpp"

namespace ecnas::table::tfrecord {

inline constexpr std::uint32_t kMaxMeters = 16;  // of a kind

/// One meter of one training.
struct MeterReading {
  bool is_gpu;
  std::uint32_t index;  ///< among those of its kind
  double average_power_w;
  double energy_j;
};

/// Of each of `kMetrics`.
using ProvenanceOfMetrics = std::array<Provenance, kMetrics.size()>;

/// One training, checked against the space. Values that make no sense are NaN.
struct Training {
  std::size_t record;
  space::Rank rank;
  space::Hash hash;  ///< as the record says
  std::int32_t epochs;
  std::optional<std::size_t> repeat;  ///< as the record says, from 1
  Evaluation halfway;                 ///< all NaN without one
  Evaluation end;
  double run_time_s;
  double run_energy_kwh;
  double run_co2eq_g;
  double carbon_intensity_g_per_kwh;
  double pue;                      ///< as the record says; NaN: it does not
  ProvenanceOfMetrics provenance;  ///< likewise; absent throughout
  std::uint32_t first_meter;       ///< in `Batch::meters`
  std::uint32_t meters;
};

/// What some consecutive records hold.
struct Batch {
  std::vector<Training> trainings;  ///< in the records' order
  std::vector<MeterReading> meters;
  std::set<std::string, std::less<>> devices;
  std::string first_day;  ///< of measuring, "2022-05-28"; empty: not said
  std::string last_day;
  Findings findings;
  bool has_energy = false;
  std::size_t records = 0;
  std::optional<Damage> damage;  ///< the first record that cannot be read: none after it is

  void clear();
};

/// What records are checked against.
struct Expected {
  const space::Space& space;
  std::span<const std::int64_t> trainable_parameters;  ///< by rank
  std::span<const space::Hash> hashes;                 ///< by rank, or empty: hashed as needed
};

/// Reads records; one for each thread.
class Decoder {
 public:
  /// @param keep_going  damaged records are findings
  Decoder(const Expected& expected, bool keep_going)
      : expected_(expected), keep_going_(keep_going) {}

  /// @param batch  overwritten
  void decode(std::span<const Record> records, Batch& batch);

 private:
  void decode(const Record& record, Batch& batch);
  [[nodiscard]] std::string read(const Record& record);
  [[nodiscard]] bool find_cell(const Record& record, Batch& batch);
  [[nodiscard]] bool matches(const Record& record, Batch& batch);
  void add_training(const Record& record, Batch& batch);
  void add_meters(const MeterReadings& readings, bool is_gpu, Batch& batch);
  void note_days(Batch& batch) const;
  void check_hashes(Batch& batch);

  Expected expected_;
  bool keep_going_;
  // Kept from record to record for their memory.
  JsonRowParser parser_;
  JsonRow row_;
  std::vector<std::byte> message_;
  TrainingMessage training_;

  /// The last record's cell: most often the next one's too.
  struct KnownCell {
    std::string hash_text;
    std::string adjacency;
    std::string operations;
    space::Hash hash;
    space::Rank rank = 0;
  };
  KnownCell known_;
};

}  // namespace ecnas::table::tfrecord
