#include "table/tfrecord/message.hpp"

#include <cmath>
#include <utility>

#include "table/tfrecord/wire.hpp"

namespace ecnas::table::tfrecord {
namespace {

using Bytes = std::span<const std::byte>;

/// Field numbers of both kinds' messages; those from `energy` on are EC-NAS's alone.
namespace training_field {
enum : std::uint32_t {
  evaluation = 1,
  trainable_parameters = 2,
  time = 3,
  energy = 4,
  co2eq = 5,
  started = 6,
  stopped = 7,
  carbon_intensity = 8,
  power = 9,
  pue = 1000,  // of ecnas
  provenance = 1001,
  repeat = 1002,
};
}  // namespace training_field

/// Of an evaluation; `energy` is a path in NAS-Bench-101's message, of another type.
namespace evaluation_field {
enum : std::uint32_t {
  epochs = 1,
  training_time = 2,
  train_accuracy = 3,
  validation_accuracy = 4,
  test_accuracy = 5,
  energy = 6,
  co2eq = 7,
  carbon_intensity = 8,
  started = 9,
  stopped = 10,
  predicted_carbon_intensity = 14,  // the last number
};
}  // namespace evaluation_field

namespace power_field {
enum : std::uint32_t {
  gpu = 1,
  cpu = 2,
  average_power = 1,
  energy = 2,
  device = 3,
  only = 1,  // of a number's or a name's own message
};
}  // namespace power_field

/// Where an evaluation's field is kept; null for one that is not.
double* place_of(std::uint32_t field, Evaluation& evaluation) {
  switch (field) {
    case evaluation_field::epochs:
      return &evaluation.epochs;
    case evaluation_field::training_time:
      return &evaluation.training_time_s;
    case evaluation_field::train_accuracy:
      return &evaluation.train_accuracy;
    case evaluation_field::validation_accuracy:
      return &evaluation.validation_accuracy;
    case evaluation_field::test_accuracy:
      return &evaluation.test_accuracy;
    case evaluation_field::energy:
      return &evaluation.energy_kwh;
    case evaluation_field::co2eq:
      return &evaluation.co2eq_g;
    case evaluation_field::carbon_intensity:
      return &evaluation.carbon_intensity_g_per_kwh;
    default:
      return nullptr;
  }
}

double* place_of(std::uint32_t field, TrainingMessage& training) {
  switch (field) {
    case training_field::time:
      return &training.time_s;
    case training_field::energy:
      return &training.energy_kwh;
    case training_field::co2eq:
      return &training.co2eq_g;
    case training_field::carbon_intensity:
      return &training.carbon_intensity_g_per_kwh;
    case training_field::pue:
      return &training.pue;
    default:
      return nullptr;
  }
}

/// Whether a number of an evaluation, or of a training, is one that EC-NAS's messages alone have.
/// @{
bool is_of_evaluated_energy(std::uint32_t field) {
  return field >= evaluation_field::energy && field <= evaluation_field::predicted_carbon_intensity;
}
bool is_of_energy(std::uint32_t field) {
  return field == training_field::energy || field == training_field::co2eq ||
         field == training_field::carbon_intensity;
}
/// @}

std::string_view parse_evaluation(Bytes bytes, TrainingMessage& training) {
  Evaluation& evaluation = training.evaluations.emplace_back();
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.is(WireType::fixed64)) {
      if (double* place = place_of(reader.field(), evaluation)) *place = reader.real();
      if (is_of_evaluated_energy(reader.field())) training.has_energy = true;
    } else if (reader.is(WireType::bytes)) {
      if (reader.field() == evaluation_field::started && training.first_evaluation.empty())
        training.first_evaluation = reader.text();
      if (reader.field() == evaluation_field::stopped) training.last_evaluation = reader.text();
    }
  }
  return reader.fault();
}

/// The number in a message of its own.
std::string_view parse_number(Bytes bytes, std::vector<double>& numbers) {
  double& number = numbers.emplace_back(kNoValue);
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.field() == power_field::only && reader.is(WireType::fixed64)) number = reader.real();
  }
  return reader.fault();
}

std::string_view parse_device(Bytes bytes, std::vector<std::string_view>& devices) {
  std::string_view& device = devices.emplace_back();
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.field() == power_field::only && reader.is(WireType::bytes)) device = reader.text();
  }
  return reader.fault();
}

std::string_view parse_meters(Bytes bytes, MeterReadings& meters) {
  WireReader reader(bytes);
  while (reader.next()) {
    if (!reader.is(WireType::bytes)) continue;
    std::string_view fault;
    if (reader.field() == power_field::average_power) {
      fault = parse_number(reader.bytes(), meters.average_power_w);
    } else if (reader.field() == power_field::energy) {
      fault = parse_number(reader.bytes(), meters.energy_j);
    } else if (reader.field() == power_field::device) {
      fault = parse_device(reader.bytes(), meters.devices);
    }
    if (!fault.empty()) return fault;
  }
  return reader.fault();
}

std::string_view parse_power(Bytes bytes, TrainingMessage& training) {
  WireReader reader(bytes);
  while (reader.next()) {
    if (!reader.is(WireType::bytes)) continue;
    std::string_view fault;
    if (reader.field() == power_field::gpu) fault = parse_meters(reader.bytes(), training.gpu);
    if (reader.field() == power_field::cpu) fault = parse_meters(reader.bytes(), training.cpu);
    if (!fault.empty()) return fault;
  }
  return reader.fault();
}

/// A text or a message within a training's.
std::string_view parse_part(const WireReader& reader, TrainingMessage& training) {
  switch (reader.field()) {
    case training_field::evaluation:
      return parse_evaluation(reader.bytes(), training);
    case training_field::started:
      training.started = reader.text();
      training.has_energy = true;
      return {};
    case training_field::stopped:
      training.stopped = reader.text();
      training.has_energy = true;
      return {};
    case training_field::power:
      training.has_energy = true;
      return parse_power(reader.bytes(), training);
    case training_field::provenance:
      training.provenance = reader.text();
      return {};
    default:
      return {};
  }
}

void take_integer(const WireReader& reader, TrainingMessage& training) {
  if (reader.field() == training_field::trainable_parameters)
    training.trainable_parameters = static_cast<std::int32_t>(reader.varint());
  if (reader.field() == training_field::repeat) training.repeat = reader.varint();
}

void put(WireWriter& writer, std::uint32_t field, double value) {
  if (!std::isnan(value)) writer.real(field, value);
}

std::string encode_evaluation(const Evaluation& evaluation, MessageKind kind) {
  WireWriter writer;
  put(writer, evaluation_field::epochs, evaluation.epochs);
  put(writer, evaluation_field::training_time, evaluation.training_time_s);
  put(writer, evaluation_field::train_accuracy, evaluation.train_accuracy);
  put(writer, evaluation_field::validation_accuracy, evaluation.validation_accuracy);
  put(writer, evaluation_field::test_accuracy, evaluation.test_accuracy);
  if (kind == MessageKind::energy) {
    put(writer, evaluation_field::energy, evaluation.energy_kwh);
    put(writer, evaluation_field::co2eq, evaluation.co2eq_g);
    put(writer, evaluation_field::carbon_intensity, evaluation.carbon_intensity_g_per_kwh);
  }
  return writer.message();
}

std::string encode_number(double value) {
  WireWriter writer;
  put(writer, power_field::only, value);
  return writer.message();
}

std::string encode_meters(const MeterReadings& meters) {
  WireWriter writer;
  for (const double power : meters.average_power_w)
    writer.bytes(power_field::average_power, encode_number(power));
  for (const double energy : meters.energy_j)
    writer.bytes(power_field::energy, encode_number(energy));
  for (const std::string_view device : meters.devices) {
    WireWriter name;
    name.bytes(power_field::only, device);
    writer.bytes(power_field::device, name.message());
  }
  return writer.message();
}

}  // namespace

void MeterReadings::clear() {
  average_power_w.clear();
  energy_j.clear();
  devices.clear();
}

void TrainingMessage::clear() {
  evaluations.clear();
  trainable_parameters.reset();
  time_s = energy_kwh = co2eq_g = carbon_intensity_g_per_kwh = kNoValue;
  started = stopped = first_evaluation = last_evaluation = provenance = {};
  gpu.clear();
  cpu.clear();
  has_energy = false;
  pue = kNoValue;
  repeat.reset();
}

std::string_view parse_message(Bytes bytes, TrainingMessage& training) {
  training.clear();
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.is(WireType::bytes)) {
      const std::string_view fault = parse_part(reader, training);
      if (!fault.empty()) return fault;
    } else if (reader.is(WireType::fixed64)) {
      if (double* place = place_of(reader.field(), training)) *place = reader.real();
      if (is_of_energy(reader.field())) training.has_energy = true;
    } else if (reader.is(WireType::varint)) {
      take_integer(reader, training);
    }
  }
  return reader.fault();
}

std::string encode_message(const TrainingMessage& training, MessageKind kind) {
  WireWriter writer;
  for (const Evaluation& evaluation : training.evaluations)
    writer.bytes(training_field::evaluation, encode_evaluation(evaluation, kind));
  if (training.trainable_parameters) {
    writer.varint(training_field::trainable_parameters,
                  static_cast<std::uint64_t>(*training.trainable_parameters));
  }
  put(writer, training_field::time, training.time_s);
  if (!training.provenance.empty()) writer.bytes(training_field::provenance, training.provenance);
  if (training.repeat) writer.varint(training_field::repeat, *training.repeat);
  if (kind == MessageKind::nasbench101) return writer.message();
  put(writer, training_field::energy, training.energy_kwh);
  put(writer, training_field::co2eq, training.co2eq_g);
  if (!training.started.empty()) writer.bytes(training_field::started, training.started);
  if (!training.stopped.empty()) writer.bytes(training_field::stopped, training.stopped);
  put(writer, training_field::carbon_intensity, training.carbon_intensity_g_per_kwh);
  WireWriter power;
  for (const auto& [field, meters] :
       {std::pair(power_field::gpu, &training.gpu), std::pair(power_field::cpu, &training.cpu)}) {
    const std::string message = encode_meters(*meters);
    if (!message.empty()) power.bytes(field, message);
  }
  if (!power.message().empty()) writer.bytes(training_field::power, power.message());
  put(writer, training_field::pue, training.pue);
  return writer.message();
}

}  // namespace ecnas::table::tfrecord
