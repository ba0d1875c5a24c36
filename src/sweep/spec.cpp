#include "ecnas/sweep/spec.hpp"

#include <fmt/ranges.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>
#include <span>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::sweep {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

/// An option of `ecnas-train` that a spec may set, and what makes sense for it.
struct TrainingOption {
  enum class Kind : std::uint8_t { whole, real, word, flag };
  std::string_view key;
  Kind kind;
  double least = 0;
  double most = 0;
};
using Kind = TrainingOption::Kind;
constexpr std::array<TrainingOption, 19> kTrainingOptions = {{
    {"width", Kind::whole, 5, 4096},
    {"images", Kind::whole, 1, 1e9},
    {"batch_size", Kind::whole, 1, 1e6},
    {"learning_rate", Kind::real, 1e-9, 1e3},
    {"batch_norm_momentum", Kind::real, 0, 1},
    {"weight_decay", Kind::real, 0, 1},
    {"momentum", Kind::real, 0, 1},
    {"decay", Kind::real, 0, 1},
    {"epsilon", Kind::real, 1e-12, 1e3},
    {"reestimate", Kind::whole, 0, 1e6},
    {"crop_padding", Kind::whole, 0, 1000},
    {"no_flip", Kind::flag},
    {"stacks", Kind::whole, 1, 10},
    {"cells_per_stack", Kind::whole, 1, 100},
    {"image_size", Kind::whole, 1, 1024},
    {"split_seed", Kind::whole, 0, 9e15},
    {"optimizer", Kind::word},
    {"threads", Kind::whole, 1, 1024},
    {"mixed_precision", Kind::flag},
}};
/// Said elsewhere in a spec, or by the sweep itself.
constexpr std::array<std::string_view, 7> kNotTrainingOptions = {
    "epochs", "seed", "output", "data", "device", "resume", "pue"};

std::string training_key(std::string_view option) {
  std::string key(option);
  std::ranges::replace(key, '-', '_');
  return key;
}

/// A table of the document, which must be read to its last key.
class Reader {
 public:
  Reader(const toml::table& table, std::string_view name, std::string title,
         std::vector<std::string_view> keys)
      : table_(table), name_(name), title_(std::move(title)) {
    for (const auto& [key, node] : table) {
      const std::string_view text = key.str();
      if (std::ranges::find(keys, text) != keys.end()) continue;
      const auto guess = closest(text, keys);
      wrong(key.source(), "unknown key {} in {}; {}", ecnas::quoted(text), title_,
            guess ? fmt::format("did you mean '{}'?", *guess)
                  : fmt::format("there are {}", fmt::join(keys, ", ")));
    }
  }

  template <typename... Args>
  [[noreturn]] void wrong(const toml::source_region& where, fmt::format_string<Args...> format,
                          Args&&... args) const {
    fail(ErrorCode::invalid_argument, "{}:{}:{}: {}", name_, where.begin.line, where.begin.column,
         fmt::format(format, std::forward<Args>(args)...));
  }

  [[nodiscard]] const toml::node* find(std::string_view key) const { return table_.get(key); }
  [[nodiscard]] const toml::source_region& source() const { return table_.source(); }

  [[nodiscard]] std::string text(const toml::node& node, std::string_view key) const {
    const auto value = node.value_exact<std::string>();
    if (!value) wrong(node.source(), "'{}' must be a text in quotes", key);
    if (value->find('\0') != std::string::npos) wrong(node.source(), "'{}' holds a NUL", key);
    return *value;
  }
  [[nodiscard]] std::int64_t whole(const toml::node& node, std::string_view key, std::int64_t least,
                                   std::int64_t most) const {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < least || *value > most) {
      wrong(node.source(), "'{}' must be a whole number from {} to {}", key, with_thousands(least),
            with_thousands(most));
    }
    return *value;
  }
  [[nodiscard]] double real(const toml::node& node, std::string_view key, double least,
                            double most) const {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value || !(*value >= least && *value <= most)) {
      wrong(node.source(), "'{}' must be a number from {} to {}", key, shortest(least),
            shortest(most));
    }
    return *value;
  }
  [[nodiscard]] bool flag(const toml::node& node, std::string_view key) const {
    const auto value = node.value_exact<bool>();
    if (!value) wrong(node.source(), "'{}' must be true or false", key);
    return *value;
  }
  [[nodiscard]] const toml::array& array(const toml::node& node, std::string_view key) const {
    if (node.as_array() == nullptr || node.as_array()->empty())
      wrong(node.source(), "'{}' must be a list that is not empty", key);
    return *node.as_array();
  }
  [[nodiscard]] std::vector<std::string> texts(const toml::node& node, std::string_view key) const {
    std::vector<std::string> values;
    for (const toml::node& item : array(node, key))
      values.push_back(text(item, key));
    return values;
  }
  [[nodiscard]] seconds duration(const toml::node& node, std::string_view key) const {
    const auto value = parse_duration(text(node, key));
    if (!value) wrong(node.source(), R"('{}' must be a time such as "90s", "15m", "2h")", key);
    return *value;
  }

 private:
  const toml::table& table_;
  std::string_view name_;
  std::string title_;
};

/// Makes a spec of a document, section by section.
class SpecParser {
 public:
  SpecParser(const toml::table& document, std::string_view name, const fs::path& directory)
      : document_(document), name_(name), directory_(directory) {}

  Spec parse() {
    const Reader root(document_, name_, "the spec",
                      {"budgets", "repeats", "seed", "cells", "data", "training", "devices",
                       "carbon", "limits", "slurm"});
    read_root(root);
    read_cells(root);
    in_section("data", {"path"}, [this](const Reader& reader) { read_data(reader); });
    read_training();
    in_section("devices", {"cpu", "cuda"}, [this](const Reader& reader) { read_devices(reader); });
    in_section("carbon", {"pue", "intensity"},
               [this](const Reader& reader) { read_carbon(reader); });
    in_section("limits", {"run_time", "lease_timeout"},
               [this](const Reader& reader) { read_limits(reader); });
    in_section("slurm",
               {"tasks", "time", "partition", "account", "memory", "cpus_per_task", "gpus_per_task",
                "exclusive", "directives"},
               [this](const Reader& reader) { read_slurm(reader); });
    if (spec_.devices.empty()) spec_.devices.emplace_back();
    return std::move(spec_);
  }

 private:
  template <typename Read>
  void in_section(std::string_view section, std::vector<std::string_view> keys, const Read& read) {
    const toml::node* node = document_.get(section);
    if (node == nullptr) return;
    if (!node->is_table()) {
      const toml::source_position where = node->source().begin;
      fail(ErrorCode::invalid_argument, "{}:{}:{}: '{}' must be a section: [{}]", name_, where.line,
           where.column, section, section);
    }
    read(Reader(*node->as_table(), name_, fmt::format("[{}]", section), std::move(keys)));
  }

  void read_root(const Reader& reader) {
    constexpr std::int64_t kMostRepeats = 128;  // as tables have them
    const toml::node* budgets = reader.find("budgets");
    if (budgets == nullptr)
      reader.wrong(reader.source(), "'budgets' is missing: a list of epochs, as in [4, 12]");
    for (const toml::node& item : reader.array(*budgets, "budgets")) {
      spec_.budgets.push_back(
          static_cast<std::int32_t>(reader.whole(item, "budgets", 1, 1'000'000)));
    }
    std::ranges::sort(spec_.budgets);
    if (std::ranges::adjacent_find(spec_.budgets) != spec_.budgets.end())
      reader.wrong(budgets->source(), "'budgets' names one twice");
    if (const toml::node* node = reader.find("repeats"))
      spec_.repeats = static_cast<std::size_t>(reader.whole(*node, "repeats", 1, kMostRepeats));
    if (const toml::node* node = reader.find("seed")) {
      spec_.seed =
          static_cast<std::uint64_t>(reader.whole(*node, "seed", 0, (std::int64_t{1} << 53) - 1));
    }
  }

  void read_cells(const Reader& root) {
    std::size_t given = 0;
    in_section("cells", {"space", "list", "file", "selection"}, [&](const Reader& reader) {
      if (const toml::node* node = reader.find("space")) {
        const std::string text = reader.text(*node, "space");
        if (text.size() != 2 || text[0] < '2' || text[0] > '7' || text[1] != 'v')
          reader.wrong(node->source(), R"('space' must be "2v" to "7v")");
        spec_.cells.max_vertices = static_cast<unsigned>(text[0] - '0');
        ++given;
      }
      if (const toml::node* node = reader.find("list")) {
        spec_.cells.list = reader.texts(*node, "list");
        ++given;
      }
      if (const toml::node* node = reader.find("file")) {
        spec_.cells.file = path(reader.text(*node, "file"));
        ++given;
      }
      if (const toml::node* node = reader.find("selection")) {
        spec_.cells.selection = path(reader.text(*node, "selection"));
        ++given;
      }
      if (given != 1) {
        reader.wrong(reader.source(),
                     "[cells] must have one of 'space', 'list', 'file' and 'selection'");
      }
    });
    if (given == 0) root.wrong(root.source(), "[cells] is missing; as in: [cells] space = \"4v\"");
  }

  [[nodiscard]] fs::path path(const std::string& text) const {
    return (directory_ / text).lexically_normal();
  }

  void read_data(const Reader& reader) {
    const toml::node* node = reader.find("path");
    if (node == nullptr) return;
    const std::string text = reader.text(*node, "path");
    if (text.empty()) reader.wrong(node->source(), "'path' is empty");
    spec_.data = text == "auto" ? text : path(text).string();
  }

  void read_training() {
    std::vector<std::string_view> keys = {"arguments"};
    for (const TrainingOption& option : kTrainingOptions)
      keys.push_back(option.key);
    in_section("training", keys, [this](const Reader& reader) {
      for (const TrainingOption& option : kTrainingOptions) {
        if (const toml::node* node = reader.find(option.key)) read_option(reader, option, *node);
      }
      if (const toml::node* node = reader.find("arguments")) read_arguments(reader, *node);
    });
  }

  void read_option(const Reader& reader, const TrainingOption& option, const toml::node& node) {
    std::string key(option.key);
    std::ranges::replace(key, '_', '-');
    std::optional<std::string> value;
    switch (option.kind) {
      case Kind::whole:
        value =
            std::to_string(reader.whole(node, option.key, static_cast<std::int64_t>(option.least),
                                        static_cast<std::int64_t>(option.most)));
        break;
      case Kind::real:
        value = shortest(reader.real(node, option.key, option.least, option.most));
        break;
      case Kind::word:
        value = reader.text(node, option.key);
        break;
      case Kind::flag:
        if (!reader.flag(node, option.key)) return;
        break;
    }
    spec_.training.emplace_back(std::move(key), std::move(value));
  }

  /// Further options of the trainer's; not those that the sweep sets itself.
  void read_arguments(const Reader& reader, const toml::node& node) {
    spec_.further_arguments = reader.texts(node, "arguments");
    for (const std::string& argument : spec_.further_arguments) {
      std::string_view option = argument;
      if (!option.starts_with("--")) continue;
      option = option.substr(2, option.find('=') - 2);
      const std::string key = training_key(option);
      const bool has_key = std::ranges::any_of(
          kTrainingOptions, [&](const TrainingOption& known) { return known.key == key; });
      if (has_key || std::ranges::find(kNotTrainingOptions, key) != kNotTrainingOptions.end())
        reader.wrong(node.source(), "'arguments': --{} has a key of its own in the spec", option);
    }
  }

  void read_devices(const Reader& reader) {
    constexpr std::int64_t kMostCores = 8192;
    constexpr std::int64_t kMostCudaDevices = 1024;
    std::set<unsigned> cores;
    if (const toml::node* node = reader.find("cpu")) {
      for (const toml::node& group : reader.array(*node, "cpu")) {
        Device device;
        for (const toml::node& item : reader.array(group, "cpu")) {
          const auto core = static_cast<unsigned>(reader.whole(item, "cpu", 0, kMostCores - 1));
          if (!cores.insert(core).second)
            reader.wrong(item.source(), "'cpu': core {} is named twice", core);
          device.cores.push_back(core);
        }
        spec_.devices.push_back(std::move(device));
      }
    }
    if (const toml::node* node = reader.find("cuda")) {
      std::set<unsigned> numbers;
      for (const toml::node& item : reader.array(*node, "cuda")) {
        const auto number =
            static_cast<unsigned>(reader.whole(item, "cuda", 0, kMostCudaDevices - 1));
        if (!numbers.insert(number).second)
          reader.wrong(item.source(), "'cuda': device {} is named twice", number);
        spec_.devices.push_back({.kind = Device::Kind::cuda, .number = number});
      }
    }
  }

  void read_carbon(const Reader& reader) {
    constexpr double kMostPue = 100;
    constexpr double kMostIntensity = 1e5;
    if (const toml::node* node = reader.find("pue"))
      spec_.pue = reader.real(*node, "pue", 1, kMostPue);
    if (const toml::node* node = reader.find("intensity"))
      spec_.carbon_intensity_g_per_kwh = reader.real(*node, "intensity", 0, kMostIntensity);
  }

  void read_limits(const Reader& reader) {
    if (const toml::node* node = reader.find("run_time"))
      spec_.run_time_limit = reader.duration(*node, "run_time");
    if (const toml::node* node = reader.find("lease_timeout"))
      spec_.lease_timeout = reader.duration(*node, "lease_timeout");
  }

  void read_slurm(const Reader& reader) {
    constexpr std::int64_t kMost = 1'000'000;
    SlurmRequest& slurm = spec_.slurm;
    const auto count = [&](std::string_view key, std::int64_t least, auto& value) {
      if (const toml::node* node = reader.find(key)) {
        value = static_cast<std::remove_reference_t<decltype(value)>>(
            reader.whole(*node, key, least, kMost));
      }
    };
    count("tasks", 1, slurm.tasks);
    count("cpus_per_task", 1, slurm.cpus_per_task);
    count("gpus_per_task", 0, slurm.gpus_per_task);
    const auto word = [&](std::string_view key, std::string& value) {
      if (const toml::node* node = reader.find(key)) {
        value = reader.text(*node, key);
        expect_directive(reader, *node, key, value);
      }
    };
    word("time", slurm.time);
    word("partition", slurm.partition);
    word("account", slurm.account);
    word("memory", slurm.memory);
    if (const toml::node* node = reader.find("exclusive"))
      slurm.exclusive = reader.flag(*node, "exclusive");
    if (const toml::node* node = reader.find("directives")) {
      slurm.directives = reader.texts(*node, "directives");
      for (const std::string& directive : slurm.directives) {
        expect_directive(reader, *node, "directives", directive);
        if (!directive.starts_with("-"))
          reader.wrong(node->source(), "'directives': {} is no option; as in \"--qos=low\"",
                       ecnas::quoted(directive));
      }
    }
  }

  /// What is to stand on one line of a batch script.
  static void expect_directive(const Reader& reader, const toml::node& node, std::string_view key,
                               const std::string& value) {
    const bool is_plain =
        !value.empty() && std::ranges::all_of(value, [](char c) { return c >= ' ' && c != 0x7F; });
    if (!is_plain) reader.wrong(node.source(), "'{}' must be a text of one line", key);
  }

  const toml::table& document_;
  std::string_view name_;
  const fs::path& directory_;
  Spec spec_;
};

}  // namespace

Spec parse_spec(std::string_view text, std::string_view name, const fs::path& directory) {
  try {
    const toml::table document = toml::parse(text);
    return SpecParser(document, name, directory).parse();
  } catch (const toml::parse_error& error) {
    const toml::source_position where = error.source().begin;
    fail(ErrorCode::invalid_data, "{}:{}:{}: no TOML: {}", name, where.line, where.column,
         error.description());
  }
}

std::optional<seconds> parse_duration(std::string_view text) {
  constexpr std::int64_t kMostSeconds = 1'000'000'000;
  if (text.empty()) return std::nullopt;
  std::int64_t unit = 1;
  switch (text.back()) {
    case 's':
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3600;
      break;
    case 'd':
      unit = 86400;
      break;
    default:
      return std::nullopt;
  }
  text.remove_suffix(1);
  const auto value = parse_real(text);
  if (!value || !std::isfinite(*value)) return std::nullopt;
  const double total = std::round(*value * static_cast<double>(unit));
  if (!(total >= 1 && total <= static_cast<double>(kMostSeconds))) return std::nullopt;
  return seconds(static_cast<std::int64_t>(total));
}

}  // namespace ecnas::sweep
