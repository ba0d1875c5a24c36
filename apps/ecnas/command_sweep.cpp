// `ecnas sweep`: many trainings, on one machine or over Slurm, whose work directory is all the
// state.
#include <fmt/format.h>
#include <sched.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/sweep/collect.hpp"
#include "ecnas/sweep/pool.hpp"
#include "ecnas/sweep/spec.hpp"
#include "ecnas/sweep/status.hpp"
#include "ecnas/sweep/store.hpp"
#include "ecnas/table/builder.hpp"
#include "interrupt.hpp"
#include "sweep_output.hpp"
#include "sweep_slurm.hpp"
#include "terminal.hpp"
#include "trainer_program.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

// --- create --------------------------------------------------------------------------------------

struct CreateArguments {
  std::string spec;
  std::string output;
};

void run_create(const CreateArguments& arguments, const Global& global) {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 26;
  const fs::path file = arguments.spec;
  const sweep::Spec spec = sweep::parse_spec(read_file(file, kMaxBytes), file.string(),
                                             fs::absolute(file).parent_path());
  const sweep::Sweep made =
      sweep::Sweep::create(arguments.output, spec, sweep::chosen_cells(spec.cells));
  const std::size_t runs = made.runs().size();
  const std::size_t cells = runs / spec.budgets.size() / spec.repeats;
  if (global.json) {
    return print_json({{"sweep", arguments.output},
                       {"cells", cells},
                       {"budgets", spec.budgets},
                       {"repeats", spec.repeats},
                       {"runs", runs}});
  }
  print(fmt::format("{}: {}: {} cells × {} budgets × {} repeats\n", bold(arguments.output),
                    runs_text(runs), counted(cells), spec.budgets.size(), spec.repeats));
}

// --- run -----------------------------------------------------------------------------------------

struct RunArguments {
  std::string directory;
  std::optional<std::size_t> limit;
  std::optional<std::string> time;
  std::optional<std::string> trainer;
  bool no_wait = false;
  bool is_allotted = false;
  bool is_shared_machine = false;
};

/// What a scheduler has given this process: the CUDA devices that it may see, else its cores.
std::vector<sweep::Device> allotted_devices() {
  std::vector<sweep::Device> devices;
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (visible != nullptr && *visible != '\0') {
    // CUDA numbers those that it may see from 0, whatever they are called.
    for (unsigned number = 0; number < split(visible, ',').size(); ++number)
      devices.push_back({.kind = sweep::Device::Kind::cuda, .number = number, .cores = {}});
    return devices;
  }
  sweep::Device device;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof cores, &cores) == 0) {
    for (unsigned core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(core, &cores)) device.cores.push_back(core);
    }
  }
  // A scheduler that counts cores but does not hold tasks to theirs: which are ours is not known.
  const char* granted = std::getenv("SLURM_CPUS_PER_TASK");
  if (granted != nullptr && parse_integer(granted) != std::int64_t(device.cores.size()))
    device.cores.clear();
  return {device};
}

sweep::PoolOptions pool_options(const RunArguments& arguments) {
  sweep::PoolOptions options;
  options.trainer = trainer_program(arguments.trainer);
  options.limit = arguments.limit;
  options.waits = !arguments.no_wait;
  options.is_shared_machine = arguments.is_shared_machine;
  if (arguments.is_allotted) options.devices = allotted_devices();
  if (arguments.time) {
    options.time = sweep::parse_duration(*arguments.time);
    if (!options.time) {
      fail(ErrorCode::invalid_argument, "--for {}: no time; as in 90s, 15m, 2h, 1d",
           ecnas::quoted(*arguments.time));
    }
  }
  return options;
}

std::string run_name(const sweep::Run& run) {
  return fmt::format("cell {}, {} epochs, repeat {}", space::to_text(run.hash), run.epochs,
                     run.repeat);
}

void run_run(const RunArguments& arguments, const Global& global) {
  const sweep::Sweep opened = sweep::Sweep::open(arguments.directory);
  sweep::PoolOptions options = pool_options(arguments);
  const InterruptGuard interrupt;  // before any thread
  options.stop = interrupt.token();
  sweep::PoolReport report;
  {
    ProgressBar bar("training", arguments.limit.value_or(opened.runs().size()), global.json);
    sweep::PoolObserver observer;
    observer.finished = [&](const sweep::Run&, const sweep::DoneRecord&) { bar.advance(); };
    observer.failed = [&](const sweep::Run& run, const sweep::Failure& failure) {
      bar.advance();
      message(fmt::format("ecnas: {}: {}: {}", run_name(run), failure.kind, failure.message));
    };
    report = sweep::run_pool(opened, options, observer);
  }
  if (global.json) {
    print_json({{"finished", report.finished},
                {"failed", report.failed},
                {"given_back", report.released},
                {"stopped", report.is_stopped}});
  } else {
    print(fmt::format("{} finished, {} failed, {} given back\n", runs_text(report.finished),
                      counted(report.failed), counted(report.released)));
  }
  if (interrupt.token().stop_requested())
    fail(ErrorCode::interrupted,
         "interrupted; what was finished is kept, go on with the same "
         "command");
}

// --- status, collect, retry, cancel --------------------------------------------------------------

void run_status(const std::string& directory, const Global& global) {
  const sweep::Status status = sweep::status_of(sweep::Sweep::open(directory));
  if (global.json) return print_json(status_json(status, directory));
  print(status_text(status, directory));
}

void run_collect(const std::string& directory, const std::string& output, const Global& global) {
  const sweep::Collected collected = sweep::collect(sweep::Sweep::open(directory), global.threads);
  table::write_table(collected.imported.table, output);
  if (global.json) return print_json(collected_json(collected, output));
  print_collected(collected, output);
}

void run_retry(const std::string& directory, const std::optional<std::string>& kind,
               const Global& global) {
  const sweep::Reopened reopened = sweep::retry(sweep::Sweep::open(directory), kind);
  if (global.json) {
    return print_json({{"failed", reopened.failed},
                       {"damaged", reopened.damaged},
                       {"shared_machine", reopened.shared_machine}});
  }
  print(fmt::format("to be done again: {} failed, {} damaged, {} with a shared machine\n",
                    runs_text(reopened.failed), counted(reopened.damaged),
                    counted(reopened.shared_machine)));
}

void run_cancel(const std::string& directory, bool is_now, const Global& global) {
  const sweep::Sweep opened = sweep::Sweep::open(directory);
  sweep::request_stop(opened, is_now ? sweep::Stop::now : sweep::Stop::after_runs);
  const std::vector<std::string> jobs = cancel_jobs(opened);
  if (global.json) return print_json({{"sweep", directory}, {"now", is_now}, {"jobs", jobs}});
  print(fmt::format(
      "all who work on it will stop {}{}\n",
      is_now ? "now, and go on from their checkpoints later" : "after the runs under way",
      jobs.empty() ? "" : fmt::format("; Slurm jobs {}", fmt::join(jobs, ", "))));
}

// --- options -------------------------------------------------------------------------------------

void add_directory(CLI::App& command, std::string& directory) {
  command.add_option("directory", directory, "The sweep's work directory")
      ->required()
      ->type_name("DIR");
}

void add_create(CLI::App& sweep, const Global& global) {
  CLI::App* command =
      sweep.add_subcommand("create", "Make a work directory of a spec (docs/formats/sweep.md)");
  const auto arguments = std::make_shared<CreateArguments>();
  command->add_option("spec", arguments->spec, "What to train, as TOML")
      ->required()
      ->type_name("SPEC.toml");
  command->add_option("-o,--output", arguments->output, "The work directory to make")
      ->required()
      ->type_name("DIR");
  command->callback([=, &global] { run_create(*arguments, global); });
}

void add_run(CLI::App& sweep, const Global& global) {
  CLI::App* command = sweep.add_subcommand(
      "run", "Train here, one run on each device at a time, until nothing is left");
  const auto arguments = std::make_shared<RunArguments>();
  add_directory(*command, arguments->directory);
  command->add_option("--limit", arguments->limit, "End after so many runs")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}));
  command->add_option("--for", arguments->time, "Begin no run later than this: 90s, 15m, 2h, 1d")
      ->type_name("TIME");
  command->add_flag("--no-wait", arguments->no_wait,
                    "End when others hold the last runs, in place of waiting in case they die");
  command->add_flag("--allotted", arguments->is_allotted,
                    "Use what a scheduler has given us, not the devices of the spec");
  command->add_flag("--shared-machine", arguments->is_shared_machine,
                    "Others work on this machine: mark energies as possibly theirs too");
  command
      ->add_option("--trainer", arguments->trainer,
                   "The program that trains (default: ecnas-train beside this program or on PATH)")
      ->type_name("FILE");
  command->callback([=, &global] { run_run(*arguments, global); });
}

void add_submit(CLI::App& sweep, const Global& global) {
  CLI::App* command =
      sweep.add_subcommand("submit", "Have Slurm train: writes and sends an array of tasks");
  const auto arguments = std::make_shared<SubmitArguments>();
  add_directory(*command, arguments->directory);
  command->add_flag("--dry-run", arguments->is_dry, "Print the script and send nothing");
  command
      ->add_option("--trainer", arguments->trainer,
                   "The program that trains, as the nodes find it (default: as for run)")
      ->type_name("FILE");
  command->callback([=, &global] { run_submit(*arguments, global); });
}

void add_looking(CLI::App& sweep, const Global& global) {
  CLI::App* status = sweep.add_subcommand(
      "status", "How many runs are done, what they took, what is left and when it ends");
  const auto status_directory = std::make_shared<std::string>();
  add_directory(*status, *status_directory);
  status->callback([=, &global] { run_status(*status_directory, global); });

  CLI::App* collect = sweep.add_subcommand("collect", "Make a table of what is done");
  const auto directory = std::make_shared<std::string>();
  const auto output = std::make_shared<std::string>();
  add_directory(*collect, *directory);
  collect->add_option("-o,--output", *output, "The table to write")->required()->type_name("TABLE");
  collect->callback([=, &global] { run_collect(*directory, *output, global); });
}

void add_steering(CLI::App& sweep, const Global& global) {
  CLI::App* retry =
      sweep.add_subcommand("retry", "Have failed runs, and those with damaged results, done again");
  const auto directory = std::make_shared<std::string>();
  const auto kind = std::make_shared<std::optional<std::string>>();
  add_directory(*retry, *directory);
  retry
      ->add_option(
          "--kind", *kind,
          "Only failures of this kind, as status and collect name it; shared_machine: runs that "
          "shared a machine")
      ->type_name("KIND");
  retry->callback([=, &global] { run_retry(*directory, *kind, global); });

  CLI::App* cancel =
      sweep.add_subcommand("cancel", "Stop all who work on it, on every node, and Slurm jobs");
  const auto cancelled = std::make_shared<std::string>();
  const auto is_now = std::make_shared<bool>(false);
  add_directory(*cancel, *cancelled);
  cancel->add_flag("--now", *is_now,
                   "Do not wait for the runs under way; they go on from their checkpoints later");
  cancel->callback([=, &global] { run_cancel(*cancelled, *is_now, global); });
}

}  // namespace

void add_sweep(CLI::App& app, const Global& global) {
  CLI::App* command =
      app.add_subcommand("sweep", "Train many cells, here or over Slurm, and collect a table");
  command->require_subcommand(1);
  add_create(*command, global);
  add_run(*command, global);
  add_submit(*command, global);
  add_looking(*command, global);
  add_steering(*command, global);
}

}  // namespace ecnas::app
