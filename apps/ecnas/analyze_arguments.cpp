#include "analyze_arguments.hpp"

#include <fmt/format.h>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/hash.hpp"

namespace ecnas::app {

void TableArguments::add_to(CLI::App& command) {
  command.add_option("table", table, "File of a table, or the name of a built-in one")
      ->type_name("TABLE")
      ->capture_default_str();
  command.add_option("--epochs", epochs, "Budget (default: the table's largest)")->type_name("N");
  reading.add_to(command);
}

analysis::Reading TableArguments::chosen_reading(const Global& global) const {
  return {.repeat = reading.chosen_repeat(),
          .conversion = reading.conversion(),
          .threads = global.threads};
}

void IntervalArguments::add_to(CLI::App& command) {
  command.add_option("--resamples", resamples, "Of the bootstrap that intervals come from")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--seed", seed, "Of the bootstrap")
      ->type_name("N")
      ->check(seed_range())
      ->capture_default_str();
}

analysis::IntervalOptions IntervalArguments::options(const Global& global,
                                                     analysis::IntervalOptions usual) const {
  usual.resamples = resamples.value_or(usual.resamples);
  usual.seed = seed;
  usual.threads = global.threads;
  return usual;
}

analysis::Metric parse_cost(const std::string& text) {
  const analysis::Metric metric = analysis::parse_metric(text);
  if (!analysis::is_accuracy(metric)) return metric;
  fail(ErrorCode::invalid_argument, "--cost {}: an accuracy; expected what is to be kept low",
       text);
}

analysis::Metric parse_accuracy(const std::string& text) {
  const analysis::Metric metric = analysis::parse_metric(text);
  if (analysis::is_accuracy(metric)) return metric;
  fail(ErrorCode::invalid_argument,
       "--accuracy {}: a cost; expected validation_accuracy or test_accuracy", text);
}

double rounded(double value) {
  return parse_real(fmt::format("{:.9g}", value)).value_or(value);
}

Json to_json(const std::optional<analysis::Interval>& interval) {
  if (!interval) return nullptr;
  return Json::array({rounded(interval->lower), rounded(interval->upper)});
}

Json to_json(const std::optional<analysis::Estimate>& estimate) {
  if (!estimate) return nullptr;
  return {{"value", rounded(estimate->value)}, {"interval", to_json(estimate->interval)}};
}

Json provenance_json(const std::array<std::size_t, 4>& provenance) {
  Json document = Json::object();
  std::size_t known = 0;
  for (const auto kind :
       {table::Provenance::measured, table::Provenance::scaled, table::Provenance::predicted}) {
    const std::size_t count = provenance[static_cast<std::size_t>(kind)];
    document[std::string(table::name(kind))] = count;
    known += count;
  }
  return known > 0 ? document : Json(nullptr);
}

Json cell_json(const table::Table& table, table::Row row) {
  return {{"cell", space::to_text(table.cell(row))}, {"hash", space::to_text(table.hashes()[row])}};
}

std::string estimate_text(const std::optional<analysis::Estimate>& estimate, int digits) {
  if (!estimate) return "–";
  std::string value = fmt::format("{:.{}f}", estimate->value, digits);
  if (!estimate->interval) return value;
  return fmt::format("{} ({:.{}f} – {:.{}f})", value, estimate->interval->lower, digits,
                     estimate->interval->upper, digits);
}

std::string value_text(double value, analysis::Metric metric) {
  if (analysis::is_of_cell(metric)) return with_thousands(static_cast<std::int64_t>(value));
  if (analysis::is_accuracy(metric)) return fmt::format("{:.4f}", value);
  return fmt::format("{:.4g} {}", value, analysis::describe(metric).unit);
}

std::string at_epochs(std::int32_t epochs) {
  return epochs == 0 ? std::string() : fmt::format(" at {} epochs", epochs);
}

}  // namespace ecnas::app
