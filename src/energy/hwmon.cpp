#include "energy/hwmon.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "ecnas/core/text.hpp"
#include "energy/sysfs.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;

constexpr double kMicro = 1e-6;
constexpr std::size_t kMaxUnknown = 16;  // of one chip
// A limit holds for averages; a power above its double is no reading.
constexpr double kHeadroom = 2;

// A directory of class/hwmon.
struct Chip {
  fs::path directory;
  std::string driver;
  std::size_t number = 0;  // among those of its driver
};

// A number of a chip, or the product of two.
struct Term {
  NumberFile number;
  std::optional<NumberFile> factor;
  double unit = kMicro;

  [[nodiscard]] Result<double, ReadFailure> read() {
    const Result<double, ReadFailure> value = not_negative(number);
    if (!value || !factor) return value ? *value * unit : value;
    const Result<double, ReadFailure> times = not_negative(*factor);
    return times ? *value * *times * unit : times;
  }

 private:
  static Result<double, ReadFailure> not_negative(NumberFile& file) {
    const Result<std::int64_t, ReadFailure> value = file.read();
    if (!value) return value.reason();
    if (*value >= 0) return static_cast<double>(*value);
    return ReadFailure{ReadFailure::Reason::failed,
                       fmt::format("{}: {} is negative", file.path().string(), *value)};
  }
};

class HwmonSource final : public Source {
 public:
  HwmonSource(SourceDescription description, std::vector<Term> terms, fs::path power_state)
      : description_(std::move(description)),
        terms_(std::move(terms)),
        power_state_(std::move(power_state)) {}

  [[nodiscard]] const SourceDescription& description() const override { return description_; }

  [[nodiscard]] Result<double, ReadFailure> read(Instant /*now*/) override {
    if (is_off()) {
      if (description_.kind == Kind::power) return 0.0;
      if (last_) return *last_;
    }
    double sum = 0;
    for (Term& term : terms_) {
      const Result<double, ReadFailure> value = term.read();
      if (!value) return value.reason();
      sum += *value;
    }
    last_ = sum;
    return sum;
  }

 private:
  // A reading would wake the card.
  [[nodiscard]] bool is_off() const {
    return !power_state_.empty() && read_line(power_state_) == "D3cold";
  }

  SourceDescription description_;
  std::vector<Term> terms_;
  fs::path power_state_;  // of a card; empty: of none
  std::optional<double> last_;
};

// A power or an energy that a chip has.
struct Channel {
  std::string stem;  // "power1"
  Kind kind = Kind::power;
  std::string label;
  std::vector<Term> terms;
  std::string origin;
};

Channel channel_of(const Chip& chip, const std::string& stem, Kind kind, const fs::path& file) {
  Channel channel{.stem = stem, .kind = kind, .origin = file.string()};
  const std::optional<std::string> label = read_line(chip.directory / (stem + "_label"));
  channel.label = label ? *label : read_line(chip.directory / "label").value_or("");
  channel.terms.push_back({NumberFile(file), std::nullopt, kMicro});
  return channel;
}

// The channels of a kind in their order, each by its average where it has one.
std::vector<Channel> channels_of(const Chip& chip, Kind kind) {
  const std::string_view prefix = kind == Kind::power ? "power" : "energy";
  std::map<std::int64_t, fs::path> files;
  for (const fs::path& file : entries(chip.directory, prefix)) {
    const std::string name = file.filename().string();
    const std::size_t end = name.find('_');
    if (end == std::string::npos) continue;
    const auto number = parse_integer(std::string_view(name).substr(0, end).substr(prefix.size()));
    const std::string_view item = std::string_view(name).substr(end);
    const bool is_average = kind == Kind::power && item == "_average";
    if (number && (is_average || (item == "_input" && !files.contains(*number))))
      files[*number] = file;
  }
  std::vector<Channel> channels;
  for (const auto& [number, file] : files)
    channels.push_back(channel_of(chip, fmt::format("{}{}", prefix, number), kind, file));
  return channels;
}

// Energies first: a counter is better than a power.
std::vector<Channel> channels_of(const Chip& chip) {
  std::vector<Channel> channels = channels_of(chip, Kind::counter);
  for (Channel& channel : channels_of(chip, Kind::power))
    channels.push_back(std::move(channel));
  return channels;
}

// Voltage times current, for chips that leave the product to us.
std::vector<Channel> products_of(const Chip& chip) {
  std::vector<Channel> channels;
  for (int number = 1; number <= 3; ++number) {
    const std::string stem = fmt::format("in{}", number);
    const fs::path voltage = chip.directory / (stem + "_input");
    const fs::path current = chip.directory / fmt::format("curr{}_input", number);
    std::error_code ignored;
    if (!fs::exists(voltage, ignored) || !fs::exists(current, ignored)) continue;
    Channel channel = channel_of(chip, stem, Kind::power, voltage);
    channel.terms[0].factor = NumberFile(current);  // mV mA = µW
    channel.origin += " × " + current.filename().string();
    channels.push_back(std::move(channel));
  }
  return channels;
}

// What a channel is taken for.
struct Meaning {
  std::string name;
  Domain domain = Domain::machine;
  std::string device;
  bool is_counted = true;
  std::string remark;
  std::optional<double> power_bound_w;
  fs::path power_state;
};

// A channel that cannot be read is missing if it would count.
void add(Channel channel, Meaning meaning, Discovered& found) {
  SourceDescription description;
  description.name = std::move(meaning.name);
  description.domain = meaning.domain;
  description.kind = channel.kind;
  description.quality = channel.kind == Kind::counter ? Quality::counter : Quality::integrated;
  description.device = std::move(meaning.device);
  description.origin = std::move(channel.origin);
  description.resolution = kMicro;
  description.power_bound_w = meaning.power_bound_w;
  auto source = std::make_unique<HwmonSource>(std::move(description), std::move(channel.terms),
                                              std::move(meaning.power_state));
  const Result<double, ReadFailure> reading = source->read(Instant{});
  if (reading) {
    found.sources.push_back({std::move(source), meaning.is_counted, std::move(meaning.remark)});
  } else if (meaning.is_counted) {
    const bool is_denied = reading.reason().reason == ReadFailure::Reason::denied;
    found.missing.push_back({source->description().name, reading.reason().text,
                             is_denied ? "let this user read it (chmod a+r), or run as root" : ""});
  }
}

std::string name_in_chip(const Chip& chip, const Channel& channel) {
  return fmt::format("{}-{}-{}", chip.driver, chip.number, channel.stem);
}

void add_uncounted(const Chip& chip, Channel channel, Domain domain, const std::string& remark,
                   Discovered& found) {
  Meaning meaning{.name = name_in_chip(chip, channel),
                  .domain = domain,
                  .device = channel.label,
                  .is_counted = false,
                  .remark = remark};
  add(std::move(channel), std::move(meaning), found);
}

using Chips = std::vector<Chip>;

// "AMD GPU 1002:73bf", or the name that the card has been given.
std::string card_model(const Chip& chip, std::string_view maker) {
  const fs::path device = chip.directory / "device";
  if (const auto product = read_line(device / "product_name"); product && !product->empty())
    return *product;
  const auto digits = [&](const char* file) {
    const std::string number = read_line(device / file).value_or("");
    return number.starts_with("0x") ? number.substr(2) : "";
  };
  const std::string vendor = digits("vendor");
  return vendor.empty() ? fmt::format("{} GPU", maker)
                        : fmt::format("{} GPU {}:{}", maker, vendor, digits("device"));
}

// A driver of cards.
struct CardKind {
  const char* name;   // "gpu-amd"
  const char* maker;  // "AMD"
  const char* limit;  // of its power, µW: "cap"
};

// The first channel of a card is the card's; others are parts of it.
void add_card(const Chip& chip, std::size_t number, const CardKind& kind, Discovered& found) {
  const std::string name = fmt::format("{}-{}", kind.name, number);
  const std::string model = card_model(chip, kind.maker);
  found.devices.push_back(model);
  std::vector<Channel> channels = channels_of(chip);
  if (channels.empty())
    found.missing.push_back({name, fmt::format("{} tells no power of this card", chip.driver), ""});
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (i > 0) {
      add_uncounted(chip, std::move(channels[i]), Domain::gpu, "part of " + name, found);
      continue;
    }
    Meaning meaning{.name = name,
                    .domain = Domain::gpu,
                    .device = model,
                    .power_state = chip.directory / "device" / "power_state"};
    const std::string position =
        channels[i].stem.substr(channels[i].stem.find_first_of("0123456789"));
    const auto limit =
        read_integer(chip.directory / fmt::format("power{}_{}", position, kind.limit));
    if (limit && *limit > 0)
      meaning.power_bound_w = kHeadroom * kMicro * static_cast<double>(*limit);
    add(std::move(channels[i]), std::move(meaning), found);
  }
}

// Only the graphics of a processor package have the voltage of its north bridge.
bool is_apu(const Chip& chip) {
  return read_line(chip.directory / "in1_label") == "vddnb";
}

void look_at_amd(const Chips& chips, const fs::path& /*sys*/, Discovered& found) {
  std::size_t cards = 0;
  std::size_t packages = 0;
  for (const Chip& chip : chips) {
    if (!is_apu(chip)) {
      add_card(chip, cards++, {"gpu-amd", "AMD", "cap"}, found);
      continue;
    }
    for (Channel& channel : channels_of(chip)) {
      Meaning meaning{.name = fmt::format("apu-{}", packages++),
                      .domain = Domain::cpu,
                      .device = card_model(chip, "AMD")};
      add(std::move(channel), std::move(meaning), found);
    }
  }
}

void look_at_intel(const Chips& chips, const fs::path& /*sys*/, Discovered& found) {
  for (std::size_t i = 0; i < chips.size(); ++i)
    add_card(chips[i], i, {"gpu-intel", "Intel", "max"}, found);
}

void look_at_nouveau(const Chips& chips, const fs::path& /*sys*/, Discovered& found) {
  for (std::size_t i = 0; i < chips.size(); ++i)
    add_card(chips[i], i, {"gpu-nouveau", "NVIDIA", "max"}, found);
}

// Of the first processor of a NUMA node: where a package has several nodes, the driver has its one
// counter once for each of them.
std::int64_t package_of_node(const fs::path& sys, std::int64_t node) {
  const fs::path system = sys / "devices" / "system";
  const std::string cpus =
      read_line(system / "node" / fmt::format("node{}", node) / "cpulist").value_or("");
  const auto cpu = parse_integer(cpus.substr(0, cpus.find_first_of(",-")));
  if (!cpu) return node;
  const auto package = read_integer(system / "cpu" / fmt::format("cpu{}", *cpu) / "topology" /
                                    "physical_package_id");
  return package && *package >= 0 ? *package : node;
}

void look_at_amd_energy(const Chips& chips, const fs::path& sys, Discovered& found) {
  constexpr std::string_view kSocket = "Esocket";
  std::set<std::int64_t> packages;
  for (const Chip& chip : chips) {
    for (Channel& channel : channels_of(chip, Kind::counter)) {
      if (!channel.label.starts_with(kSocket)) continue;
      const auto node = parse_integer(channel.label.substr(kSocket.size()));
      if (!node) continue;
      const std::int64_t package = package_of_node(sys, *node);
      const std::string name = fmt::format("package-{}", package);
      if (packages.insert(package).second) {
        add(std::move(channel), {.name = name, .domain = Domain::cpu}, found);
      } else {
        add_uncounted(chip, std::move(channel), Domain::cpu, "the same counter as " + name, found);
      }
    }
  }
}

// The power of a processor package, in several parts where its driver has several.
void look_at_packages(const Chips& chips, const fs::path& /*sys*/, Discovered& found) {
  for (const Chip& chip : chips) {
    std::vector<Channel> parts = channels_of(chip, Kind::power);
    if (parts.empty()) continue;
    Channel whole = std::move(parts.front());
    for (std::size_t i = 1; i < parts.size(); ++i) {
      whole.terms.push_back(std::move(parts[i].terms.front()));
      whole.origin += " + " + fs::path(parts[i].origin).filename().string();
    }
    Meaning meaning{.name = fmt::format("package-{}", chip.number), .domain = Domain::cpu};
    add(std::move(whole), std::move(meaning), found);
  }
}

void look_at_acpi(const Chips& chips, const fs::path& /*sys*/, Discovered& found) {
  std::size_t count = 0;
  for (const Chip& chip : chips)
    count += channels_of(chip).size();
  for (const Chip& chip : chips) {
    for (Channel& channel : channels_of(chip)) {
      if (count == 1) {
        const std::string model = read_line(chip.directory / "power1_model_number").value_or("");
        add(std::move(channel), {.name = "machine-acpi", .device = model}, found);
      } else {
        add_uncounted(chip, std::move(channel), Domain::machine,
                      "one of several ACPI meters: what it measures is not known", found);
      }
    }
  }
}

// Chips of which one channel is the machine's and the others are parts of it. Without that one,
// what the others are parts of is not known.
void look_by_label(const Chips& chips, const std::vector<std::string_view>& labels,
                   const std::string& name, Discovered& found) {
  std::vector<std::pair<const Chip*, Channel>> parts;
  bool has_whole = false;
  for (const Chip& chip : chips) {
    std::vector<Channel> channels = channels_of(chip);
    if (channels.empty()) channels = products_of(chip);
    for (Channel& channel : channels) {
      if (!has_whole && std::ranges::find(labels, channel.label) != labels.end()) {
        has_whole = true;
        Meaning meaning{.name = name, .device = channel.label};
        add(std::move(channel), std::move(meaning), found);
      } else {
        parts.emplace_back(&chip, std::move(channel));
      }
    }
  }
  for (std::size_t i = 0; i < std::min(parts.size(), kMaxUnknown); ++i) {
    add_uncounted(
        *parts[i].first, std::move(parts[i].second), Domain::platform,
        has_whole ? "part of " + name : "what part of the machine it measures is not known", found);
  }
}

void look_at_apple(const Chips& chips, const fs::path& /*sys*/, Discovered& found) {
  look_by_label(chips, {"Total System Power"}, "machine-smc", found);
}

void look_at_powernv(const Chips& chips, const fs::path& /*sys*/, Discovered& found) {
  look_by_label(chips, {"System"}, "machine-powernv", found);
}

void look_at_ina(const Chips& chips, const fs::path& /*sys*/, Discovered& found) {
  look_by_label(chips, {"VDD_IN", "POM_5V_IN"}, "machine-ina", found);  // those of Jetson boards
}

void look_at_tiles(const Chips& chips, const fs::path& /*sys*/, Discovered& found) {
  for (const Chip& chip : chips) {
    for (Channel& channel : channels_of(chip, Kind::counter))
      add_uncounted(chip, std::move(channel), Domain::gpu, "part of a card of i915", found);
  }
}

void look_at_unknown(const Chips& chips, const fs::path& /*sys*/, Discovered& found) {
  for (const Chip& chip : chips) {
    std::vector<Channel> channels = channels_of(chip);
    for (std::size_t i = 0; i < std::min(channels.size(), kMaxUnknown); ++i) {
      add_uncounted(chip, std::move(channels[i]), Domain::platform, "what it measures is not known",
                    found);
    }
  }
}

using Look = void (*)(const Chips& chips, const fs::path& sys, Discovered& found);

constexpr std::array<std::pair<std::string_view, Look>, 13> kLooks = {{
    {"amd_energy", look_at_amd_energy},
    {"amdgpu", look_at_amd},
    {"apm_xgene", look_at_packages},
    {"fam15h_power", look_at_packages},
    {"i915", look_at_intel},
    {"i915_gt", look_at_tiles},
    {"ibmpowernv", look_at_powernv},
    {"ina2", look_at_ina},
    {"ina3", look_at_ina},
    {"macsmc_hwmon", look_at_apple},
    {"nouveau", look_at_nouveau},
    {"power_meter", look_at_acpi},
    {"xe", look_at_intel},
}};

Look look_for(std::string_view driver) {
  for (const std::string_view family : {"i915_gt", "ina2", "ina3"}) {  // "i915_gt0", "ina226"
    if (driver.starts_with(family)) driver = family;
  }
  const auto known = std::ranges::find(kLooks, driver, &std::pair<std::string_view, Look>::first);
  return known == kLooks.end() ? look_at_unknown : known->second;
}

}  // namespace

Discovered find_hwmon(const fs::path& sys) {
  std::map<std::string, std::size_t> numbers;
  std::vector<std::pair<Look, Chips>> groups;
  for (const fs::path& directory : entries(sys / "class" / "hwmon", "hwmon")) {
    const std::string driver = read_line(directory / "name").value_or("");
    if (driver.empty()) continue;
    const Look look = look_for(driver);
    auto group = std::ranges::find(groups, look, &std::pair<Look, Chips>::first);
    if (group == groups.end()) group = groups.insert(group, {look, {}});
    group->second.push_back({directory, driver, numbers[driver]++});
  }
  Discovered found;
  for (const auto& [look, chips] : groups)
    look(chips, sys, found);
  return found;
}

}  // namespace ecnas::energy
