#include "table_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "ecnas/core/error.hpp"
#include "version.hpp"

namespace ecnas::app {
namespace {

/// The checksum that the file's header states.
std::string checksum_of(const table::Table& table) {
  std::uint64_t length = 0;
  std::memcpy(&length, table.bytes().data(), sizeof length);  // little-endian, as all our hosts
  const auto header = nlohmann::json::parse(
      reinterpret_cast<const char*>(table.bytes().data()) + sizeof length,
      reinterpret_cast<const char*>(table.bytes().data()) + sizeof length + length);
  return header.at("__metadata__").value("checksum", std::string());
}

report::MetricShare share_of(const table::Column& column) {
  report::MetricShare share{
      column.info.name, column.info.unit == "1" ? std::string() : column.info.unit, {}};
  for (const table::Provenance provenance : column.provenance) {
    share.counts.measured += provenance == table::Provenance::measured ? 1U : 0U;
    share.counts.scaled += provenance == table::Provenance::scaled ? 1U : 0U;
    share.counts.predicted += provenance == table::Provenance::predicted ? 1U : 0U;
  }
  return share;
}

}  // namespace

report::TableProvenance provenance_of(const table::Table& table) {
  const table::Metadata& metadata = table.metadata();
  report::TableProvenance provenance;
  provenance.table = file_name(table);
  provenance.checksum = checksum_of(table);
  provenance.cells = table.cells();
  provenance.epochs.assign(table.budgets().begin(), table.budgets().end());
  provenance.devices = metadata.devices;
  provenance.pue = metadata.pue;
  provenance.carbon_intensity_g_per_kwh = metadata.carbon_intensity_g_per_kwh;
  provenance.energy_quality = metadata.energy_quality.value_or(std::string());
  provenance.data_set = metadata.data_set;
  provenance.source = metadata.source;
  provenance.citation = metadata.citation;
  for (const table::Column& column : table.columns())
    provenance.metrics.push_back(share_of(column));
  return provenance;
}

void SubjectArguments::add_to(CLI::App& command) {
  command.add_option("table", table, "File of a table, or the name of a built-in one")
      ->type_name("TABLE")
      ->capture_default_str();
  command
      .add_option("--epochs", epochs, "The budget of what is told of one (default: the largest)")
      ->type_name("N");
  command.add_option("--repeat", reading.repeat, "One repeat, from 1 (default: the mean of all)")
      ->type_name("K");
}

Subject SubjectArguments::subject(const table::Table& opened, const Global& global) const {
  return {&opened,
          reading.chosen_repeat(opened),
          analysis::chosen_epochs(opened, epochs),
          global.threads,
          {}};
}

std::string SubjectArguments::text() const {
  return fmt::format("{}{}{}", table, epochs ? fmt::format(" --epochs {}", *epochs) : std::string(),
                     reading.repeat ? fmt::format(" --repeat {}", *reading.repeat) : std::string());
}

std::string program_version() {
  const std::string text = version_text();
  return text.substr(0, text.find('\n'));
}

Document table_document(const Subject& subject) {
  Document document;
  document.add("All cells", [&] { return cell_blocks(subject, document); });
  document.add("The Pareto front over all budgets", [&] { return front_blocks(subject); });
  document.add("What replacing an operation changes",
               [&] { return swaps_blocks(subject, operator_swaps(subject)); });
  document.add("What a search finds", [&] { return search_blocks(subject); });
  document.add("What accuracy costs", [&] { return tradeoff_blocks(subject, "table"); });
  document.add("Which metrics say the same", [&] { return correlations_blocks(subject); });
  if (!subject.proxies.empty()) {
    document.add("What is known before training", [&] { return proxies_blocks(subject); });
  }
  document.add("What operations, depth and width cost", [&] { return operations_blocks(subject); });
  return document;
}

report::Page table_page(const Subject& subject, const Document& document,
                        const std::string& command) {
  report::Page page;
  page.title = subject.name();
  page.lead =
      "What training each of these networks costs, in energy, time and emissions, and how accurate "
      "it gets.";
  page.tables = {provenance_of(*subject.table)};
  page.command = command;
  page.version = program_version();
  page.sections = page_sections(document);
  page.cells = document.cells;
  return page;
}

}  // namespace ecnas::app
