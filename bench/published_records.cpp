#include "published_records.hpp"

#include <string>

#include "ecnas/core/error.hpp"
#include "ecnas/space/hash.hpp"
#include "table/published.hpp"
#include "table/tfrecord/base64.hpp"
#include "table/tfrecord/framing.hpp"
#include "table/tfrecord/message.hpp"
#include "table/tfrecord/row.hpp"

namespace ecnas::bench {
namespace {

using table::tfrecord::Evaluation;
using table::tfrecord::TrainingMessage;

constexpr double kChance = 0.1;  // accuracy before any training

double value(const table::Entry& entry, std::string_view metric) {
  const auto found = entry.value(metric);
  if (!found) fail(ErrorCode::invalid_argument, "the table has no {}", metric);
  return *found;
}

/// What a training gave, three evaluations.
TrainingMessage training_of(const table::Entry& entry, PublishedFile kind) {
  const double epochs = entry.epochs();
  const double validation = value(entry, "validation_accuracy");
  Evaluation end{.epochs = epochs,
                 .training_time_s = value(entry, "training_time_s"),
                 .train_accuracy = validation,
                 .validation_accuracy = validation,
                 .test_accuracy = value(entry, "test_accuracy")};
  Evaluation halfway = end;
  halfway.epochs = epochs / 2;
  TrainingMessage training;
  if (kind == PublishedFile::nasbench101) {
    halfway.training_time_s /= 2;
    halfway.validation_accuracy *= 0.9;
    training.evaluations = {Evaluation{0, 0, kChance, kChance, kChance}, halfway, end};
  } else {
    end.energy_kwh = value(entry, "energy_kwh");
    halfway.training_time_s = table::tfrecord::kNoValue;
    training.evaluations = {Evaluation{.epochs = 0}, halfway, end};
  }
  training.time_s = end.training_time_s * 1.1;
  return training;
}

}  // namespace

void write_published_records(const table::Table& table, PublishedFile kind, std::uint64_t seed,
                             const std::filesystem::path& path) {
  using table::tfrecord::MessageKind;
  const MessageKind message_kind =
      kind == PublishedFile::nasbench101 ? MessageKind::nasbench101 : MessageKind::energy;
  const std::uint64_t repeats = kind == PublishedFile::nasbench101 ? 3 : 1;
  table::tfrecord::RecordWriter writer(path);
  for (table::Row row = 0; row < table.cells(); ++row) {
    const space::Cell cell = table.cell(row);
    const std::string hash = space::to_text(table.hashes()[row]);
    const std::string adjacency = space::adjacency_digits(cell);
    const std::string labels = table::labels_text(cell, ',');
    for (std::size_t budget = 0; budget < table.budgets().size(); ++budget) {
      for (std::uint64_t repeat = 0; repeat < repeats; ++repeat) {
        const auto entry =
            table.query(row, budget, table::Repeat::mean(), {}, seed * repeats + repeat);
        if (!entry) continue;
        TrainingMessage training = training_of(*entry, kind);
        training.trainable_parameters =
            static_cast<std::int32_t>(table.trainable_parameters()[row]);
        const std::string message =
            table::tfrecord::encode_base64(table::tfrecord::encode_message(training, message_kind));
        writer.write(table::tfrecord::encode_row(
            {hash, table.budgets()[budget], adjacency, labels, message}));
      }
    }
  }
  writer.commit();
}

}  // namespace ecnas::bench
