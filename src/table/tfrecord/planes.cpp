#include "table/tfrecord/planes.hpp"

#include <algorithm>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "table/layout.hpp"
#include "table/published.hpp"

namespace ecnas::table::tfrecord {
namespace {

constexpr std::uint32_t kNoSlot = std::numeric_limits<std::uint32_t>::max();
constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t kMaxOddPlaces = 16;  // (after, of) epochs worth telling

/// A training's values in the order of `kMetrics`.
MetricValues values_of(const Training& training) {
  const Evaluation& end = training.end;
  const Evaluation& halfway = training.halfway;
  return {end.train_accuracy,     end.validation_accuracy,
          end.test_accuracy,      end.training_time_s,
          end.energy_kwh,         end.co2eq_g,
          halfway.train_accuracy, halfway.validation_accuracy,
          halfway.test_accuracy,  halfway.training_time_s,
          halfway.energy_kwh,     halfway.co2eq_g,
          training.run_time_s,    training.run_energy_kwh,
          training.run_co2eq_g};
}

void put(Values& values, std::size_t slot, double value) {
  if (std::isnan(value)) return;
  if (slot >= values.size()) values.resize(slot + 1, kNone);
  values[slot] = to_float(value);
}

void put_reading(std::vector<double>& values, std::size_t slot, double value) {
  if (slot >= values.size()) values.resize(slot + 1, kNoValue);
  values[slot] = value;
}

/// Of a training that states it.
void put_provenance(const ProvenanceOfMetrics& provenance, Layer& layer, std::size_t slot) {
  for (std::size_t metric = 0; metric < provenance.size(); ++metric) {
    if (provenance[metric] == Provenance::absent) continue;
    std::vector<Provenance>& to = layer.provenance[metric];
    if (slot >= to.size()) to.resize(slot + 1);
    to[slot] = provenance[metric];
  }
}

float at(const Values& values, std::size_t slot) {
  return slot < values.size() ? values[slot] : kNone;
}

bool same(float a, float b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

}  // namespace

Planes::Planes(const space::Space& space) : space_(&space), slot_of_rank_(space.size(), kNoSlot) {}

void Planes::add(const Batch& batch, std::string_view name) {
  for (const Training& training : batch.trainings) {
    add(training, std::span(batch.meters).subspan(training.first_meter, training.meters), name);
  }
  has_energy_ = has_energy_ || batch.has_energy;
  devices_.insert(batch.devices.begin(), batch.devices.end());
  if (!batch.first_day.empty() && (first_day_.empty() || batch.first_day < first_day_))
    first_day_ = batch.first_day;
  last_day_ = std::max(last_day_, batch.last_day);
}

void Planes::add(const Training& training, std::span<const MeterReading> meters,
                 std::string_view name) {
  const Slot slot = slot_of(training.rank);
  const MetricValues values = values_of(training);
  const auto repeat = repeat_for(training, values, slot);
  if (!repeat) {
    ++duplicates_;
    return;
  }
  if (*repeat > kMaxRepeats) {
    fail(ErrorCode::invalid_data,
         "{}: record {}: another training of {} to {} epochs; a table holds at most {} of them",
         name, training.record, space::to_text(training.hash), training.epochs, kMaxRepeats);
  }
  if (last_repeats_.size() == kMaxBudgets && !last_repeats_.contains(training.epochs)) {
    fail(ErrorCode::invalid_data,
         "{}: record {}: {} epochs is one more than the {} budgets a table can hold", name,
         training.record, training.epochs, kMaxBudgets);
  }
  std::vector<std::uint8_t>& last = last_repeats_[training.epochs];
  if (slot >= last.size()) last.resize(slot + 1);
  last[slot] = std::max(last[slot], static_cast<std::uint8_t>(*repeat));
  Layer& to = layer(training.epochs, *repeat);
  for (std::size_t metric = 0; metric < values.size(); ++metric)
    put(to.values[metric], slot, values[metric]);
  for (const MeterReading& meter : meters) {
    const std::string component = fmt::format("{}{}", meter.is_gpu ? "gpu" : "cpu", meter.index);
    put_reading(to.meters[component + "_energy_kwh"], slot, meter.energy_j / kJoulesPerKwh);
    put_reading(to.meters[component + "_average_power_w"], slot, meter.average_power_w);
  }
  note_statements(training, values);
  if (states_provenance_) put_provenance(training.provenance, to, slot);
  note_power(training, meters);
  note_halfway(training);
  if (!std::isnan(training.carbon_intensity_g_per_kwh)) {
    least_intensity_ = std::min(least_intensity_, training.carbon_intensity_g_per_kwh);
    most_intensity_ = std::max(most_intensity_, training.carbon_intensity_g_per_kwh);
  }
  ++trainings_;
}

Planes::Slot Planes::slot_of(space::Rank rank) {
  Slot& slot = slot_of_rank_[rank];
  if (slot == kNoSlot) {
    slot = static_cast<Slot>(ranks_.size());
    ranks_.push_back(rank);
  }
  return slot;
}

const Layer* Planes::find_layer(std::int32_t epochs, std::size_t repeat) const {
  const auto found =
      std::ranges::lower_bound(layers_, std::pair(epochs, repeat), {}, &Layer::place);
  return found != layers_.end() && found->place() == std::pair(epochs, repeat) ? &*found : nullptr;
}

Layer& Planes::layer(std::int32_t epochs, std::size_t repeat) {
  const auto found =
      std::ranges::lower_bound(layers_, std::pair(epochs, repeat), {}, &Layer::place);
  if (found != layers_.end() && found->place() == std::pair(epochs, repeat)) return *found;
  return *layers_.insert(found, Layer{epochs, repeat, {}, {}});
}

std::size_t Planes::last_repeat(std::int32_t epochs, Slot slot) const {
  const auto last = last_repeats_.find(epochs);
  return last == last_repeats_.end() || slot >= last->second.size() ? 0 : last->second[slot];
}

/// Whether no value is there yet.
bool Planes::is_free(std::int32_t epochs, std::size_t repeat, Slot slot) const {
  if (repeat > last_repeat(epochs, slot)) return true;
  const Layer* there = find_layer(epochs, repeat);
  return there == nullptr || std::ranges::all_of(there->values, [&](const Values& values) {
           return std::isnan(at(values, slot));
         });
}

/// Whether the same values are there already.
bool Planes::holds(const MetricValues& values, std::int32_t epochs, std::size_t repeat,
                   Slot slot) const {
  const Layer* there = find_layer(epochs, repeat);
  if (there == nullptr) return false;
  for (std::size_t metric = 0; metric < values.size(); ++metric) {
    if (!same(at(there->values[metric], slot), to_float(values[metric]))) return false;
  }
  return true;
}

/// What a training is to be; absent for a record that stands in the file twice.
std::optional<std::size_t> Planes::repeat_for(const Training& training, const MetricValues& values,
                                              Slot slot) const {
  if (training.repeat && is_free(training.epochs, *training.repeat, slot)) return training.repeat;
  const std::size_t last = last_repeat(training.epochs, slot);
  for (std::size_t repeat = 1; repeat <= last; ++repeat) {
    if (holds(values, training.epochs, repeat, slot)) return std::nullopt;
  }
  return last + 1;
}

void Planes::note_statements(const Training& training, const MetricValues& values) {
  if (!pue_) pue_ = training.pue;
  if (*pue_ != training.pue) pue_ = kNoValue;
  if (!states_provenance_) return;
  for (std::size_t metric = 0; metric < values.size(); ++metric) {
    if (!std::isnan(values[metric]) && training.provenance[metric] == Provenance::absent)
      states_provenance_ = false;
  }
}

std::optional<double> Planes::stated_pue() const {
  if (!pue_ || std::isnan(*pue_)) return std::nullopt;
  return pue_;
}

void Planes::note_power(const Training& training, std::span<const MeterReading> meters) {
  double joules = 0;
  for (const MeterReading& meter : meters)
    joules += std::isnan(meter.energy_j) ? 0 : meter.energy_j;
  if (!(joules > 0) || !(training.run_energy_kwh > 0)) return;
  const double kwh = joules / kJoulesPerKwh;
  power_.least_ratio = std::min(power_.least_ratio, training.run_energy_kwh / kwh);
  power_.agree = power_.agree && power_.pue.add(training.run_energy_kwh, kwh, meters.size());
}

void Planes::note_halfway(const Training& training) {
  const double after = training.halfway.epochs;
  if (std::isnan(after) || 2 * after == training.epochs) return;
  if (not_halfway_.size() < kMaxOddPlaces) not_halfway_.insert({after, training.epochs});
}

std::vector<space::Cell> Planes::cells() const {
  std::vector<space::Cell> cells;
  cells.reserve(ranks_.size());
  for (const space::Rank rank : ranks_)
    cells.push_back(space_->cell(rank));
  return cells;
}

std::vector<std::int32_t> Planes::budgets() const {
  std::vector<std::int32_t> budgets;
  for (const auto& [epochs, last] : last_repeats_)
    budgets.push_back(epochs);
  return budgets;
}

std::optional<std::pair<double, double>> Planes::carbon_intensities() const {
  if (most_intensity_ < least_intensity_) return std::nullopt;
  return std::pair(least_intensity_, most_intensity_);
}

}  // namespace ecnas::table::tfrecord
