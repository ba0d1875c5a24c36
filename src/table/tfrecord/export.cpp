#include "table/tfrecord/export.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "table/published.hpp"
#include "table/tfrecord/base64.hpp"
#include "table/tfrecord/framing.hpp"
#include "table/tfrecord/planes.hpp"
#include "table/tfrecord/row.hpp"

namespace ecnas::table::tfrecord {
namespace {

constexpr std::string_view kMeterEnergy = "_energy_kwh";
constexpr std::string_view kMeterPower = "_average_power_w";

/// Whether messages of a kind have a field for one of `kMetrics`.
bool holds(MessageKind kind, std::size_t metric) {
  if (kind == MessageKind::energy) return true;
  if (metric >= metric::run_time) return metric == metric::run_time;
  return metric % metric::halfway <= metric::training_time;
}

/// A meter's column: `gpu0_energy_kwh`.
struct MeterColumn {
  const Column* column;
  bool is_gpu;
  std::size_t index;
  bool is_energy;
};

std::optional<MeterColumn> meter_of(const Column& column) {
  const std::string_view metric = column.info.name;
  const bool is_energy = metric.ends_with(kMeterEnergy);
  if (!is_energy && !metric.ends_with(kMeterPower)) return std::nullopt;
  const bool is_gpu = metric.starts_with("gpu");
  if (!is_gpu && !metric.starts_with("cpu")) return std::nullopt;
  const std::size_t suffix = is_energy ? kMeterEnergy.size() : kMeterPower.size();
  const auto index = parse_integer(metric.substr(3, metric.size() - 3 - suffix));
  if (!index || *index < 0 || *index >= std::int64_t{kMaxMeters}) return std::nullopt;
  return MeterColumn{&column, is_gpu, static_cast<std::size_t>(*index), is_energy};
}

bool is_no_measurement(Provenance provenance) {
  return provenance > Provenance::measured;
}

class RecordExport {
 public:
  RecordExport(const Table& table, const Selection& selection, MessageKind kind)
      : table_(table), selection_(selection), kind_(kind) {
    for (const Column* column : selection.columns())
      place(*column);
    for (const std::string& device : table.metadata().devices) {
      (device.starts_with("cpu") ? cpu_devices_ : gpu_devices_).push_back(device);
    }
  }

  std::vector<std::string> run(const std::filesystem::path& path) {
    if (meters_.empty() &&
        std::ranges::all_of(columns_, [](const Column* column) { return column == nullptr; })) {
      fail(ErrorCode::not_found, "{}: has no metric that such records hold; they hold {}",
           table_.name(), metrics_held());
    }
    RecordWriter writer(path);
    std::size_t records = 0;
    selection_.for_each([&](const ExportRow& at) {
      if (!has_value(at)) return;
      writer.write(payload(at));
      ++records;
    });
    if (records == 0) {
      fail(ErrorCode::not_found, "{}: nothing of it can be held by such records", table_.name());
    }
    writer.commit();
    tell_losses();
    return std::move(losses_);
  }

 private:
  [[nodiscard]] std::string metrics_held() const {
    std::vector<std::string_view> names;
    for (std::size_t metric = 0; metric < kMetrics.size(); ++metric) {
      if (holds(kind_, metric)) names.push_back(kMetrics[metric]);
    }
    return fmt::format("{}", fmt::join(names, ", "));
  }

  void place(const Column& column) {
    const auto found = std::ranges::find(kMetrics, column.info.name);
    const auto metric = static_cast<std::size_t>(found - kMetrics.begin());
    if (found != kMetrics.end() && holds(kind_, metric)) {
      columns_[metric] = &column;
    } else if (const auto meter = meter_of(column); meter && kind_ == MessageKind::energy) {
      meters_.push_back(*meter);
    } else {
      left_out_.push_back(column.info.name);
    }
  }

  [[nodiscard]] double value(const Column* column, const ExportRow& at) const {
    if (column == nullptr) return kNoValue;
    const float stored = column->values[selection_.position(at)];
    return std::isnan(stored) ? kNoValue : static_cast<double>(stored);
  }

  [[nodiscard]] bool has_value(const ExportRow& at) const {
    if (selection_.cells_alone()) return false;
    const auto is_there = [&](const Column* column) { return !std::isnan(value(column, at)); };
    return std::ranges::any_of(columns_, is_there) ||
           std::ranges::any_of(meters_, is_there, &MeterColumn::column);
  }

  [[nodiscard]] std::string payload(const ExportRow& at) const {
    const std::string hash = space::to_text(table_.hashes()[at.row]);
    const std::string adjacency = space::adjacency_digits(at.cell);
    const std::string labels = labels_text(at.cell, ',');
    const std::string provenance = provenance_bytes(at);
    const std::string message = encode_base64(encode_message(training(at, provenance), kind_));
    return encode_row({hash, table_.budgets()[at.budget], adjacency, labels, message});
  }

  /// @param provenance  outlives the result
  [[nodiscard]] TrainingMessage training(const ExportRow& at, std::string_view provenance) const {
    const double epochs = table_.budgets()[at.budget];
    TrainingMessage training;
    training.evaluations = {Evaluation{.epochs = 0}, evaluation(metric::halfway, epochs / 2, at),
                            evaluation(0, epochs, at)};
    training.trainable_parameters =
        static_cast<std::int32_t>(table_.trainable_parameters()[at.row]);
    training.time_s = value(columns_[metric::run_time], at);
    training.energy_kwh = value(columns_[metric::run_energy], at);
    training.co2eq_g = value(columns_[metric::run_co2eq], at);
    training.carbon_intensity_g_per_kwh =
        table_.metadata().carbon_intensity_g_per_kwh.value_or(kNoValue);
    training.pue = table_.metadata().pue.value_or(kNoValue);
    for (const MeterColumn& meter : meters_)
      add_reading(meter, at, meter.is_gpu ? training.gpu : training.cpu);
    training.gpu.devices.assign(gpu_devices_.begin(), gpu_devices_.end());
    training.cpu.devices.assign(cpu_devices_.begin(), cpu_devices_.end());
    training.provenance = provenance;
    training.repeat = at.repeat + 1;
    return training;
  }

  /// @param first  of an evaluation's metrics
  [[nodiscard]] Evaluation evaluation(std::size_t first, double epochs, const ExportRow& at) const {
    const auto take = [&](std::size_t metric) { return value(columns_[first + metric], at); };
    return {.epochs = epochs,
            .training_time_s = take(metric::training_time),
            .train_accuracy = take(metric::train_accuracy),
            .validation_accuracy = take(metric::validation_accuracy),
            .test_accuracy = take(metric::test_accuracy),
            .energy_kwh = take(metric::energy),
            .co2eq_g = take(metric::co2eq)};
  }

  /// The meters' joules do not include the PUE.
  void add_reading(const MeterColumn& meter, const ExportRow& at, MeterReadings& readings) const {
    const double reading = value(meter.column, at);
    std::vector<double>& list = meter.is_energy ? readings.energy_j : readings.average_power_w;
    if (list.size() <= meter.index) list.resize(meter.index + 1, kNoValue);
    list[meter.index] =
        meter.is_energy ? reading / table_.metadata().pue.value_or(1.0) * kJoulesPerKwh : reading;
  }

  [[nodiscard]] std::string provenance_bytes(const ExportRow& at) const {
    std::string bytes;
    for (const Column* column : columns_) {
      const Provenance one =
          column == nullptr ? Provenance::absent : column->provenance[selection_.position(at)];
      bytes += static_cast<char>(one);
    }
    return bytes;
  }

  void tell_losses() {
    if (!left_out_.empty()) {
      losses_.push_back(fmt::format("no field for {}", fmt::join(left_out_, ", ")));
    }
    if (std::ranges::any_of(selection_.columns(), [](const Column* column) {
          return !column->lower90.empty() || !column->out_of_range.empty();
        })) {
      losses_.push_back("no field for intervals and out-of-range flags");
    }
    for (const MeterColumn& meter : meters_) {
      if (std::ranges::any_of(meter.column->provenance, is_no_measurement)) {
        losses_.push_back(
            fmt::format("no field for the provenance of {}", meter.column->info.name));
      }
    }
    losses_.push_back("no field for data set, source, citation, reference point and noise");
  }

  const Table& table_;
  const Selection& selection_;
  MessageKind kind_;
  std::array<const Column*, kMetrics.size()> columns_{};  // by metric; null: not there
  std::vector<MeterColumn> meters_;
  std::vector<std::string_view> gpu_devices_;
  std::vector<std::string_view> cpu_devices_;
  std::vector<std::string> left_out_;
  std::vector<std::string> losses_;
};

}  // namespace

std::vector<std::string> export_records(const Table& table, const Selection& selection,
                                        MessageKind kind, const std::filesystem::path& path) {
  return RecordExport(table, selection, kind).run(path);
}

}  // namespace ecnas::table::tfrecord
