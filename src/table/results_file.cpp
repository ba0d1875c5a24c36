#include "table/results_file.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "ecnas/core/error.hpp"
#include "ecnas/core/printable.hpp"
#include "ecnas/core/text.hpp"
#include "table/metadata.hpp"
#include "table/strict_json.hpp"

namespace ecnas::table {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxComponents = 64;

/// Reads one results.json; `origin` stands in messages.
class RunParser {
 public:
  RunParser(std::string_view text, std::string_view origin)
      : origin_(origin), document_(parse_strict_json(text, origin)) {
    if (!document_.is_object()) wrong("JSON document", "is no object");
  }

  Run parse() {
    Run run{};
    run.model_hash = read_hash();
    run.trainable_parameters = read_parameters();
    run.time_s = number(document_, "total_time");
    run.energy_kwh = number(document_, "total_energy (kWh)");
    run.co2eq_g = number(document_, "total_co2eq (g)");
    constexpr std::string_view kIntensity = "avg_intensity (gCO2/kWh)";
    if (document_.contains(kIntensity)) {
      run.carbon_intensity_g_per_kwh = number(document_, kIntensity);
    }
    read_components(run);
    run.checkpoints = read_checkpoints();
    run.trainer = read_trainer();
    return run;
  }

 private:
  [[noreturn]] void wrong(std::string_view key, std::string_view fault) const {
    fail(ErrorCode::invalid_data, "{}: '{}' {}; see docs/formats/results.md", origin_, key, fault);
  }

  const json& member(const json& object, std::string_view key) const {
    if (!object.is_object()) wrong(key, "is missing, as what should hold it is no object");
    const auto found = object.find(key);
    if (found == object.end()) wrong(key, "is missing");
    return *found;
  }

  /// A finite number from 0.
  double checked_number(const json& value, std::string_view key) const {
    const double number = value.is_number() ? value.get<double>() : -1;
    if (!(number >= 0) || !std::isfinite(number)) {
      wrong(key, fmt::format("is {}, expected a number from 0", shown(value)));
    }
    return number;
  }
  double number(const json& object, std::string_view key) const {
    return checked_number(member(object, key), key);
  }

  double fraction(const json& object, std::string_view key) const {
    const double value = number(object, key);
    if (value > 1) wrong(key, fmt::format("is {}, expected a fraction", shortest(value)));
    return value;
  }

  static std::string shown(const json& value) {
    return ecnas::quoted(value.dump(-1, ' ', false, json::error_handler_t::replace), 40);
  }

  std::optional<space::Hash> read_hash() const {
    constexpr std::string_view kKey = "model_hash";
    const auto found = document_.find(kKey);
    if (found == document_.end()) return std::nullopt;
    const auto hash =
        found->is_string() ? space::parse_hash(found->get_ref<const std::string&>()) : std::nullopt;
    if (!hash) wrong(kKey, fmt::format("is {}, expected 32 hexadecimal digits", shown(*found)));
    return hash;
  }

  std::int64_t read_parameters() const { return whole(document_, "trainable_params"); }

  // ---- components ----

  /// The published files write this key with a colon in it.
  void read_components(Run& run) const {
    for (const std::string_view key : {"avg_power_usages:", "avg_power_usages"}) {
      const auto found = document_.find(key);
      if (found == document_.end()) continue;
      if (!found->is_object()) wrong(key, "is no object");
      for (const auto& [kind, usage] : found->items())
        read_kind(kind, usage, run);
      return;
    }
  }

  void read_kind(const std::string& kind, const json& usage, Run& run) const {
    const bool plain = !kind.empty() && kind.size() <= 16 &&
                       std::ranges::all_of(kind, [](char c) { return c >= 'a' && c <= 'z'; });
    if (!plain || !usage.is_object()) wrong(kind, "is no kind of component with its usage");
    const std::vector<double> energies = flattened(usage, "avg_energy_usages (J)");
    const std::vector<double> powers = flattened(usage, "avg_power_usages (W)");
    if (energies.size() != powers.size()) {
      wrong(kind, fmt::format("has {} energies and {} powers, expected as many", energies.size(),
                              powers.size()));
    }
    for (std::size_t i = 0; i < energies.size(); ++i) {
      run.components.push_back({fmt::format("{}{}", kind, i), energies[i], powers[i]});
    }
    if (run.components.size() > kMaxComponents) wrong(kind, "has more than 64 components");
    read_devices(usage, run);
  }

  /// A list of lists of numbers as one list: the published files list both sockets of a machine
  /// under one entry.
  std::vector<double> flattened(const json& usage, std::string_view key) const {
    const json& lists = member(usage, key);
    if (!lists.is_array()) wrong(key, "is no list of lists");
    std::vector<double> result;
    for (const json& list : lists) {
      if (!list.is_array()) wrong(key, "is no list of lists");
      for (const json& value : list)
        result.push_back(checked_number(value, key));
    }
    return result;
  }

  void read_devices(const json& usage, Run& run) const {
    constexpr std::string_view kKey = "devices";
    const json& devices = member(usage, kKey);
    if (!devices.is_array()) wrong(kKey, "is no list of names");
    for (const json& device : devices) {
      if (!device.is_string()) wrong(kKey, "is no list of names");
      const std::string_view device_name = trimmed(device.get_ref<const std::string&>());
      if (!device_name.empty()) run.devices.emplace_back(device_name);
    }
  }

  // ---- checkpoints ----

  std::vector<Checkpoint> read_checkpoints() const {
    constexpr std::string_view kKey = "evaluation_results";
    const json& list = member(document_, kKey);
    if (!list.is_array() || list.empty()) wrong(kKey, "is no list of evaluations");
    std::vector<Checkpoint> checkpoints;
    for (const json& item : list) {
      if (!item.is_object()) wrong(kKey, "holds something that is no object");
      checkpoints.push_back(read_checkpoint(item));
      const std::size_t count = checkpoints.size();
      if (count > 1 && checkpoints[count - 1].epochs <= checkpoints[count - 2].epochs) {
        wrong(kKey, "is not in ascending order of epochs");
      }
    }
    const double last = checkpoints.back().epochs;
    if (last < 1 || last > INT32_MAX || last != std::floor(last)) {
      wrong(kKey,
            fmt::format("ends after {} epochs, expected a whole number from 1", shortest(last)));
    }
    return checkpoints;
  }

  Checkpoint read_checkpoint(const json& item) const {
    return {.epochs = number(item, "epochs"),
            .train_accuracy = fraction(item, "train_accuracy"),
            .validation_accuracy = fraction(item, "validation_accuracy"),
            .test_accuracy = fraction(item, "test_accuracy"),
            .training_time_s = number(item, "training_time"),
            .energy_kwh = number(item, "energy (kWh)"),
            .co2eq_g = number(item, "co2eq (g)")};
  }

  // ---- what ecnas-train says besides ----

  std::optional<TrainerFacts> read_trainer() const {
    constexpr std::string_view kKey = "ecnas";
    const auto found = document_.find(kKey);
    if (found == document_.end()) return std::nullopt;
    if (!found->is_object()) wrong(kKey, "is no object");
    if (whole(*found, "format") != 1) wrong("format", "is not 1; a newer ecnas wrote it");
    TrainerFacts facts{.version = text(*found, "version"),
                       .pue = number(*found, "pue"),
                       .energy_quality = text(*found, "energy_quality"),
                       .data_set = text(*found, "data_set"),
                       .data_checksum = text(*found, "data_checksum"),
                       .images = {},
                       .skeleton = read_skeleton(member(*found, "skeleton")),
                       .is_shared_machine = flag(*found, "shared_machine")};
    if (facts.pue < 1) wrong("pue", fmt::format("is {}, expected 1 or more", shortest(facts.pue)));
    if (!is_energy_quality(facts.energy_quality)) {
      wrong("energy_quality", fmt::format("is {}, expected counter, integrated or modelled",
                                          ecnas::quoted(facts.energy_quality)));
    }
    const json& images = member(*found, "images");
    facts.images = {whole(images, "train"), whole(images, "validation"), whole(images, "test")};
    return facts;
  }

  space::Skeleton read_skeleton(const json& fields) const {
    const auto field = [&](std::string_view key) {
      const std::int64_t value = whole(fields, key);
      if (value > INT32_MAX) wrong(key, "is too large");
      return static_cast<std::int32_t>(value);
    };
    const space::Skeleton skeleton{.stem_width = field("stem_width"),
                                   .stacks = field("stacks"),
                                   .cells_per_stack = field("cells_per_stack"),
                                   .classes = field("classes"),
                                   .image_size = field("image_size"),
                                   .image_channels = field("image_channels")};
    try {
      space::validate(skeleton);
    } catch (const Error& error) {
      wrong("skeleton", fmt::format("is no possible network ({})", error.what()));
    }
    return skeleton;
  }

  std::int64_t whole(const json& object, std::string_view key) const {
    const json& value = member(object, key);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > INT64_MAX)
      wrong(key, fmt::format("is {}, expected a whole number", shown(value)));
    return value.get<std::int64_t>();
  }
  std::string text(const json& object, std::string_view key) const {
    const json& value = member(object, key);
    if (!value.is_string()) wrong(key, fmt::format("is {}, expected a text", shown(value)));
    return printable(value.get_ref<const std::string&>());
  }
  bool flag(const json& object, std::string_view key) const {
    const json& value = member(object, key);
    if (!value.is_boolean()) wrong(key, fmt::format("is {}, expected a truth", shown(value)));
    return value.get<bool>();
  }

  std::string_view origin_;
  json document_;
};

template <typename Number>
std::optional<Number> number_in(std::string_view text, std::string_view prefix,
                                std::string_view suffix) {
  if (!text.starts_with(prefix) || !text.ends_with(suffix)) return std::nullopt;
  if (text.size() < prefix.size() + suffix.size()) return std::nullopt;
  text.remove_prefix(prefix.size());
  text.remove_suffix(suffix.size());
  const auto value = parse_integer(text);
  if (!value || *value < 1 || *value > INT32_MAX) return std::nullopt;
  return static_cast<Number>(*value);
}

}  // namespace

Run parse_run(std::string_view text, std::string_view origin) {
  return RunParser(text, origin).parse();
}

RunPlace parse_place(std::string_view path) {
  RunPlace place;
  for (const std::string_view part : split(path, '/')) {
    if (const auto hash = space::parse_hash(part)) place.hash = hash;
    if (const auto epochs = number_in<std::int32_t>(part, "", "_epochs")) place.epochs = epochs;
    if (const auto repeat = number_in<std::size_t>(part, "repeat_", "")) place.repeat = repeat;
  }
  return place;
}

bool is_results_path(std::string_view path) {
  return path == kResultsName || path.ends_with("/results.json");
}

}  // namespace ecnas::table
