// `ecnas track -- COMMAND`: what a command uses, in energy and emissions.
#include "command_track.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "child_process.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/energy/journal.hpp"
#include "ecnas/energy/tracker.hpp"
#include "ecnas/report/power_figure.hpp"
#include "ecnas/report/render.hpp"
#include "exit_status.hpp"
#include "quantity_text.hpp"
#include "terminal.hpp"
#include "track_emissions.hpp"
#include "track_output.hpp"
#include "track_spans.hpp"
#include "version.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;
using energy::Measurement;
using energy::Sample;

struct TrackArguments {
  std::optional<std::string> output;
  std::optional<std::string> samples;
  std::optional<std::string> plot;
  double interval_s = 0.1;
  double pue = 1;
  double rest_s = 0;
  EmissionArguments emissions;
  SourceArguments sources;
  bool with_spans = false;
  bool with_equivalents = false;
  bool is_live = false;
  bool is_quiet = false;
  bool is_list = false;
  bool is_doctor = false;
  bool is_self_test = false;
  std::vector<std::string> words;
};

void check(const TrackArguments& arguments, const Global& global) {
  constexpr double kShortestSeconds = 0.001;
  constexpr double kLongestSeconds = 3600;
  if (!arguments.words.empty()) {
    fail(ErrorCode::invalid_argument,
         "track: {} stands before '--'; put '--' before the command: ecnas track -- {}",
         ecnas::quoted(arguments.words.front()), ecnas::quoted(arguments.words.front()));
  }
  if (global.command.empty()) {
    fail(ErrorCode::invalid_argument,
         "track: no command; give it after '--', as in ecnas track -- python train.py");
  }
  if (global.json) {
    fail(ErrorCode::invalid_argument,
         "track: standard output is the command's; give --output FILE in place of --json");
  }
  if (!(arguments.interval_s >= kShortestSeconds && arguments.interval_s <= kLongestSeconds)) {
    fail(ErrorCode::invalid_argument, "--interval: {} s; give 0.001 to 3,600",
         arguments.interval_s);
  }
  if (!(arguments.pue >= 1 && std::isfinite(arguments.pue))) {
    fail(ErrorCode::invalid_argument,
         "--pue: {}; a data centre uses at least what its machines use, give 1 or more",
         arguments.pue);
  }
  if (!(arguments.rest_s >= 0 && arguments.rest_s <= kLongestSeconds))
    fail(ErrorCode::invalid_argument, "--rest: {} s; give 0 to 3,600", arguments.rest_s);
}

/// Two outputs to one file would leave the later one.
void expect_different(const TrackArguments& arguments) {
  std::vector<fs::path> files;
  for (const auto& file : {arguments.output, arguments.samples, arguments.plot}) {
    if (!file) continue;
    const fs::path path = fs::absolute(*file).lexically_normal();
    if (std::ranges::find(files, path) != files.end())
      fail(ErrorCode::invalid_argument, "{}: named for two outputs; give each its own", *file);
    files.push_back(path);
  }
}

/// A file that can be made and written there, told by doing so; nothing is left.
void expect_writable(const std::optional<std::string>& file) {
  if (file) OutputFile(*file).write("");
}

/// Beside the document, while the command runs; none where the document is no file of its own.
std::optional<fs::path> journal_of(const std::optional<std::string>& output) {
  std::error_code ignored;
  if (!output || (fs::exists(*output, ignored) && !fs::is_regular_file(*output, ignored)))
    return {};
  return *output + ".journal";
}

/// Everything that looks on while the command runs.
struct Observers {
  std::optional<energy::Journal> journal;
  std::optional<SampleFile> samples;
  std::optional<LiveLine> live_line;
  EmissionBook* emissions = nullptr;

  void see(const Sample& sample) {
    double energy_j = 0;
    for (const energy::ComponentEnergy& component : sample.components)
      energy_j += component.energy_j;
    emissions->book(energy_j);
    if (journal) journal->append(sample);
    if (samples) samples->append(sample);
    if (live_line) live_line->show(sample);
  }
};

class Tracking {
 public:
  Tracking(const TrackArguments& arguments, const std::vector<std::string>& command)
      : arguments_(arguments), command_(command), emissions_(arguments.emissions) {
    expect_different(arguments);
    expect_writable(arguments.output);
    expect_writable(arguments.samples);
    if (arguments.plot) {
      static_cast<void>(report::image_format_of(*arguments.plot));  // refuses other endings
      report::expect_renderable(*arguments.plot, renderer());
    }
    if (arguments.with_spans) spans_.emplace();
  }

  /// @return how the command ended; or why what it used could not be written, if it did well itself
  Ending run() {
    begin();
    std::map<std::string, std::string> settings;
    if (spans_) {
      spans_->listen(*tracker_);
      settings.emplace("ECNAS_SPANS", spans_->path().string());
    }
    const int error = child_.start(command_, settings);
    if (error != 0) return refuse(error);
    Ending ending = child_.wait();
    const Measurement measurement = finish(ending);
    if (!arguments_.is_quiet) tell(measurement);
    try {
      write(measurement);
    } catch (const Error& failure) {
      message(fmt::format("ecnas: {}", failure.what()));
      if (ending.status() == 0) ending.exit_status = exit_status(failure.code());
    }
    return ending;
  }

 private:
  void begin() {
    energy::Inventory inventory = energy::take_inventory(arguments_.sources.inventory_options());
    machine_ = inventory.machine;
    std::vector<std::unique_ptr<energy::Source>> sources = inventory.take_counted();
    observe(sources);
    energy::TrackerOptions options{.interval = std::chrono::nanoseconds(
                                       static_cast<std::int64_t>(arguments_.interval_s * 1e9)),
                                   .keep_samples = arguments_.plot.has_value()};
    // What is seen begins with the sample at 0 s, after the rest.
    options.observer = [this, has_begun = false](const Sample& sample) mutable {
      has_begun = has_begun || (is_rested_ && sample.time_s == 0);
      if (has_begun) observers_.see(sample);
    };
    is_rested_ = arguments_.rest_s == 0;
    tracker_.emplace(std::move(sources), std::move(options));
    if (is_rested_) return;
    std::this_thread::sleep_for(std::chrono::duration<double>(arguments_.rest_s));
    is_rested_ = true;
    tracker_->end_rest();
  }

  void observe(const std::vector<std::unique_ptr<energy::Source>>& sources) {
    Measurement beginning{
        .started = "", .machine = machine_, .command = command_, .version = std::string(version())};
    for (const auto& source : sources)
      beginning.components.push_back({source->description(), {}, {}});
    beginning.pue = arguments_.pue;
    beginning.interval_s = arguments_.interval_s;
    journal_file_ = journal_of(arguments_.output);
    observers_.emissions = &emissions_;
    if (journal_file_) observers_.journal.emplace(*journal_file_, beginning);
    if (arguments_.samples) observers_.samples.emplace(*arguments_.samples, beginning.components);
    if (arguments_.is_live && ::isatty(STDERR_FILENO) != 0)
      observers_.live_line.emplace(arguments_.pue);
  }

  Ending refuse(int error) {
    static_cast<void>(tracker_->stop());
    remove_journal();
    message(fmt::format("ecnas: {}: {}", ecnas::quoted(command_.front()),
                        error == ENOENT ? "command not found" : std::strerror(error)));
    return {.exit_status = status_of_failed_start(error, command_.front())};
  }

  Measurement finish(const Ending& ending) {
    std::vector<std::string> notes;
    if (spans_) notes = spans_->close();
    Measurement measurement = tracker_->stop();
    observers_.live_line.reset();
    measurement.machine = machine_;
    measurement.command = command_;
    measurement.version = version();
    measurement.pue = arguments_.pue;
    measurement.exit_status = ending.status();
    measurement.notes.insert(measurement.notes.end(), notes.begin(), notes.end());
    emissions_.close(measurement);
    return measurement;
  }

  void tell(const Measurement& measurement) const {
    std::string text = summary(measurement);
    if (arguments_.with_equivalents) text += equivalents_text(measurement);
    text.pop_back();  // `message` ends the line
    message(text);
  }

  /// The journal goes once the document is there.
  void write(const Measurement& measurement) {
    if (arguments_.output) write_file(*arguments_.output, energy::to_json(measurement));
    remove_journal();
    if (observers_.samples) observers_.samples->commit();
    if (arguments_.plot) {
      report::render(report::power_figure_spec(power_figure(measurement)),
                     report::image_format_of(*arguments_.plot), *arguments_.plot, renderer());
    }
  }

  static report::PowerFigure power_figure(const Measurement& measurement) {
    report::PowerFigure figure{
        .title = fmt::format("{} in {:.1f} s", energy_text(measurement.energy_kwh()),
                             measurement.duration_s),
        .lines = {fmt::format("{}", fmt::join(measurement.command, " "))}};
    for (const energy::Component& component : measurement.components)
      figure.components.push_back(component.source.name);
    for (std::size_t i = 1; i < measurement.samples.size(); ++i) {
      const Sample& before = measurement.samples[i - 1];
      const Sample& sample = measurement.samples[i];
      for (std::size_t c = 0; c < sample.components.size(); ++c) {
        const double covered_s = sample.components[c].covered_s - before.components[c].covered_s;
        if (covered_s <= 0) continue;
        const double energy_j = sample.components[c].energy_j - before.components[c].energy_j;
        figure.readings.push_back({sample.time_s, c, energy_j / covered_s});
      }
    }
    return figure;
  }

  void remove_journal() {
    observers_.journal.reset();
    std::error_code ignored;
    if (journal_file_) fs::remove(*journal_file_, ignored);
  }

  const TrackArguments& arguments_;
  const std::vector<std::string>& command_;
  ChildProcess child_;  // takes the signals before any thread begins
  EmissionBook emissions_;
  std::optional<SpanPipe> spans_;
  energy::MachineDescription machine_;
  std::optional<fs::path> journal_file_;
  Observers observers_;
  std::atomic<bool> is_rested_ = false;
  std::optional<energy::Tracker> tracker_;
};

void run_track(const TrackArguments& arguments, const Global& global) {
  if (arguments.is_list || arguments.is_doctor)
    return run_track_list(arguments.sources, arguments.is_doctor, global);
  if (arguments.is_self_test) return run_self_test(arguments.sources, global);
  check(arguments, global);
  const Ending ending = Tracking(arguments, global.command).run();
  end_like(ending);
}

void add_outputs(CLI::App& command, TrackArguments& arguments) {
  command.add_option("-o,--output", arguments.output, "Write what was measured, as JSON")
      ->type_name("FILE");
  command.add_option("--samples", arguments.samples, "Write energy and power over time, as CSV")
      ->type_name("FILE");
  command.add_option("--plot", arguments.plot, "Draw power over time (.svg, .png, .pdf)")
      ->type_name("FILE");
  command.add_flag("--display", arguments.is_live,
                   "Show power and energy on the terminal while the command runs");
  command.add_flag("--quiet", arguments.is_quiet, "Print no summary");
  command.add_flag("--equivalents", arguments.with_equivalents,
                   "Say what the emissions are like, in kilometres by car and the like");
}

void add_measuring(CLI::App& command, TrackArguments& arguments) {
  command.add_option("--interval", arguments.interval_s, "Seconds between samples")
      ->type_name("S")
      ->capture_default_str();
  command
      .add_option("--pue", arguments.pue,
                  "Power usage effectiveness of the data centre; multiplies the total")
      ->type_name("X")
      ->capture_default_str();
  command
      .add_option("--rest", arguments.rest_s,
                  "Seconds at rest to measure first; told apart, never taken off")
      ->type_name("S")
      ->capture_default_str();
  command.add_flag("--spans", arguments.with_spans,
                   "Take regions from lines 'begin NAME' and 'end' that the command writes to the "
                   "file in $ECNAS_SPANS");
}

}  // namespace

void add_track(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand(
      "track", "Measure what a command uses: ecnas track -- COMMAND, or what others have measured");
  command->footer("Exit status: the command's; 127 if it is not there, 126 if it cannot be run.");
  const auto arguments = std::make_shared<TrackArguments>();
  add_outputs(*command, *arguments);
  add_measuring(*command, *arguments);
  arguments->emissions.add_to(*command);
  arguments->sources.add_to(*command);
  command->add_flag("--list", arguments->is_list, "Print the machine's sources");
  command->add_flag("--doctor", arguments->is_doctor,
                    "Print the machine's sources, and how to get at more of them");
  command->add_flag("--self-test", arguments->is_self_test,
                    "Compare sources that measure the same with one another");
  command->add_option("command", arguments->words, "The command and its arguments, after '--'")
      ->type_name("-- COMMAND")
      ->group("");
  add_track_import(*command, global);
  add_track_project(*command, global);
  command->callback([=, &global] {
    if (command->get_subcommands().empty()) run_track(*arguments, global);
  });
}

}  // namespace ecnas::app
