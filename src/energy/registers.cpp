#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "ecnas/core/text.hpp"
#include "energy/rapl.hpp"
#include "energy/sysfs.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;

/// Addresses after Intel's Software Developer's Manual, volume 4, and AMD's Processor Programming
/// Reference for family 17h; 0: has none.
struct Registers {
  off_t unit = 0;
  off_t package = 0;
  off_t memory = 0;
};
constexpr Registers kIntel = {0x606, 0x611, 0x619};
constexpr Registers kAmd = {0xC0010299, 0xC001029B, 0};

/// A device file of a processor's registers.
class RegisterFile {
 public:
  explicit RegisterFile(const fs::path& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) error_ = errno;
  }
  RegisterFile(const RegisterFile&) = delete;
  RegisterFile& operator=(const RegisterFile&) = delete;
  ~RegisterFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  [[nodiscard]] Result<std::uint64_t, ReadFailure> read(off_t address) const {
    std::uint64_t value = 0;
    if (descriptor_ < 0) return failure_of(path_, error_);
    const ssize_t size = ::pread(descriptor_, &value, sizeof value, address);
    if (size == static_cast<ssize_t>(sizeof value)) return value;
    return failure_of(path_, size < 0 ? errno : EIO);
  }

 private:
  fs::path path_;
  int descriptor_;
  int error_ = 0;
};

/// The 32-bit counter of one register.
class EnergyRegister : public Source {
 public:
  EnergyRegister(SourceDescription description, std::shared_ptr<RegisterFile> file, off_t address)
      : description_(std::move(description)), file_(std::move(file)), address_(address) {}

  [[nodiscard]] const SourceDescription& description() const override { return description_; }

  [[nodiscard]] Result<double, ReadFailure> read(Instant /*now*/) override {
    const Result<std::uint64_t, ReadFailure> value = file_->read(address_);
    if (!value) return value.reason();
    return static_cast<double>(*value & UINT32_MAX) * description_.resolution;
  }

 private:
  SourceDescription description_;
  std::shared_ptr<RegisterFile> file_;
  off_t address_;
};

/// The first processor of each package.
std::map<std::int64_t, std::string> first_processors(const fs::path& sys) {
  std::map<std::int64_t, std::string> first;
  for (const fs::path& cpu : entries(sys / "devices" / "system" / "cpu", "cpu")) {
    const std::string number = cpu.filename().string().substr(3);
    if (!parse_integer(number)) continue;  // cpufreq, cpuidle
    const auto package = read_integer(cpu / "topology" / "physical_package_id");
    if (package && *package >= 0) first.try_emplace(*package, number);
  }
  return first;
}

/// The memory's unit of server processors is fixed, whatever the register of units says.
double memory_unit_j(const CpuIdentity& cpu, double unit_j) {
  constexpr double kServerJoules = 1.0 / 65536;
  constexpr std::array kServers = {63U, 79U, 85U, 106U, 108U, 143U, 207U, 173U, 174U};
  const bool is_server =
      cpu.family == 6 && std::ranges::find(kServers, cpu.model) != kServers.end();
  return is_server ? kServerJoules : unit_j;
}

void add(const SourceDescription& of, const std::shared_ptr<RegisterFile>& file, off_t address,
         Discovered& found) {
  SourceDescription description = of;
  description.wrap_j = 4294967296.0 * description.resolution;
  description.power_bound_w = kPackageBoundWatts;
  auto source = std::make_unique<EnergyRegister>(std::move(description), file, address);
  if (source->read({})) found.sources.push_back({std::move(source), true, ""});
}

}  // namespace

Discovered find_registers(const fs::path& sys, const fs::path& dev, const CpuIdentity& cpu) {
  Discovered found;
  const bool is_intel = cpu.vendor == "GenuineIntel";
  if (!is_intel && cpu.vendor != "AuthenticAMD") return found;
  const Registers& registers = is_intel ? kIntel : kAmd;
  for (const auto& [package, processor] : first_processors(sys)) {
    const fs::path path = dev / "cpu" / processor / "msr";
    const auto file = std::make_shared<RegisterFile>(path);
    const Result<std::uint64_t, ReadFailure> units = file->read(registers.unit);
    if (!units) {
      if (units.reason().reason == ReadFailure::Reason::denied && found.missing.empty()) {
        found.missing.push_back({"RAPL counters (registers)", units.reason().text,
                                 "run as root; powercap's counters are the better way"});
      }
      continue;
    }
    const double unit_j = std::ldexp(1.0, -static_cast<int>((*units >> 8) & 0x1F));
    const auto origin = [&](off_t address) {
      return fmt::format("{}, register {:#x}", path.string(), address);
    };
    add({.name = fmt::format("package-{}", package),
         .domain = Domain::cpu,
         .origin = origin(registers.package),
         .resolution = unit_j},
        file, registers.package, found);
    if (registers.memory == 0) continue;
    add({.name = fmt::format("dram-{}", package),
         .domain = Domain::memory,
         .origin = origin(registers.memory),
         .resolution = memory_unit_j(cpu, unit_j)},
        file, registers.memory, found);
  }
  return found;
}

}  // namespace ecnas::energy
