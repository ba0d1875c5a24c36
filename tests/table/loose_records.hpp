#pragma once
/// TFRecord files of records that a test can change before they are written, and their import.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/hash.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/import.hpp"
#include "table/fixtures.hpp"
#include "table/tfrecord/base64.hpp"
#include "table/tfrecord/framing.hpp"
#include "table/tfrecord/message.hpp"
#include "table/tfrecord/row.hpp"

namespace ecnas::table::testing {

using tfrecord::Evaluation;
using tfrecord::MessageKind;
using tfrecord::TrainingMessage;

/// A record's row and message.
struct LooseRecord {
  std::string hash;
  std::int64_t epochs;
  std::string adjacency;
  std::string operations;
  TrainingMessage training;
  MessageKind kind = MessageKind::nasbench101;
};

inline std::string labels_of(const space::Cell& cell) {
  std::string labels = "input";
  for (unsigned vertex = 1; vertex + 1 < cell.vertices(); ++vertex)
    labels += ',' + std::string(space::name(cell.operation(vertex)));
  return labels + ",output";
}

inline Evaluation evaluation(double epochs, double accuracy, double time) {
  return {.epochs = epochs,
          .training_time_s = time,
          .train_accuracy = accuracy + 0.125,
          .validation_accuracy = accuracy,
          .test_accuracy = accuracy - 0.0625};
}

/// A training as NAS-Bench-101 has it, all of whose values follow from `accuracy`.
inline LooseRecord record_of(const space::Cell& cell, std::int32_t epochs, double accuracy) {
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
inline LooseRecord energy_record(const space::Cell& cell, std::int32_t epochs, double accuracy,
                                 double kwh, double pue) {
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

inline std::string payload_of(const LooseRecord& record) {
  const std::string message =
      tfrecord::encode_base64(tfrecord::encode_message(record.training, record.kind));
  return tfrecord::encode_row(
      {record.hash, record.epochs, record.adjacency, record.operations, message});
}

inline void append_number(std::string& file, auto number) {
  file.append(reinterpret_cast<const char*>(&number), sizeof number);
}

inline std::string header_of(std::uint64_t length) {
  std::string header;
  append_number(header, length);
  append_number(header, tfrecord::masked_crc(std::as_bytes(std::span(header))));
  return header;
}

inline std::string framed(const std::string& payload) {
  std::string frame = header_of(payload.size()) + payload;
  append_number(frame, tfrecord::masked_crc(std::as_bytes(std::span(payload))));
  return frame;
}

inline std::string file_of(const std::vector<LooseRecord>& records) {
  std::string file;
  for (const LooseRecord& record : records)
    file += framed(payload_of(record));
  return file;
}

inline Imported import_bytes(const std::string& bytes, const ImportOptions& options = {}) {
  const TempFolder folder;
  return import_tables(std::vector{folder.write("f", bytes)}, options);
}

inline std::string refusal(const std::string& bytes, const ImportOptions& options = {}) {
  return error_of(ErrorCode::invalid_data, [&] { (void)import_bytes(bytes, options); });
}

inline ImportOptions keep_going() {
  ImportOptions options;
  options.keep_going = true;
  return options;
}

inline bool has_note(const ImportSummary& summary, std::string_view part) {
  return std::ranges::any_of(
      summary.notes, [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

/// Six records of three cells.
inline std::vector<LooseRecord> six_records() {
  std::vector<LooseRecord> records;
  for (const space::Cell& cell : {kTrivial, kConv, kTwo}) {
    records.push_back(record_of(cell, 4, 0.5));
    records.push_back(record_of(cell, 12, 0.75));
  }
  return records;
}

}  // namespace ecnas::table::testing
