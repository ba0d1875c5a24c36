// Our reader and writer of the published messages against libprotobuf on the same definition.

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>
#include <model_metrics.pb.h>

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "ecnas/core/random.hpp"
#include "table/tfrecord/message.hpp"
#include "table/tfrecord/wire.hpp"

namespace ecnas::table::tfrecord {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;
using published::ModelMetrics;
using published::ModelMetricsEnergy;

// Texts that are no UTF-8 are read, but a debug build would tell of each.
const google::protobuf::LogSilencer kSilence;

constexpr int kRounds = 20'000;
constexpr int kFirstUnknown = 100;  // far from published fields, below ours

// Random messages ---------------------------------------------------------------------------------

double random_number(Rng& rng) {
  if (rng.chance(0.25)) return std::bit_cast<double>(rng.next());  // infinite, NaN, …
  return rng.uniform() * 1000;
}

std::string random_text(Rng& rng) {
  std::string text(rng.below(12), '\0');
  for (char& character : text)
    character = static_cast<char>(rng.below(256));
  return text;
}

void add_unknown(UnknownFieldSet& fields, int number, Rng& rng) {
  switch (rng.below(4)) {
    case 0:
      return fields.AddVarint(number, rng.next() >> rng.below(64));
    case 1:
      return fields.AddFixed64(number, rng.next());
    case 2:
      return fields.AddFixed32(number, static_cast<std::uint32_t>(rng.next()));
    default:
      *fields.AddLengthDelimited(number) = random_text(rng);
  }
}

void fill(Message& message, Rng& rng);

void fill_field(Message& message, const FieldDescriptor& field, Rng& rng) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.SetDouble(&message, &field, random_number(rng));
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.SetInt32(&message, &field, static_cast<std::int32_t>(rng.next()));
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.SetString(&message, &field, random_text(rng));
    default:
      fill(field.is_repeated() ? *reflection.AddMessage(&message, &field)
                               : *reflection.MutableMessage(&message, &field),
           rng);
  }
}

/// Each field there or not, repeated ones up to three times, and a few that nobody knows.
void fill(Message& message, Rng& rng) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    const std::uint64_t times = rng.below(field.is_repeated() ? 4 : 2);
    for (std::uint64_t time = 0; time < times; ++time)
      fill_field(message, field, rng);
  }
  if (!rng.chance(0.25)) return;
  UnknownFieldSet& unknown = *message.GetReflection()->MutableUnknownFields(&message);
  add_unknown(unknown, kFirstUnknown + static_cast<int>(rng.below(400)), rng);
}

template <typename Kind>
Kind random_message(Rng& rng) {
  Kind message;
  fill(message, rng);
  return message;
}

// What libprotobuf read, as we keep it ------------------------------------------------------------

/// A field's number, or what stands for one that is not there.
double number_of(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  const Reflection& reflection = *message.GetReflection();
  const bool is_there = field != nullptr && reflection.HasField(message, field);
  return is_there ? reflection.GetDouble(message, field) : kNoValue;
}

Evaluation evaluation_of(const Message& message) {
  return {.epochs = number_of(message, "current_epoch"),
          .training_time_s = number_of(message, "training_time"),
          .train_accuracy = number_of(message, "train_accuracy"),
          .validation_accuracy = number_of(message, "validation_accuracy"),
          .test_accuracy = number_of(message, "test_accuracy"),
          .energy_kwh = number_of(message, "energy"),
          .co2eq_g = number_of(message, "co2eq"),
          .carbon_intensity_g_per_kwh = number_of(message, "avg_intensity")};
}

MeterReadings meters_of(const published::ComponentUsage& usage) {
  MeterReadings meters;
  for (const auto& average : usage.watts())
    meters.average_power_w.push_back(number_of(average, "avg_power_usage"));
  for (const auto& average : usage.joules())
    meters.energy_j.push_back(number_of(average, "avg_power_usage"));
  for (const auto& device : usage.device())
    meters.devices.push_back(device.name());
  return meters;
}

TrainingMessage training_of(const ModelMetrics& message) {
  TrainingMessage training;
  for (const auto& evaluation : message.evaluation_data())
    training.evaluations.push_back(evaluation_of(evaluation));
  if (message.has_trainable_parameters())
    training.trainable_parameters = message.trainable_parameters();
  training.time_s = number_of(message, "total_time");
  return training;
}

bool has_energy(const published::EvaluationDataEnergy& evaluation) {
  return evaluation.has_energy() || evaluation.has_co2eq() || evaluation.has_avg_intensity() ||
         evaluation.has_pred_energy() || evaluation.has_pred_co2eq() ||
         evaluation.has_pred_training_time() || evaluation.has_pred_avg_intensity();
}

bool has_energy(const ModelMetricsEnergy& message) {
  bool any = message.has_total_energy() || message.has_total_co2eq() ||
             message.has_start_emission() || message.has_stop_emission() ||
             message.has_overall_avg_intensity() || message.has_avg_power_usages();
  for (const auto& evaluation : message.evaluation_data_energy())
    any = any || has_energy(evaluation);
  return any;
}

TrainingMessage training_of(const ModelMetricsEnergy& message) {
  TrainingMessage training;
  for (const auto& evaluation : message.evaluation_data_energy())
    training.evaluations.push_back(evaluation_of(evaluation));
  if (message.has_trainable_parameters())
    training.trainable_parameters = message.trainable_parameters();
  training.time_s = number_of(message, "total_time");
  training.energy_kwh = number_of(message, "total_energy");
  training.co2eq_g = number_of(message, "total_co2eq");
  training.carbon_intensity_g_per_kwh = number_of(message, "overall_avg_intensity");
  training.started = message.start_emission();
  training.gpu = meters_of(message.avg_power_usages().gpu());
  training.cpu = meters_of(message.avg_power_usages().cpu());
  training.has_energy = has_energy(message);
  return training;
}

// Comparing ---------------------------------------------------------------------------------------

std::string bits(double number) {
  return fmt::format("{:x}", std::bit_cast<std::uint64_t>(number));
}

std::string described(const MeterReadings& meters) {
  std::string text = " watts";
  for (const double power : meters.average_power_w)
    text += ' ' + bits(power);
  text += " joules";
  for (const double energy : meters.energy_j)
    text += ' ' + bits(energy);
  return text + fmt::format(" devices {}", fmt::join(meters.devices, "|"));
}

/// Everything a published message says, numbers bit by bit.
std::string described(const TrainingMessage& training) {
  std::string text;
  for (const Evaluation& at : training.evaluations) {
    text += "evaluation";
    for (const double number :
         {at.epochs, at.training_time_s, at.train_accuracy, at.validation_accuracy,
          at.test_accuracy, at.energy_kwh, at.co2eq_g, at.carbon_intensity_g_per_kwh})
      text += ' ' + bits(number);
    text += '\n';
  }
  return text +
         fmt::format("parameters {} {} totals {} {} {} intensity {} started {}\n",
                     training.trainable_parameters.has_value(),
                     training.trainable_parameters.value_or(0), bits(training.time_s),
                     bits(training.energy_kwh), bits(training.co2eq_g),
                     bits(training.carbon_intensity_g_per_kwh), training.started) +
         "gpu" + described(training.gpu) + "\ncpu" + described(training.cpu) +
         fmt::format("\nhas energy: {}", training.has_energy);
}

std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string fault_of(const std::string& bytes) {
  TrainingMessage training;
  return std::string(parse_message(as_bytes(bytes), training));
}

/// @param bytes  outlives what the description is of
std::string described_by_us(const std::string& bytes) {
  TrainingMessage training;
  const std::string_view fault = parse_message(as_bytes(bytes), training);
  return fault.empty() ? described(training) : fmt::format("refused: {}", fault);
}

template <typename Kind>
std::string described_by_protobuf(const std::string& bytes) {
  Kind message;
  if (!message.ParsePartialFromString(bytes)) return "refused";
  return described(training_of(message));
}

// Reading -----------------------------------------------------------------------------------------

template <typename Kind>
class MessageOfKind : public ::testing::Test {};
using Kinds = ::testing::Types<ModelMetrics, ModelMetricsEnergy>;
TYPED_TEST_SUITE(MessageOfKind, Kinds);

TYPED_TEST(MessageOfKind, IsReadAsLibprotobufReadsIt) {
  Rng rng(1);
  for (int round = 0; round < kRounds; ++round) {
    const std::string bytes = random_message<TypeParam>(rng).SerializeAsString();
    ASSERT_EQ(described_by_us(bytes), described_by_protobuf<TypeParam>(bytes)) << "round " << round;
  }
}

TYPED_TEST(MessageOfKind, FieldsThatComeTwiceAreMergedAsLibprotobufMergesThem) {
  Rng rng(2);
  for (int round = 0; round < kRounds; ++round) {
    const std::string bytes = random_message<TypeParam>(rng).SerializeAsString() +
                              random_message<TypeParam>(rng).SerializeAsString();
    ASSERT_EQ(described_by_us(bytes), described_by_protobuf<TypeParam>(bytes)) << "round " << round;
  }
}

TYPED_TEST(MessageOfKind, KnownFieldsOfAnotherTypeArePassedOver) {
  Rng rng(3);
  for (int round = 0; round < kRounds; ++round) {
    TypeParam odd;
    UnknownFieldSet& fields = *odd.GetReflection()->MutableUnknownFields(&odd);
    fields.AddFixed32(1 + static_cast<int>(rng.below(9)), 7);
    fields.AddVarint(3 + static_cast<int>(rng.below(7)), rng.next());
    *fields.AddLengthDelimited(2 + static_cast<int>(rng.below(4))) = random_text(rng);
    const std::string bytes =
        odd.SerializeAsString() + random_message<TypeParam>(rng).SerializeAsString();
    ASSERT_EQ(described_by_us(bytes), described_by_protobuf<TypeParam>(bytes)) << "round " << round;
  }
}

TEST(Message, AnEmptyOneSaysNothing) {
  EXPECT_EQ(described_by_us(""), described(TrainingMessage{}));
  EXPECT_EQ(described_by_us(""), described_by_protobuf<ModelMetricsEnergy>(""));
}

TEST(Message, FieldsOfNobodyAreNotTakenForEnergies) {
  ModelMetrics message;
  message.add_evaluation_data()
      ->GetReflection()
      ->MutableUnknownFields(message.mutable_evaluation_data(0))
      ->AddFixed64(kFirstUnknown, 1);
  const std::string bytes = message.SerializeAsString();
  TrainingMessage training;
  EXPECT_EQ(parse_message(as_bytes(bytes), training), "");
  EXPECT_FALSE(training.has_energy);
}

// Damage ------------------------------------------------------------------------------------------

bool holds_group(const UnknownFieldSet& fields) {
  for (int i = 0; i < fields.field_count(); ++i) {
    if (fields.field(i).type() == UnknownField::TYPE_GROUP) return true;
  }
  return false;
}

/// Whether a message, or one within it, has a group: the one thing that we refuse and libprotobuf,
/// which passes over groups that it does not know, does not.
bool holds_group(const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  if (holds_group(reflection.GetUnknownFields(message))) return true;
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (holds_group(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                           : reflection.GetMessage(message, field)))
        return true;
    }
  }
  return false;
}

std::string mutated(std::string bytes, Rng& rng) {
  for (std::uint64_t changes = 1 + rng.below(4); changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = rng.below(bytes.size());
    switch (rng.below(5)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << rng.below(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(rng.next());
        break;
      case 2:
        bytes.insert(at, 1 + rng.below(12), static_cast<char>(rng.chance(0.5) ? rng.next() : 0x80));
        break;
      case 3:
        bytes.erase(at, 1 + rng.below(8));
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

/// @return whether both took it
::testing::AssertionResult agree(const std::string& bytes, int& taken) {
  ModelMetricsEnergy message;
  const bool theirs = message.ParsePartialFromString(bytes);
  const std::string fault = fault_of(bytes);
  if (theirs && !fault.empty() && holds_group(message)) return ::testing::AssertionSuccess();
  if (theirs != fault.empty()) {
    return ::testing::AssertionFailure()
           << (theirs ? "libprotobuf takes it" : "libprotobuf refuses it") << "; ours: '" << fault
           << "'";
  }
  if (!theirs) return ::testing::AssertionSuccess();
  ++taken;
  const std::string ours = described_by_us(bytes);
  if (ours == described(training_of(message))) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << ours << "\nlibprotobuf:\n"
                                       << described(training_of(message));
}

TEST(Message, MutatedOnesAreTakenExactlyWhereLibprotobufTakesThemSaveForGroups) {
  Rng rng(4);
  int taken = 0;
  for (int round = 0; round < 10 * kRounds; ++round) {
    ModelMetricsEnergy message = random_message<ModelMetricsEnergy>(rng);
    const std::string bytes = mutated(message.SerializeAsString(), rng);
    ASSERT_TRUE(agree(bytes, taken)) << "round " << round;
  }
  EXPECT_GT(taken, kRounds);
}

TEST(Message, RandomBytesAreTakenExactlyWhereLibprotobufTakesThemSaveForGroups) {
  Rng rng(5);
  int taken = 0;
  for (int round = 0; round < 50 * kRounds; ++round) {
    std::string bytes = random_text(rng);
    if (!bytes.empty() && rng.chance(0.5)) bytes[0] = static_cast<char>(rng.below(80));
    ASSERT_TRUE(agree(bytes, taken)) << "round " << round;
  }
  EXPECT_GT(taken, kRounds);
}

TEST(Message, AGroupIsRefused) {
  ModelMetrics message;
  message.GetReflection()->MutableUnknownFields(&message)->AddGroup(kFirstUnknown);
  EXPECT_NE(fault_of(message.SerializeAsString()), "");
}

// Depth -------------------------------------------------------------------------------------------

/// Messages within messages, all field 1.
std::string nested(std::size_t depth) {
  std::string message;
  for (std::size_t level = 0; level < depth; ++level) {
    WireWriter writer;
    writer.bytes(1, message);
    message = writer.message();
  }
  return message;
}

TEST(Message, DepthBombsAreReadNoDeeperThanTheMessagesGo) {
  EXPECT_EQ(fault_of(nested(5'000)), "");
  EXPECT_EQ(described_by_us(nested(5'000)),
            described_by_protobuf<ModelMetricsEnergy>(nested(5'000)));
}

// Writing -----------------------------------------------------------------------------------------

double writable(Rng& rng) {
  if (rng.chance(0.25)) return kNoValue;
  return rng.uniform() * 1000;
}

Evaluation random_evaluation(MessageKind kind, Rng& rng) {
  Evaluation evaluation{writable(rng), writable(rng), writable(rng), writable(rng), writable(rng)};
  if (kind == MessageKind::nasbench101) return evaluation;
  evaluation.energy_kwh = writable(rng);
  evaluation.co2eq_g = writable(rng);
  evaluation.carbon_intensity_g_per_kwh = writable(rng);
  return evaluation;
}

MeterReadings random_meters(Rng& rng) {
  MeterReadings meters;
  for (std::uint64_t count = rng.below(3); count > 0; --count) {
    meters.average_power_w.push_back(writable(rng));
    meters.energy_j.push_back(writable(rng));
    meters.devices.emplace_back("a device");
  }
  return meters;
}

TrainingMessage random_training(MessageKind kind, Rng& rng) {
  TrainingMessage training;
  for (std::uint64_t count = rng.below(5); count > 0; --count)
    training.evaluations.push_back(random_evaluation(kind, rng));
  if (rng.chance(0.75)) training.trainable_parameters = static_cast<std::int32_t>(rng.next());
  training.time_s = writable(rng);
  if (kind == MessageKind::nasbench101) return training;
  training.energy_kwh = writable(rng);
  training.co2eq_g = writable(rng);
  training.carbon_intensity_g_per_kwh = writable(rng);
  training.started = rng.chance(0.5) ? "2022-05-28 15:03:53" : "";
  training.gpu = random_meters(rng);
  training.cpu = random_meters(rng);
  return training;
}

template <typename Kind>
void expect_written_as_read(MessageKind kind) {
  Rng rng(6);
  for (int round = 0; round < kRounds; ++round) {
    TrainingMessage training = random_training(kind, rng);
    const std::string bytes = encode_message(training, kind);
    Kind message;
    ASSERT_TRUE(message.ParseFromString(bytes));
    TrainingMessage read = training_of(message);
    training.has_energy = read.has_energy;  // told by the fields that are there
    ASSERT_EQ(described(training), described(read)) << "round " << round;
    EXPECT_TRUE(message.GetReflection()->GetUnknownFields(message).empty());
  }
}

TEST(Message, WhatIsWrittenIsWhatLibprotobufReads) {
  expect_written_as_read<ModelMetrics>(MessageKind::nasbench101);
  expect_written_as_read<ModelMetricsEnergy>(MessageKind::energy);
}

TEST(Message, OurOwnFieldsAreUnknownToLibprotobufAndReadBack) {
  TrainingMessage training;
  training.pue = 1.59;
  training.provenance = "\1\2\3";
  training.repeat = 3;
  const std::string bytes = encode_message(training, MessageKind::energy);
  ModelMetricsEnergy message;
  ASSERT_TRUE(message.ParseFromString(bytes));
  EXPECT_EQ(message.GetReflection()->GetUnknownFields(message).field_count(), 3);
  TrainingMessage read;
  ASSERT_EQ(parse_message(as_bytes(bytes), read), "");
  EXPECT_EQ(read.pue, 1.59);
  EXPECT_EQ(read.provenance, "\1\2\3");
  EXPECT_EQ(read.repeat, 3U);
}

}  // namespace
}  // namespace ecnas::table::tfrecord
