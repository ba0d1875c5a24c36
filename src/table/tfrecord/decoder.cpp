#include "table/tfrecord/decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "ecnas/core/printable.hpp"
#include "ecnas/core/text.hpp"
#include "table/layout.hpp"
#include "table/tfrecord/base64.hpp"

namespace ecnas::table::tfrecord {
namespace {

using space::Rank;

constexpr std::size_t kMaxDigits = 64 * 64;  // larger matrices prune to no cell anybody has stored
constexpr std::size_t kEvaluations = 3;      // before training, on the way, at the end

/// The operation of a label, by the one letter in which labels differ.
std::optional<space::Operation> parse_label(std::string_view label) {
  constexpr std::size_t kTelling = 4;  // conv3x3…, conv1x1…, maxpool3x3
  if (label.size() > kTelling) {
    const auto guess = label[kTelling] == '3'   ? space::Operation::conv3x3
                       : label[kTelling] == '1' ? space::Operation::conv1x1
                                                : space::Operation::maxpool3x3;
    if (label == space::name(guess)) return guess;
  }
  return space::parse_operation(label);
}

/// The ones among at most seven digits as bits, the first lowest; absent if one is no 0 or 1.
/// Eight characters at a time: what follows the digits is masked away.
std::optional<std::uint32_t> read_digits(const char* digits, unsigned count) {
  constexpr std::uint64_t kZeros = 0x3030303030303030;  // "00000000"
  constexpr std::uint64_t kLowBits = 0x0101010101010101;
  constexpr std::uint64_t kGather = 0x0102040810204080;  // byte k's low bit to bit 56 + k
  std::uint64_t word = 0;
  std::memcpy(&word, digits, sizeof(word));
  const std::uint64_t mask = (std::uint64_t{1} << (8 * count)) - 1;
  const std::uint64_t bits = (word ^ kZeros) & mask;
  if ((bits & ~kLowBits) != 0) return std::nullopt;
  return static_cast<std::uint32_t>(bits * kGather >> 56U);
}

/// Edges of a graph of at most 7 vertices; absent for digits that are none or not above the
/// diagonal.
std::optional<space::Specification> read_edges(std::string_view digits, unsigned vertices) {
  std::array<char, space::kMaxVertices * space::kMaxVertices + sizeof(std::uint64_t)> padded{};
  std::ranges::copy(digits, padded.begin());
  space::Specification graph;
  graph.vertices = static_cast<std::uint8_t>(vertices);
  for (unsigned source = 0; source < vertices; ++source) {
    const auto targets = read_digits(padded.data() + std::size_t{source} * vertices, vertices);
    if (!targets || (*targets & ((2U << source) - 1)) != 0) return std::nullopt;
    for (std::uint32_t left = *targets; left != 0; left &= left - 1)
      graph.flip_edge(source, static_cast<unsigned>(std::countr_zero(left)));
  }
  return graph;
}

/// A graph of at most 7 vertices straight from its texts; absent for one that needs judging by the
/// slower way, which also says what is wrong.
std::optional<space::Specification> read_graph(std::string_view digits, std::string_view labels,
                                               unsigned vertices) {
  auto graph = read_edges(digits, vertices);
  if (!graph) return std::nullopt;
  for (unsigned vertex = 0; vertex < vertices; ++vertex) {
    const std::size_t end = std::min(labels.find(','), labels.size());
    const std::string_view label = labels.substr(0, end);
    const bool is_last = vertex + 1 == vertices;
    if (is_last != (end == labels.size())) return std::nullopt;
    if (vertex == 0 || is_last) {
      if (label != (vertex == 0 ? "input" : "output")) return std::nullopt;
    } else {
      const auto operation = parse_label(label);
      if (!operation) return std::nullopt;
      graph->set_operation(vertex, *operation);
    }
    labels.remove_prefix(is_last ? end : end + 1);
  }
  return graph;
}

unsigned vertices_of(std::string_view digits) {
  const auto vertices =
      static_cast<unsigned>(std::lround(std::sqrt(static_cast<double>(digits.size()))));
  return std::size_t{vertices} * vertices == digits.size() ? vertices : 0;
}

/// Any graph: pruned, and judged with a reason.
Result<space::Cell, space::InvalidCell> judge_graph(std::string_view digits,
                                                    std::string_view labels) {
  if (digits.size() > kMaxDigits) return space::InvalidCell::wrong_size;
  std::vector<std::uint8_t> matrix;
  for (const char digit : digits) {
    if (digit != '0' && digit != '1') return space::InvalidCell::not_upper_triangular;
    matrix.push_back(digit == '1' ? 1 : 0);
  }
  return space::Cell::from(matrix, split(labels, ','));
}

Result<space::Cell, space::InvalidCell> read_cell(std::string_view digits,
                                                  std::string_view labels) {
  const unsigned vertices = vertices_of(digits);
  if (vertices >= 2 && vertices <= space::kMaxVertices) {
    if (const auto graph = read_graph(digits, labels, vertices)) return space::Cell::from(*graph);
  }
  return judge_graph(digits, labels);
}

/// NaN in place of what makes no sense, which is then a finding; NaN itself says "not there".
class Sieve {
 public:
  Sieve(std::size_t record, Findings& findings) : record_(record), findings_(findings) {}

  /// @param when  follows the names in findings: " at the end"
  void clean(Evaluation& evaluation, std::string_view when) {
    accuracy(evaluation.train_accuracy, "train_accuracy", when);
    accuracy(evaluation.validation_accuracy, "validation_accuracy", when);
    accuracy(evaluation.test_accuracy, "test_accuracy", when);
    quantity(evaluation.training_time_s, "training_time", when);
    quantity(evaluation.energy_kwh, "energy", when);
    quantity(evaluation.co2eq_g, "co2eq", when);
  }

  void quantity(double& value, std::string_view name, std::string_view when) {
    if (value >= 0 && value <= std::numeric_limits<float>::max()) return;
    leave_out(FindingKind::odd_quantity, value, name, when);
  }

 private:
  void accuracy(double& value, std::string_view name, std::string_view when) {
    if (value >= 0 && value <= 1) return;
    leave_out(FindingKind::odd_accuracy, value, name, when);
  }

  void leave_out(FindingKind kind, double& value, std::string_view name, std::string_view when) {
    if (is_missing(value)) return;
    findings_.add(kind, record_, fmt::format("{}{}: {}", name, when, shortest(value)));
    value = kNoValue;
  }

  /// The NaN that stands for a field that is not there; a NaN that a file holds is another.
  static bool is_missing(double value) {
    return std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(kNoValue);
  }

  std::size_t record_;
  Findings& findings_;
};

/// What a record states, byte by byte; absent throughout where it makes no sense.
ProvenanceOfMetrics read_provenance(std::string_view bytes) {
  ProvenanceOfMetrics provenance{};
  if (bytes.size() != provenance.size()) return provenance;
  if (std::ranges::any_of(bytes, [](char byte) {
        return static_cast<std::uint8_t>(byte) > static_cast<std::uint8_t>(Provenance::predicted);
      })) {
    return provenance;
  }
  std::ranges::transform(bytes, provenance.begin(),
                         [](char byte) { return static_cast<Provenance>(byte); });
  return provenance;
}

/// Absent where it makes no sense.
std::optional<std::size_t> read_repeat(std::optional<std::uint64_t> stated) {
  if (!stated || *stated < 1 || *stated > kMaxRepeats) return std::nullopt;
  return static_cast<std::size_t>(*stated);
}

constexpr std::size_t kMaxDeviceBytes = 100;  // of a name that is kept

/// The day in a time like "2022-05-28 13:57:33"; empty for another text.
std::string_view day_of(std::string_view time) {
  constexpr std::string_view kPattern = "0000-00-00";
  const std::string_view day = time.substr(0, kPattern.size());
  const bool fits = std::ranges::equal(day, kPattern, [](char character, char pattern) {
    return pattern == '0' ? character >= '0' && character <= '9' : character == pattern;
  });
  return fits ? day : std::string_view();
}

}  // namespace

void Batch::clear() {
  trainings.clear();
  meters.clear();
  devices.clear();
  first_day.clear();
  last_day.clear();
  findings = {};
  has_energy = false;
  records = 0;
  damage.reset();
}

void Decoder::decode(std::span<const Record> records, Batch& batch) {
  batch.clear();
  for (const Record& record : records) {
    decode(record, batch);
    if (batch.damage) break;
    ++batch.records;
  }
  check_hashes(batch);
}

void Decoder::decode(const Record& record, Batch& batch) {
  if (std::string fault = read(record); !fault.empty()) {
    if (keep_going_) {
      batch.findings.add(FindingKind::damaged, record.number, std::move(fault));
    } else {
      batch.damage = Damage{record.number, record.offset, std::move(fault)};
    }
    return;
  }
  if (find_cell(record, batch) && matches(record, batch)) add_training(record, batch);
}

/// Takes a record apart. @return what is wrong with its bytes; empty: nothing
std::string Decoder::read(const Record& record) {
  if (const std::uint32_t computed = masked_crc(record.payload); computed != record.crc) {
    return fmt::format("the checksum of its payload is {:#010x} but that of the bytes is {:#010x}",
                       record.crc, computed);
  }
  const std::string_view payload(reinterpret_cast<const char*>(record.payload.data()),
                                 record.payload.size());
  if (const std::string_view fault = parser_.parse(payload, row_); !fault.empty()) {
    return fmt::format("JSON, byte {} of its payload: {}", parser_.position(), fault);
  }
  message_.clear();
  if (const std::string_view fault = decode_base64(row_.message, message_); !fault.empty()) {
    return fmt::format("its message: {}", fault);
  }
  if (const std::string_view fault = parse_message(message_, training_); !fault.empty()) {
    return fmt::format("its message: {}", fault);
  }
  if (row_.epochs < 1 || row_.epochs > std::numeric_limits<std::int32_t>::max()) {
    return fmt::format("{} epochs; expected 1 or more", row_.epochs);
  }
  return {};
}

bool Decoder::find_cell(const Record& record, Batch& batch) {
  if (row_.hash == known_.hash_text && row_.adjacency == known_.adjacency &&
      row_.operations == known_.operations) {
    return true;
  }
  const auto cell = read_cell(row_.adjacency, row_.operations);
  const auto rank = cell ? expected_.space.rank(*cell) : std::nullopt;
  if (!rank) {
    batch.findings.add(
        FindingKind::no_cell, record.number,
        fmt::format("{} with {}: {}", quoted(row_.adjacency), quoted(row_.operations),
                    cell ? "outside the space" : describe(cell.reason())));
    return false;
  }
  const auto hash = space::parse_hash(row_.hash);
  if (!hash) {
    batch.findings.add(FindingKind::wrong_hash, record.number,
                       fmt::format("{} is no hash", quoted(row_.hash)));
    return false;
  }
  known_.hash_text = row_.hash;
  known_.adjacency = row_.adjacency;
  known_.operations = row_.operations;
  known_.hash = *hash;
  known_.rank = *rank;
  return true;
}

/// Compares what the record says of its cell with the cell; its hash later, with those of others.
bool Decoder::matches(const Record& record, Batch& batch) {
  const std::int64_t parameters = expected_.trainable_parameters[known_.rank];
  if (training_.trainable_parameters && *training_.trainable_parameters != parameters) {
    batch.findings.add(FindingKind::wrong_parameters, record.number,
                       fmt::format("{} parameters but the cell {} has {}",
                                   *training_.trainable_parameters, quoted(row_.hash), parameters));
    return false;
  }
  if (training_.evaluations.empty()) {
    batch.findings.add(FindingKind::no_evaluation, record.number, std::string(row_.hash));
    return false;
  }
  if (training_.evaluations.size() != kEvaluations) {
    batch.findings.add(
        FindingKind::evaluation_count, record.number,
        fmt::format("{} with {} evaluations", row_.hash, training_.evaluations.size()));
  }
  const double after = training_.evaluations.back().epochs;
  if (after != static_cast<double>(row_.epochs) && !std::isnan(after)) {
    batch.findings.add(FindingKind::other_epochs, record.number,
                       fmt::format("{} says {} epochs but ends after {}", row_.hash, row_.epochs,
                                   shortest(after)));
  }
  return true;
}

void Decoder::add_training(const Record& record, Batch& batch) {
  const std::vector<Evaluation>& evaluations = training_.evaluations;
  Training& training = batch.trainings.emplace_back(Training{
      .record = record.number,
      .rank = known_.rank,
      .hash = known_.hash,
      .epochs = static_cast<std::int32_t>(row_.epochs),
      .repeat = read_repeat(training_.repeat),
      .halfway = evaluations.size() >= kEvaluations ? evaluations[1] : Evaluation{},
      .end = evaluations.back(),
      .run_time_s = training_.time_s,
      .run_energy_kwh = training_.energy_kwh,
      .run_co2eq_g = training_.co2eq_g,
      .carbon_intensity_g_per_kwh = training_.carbon_intensity_g_per_kwh,
      .pue = training_.pue >= 1 && std::isfinite(training_.pue) ? training_.pue : kNoValue,
      .provenance = read_provenance(training_.provenance),
      .first_meter = static_cast<std::uint32_t>(batch.meters.size()),
      .meters = 0,
  });
  Sieve sieve(record.number, batch.findings);
  sieve.clean(training.end, " at the end");
  sieve.clean(training.halfway, " halfway");
  sieve.quantity(training.run_time_s, "total_time", "");
  sieve.quantity(training.run_energy_kwh, "total_energy", "");
  sieve.quantity(training.run_co2eq_g, "total_co2eq", "");
  sieve.quantity(training.carbon_intensity_g_per_kwh, "carbon intensity", "");
  add_meters(training_.gpu, true, batch);
  add_meters(training_.cpu, false, batch);
  training.meters = static_cast<std::uint32_t>(batch.meters.size()) - training.first_meter;
  for (MeterReading& meter : std::span(batch.meters).subspan(training.first_meter)) {
    sieve.quantity(meter.average_power_w, "average power", "");
    sieve.quantity(meter.energy_j, "energy of a meter", "");
  }
  batch.has_energy = batch.has_energy || training_.has_energy;
  note_days(batch);
}

void Decoder::add_meters(const MeterReadings& readings, bool is_gpu, Batch& batch) {
  const std::size_t count = std::min<std::size_t>(
      std::max(readings.average_power_w.size(), readings.energy_j.size()), kMaxMeters);
  for (std::uint32_t index = 0; index < count; ++index) {
    const auto reading = [index](const std::vector<double>& numbers) {
      return index < numbers.size() ? numbers[index] : kNoValue;
    };
    batch.meters.push_back(
        {is_gpu, index, reading(readings.average_power_w), reading(readings.energy_j)});
  }
  for (const std::string_view device : readings.devices) {
    const std::string name = printable(trimmed(device).substr(0, kMaxDeviceBytes));
    if (!name.empty()) batch.devices.insert(name);
  }
}

void Decoder::note_days(Batch& batch) const {
  const TrainingMessage& said = training_;
  const std::string_view first =
      day_of(said.started.empty() ? said.first_evaluation : said.started);
  const std::string_view last = day_of(said.stopped.empty() ? said.last_evaluation : said.stopped);
  if (!first.empty() && (batch.first_day.empty() || first < batch.first_day))
    batch.first_day = first;
  if (last > batch.last_day) batch.last_day = last;
}

/// Leaves out the trainings whose hash is not their cell's.
void Decoder::check_hashes(Batch& batch) {
  std::vector<Rank> ranks;
  std::vector<space::Hash> hashes;
  if (expected_.hashes.empty()) {
    for (const Training& training : batch.trainings)
      ranks.push_back(training.rank);
    std::ranges::sort(ranks);
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    std::vector<space::Cell> cells;
    for (const Rank rank : ranks)
      cells.push_back(expected_.space.cell(rank));
    hashes.resize(cells.size());
    space::hash_cells(cells, hashes);
  }
  const auto hash_of_rank = [&](Rank rank) -> const space::Hash& {
    if (!expected_.hashes.empty()) return expected_.hashes[rank];
    return hashes[static_cast<std::size_t>(std::ranges::lower_bound(ranks, rank) - ranks.begin())];
  };
  std::erase_if(batch.trainings, [&](const Training& training) {
    const space::Hash& hash = hash_of_rank(training.rank);
    if (training.hash == hash) return false;
    batch.findings.add(
        FindingKind::wrong_hash, training.record,
        fmt::format("{} but the graph's is {}", to_text(training.hash), to_text(hash)));
    return true;
  });
}

}  // namespace ecnas::table::tfrecord
