#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "arguments.hpp"
#include "display.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/energy/carbon.hpp"
#include "ecnas/energy/cpu_time.hpp"
#include "ecnas/energy/inventory.hpp"
#include "ecnas/energy/tracker.hpp"
#include "ecnas/exit_status.hpp"
#include "ecnas/find_cell.hpp"
#include "ecnas/interrupt.hpp"
#include "ecnas/terminal.hpp"
#include "ecnas/train/neighbours.hpp"
#include "ecnas/train/results.hpp"
#include "training_failed.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

constexpr double kLongestInterval = 1e6;  // seconds between checkpoints

/// As the published files write times.
std::string utc_now() {
  return fmt::format("{:%F %T}", fmt::gmtime(std::time(nullptr)));
}

/// gCO2eq/kWh and whose word that is.
std::pair<double, std::string> intensity_of(const Arguments& arguments) {
  if (arguments.intensity_g_per_kwh) {
    if (!(*arguments.intensity_g_per_kwh >= 0 && *arguments.intensity_g_per_kwh < 1e5)) {
      fail(ErrorCode::invalid_argument, "--carbon-intensity: {} gCO2eq/kWh; give 0 to 100,000",
           *arguments.intensity_g_per_kwh);
    }
    return {*arguments.intensity_g_per_kwh, "given"};
  }
  const energy::Zone& zone = energy::find_zone(arguments.zone.value_or("WORLD"));
  return {zone.g_per_kwh, fmt::format("{} {}, {}", zone.code, zone.year, zone.source)};
}

/// The cards of CUDA_VISIBLE_DEVICES that the training uses: one, or none.
std::string used_cards(const train::Device& device) {
  if (!device.cuda) return "";
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (visible == nullptr) return std::to_string(*device.cuda);
  const auto cards = split(visible, ',');
  const auto index = static_cast<std::size_t>(*device.cuda);
  return index < cards.size() ? std::string(trimmed(cards[index])) : "";
}

/// Where a run's files lie; nothing is written without `--output`.
struct RunFiles {
  explicit RunFiles(const std::string& output) : directory(output) {
    if (output.empty()) return;
    make_directory(directory);
    results = directory / "results.json";
    measurement = directory / "measurement.json";
    checkpoint = directory / "checkpoint.safetensors";
    failure = directory / "failure.json";
  }
  fs::path directory;
  fs::path results;
  fs::path measurement;
  fs::path checkpoint;
  fs::path failure;
};

/// A stopped run's measurements are kept beside the next one's.
fs::path unused_measurement(const RunFiles& files) {
  for (int part = 1;; ++part) {
    fs::path path = files.directory / fmt::format("measurement-{}.json", part);
    if (!fs::exists(path)) return path;
  }
}

void summarise(const train::RunRecord& record) {
  const train::Training& training = record.training;
  const train::Evaluation& last = training.evaluations.back();
  message(fmt::format(
      "{} after {} epochs: validation accuracy {:.4f}, test accuracy {:.4f}\n"
      "training {:.1f} s, {:.4g} Wh; with start-up and evaluations {:.1f} s, {:.4g} Wh ({}), "
      "{:.3g} gCO2eq",
      space::to_text(space::hash_of(record.task.cell)), last.epochs, last.validation_accuracy,
      last.test_accuracy, training.spent.training_time_s, 1000 * training.spent.training_energy_kwh,
      training.spent.run_time_s, 1000 * training.spent.run_energy_kwh,
      record.measurement.components.empty()
          ? "nothing measures it"
          : energy::name(record.measurement.components.front().source.quality),
      training.spent.run_energy_kwh * record.g_per_kwh));
  if (record.others_share > train::kSharedMachine) {
    message(
        fmt::format("other programs took {:.0f} % of the processors meanwhile: time and energy "
                    "are not this training's alone",
                    100 * record.others_share));
  }
}

/// One run, from reading its images to its results.
class Run {
 public:
  explicit Run(const Arguments& arguments)
      : arguments_(arguments), files_(arguments.output), started_(utc_now()) {
    std::tie(record_.g_per_kwh, record_.intensity_source) = intensity_of(arguments);
    if (!(arguments.pue >= 1 && arguments.pue < 100))
      fail(ErrorCode::invalid_argument, "--pue: {}; give 1 or more", arguments.pue);
    if (!(arguments.checkpoint_s >= 0 && arguments.checkpoint_s <= kLongestInterval)) {
      fail(ErrorCode::invalid_argument, "--checkpoint-every: {} s; give 0 to 1,000,000",
           arguments.checkpoint_s);
    }
    if (!files_.results.empty() && fs::exists(files_.results)) {
      fail(ErrorCode::invalid_argument, "{}: is there already; give another --output, or remove it",
           files_.results.string());
    }
  }

  int run() {
    record_.task = beginning_of(arguments_);
    try {
      train_and_measure();
    } catch (const train::TrainingFailure& failure) {
      if (!files_.failure.empty()) {
        write_file(files_.failure,
                   train::failure_json(record_.task, train::name(failure.kind()), failure.what()));
      }
      message(fmt::format("ecnas-train: {}: {}", train::name(failure.kind()), failure.what()));
      return kTrainingFailed;
    }
    return record_.training.was_stopped ? stopped() : finished();
  }

 private:
  /// From here on everything counts: reading images too.
  void train_and_measure() {
    // Meters say what the machine drew; a model counts this process alone.
    energy::Inventory inventory = energy::take_inventory(
        {.visible_devices = used_cards(record_.task.device), .user = energy::read_own_process()});
    const energy::MachineDescription machine = inventory.machine;
    energy::Tracker tracker(inventory.take_counted());
    const train::Neighbours neighbours;
    train::RunMeter meter(&tracker, arguments_.pue);
    meter.begin("start-up");
    const space::Cell cell = find_cell(arguments_.cell);
    Data data = read_data(arguments_);
    record_.task = task_of(record_.task, cell, data.images);
    train_on(data, meter);
    record_.others_share = neighbours.share();
    record_.shared_machine =
        arguments_.shared_machine || record_.others_share > train::kSharedMachine;
    record_.measurement = tracker.stop();
    complete(machine);
    record_.data_set = std::move(data.images.name);
    record_.data_checksum = std::move(data.images.checksum);
    record_.split = std::move(data.split);
  }

  void train_on(const Data& data, train::RunMeter& meter) {
    Display display(meter, arguments_.quiet);
    const train::Observer observer{
        .progress = [&](const train::Progress& progress) { display.show(progress); },
        .should_stop = [&] { return interrupt_.token().stop_requested(); }};
    const train::CheckpointPolicy checkpoints{
        .file = files_.checkpoint,
        .interval = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::duration<double>(arguments_.checkpoint_s)),
        .resume = arguments_.resume};
    record_.training =
        train::train(record_.task, data.images, data.split, meter, checkpoints, observer);
  }

  /// What a tracker is told by others.
  void complete(const energy::MachineDescription& machine) {
    energy::Measurement& measurement = record_.measurement;
    measurement.machine = machine;
    measurement.pue = arguments_.pue;
    measurement.version = ECNAS_VERSION;
    measurement.emission_factor =
        energy::EmissionFactor{.g_per_kwh = record_.g_per_kwh, .source = record_.intensity_source};
    measurement.co2eq_g = measurement.energy_kwh() * record_.g_per_kwh;
  }

  int stopped() {
    if (files_.checkpoint.empty()) {
      message("ecnas-train: interrupted; without --output nothing was kept");
      return kInterrupted;
    }
    write_file(unused_measurement(files_), energy::to_json(record_.measurement));
    message(fmt::format("ecnas-train: interrupted; go on with --resume --output {}",
                        files_.directory.string()));
    return kInterrupted;
  }

  int finished() {
    record_.started = started_;
    record_.stopped = utc_now();
    record_.version = ECNAS_VERSION;
    const std::string results = train::results_json(record_);
    if (!files_.results.empty()) {
      write_file(files_.measurement, energy::to_json(record_.measurement));
      write_file(files_.results, results);
      std::error_code ignored;
      fs::remove(files_.checkpoint, ignored);
      fs::remove(files_.failure, ignored);
    }
    if (arguments_.json) print(results);
    if (!arguments_.quiet) summarise(record_);
    return kDone;
  }

  const Arguments& arguments_;
  InterruptGuard interrupt_;  // before any thread
  RunFiles files_;
  std::string started_;
  train::RunRecord record_{.task = {.cell = space::Cell::trivial()}};
};

}  // namespace

int run_training(const Arguments& arguments) {
  if (arguments.cell.empty())
    fail(ErrorCode::invalid_argument, "no cell; give a hash or ADJACENCY:OPS");
  return Run(arguments).run();
}

}  // namespace ecnas::app
