#include "energy/battery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "energy/sysfs.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;

constexpr double kMicro = 1e-6;

ReadFailure failed(std::string text) {
  return {ReadFailure::Reason::failed, std::move(text)};
}

// Of its sign, drivers have different ideas.
Result<double, ReadFailure> magnitude(const fs::path& file) {
  const Result<std::int64_t, ReadFailure> number = read_integer(file);
  if (!number) return number.reason();
  return std::abs(static_cast<double>(*number));
}

bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

// A directory of class/power_supply.
bool is_machine_battery(const fs::path& supply) {
  return read_line(supply / "type") == "Battery" && read_line(supply / "scope") != "Device" &&
         read_line(supply / "present") != "0" &&
         (is_there(supply / "power_now") ||
          (is_there(supply / "current_now") && is_there(supply / "voltage_now")));
}

bool is_plug(const fs::path& supply) {
  const std::optional<std::string> type = read_line(supply / "type");
  return type && type != "Battery" && is_there(supply / "online");
}

Result<double, ReadFailure> power_w(const fs::path& battery) {
  if (is_there(battery / "power_now")) {
    const Result<double, ReadFailure> power = magnitude(battery / "power_now");
    return power ? *power * kMicro : power;
  }
  const Result<double, ReadFailure> current = magnitude(battery / "current_now");
  if (!current) return current.reason();
  const Result<double, ReadFailure> voltage = magnitude(battery / "voltage_now");
  return voltage ? *current * kMicro * *voltage * kMicro : voltage;
}

class BatterySource final : public Source {
 public:
  BatterySource(std::vector<fs::path> batteries, std::vector<fs::path> plugs)
      : batteries_(std::move(batteries)), plugs_(std::move(plugs)) {
    description_.name = "battery";
    description_.domain = Domain::machine;
    description_.kind = Kind::power;
    description_.quality = Quality::integrated;
    description_.resolution = kMicro;
    for (const fs::path& battery : batteries_) {
      const std::string model = read_line(battery / "model_name").value_or("");
      append(description_.device, model.empty() ? battery.filename().string() : model);
      append(description_.origin, battery.string());
    }
  }

  [[nodiscard]] const SourceDescription& description() const override { return description_; }

  // Files are opened anew each time: a battery can be taken out and put in again.
  [[nodiscard]] Result<double, ReadFailure> read(Instant /*now*/) override {
    for (const fs::path& plug : plugs_) {
      const Result<std::int64_t, ReadFailure> online = read_integer(plug / "online");
      if (online && *online > 0)
        return failed(fmt::format("the machine is plugged in ({})", plug.filename().string()));
    }
    double sum_w = 0;
    bool is_used = false;
    for (const fs::path& battery : batteries_) {
      const std::string name = battery.filename().string();
      const std::optional<std::string> status = read_line(battery / "status");
      if (!status) {
        const bool is_denied = is_there(battery / "status");
        return ReadFailure{is_denied ? ReadFailure::Reason::denied : ReadFailure::Reason::gone,
                           fmt::format("{}: tells no status", battery.string())};
      }
      if (status == "Charging") return failed(fmt::format("{} is charging", name));
      if (status != "Discharging") continue;
      const Result<double, ReadFailure> power = power_w(battery);
      if (!power) return power.reason();
      sum_w += *power;
      is_used = true;
    }
    // A machine that runs uses something: 0 means that nothing was measured.
    if (sum_w > 0) return sum_w;
    return failed(is_used ? "the power told is 0" : "no battery is discharging");
  }

 private:
  static void append(std::string& list, std::string_view word) {
    list += list.empty() ? "" : " + ";
    list += word;
  }

  std::vector<fs::path> batteries_;
  std::vector<fs::path> plugs_;
  SourceDescription description_;
};

}  // namespace

Discovered find_batteries(const fs::path& sys) {
  std::vector<fs::path> batteries;
  std::vector<fs::path> plugs;
  for (const fs::path& supply : entries(sys / "class" / "power_supply", "")) {
    if (is_machine_battery(supply)) batteries.push_back(supply);
    if (is_plug(supply)) plugs.push_back(supply);
  }
  Discovered found;
  if (batteries.empty()) return found;
  auto source = std::make_unique<BatterySource>(std::move(batteries), std::move(plugs));
  const Result<double, ReadFailure> reading = source->read(Instant{});
  found.sources.push_back(
      {std::move(source), reading.has_value(), reading ? "" : reading.reason().text});
  return found;
}

}  // namespace ecnas::energy
