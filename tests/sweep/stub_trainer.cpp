// Stands in for ecnas-train in the tests of sweeps: the same command line and files, numbers that
// depend on the cell, the epochs and the seed alone, and ways to fail:
//   --stub-journal FILE    append "begin HASH EPOCHS SEED PID" and "end …", a write each
//   --stub-steps N         write so many checkpoints, a millisecond apart
//   --stub-fail WAY        diverged, crash, disk, device, argument, hang, or empty (no results)
//   --stub-fail-share P    of every hundred runs, by seed (default: 100)
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "ecnas/space/hash.hpp"
#include "ecnas/space/skeleton.hpp"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::map<std::string, std::string> options;
std::string hash_text;

volatile std::sig_atomic_t is_asked_to_end = 0;

int number(const std::string& name, int otherwise) {
  const auto found = options.find(name);
  return found == options.end() ? otherwise : std::atoi(found->second.c_str());
}

/// False where the folder has gone meanwhile.
bool write_beside(const fs::path& file, const std::string& text) {
  const fs::path part = fs::path(file) += ".part";
  {
    std::ofstream stream(part, std::ios::binary);
    stream << text;
    if (!stream.flush()) return false;
  }
  std::error_code error;
  fs::rename(part, file, error);
  return !error;
}

void note(const char* what) {
  const auto journal = options.find("stub-journal");
  if (journal == options.end()) return;
  const std::string line = std::string(what) + " " + hash_text + " " + options["epochs"] + " " +
                           options["seed"] + " " + std::to_string(::getpid()) + "\n";
  const int file = ::open(journal->second.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (::write(file, line.data(), line.size()) < 0) std::_Exit(5);
  ::close(file);
}

json results(const ecnas::space::Cell& cell) {
  const ecnas::space::Skeleton skeleton{.stem_width = number("width", 16)};
  const int epochs = number("epochs", 1);
  const double share = static_cast<double>(std::atoll(options["seed"].c_str()) % 1000) / 1000;
  const double pue = std::atof(options["pue"].c_str());
  const double energy_kwh = (1 + share) * epochs * 1e-3 * pue;
  const auto evaluation = [&](int after) {
    const double part = static_cast<double>(after) / epochs;
    return json{{"epochs", after},
                {"training_time", 10.0 * after},
                {"train_accuracy", 0.1 + 0.8 * share * part},
                {"validation_accuracy", 0.1 + 0.7 * share * part},
                {"test_accuracy", 0.1 + 0.7 * share * part},
                {"energy (kWh)", energy_kwh * part},
                {"co2eq (g)", energy_kwh * part * 100}};
  };
  return {{"trainable_params", ecnas::space::trainable_parameters(cell, skeleton)},
          {"model_hash", hash_text},
          {"total_time", 10.0 * epochs + 1},
          {"total_energy (kWh)", energy_kwh},
          {"total_co2eq (g)", energy_kwh * 100},
          {"avg_intensity (gCO2/kWh)", 100.0},
          {"evaluation_results", {evaluation(0), evaluation(epochs)}},
          {"ecnas",
           {{"format", 1},
            {"version", "0.1.0"},
            {"cell", ecnas::space::to_text(cell)},
            {"seed", std::atoll(options["seed"].c_str())},
            {"pue", pue},
            {"energy_quality", "modelled"},
            {"data_set", "made up"},
            {"data_checksum", "0123"},
            {"images", {{"train", 4000}, {"validation", 1000}, {"test", 1000}}},
            {"skeleton",
             {{"stem_width", skeleton.stem_width},
              {"stacks", skeleton.stacks},
              {"cells_per_stack", skeleton.cells_per_stack},
              {"classes", skeleton.classes},
              {"image_size", skeleton.image_size},
              {"image_channels", skeleton.image_channels}}},
            {"training", {{"width", skeleton.stem_width}}},
            {"shared_machine", options.contains("shared-machine")},
            {"coverage", 1.0},
            {"notes", json::array()}}}};
}

/// How the run is to fail. @return the exit status, or 0: not at all
int fail_as_told(const fs::path& output) {
  const auto way = options.find("stub-fail");
  if (way == options.end()) return 0;
  if (std::atoll(options["seed"].c_str()) % 100 >= number("stub-fail-share", 100)) return 0;
  std::fprintf(stderr, "ecnas-train: told to fail: %s\n", way->second.c_str());
  if (way->second == "diverged") {
    write_beside(output / "failure.json", R"({"kind": "diverged", "message": "loss is NaN"})");
    return 7;
  }
  if (way->second == "crash") std::abort();
  if (way->second == "disk") return 5;
  if (way->second == "device") return 6;
  if (way->second == "argument") return 2;
  if (way->second == "empty") std::_Exit(0);
  for (;;)  // hang, and heed no request
    ::pause();
}

/// Work that leaves checkpoints, from the last one on.
int train(const fs::path& output) {
  const fs::path checkpoint = output / "checkpoint.safetensors";
  const int steps = number("stub-steps", 0);
  int step = 0;
  if (options.contains("resume")) std::ifstream(checkpoint) >> step;
  for (; step < steps; ++step) {
    if (!write_beside(checkpoint, std::to_string(step) + "\n")) return 5;
    if (is_asked_to_end != 0) return 130;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::error_code ignored;
  fs::remove(checkpoint, ignored);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  for (int i = 2; i < count; ++i) {
    const std::string name = arguments[i] + 2;
    const bool has_value = i + 1 < count && std::string(arguments[i + 1]).rfind("--", 0) != 0;
    options[name] = has_value ? arguments[++i] : "";
  }
  if (options["stub-fail"] == "hang") {
    std::signal(SIGTERM, SIG_IGN);
  } else {
    std::signal(SIGTERM, [](int) { is_asked_to_end = 1; });
  }
  if (options["stub-fail"].empty()) options.erase("stub-fail");
  const ecnas::space::Cell cell = ecnas::space::parse_cell(arguments[1]);
  hash_text = ecnas::space::to_text(ecnas::space::hash_of(cell));
  const fs::path output = options["output"];
  note("begin");
  if (const int status = fail_as_told(output)) return status;
  if (const int status = train(output)) return status;
  if (!write_beside(output / "results.json", results(cell).dump(1) + "\n")) return 5;
  note("end");
  return 0;
}
