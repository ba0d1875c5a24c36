#include "ecnas/energy/inventory.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <thread>
#include <utility>

#include "ecnas/core/text.hpp"
#include "energy/battery.hpp"
#include "energy/bmc.hpp"
#include "energy/discovered.hpp"
#include "energy/hwmon.hpp"
#include "energy/nvml.hpp"
#include "energy/proc_stat.hpp"
#include "energy/rapl.hpp"
#include "energy/usage_sources.hpp"

namespace ecnas::energy {
namespace {

/// Between which multiples of the model's power the true one is expected, by how well the processor
/// is known: turbo exceeds the design power, code that waits for memory stays below it, and who
/// hides a processor's name may have any of its kind.
Tolerance tolerance_of(CpuKnowledge knowledge) {
  switch (knowledge) {
    case CpuKnowledge::model:
      return {0.5, 1.5};
    case CpuKnowledge::architecture:
      return {0.4, 2};
    case CpuKnowledge::class_only:
      return {0.25, 4};
  }
  return {};
}

bool is_counted_of(const FoundSource& found, Domain domain) {
  return found.is_counted && found.source->description().domain == domain;
}

/// A counter at 0 is one that has just been opened, or one behind which there is nothing, as in
/// virtual machines. The first kind moves every millisecond, which is worth waiting for where it is
/// of a package.
void refuse_dead_counters(std::vector<FoundSource>& sources, std::vector<MissingSource>& missing) {
  constexpr int kLooks = 3;
  constexpr std::chrono::milliseconds kPause{1};
  const auto is_at_zero = [](const FoundSource& found) {
    const SourceDescription& description = found.source->description();
    if (description.kind != Kind::counter || description.quality != Quality::counter) return false;
    const auto reading = found.source->read({});
    return reading.has_value() && *reading == 0;
  };
  const auto is_package_at_zero = [&](const FoundSource& found) {
    return found.source->description().domain == Domain::cpu && is_at_zero(found);
  };
  for (int look = 0; look < kLooks && std::ranges::any_of(sources, is_package_at_zero); ++look)
    std::this_thread::sleep_for(kPause);
  std::erase_if(sources, [&](const FoundSource& found) {
    if (!is_at_zero(found)) return false;
    const SourceDescription& description = found.source->description();
    missing.push_back({description.name,
                       fmt::format("{} stands at 0: nothing counts behind it, as in virtual "
                                   "machines",
                                   description.origin),
                       ""});
    return true;
  });
}

class InventoryTaker {
 public:
  explicit InventoryTaker(const InventoryOptions& options) : options_(options) {}

  Inventory take() {
    describe_machine();
    find_packages();
    add(find_nvidia(options_.paths.nvml, options_.visible_devices, options_.paths.dev));
    add(find_batteries(options_.paths.sys));
    // The first answer of a BMC is waited for.
    if (options_.all_ways || !has(Domain::cpu))
      add(find_bmc(options_.paths.ipmitool, options_.paths.dev));
    choose_whole_meter();
    if (!has(Domain::cpu) && !has_whole()) add_cpu_model();
    if (!has(Domain::memory) && !has_whole()) add_memory_model();
    if (options_.user && options_.share_counters) share_counters();
    return std::move(inventory_);
  }

 private:
  void describe_machine() {
    const MachinePaths& paths = options_.paths;
    cpu_ = parse_cpuinfo(read_small_file(paths.proc / "cpuinfo").value_or(""));
    inventory_.machine.cpu = cpu_.model_name;
    inventory_.machine.logical_cpus = cpu_.logical_cpus;
    inventory_.machine.memory_gib =
        installed_gib(read_small_file(paths.proc / "meminfo").value_or(""));
    utsname system{};
    if (::uname(&system) == 0)
      inventory_.machine.kernel = fmt::format("{} {}", system.sysname, system.release);
  }

  static double installed_gib(std::string_view meminfo) {
    constexpr std::string_view kLine = "MemTotal:";
    if (!meminfo.starts_with(kLine)) return 0;
    std::string_view text = trimmed(meminfo.substr(0, meminfo.find('\n')).substr(kLine.size()));
    if (!text.ends_with(" kB")) return 0;
    text.remove_suffix(3);
    constexpr double kKibPerGib = 1024.0 * 1024;
    return static_cast<double>(parse_integer(text).value_or(0)) / kKibPerGib;
  }

  void add(Discovered discovered) {
    std::ranges::move(discovered.sources, std::back_inserter(inventory_.sources));
    std::ranges::move(discovered.missing, std::back_inserter(inventory_.missing));
    std::ranges::move(discovered.devices, std::back_inserter(inventory_.machine.gpus));
  }

  /// The first way to read packages that works is the one that counts; hwmon has other things too.
  void find_packages() {
    const MachinePaths& paths = options_.paths;
    add_packages(find_powercap(paths.sys));
    if (options_.all_ways || !has(Domain::cpu)) add_packages(find_power_events(paths.sys));
    if (options_.all_ways || !has(Domain::cpu))
      add_packages(find_registers(paths.sys, paths.dev, cpu_));
    add_packages(find_hwmon(paths.sys));
    // How to get at counters in another way is of no interest where one way works.
    if (has(Domain::cpu)) {
      std::erase_if(inventory_.missing,
                    [](const MissingSource& missing) { return missing.name.starts_with("RAPL"); });
    }
  }

  void add_packages(Discovered way) {
    refuse_dead_counters(way.sources, way.missing);
    for (FoundSource& found : way.sources)
      drop_if_counted_already(found);
    add(std::move(way));
  }

  void drop_if_counted_already(FoundSource& found) {
    const Domain domain = found.source->description().domain;
    const bool is_of_package = domain == Domain::cpu || domain == Domain::memory;
    if (!found.is_counted || !is_of_package || !has(domain)) return;
    found.is_counted = false;
    found.remark = fmt::format("the same as {}", first_of(domain).description().origin);
  }

  /// A meter of everything stands in for package counters and is beside them a second opinion.
  void choose_whole_meter() {
    for (FoundSource& found : inventory_.sources) {
      const Domain domain = found.source->description().domain;
      if (!found.is_counted || (domain != Domain::machine && domain != Domain::platform)) continue;
      if (has(Domain::cpu)) {
        found.is_counted = false;
        found.remark = "holds what the package counters count";
      } else if (whole_.empty()) {
        whole_ = found.source->description().name;
      } else {
        found.is_counted = false;
        found.remark = fmt::format("the same energy as {}", whole_);
      }
    }
    if (whole_.empty()) return;
    const bool has_cards_in_it = std::ranges::any_of(
        inventory_.sources,
        [&](const FoundSource& found) { return is_counted_of(found, Domain::machine); });
    for (FoundSource& found : inventory_.sources) {
      const Domain domain = found.source->description().domain;
      const bool is_inside = domain == Domain::memory || (domain == Domain::gpu && has_cards_in_it);
      if (!found.is_counted || !is_inside) continue;
      found.is_counted = false;
      found.remark = fmt::format("part of {}", whole_);
    }
  }

  [[nodiscard]] bool has_whole() const { return !whole_.empty(); }

  [[nodiscard]] bool has(Domain domain) const {
    return std::ranges::any_of(
        inventory_.sources, [&](const FoundSource& found) { return is_counted_of(found, domain); });
  }

  [[nodiscard]] const Source& first_of(Domain domain) const {
    return *std::ranges::find_if(inventory_.sources, [&](const FoundSource& found) {
              return is_counted_of(found, domain);
            })->source;
  }

  void add_cpu_model() {
    inventory_.sources.push_back(
        {model_cpu(modelled_cpu(), options_.user, options_.paths.proc / "stat"), true, ""});
  }

  [[nodiscard]] ModelledCpu modelled_cpu() const {
    const unsigned logical_cpus = std::max(cpu_.logical_cpus, 1U);
    if (options_.cpu_power) {
      const double threads = static_cast<double>(logical_cpus) / cpu_.packages;
      return {*options_.cpu_power,
              threads,
              logical_cpus,
              cpu_.model_name,
              fmt::format("model: a given power curve, {} W idle, {} W at full load of a package",
                          shortest(options_.cpu_power->idle_w()),
                          shortest(options_.cpu_power->full_w())),
              Tolerance{0.8, 1.2}};
    }
    const CpuPower power = cpu_power_of(cpu_);
    const double idle_w = power.tdp_w * power.idle_fraction;
    return {PowerCurve({{0, idle_w}, {1, power.tdp_w}}),
            static_cast<double>(power.threads),
            logical_cpus,
            cpu_.model_name,
            fmt::format("model: {:.3g} W a busy thread, {:.3g} W an idle one ({:.4g} W TDP of {} "
                        "threads, {:.0f} % of it idle; {}; {})",
                        power.tdp_per_thread_w(), idle_w / power.threads, power.tdp_w,
                        power.threads, power.idle_fraction * 100, power.matched, power.source),
            tolerance_of(power.knowledge)};
  }

  void add_memory_model() {
    inventory_.sources.push_back(
        {model_memory(options_.user, inventory_.machine.memory_gib), true, ""});
  }

  void share_counters() {
    for (FoundSource& found : inventory_.sources) {
      const SourceDescription& description = found.source->description();
      // A card is not shared by processors' time.
      if (!found.is_counted || description.quality == Quality::modelled ||
          description.domain == Domain::gpu) {
        continue;
      }
      found.source =
          share_by_cpu_time(std::move(found.source), options_.user, options_.paths.proc / "stat");
    }
  }

  const InventoryOptions& options_;
  CpuIdentity cpu_;
  std::string whole_;  // name of the meter of everything that counts
  Inventory inventory_;
};

}  // namespace

std::vector<std::unique_ptr<Source>> Inventory::take_counted() {
  std::vector<std::unique_ptr<Source>> counted;
  for (FoundSource& found : sources) {
    if (found.is_counted) counted.push_back(std::move(found.source));
  }
  std::erase_if(sources, [](const FoundSource& found) { return found.source == nullptr; });
  return counted;
}

Inventory take_inventory(const InventoryOptions& options) {
  return InventoryTaker(options).take();
}

}  // namespace ecnas::energy
