#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "energy/rapl.hpp"
#include "energy/sysfs.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;

constexpr double kMicro = 1e-6;

/// The counter of one zone.
class Zone : public Source {
 public:
  Zone(SourceDescription description, const fs::path& file)
      : description_(std::move(description)), counter_(file) {}

  [[nodiscard]] const SourceDescription& description() const override { return description_; }

  [[nodiscard]] Result<double, ReadFailure> read(Instant /*now*/) override {
    const Result<std::int64_t, ReadFailure> reading = counter_.read();
    if (!reading) return reading.reason();
    if (*reading < 0) {
      return ReadFailure{ReadFailure::Reason::failed,
                         fmt::format("{} holds {}", description_.origin, *reading)};
    }
    return static_cast<double>(*reading) * kMicro;
  }

 private:
  SourceDescription description_;
  NumberFile counter_;
};

/// A zone's kind by its name; absent for one that we know nothing of.
std::optional<Domain> domain_of(std::string_view zone) {
  if (zone.starts_with("package-")) return Domain::cpu;
  if (zone == "psys") return Domain::platform;
  if (zone == "dram") return Domain::memory;
  if (zone == "core") return Domain::cores;
  if (zone == "uncore") return Domain::uncore;
  return {};
}

/// "package-1" → "-1"; "package-1-die-0" → "-1-die-0"; else nothing.
std::string_view number_of(std::string_view zone) {
  const std::size_t dash = zone.find('-');
  return dash == std::string_view::npos ? std::string_view() : zone.substr(dash);
}

/// What a zone is called: "package-0", "dram-0", "psys".
std::string name_of(std::string_view zone, std::string_view parent) {
  if (parent.empty()) return std::string(zone);
  return fmt::format("{}{}", zone == "core" ? "cores" : zone, number_of(parent));
}

std::string remark_on(Domain domain, std::string_view parent) {
  if (domain == Domain::cores || domain == Domain::uncore) return fmt::format("part of {}", parent);
  return {};
}

class Powercap {
 public:
  explicit Powercap(fs::path directory) : directory_(std::move(directory)) {}

  Discovered look() {
    // "intel-rapl:0", then "intel-rapl:0:2" within it. "intel-rapl-mmio:0" is the same package by
    // another door.
    for (const fs::path& zone : entries(directory_, "intel-rapl:"))
      add(zone);
    if (denied_ > 0) explain();
    return std::move(found_);
  }

 private:
  void add(const fs::path& zone) {
    const std::optional<std::string> label = read_line(zone / "name");
    if (!label) return;
    const std::string key = zone.filename().string();
    const bool is_inner = std::ranges::count(key, ':') > 1;
    const std::string parent = is_inner ? labels_[key.substr(0, key.rfind(':'))] : std::string();
    labels_[key] = *label;
    const std::optional<Domain> domain = domain_of(*label);
    if (!domain) return;
    SourceDescription description{.name = name_of(*label, parent),
                                  .domain = *domain,
                                  .origin = (zone / "energy_uj").string(),
                                  .resolution = kMicro,
                                  .power_bound_w = kPackageBoundWatts};
    const Result<std::int64_t, ReadFailure> range = read_integer(zone / "max_energy_range_uj");
    if (range && *range > 0) description.wrap_j = static_cast<double>(*range) * kMicro;
    auto source = std::make_unique<Zone>(description, zone / "energy_uj");
    const Result<double, ReadFailure> first = source->read({});
    if (!first) {
      if (first.reason().reason == ReadFailure::Reason::denied) ++denied_;
      if (first.reason().reason == ReadFailure::Reason::failed)
        found_.missing.push_back({description.name, first.reason().text, ""});
      return;
    }
    const bool is_twice = std::ranges::any_of(found_.sources, [&](const FoundSource& other) {
      return other.source->description().name == description.name;
    });
    const std::string remark =
        is_twice ? fmt::format("{} once more", description.name) : remark_on(*domain, parent);
    found_.sources.push_back({std::move(source), remark.empty(), remark});
  }

  void explain() {
    found_.missing.push_back(
        {"RAPL counters (powercap)",
         fmt::format("{} counters below {} may be read by root alone", denied_,
                     directory_.string()),
         "as root, for everybody on this machine (who can then guess at what others compute, "
         "CVE-2020-8694), write the line\n"
         R"(ACTION=="add", SUBSYSTEM=="powercap", KERNEL=="intel-rapl:*", )"
         R"(RUN+="/bin/chmod a+r /sys/class/powercap/%k/energy_uj")"
         "\nto /etc/udev/rules.d/70-rapl.rules, then run\n"
         "udevadm control --reload && udevadm trigger --action=add --subsystem-match=powercap"});
  }

  fs::path directory_;
  std::map<std::string, std::string> labels_;  // by the zone's directory
  std::size_t denied_ = 0;
  Discovered found_;
};

}  // namespace

Discovered find_powercap(const fs::path& sys) {
  return Powercap(sys / "class" / "powercap").look();
}

}  // namespace ecnas::energy
