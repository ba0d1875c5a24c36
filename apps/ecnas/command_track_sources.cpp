// `ecnas track --list`, `--doctor`, `--self-test`: the machine's sources, and whether they agree.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <thread>
#include <vector>

#include "command_track.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/energy/tracker.hpp"
#include "terminal.hpp"
#include "track_output.hpp"

namespace ecnas::app {
namespace {

Json source_json(const energy::FoundSource& found) {
  const energy::SourceDescription& source = found.source->description();
  Json json = {{"name", source.name},
               {"domain", name(source.domain)},
               {"kind", name(source.kind)},
               {"unit", source.kind == energy::Kind::counter ? "J" : "W"},
               {"quality", name(source.quality)},
               {"resolution", source.resolution > 0 ? Json(source.resolution) : Json(nullptr)},
               {"wrap_j", source.wrap_j ? Json(*source.wrap_j) : Json(nullptr)},
               {"counted", found.is_counted},
               {"source", source.origin}};
  if (!found.remark.empty()) json["remark"] = found.remark;
  if (!source.device.empty()) json["device"] = source.device;
  if (!source.attribution.empty()) json["attribution"] = source.attribution;
  return json;
}

Json inventory_json(const energy::Inventory& inventory) {
  Json sources = Json::array();
  for (const energy::FoundSource& found : inventory.sources)
    sources.push_back(source_json(found));
  Json missing = Json::array();
  for (const energy::MissingSource& source : inventory.missing)
    missing.push_back(
        {{"name", source.name}, {"reason", source.reason}, {"remedy", source.remedy}});
  return {{"sources", sources}, {"missing", missing}};
}

/// Keeps all processors busy, so that there is something to compare.
class Load {
 public:
  Load() {
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
      threads_.emplace_back([](const std::stop_token& stop) {
        std::atomic<double> sink = 1;
        while (!stop.stop_requested())
          sink = std::sqrt(sink.load() + 1);
      });
  }

 private:
  std::vector<std::jthread> threads_;
};

/// Energies of every source over a time in which the processors are busy.
std::vector<energy::Component> measure_all(energy::Inventory inventory) {
  constexpr std::chrono::seconds kTime{3};
  std::vector<std::unique_ptr<energy::Source>> sources;
  for (energy::FoundSource& found : inventory.sources)
    sources.push_back(std::move(found.source));
  energy::Tracker tracker(std::move(sources));
  {
    const Load load;
    std::this_thread::sleep_for(kTime);
  }
  return tracker.stop().components;
}

bool is_same_thing(const energy::SourceDescription& a, const energy::SourceDescription& b) {
  return a.domain == b.domain && a.name == b.name;
}

}  // namespace

void SourceArguments::add_to(CLI::App& command) {
  command
      .add_option("--root", root,
                  "Directory that holds the machine's sys, dev and proc, where they are not in /")
      ->type_name("DIR");
  command.add_option("--nvml", nvml, "NVIDIA's library (default: libnvidia-ml.so.1)")
      ->type_name("FILE");
  command
      .add_option("--cpu-power", cpu_power,
                  "Power of a processor package for the model: IDLE,FULL in W, or points "
                  "UTILISATION:POWER")
      ->type_name("CURVE");
  command
      .add_option("--attribution", attribution,
                  "Whose share is counted, by CPU time: process-tree or control-group; machine: "
                  "everybody's (default: of models the process tree's, of meters everybody's)")
      ->type_name("WHOSE")
      ->check(CLI::IsMember({"default", "process-tree", "control-group", "machine"}));
}

energy::InventoryOptions SourceArguments::inventory_options() const {
  energy::InventoryOptions options;
  if (!root.empty()) {
    const std::filesystem::path base(root);
    options.paths.sys = base / "sys";
    options.paths.dev = base / "dev";
    options.paths.proc = base / "proc";
  }
  if (!nvml.empty()) options.paths.nvml = nvml;
  if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES")) options.visible_devices = visible;
  if (cpu_power) options.cpu_power = energy::PowerCurve::parse(*cpu_power);
  if (attribution == "control-group") {
    options.user = energy::read_control_group();
    if (!options.user) {
      fail(ErrorCode::missing_dependency,
           "--attribution control-group: this process is in no control group whose CPU time can be "
           "read; give process-tree");
    }
  } else if (attribution != "machine") {
    options.user = energy::read_descendants();
  }
  options.share_counters = attribution == "process-tree" || attribution == "control-group";
  return options;
}

void run_track_list(const SourceArguments& sources, bool with_remedies, const Global& global) {
  energy::InventoryOptions options = sources.inventory_options();
  options.all_ways = true;
  const energy::Inventory inventory = energy::take_inventory(options);
  if (global.json) return print_json(inventory_json(inventory));
  print(inventory_text(inventory, with_remedies));
}

void run_self_test(const SourceArguments& sources, const Global& global) {
  constexpr double kTolerance = 0.1;
  energy::InventoryOptions options = sources.inventory_options();
  options.user = nullptr;
  options.all_ways = true;
  const std::vector<energy::Component> components = measure_all(energy::take_inventory(options));
  TextTable table({{"source"}, {"power", Align::right}, {"covered", Align::right}, {"read from"}});
  Json list = Json::array();
  std::string worst;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < components.size(); ++i) {
    const energy::Component& component = components[i];
    const double covered_s = component.energy.covered_s;
    const double power_w = covered_s > 0 ? component.energy.energy_j / covered_s : 0;
    table.add({component.source.name, fmt::format("{:.4g} W", power_w),
               fmt::format("{:.2f} s", covered_s), component.source.origin});
    list.push_back({{"name", component.source.name},
                    {"average_power_w", power_w},
                    {"source", component.source.origin}});
    for (std::size_t j = 0; j < i; ++j) {
      const energy::ComponentEnergy& other = components[j].energy;
      if (!is_same_thing(component.source, components[j].source) || other.covered_s <= 0) continue;
      ++compared;
      const double other_w = other.energy_j / other.covered_s;
      if (std::abs(power_w - other_w) > kTolerance * std::max(power_w, other_w))
        worst = fmt::format("{}: {:.4g} W from {}, but {:.4g} W from {}", component.source.name,
                            power_w, component.source.origin, other_w, components[j].source.origin);
    }
  }
  if (global.json) {
    print_json({{"sources", list}, {"compared", compared}, {"agree", worst.empty()}});
  } else {
    print(table.text());
    print(fmt::format("{} pairs of sources measure the same{}\n", compared,
                      compared == 0   ? ""
                      : worst.empty() ? ", and agree within 10 %"
                                      : ""));
  }
  if (!worst.empty()) fail(ErrorCode::invalid_data, "sources disagree: {}", worst);
  if (compared == 0) {
    fail(ErrorCode::missing_dependency,
         "self-test: no two sources here measure the same; see ecnas track --doctor");
  }
}

}  // namespace ecnas::app
