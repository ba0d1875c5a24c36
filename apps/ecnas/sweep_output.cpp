#include "sweep_output.hpp"

#include <fmt/format.h>

#include <ranges>

#include "import_output.hpp"
#include "quantity_text.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json missing_json(const std::vector<sweep::MissingRun>& runs) {
  Json list = Json::array();
  for (const sweep::MissingRun& missing : runs) {
    list.push_back({{"hash", space::to_text(missing.run.hash)},
                    {"epochs", missing.run.epochs},
                    {"repeat", missing.run.repeat},
                    {"seed", missing.run.seed},
                    {"kind", missing.kind},
                    {"message", missing.message}});
  }
  return list;
}

void print_missing(const std::vector<sweep::MissingRun>& runs, std::string_view title) {
  constexpr std::size_t kShown = 20;
  if (runs.empty()) return;
  print(fmt::format("\n{} {}\n", runs_text(runs.size()), title));
  TextTable table({{"cell"}, {"epochs", Align::right}, {"repeat", Align::right}, {"why"}, {""}});
  for (const sweep::MissingRun& missing : runs | std::views::take(kShown)) {
    table.add({space::to_text(missing.run.hash), std::to_string(missing.run.epochs),
               std::to_string(missing.run.repeat), missing.kind, missing.message});
  }
  print(table.text());
  if (runs.size() > kShown)
    print(fmt::format("and {} more; --json has all\n", counted(runs.size() - kShown)));
}

std::string left_text(const sweep::Status& status) {
  const std::size_t left = status.held + status.open;
  if (left == 0) return "nothing";
  if (!status.energy_left_kwh) return "not known before a run is done";
  std::string text = "about " + energy_text(*status.energy_left_kwh);
  if (status.time_left_s) {
    text += fmt::format(" and {} with {} at a time", duration_text(*status.time_left_s),
                        runs_text(status.held));
  } else {
    text += "; nobody works on it now";
  }
  return text + fmt::format(", from the means of {} done", runs_text(status.done));
}

std::string budgets_text(const sweep::Status& status) {
  TextTable table({{"epochs", Align::right},
                   {"runs", Align::right},
                   {"done", Align::right},
                   {"left", Align::right},
                   {"energy a run", Align::right},
                   {"time a run", Align::right},
                   {""}});
  for (const sweep::BudgetStatus& budget : status.budgets) {
    table.add(
        {std::to_string(budget.epochs), counted(budget.runs), counted(budget.done),
         counted(budget.left), budget.energy_kwh ? energy_text(*budget.energy_kwh) : "–",
         budget.time_s ? duration_text(*budget.time_s) : "–",
         budget.scaled_from ? fmt::format("scaled from {} epochs", *budget.scaled_from) : ""});
  }
  return table.text();
}

}  // namespace

std::string runs_text(std::size_t count) {
  return fmt::format("{} run{}", counted(count), count == 1 ? "" : "s");
}

Json status_json(const sweep::Status& status, const std::string& directory) {
  Json budgets = Json::array();
  for (const sweep::BudgetStatus& budget : status.budgets) {
    budgets.push_back({{"epochs", budget.epochs},
                       {"runs", budget.runs},
                       {"done", budget.done},
                       {"left", budget.left},
                       {"energy_kwh_a_run", or_null(budget.energy_kwh)},
                       {"time_s_a_run", or_null(budget.time_s)},
                       {"scaled_from_epochs", or_null(budget.scaled_from)}});
  }
  return {{"sweep", directory},
          {"runs", status.runs},
          {"done", status.done},
          {"failed", status.failed},
          {"held", status.held},
          {"open", status.open},
          {"failures", status.failures},
          {"shared_machine", status.shared_machine},
          {"energy_kwh", status.energy_kwh},
          {"time_s", status.time_s},
          {"runs_per_hour", or_null(status.runs_per_hour)},
          {"energy_left_kwh", or_null(status.energy_left_kwh)},
          {"time_left_s", or_null(status.time_left_s)},
          {"budgets", budgets}};
}

std::string status_text(const sweep::Status& status, const std::string& directory) {
  std::string text = bold(directory) + "\n";
  const auto line = [&text](std::string_view label, const std::string& value) {
    text += fmt::format("{}  {}\n", faint(fmt::format("{:<10}", label)), value);
  };
  line("runs", fmt::format("{}: {} done, {} failed, {} under way, {} open", counted(status.runs),
                           counted(status.done), counted(status.failed), counted(status.held),
                           counted(status.open)));
  if (status.runs_per_hour) line("throughput", fmt::format("{:.4g} runs/h", *status.runs_per_hour));
  line("used", fmt::format("{}, {} of training{}", energy_text(status.energy_kwh),
                           duration_text(status.time_s),
                           status.shared_machine == 0
                               ? ""
                               : fmt::format("; {} shared a machine, with others' energy in theirs",
                                             runs_text(status.shared_machine))));
  line("left", left_text(status));
  std::vector<std::string> failures;
  for (const auto& [kind, count] : status.failures)
    failures.push_back(fmt::format("{} {}", counted(count), kind));
  if (!failures.empty()) line("failures", fmt::format("{}", fmt::join(failures, ", ")));
  return text + "\n" + budgets_text(status);
}

Json collected_json(const sweep::Collected& collected, const std::string& output) {
  Json document = import_json(collected.imported, output);
  document["failed"] = missing_json(collected.failed);
  document["damaged"] = missing_json(collected.damaged);
  document["left"] = collected.left;
  return document;
}

void print_collected(const sweep::Collected& collected, const std::string& output) {
  print_import(collected.imported, output);
  if (collected.left > 0) print(fmt::format("  • {} not done yet\n", runs_text(collected.left)));
  print_missing(collected.failed, "failed; 'ecnas sweep retry' has them done again");
  print_missing(collected.damaged, "damaged; 'ecnas sweep retry' has them done again");
}

}  // namespace ecnas::app
