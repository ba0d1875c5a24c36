#include <fmt/ranges.h>

#include <algorithm>

#include "ecnas/core/text.hpp"
#include "ecnas/sweep/spec.hpp"

namespace ecnas::sweep {
namespace {

/// The text as a TOML string.
std::string toml_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      result += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string toml_list(const std::vector<std::string>& texts) {
  std::vector<std::string> items(texts.size());
  std::ranges::transform(texts, items.begin(), [](const auto& text) { return toml_text(text); });
  return fmt::format("[{}]", fmt::join(items, ", "));
}

/// Writes a spec section by section.
class SpecWriter {
 public:
  explicit SpecWriter(const Spec& spec) : spec_(spec) {}

  std::string text() {
    text_ = fmt::format("budgets = [{}]\nrepeats = {}\nseed = {}\n", fmt::join(spec_.budgets, ", "),
                        spec_.repeats, spec_.seed);
    write_cells();
    section("data");
    line("path", toml_text(spec_.data));
    write_training();
    write_devices();
    write_carbon_and_limits();
    write_slurm();
    return std::move(text_);
  }

 private:
  void section(std::string_view name) { text_ += fmt::format("\n[{}]\n", name); }
  void line(std::string_view key, const std::string& value) {
    text_ += fmt::format("{} = {}\n", key, value);
  }
  void word(std::string_view key, const std::string& value) {
    if (!value.empty()) line(key, toml_text(value));
  }

  void write_cells() {
    const CellChoice& cells = spec_.cells;
    section("cells");
    if (cells.max_vertices) line("space", fmt::format("\"{}v\"", *cells.max_vertices));
    if (!cells.list.empty()) line("list", toml_list(cells.list));
    if (cells.file) line("file", toml_text(cells.file->string()));
    if (cells.selection) line("selection", toml_text(cells.selection->string()));
  }

  void write_training() {
    section("training");
    for (const auto& [option, value] : spec_.training) {
      std::string key = option;
      std::ranges::replace(key, '-', '_');
      const bool is_word = key == "optimizer";  // the others are numbers and flags
      line(key, !value ? "true" : is_word ? toml_text(*value) : *value);
    }
    if (!spec_.further_arguments.empty()) line("arguments", toml_list(spec_.further_arguments));
  }

  void write_devices() {
    std::vector<std::string> groups;
    std::vector<unsigned> cuda;
    for (const Device& device : spec_.devices) {
      if (device.kind == Device::Kind::cuda) {
        cuda.push_back(device.number);
      } else if (!device.cores.empty()) {
        groups.push_back(fmt::format("[{}]", fmt::join(device.cores, ", ")));
      }
    }
    section("devices");
    if (!groups.empty()) line("cpu", fmt::format("[{}]", fmt::join(groups, ", ")));
    if (!cuda.empty()) line("cuda", fmt::format("[{}]", fmt::join(cuda, ", ")));
  }

  void write_carbon_and_limits() {
    section("carbon");
    line("pue", shortest(spec_.pue));
    if (spec_.carbon_intensity_g_per_kwh)
      line("intensity", shortest(*spec_.carbon_intensity_g_per_kwh));
    section("limits");
    if (spec_.run_time_limit)
      line("run_time", fmt::format("\"{}s\"", spec_.run_time_limit->count()));
    line("lease_timeout", fmt::format("\"{}s\"", spec_.lease_timeout.count()));
  }

  void write_slurm() {
    const SlurmRequest& slurm = spec_.slurm;
    section("slurm");
    line("tasks", std::to_string(slurm.tasks));
    word("time", slurm.time);
    word("partition", slurm.partition);
    word("account", slurm.account);
    word("memory", slurm.memory);
    line("cpus_per_task", std::to_string(slurm.cpus_per_task));
    line("gpus_per_task", std::to_string(slurm.gpus_per_task));
    line("exclusive", slurm.exclusive ? "true" : "false");
    if (!slurm.directives.empty()) line("directives", toml_list(slurm.directives));
  }

  const Spec& spec_;
  std::string text_;
};

}  // namespace

std::string to_text(const Device& device) {
  if (device.kind == Device::Kind::cuda) return fmt::format("cuda:{}", device.number);
  if (device.cores.empty()) return "cpu";
  return fmt::format("cpu:{}", fmt::join(device.cores, ","));
}

std::string to_toml(const Spec& spec) {
  return SpecWriter(spec).text();
}

}  // namespace ecnas::sweep
