#include "search/trial_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <span>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/hash.hpp"
#include "search/fingerprint.hpp"

namespace ecnas::search {
namespace {

constexpr std::string_view kFirstLine = "# ecnas trial 1";
constexpr std::string_view kEndMark = "# end ";
constexpr std::size_t kFixedColumns = 8;

constexpr StopReason kReasons[] = {
    StopReason::count,         StopReason::energy,           StopReason::co2eq,
    StopReason::training_time, StopReason::domain_exhausted, StopReason::repeats};

std::string head_text(const Problem& problem, const TrialIdentity& identity) {
  std::string text =
      fmt::format("{}\n# study: {:016x}\n# contender: {}\n# trial: {}\n# seed: {}\n", kFirstLine,
                  identity.study, identity.contender, identity.trial + 1, identity.seed);
  text +=
      "hash,epochs,feasible,requests,cumulative_epochs,cumulative_training_time_s,"
      "cumulative_energy_kwh,cumulative_co2eq_g";
  for (const Objective objective : problem.objectives())
    text += fmt::format(",{}", info(objective).column);
  return text + "\n";
}

void append_evaluation(std::string& text, const Problem& problem, const Evaluation& evaluation) {
  const auto [row, budget] = evaluation.candidate;
  const table::Cost& cost = evaluation.cumulative;
  fmt::format_to(std::back_inserter(text), "{},{},{},{},{},{},{},{}",
                 space::to_text(problem.table().hashes()[row]), problem.budgets()[budget],
                 evaluation.is_feasible ? 1 : 0, evaluation.requests, cost.epochs,
                 shortest(cost.training_time_s), shortest(cost.energy_kwh), shortest(cost.co2eq_g));
  for (const double value : evaluation.objectives) {
    text += ',';
    text += shortest(value);
  }
  text += '\n';
}

/// Takes a trial's text apart, line by line.
class Reader {
 public:
  Reader(const Problem& problem, std::string_view text, std::string_view file)
      : problem_(problem), text_(text), file_(file) {}

  /// Checks that nothing is missing or altered, and leaves what stands before the last line.
  void check_end() {
    const std::size_t end = text_.rfind(kEndMark);
    if (end == std::string_view::npos || (end > 0 && text_[end - 1] != '\n')) damaged("no end");
    const std::string expected =
        fmt::format("{}{:016x}\n", kEndMark, fingerprint_of(text_.substr(0, end)));
    if (text_.substr(end) != expected) damaged("its content does not have its checksum");
    text_ = text_.substr(0, end);
  }

  void expect_head(const std::string& head) {
    if (!text_.starts_with(head)) {
      fail(ErrorCode::invalid_data, "{}: is not the trial that this study has there", file_);
    }
    text_.remove_prefix(head.size());
  }

  [[nodiscard]] bool at_end() const { return text_.empty(); }
  [[nodiscard]] bool at_remark() const { return text_.starts_with('#'); }

  Evaluation evaluation() {
    const std::string_view whole = line();
    const std::vector<std::string_view> fields = split(whole, ',');
    if (fields.size() != kFixedColumns + problem_.objectives().size()) damaged(whole);
    Evaluation read;
    read.candidate = candidate(fields[0], fields[1]);
    read.is_feasible = whole_number(fields[2]) != 0;
    read.requests = whole_number(fields[3]);
    read.cumulative = {.epochs = static_cast<std::int64_t>(whole_number(fields[4])),
                       .training_time_s = real(fields[5]),
                       .energy_kwh = real(fields[6]),
                       .co2eq_g = real(fields[7])};
    std::vector<double> values;
    for (const std::string_view field : std::span(fields).subspan(kFixedColumns))
      values.push_back(real(field));
    read.objectives = moo::Objectives(values);
    return read;
  }

  /// The value of `# name: value`.
  std::string_view remark(std::string_view name) {
    const std::string_view whole = line();
    const std::string expected = fmt::format("# {}: ", name);
    if (!whole.starts_with(expected)) damaged(whole);
    return whole.substr(expected.size());
  }

  std::size_t count(std::string_view name) { return whole_number(remark(name)); }

  StopReason stop_reason() {
    const std::string_view text = remark("stop_reason");
    const auto* found =
        std::ranges::find_if(kReasons, [&](StopReason reason) { return name(reason) == text; });
    if (found == std::end(kReasons)) damaged(text);
    return *found;
  }

 private:
  [[noreturn]] void damaged(std::string_view what) const {
    fail(ErrorCode::invalid_data, "{}: damaged: {}", file_, ecnas::quoted(what));
  }

  std::string_view line() {
    const std::size_t end = text_.find('\n');
    if (end == std::string_view::npos) damaged(text_);
    const std::string_view whole = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return whole;
  }

  [[nodiscard]] std::size_t whole_number(std::string_view field) const {
    const std::optional<std::int64_t> value = parse_integer(field);
    if (!value || *value < 0) damaged(field);
    return static_cast<std::size_t>(*value);
  }

  [[nodiscard]] double real(std::string_view field) const {
    const std::optional<double> value = parse_real(field);
    if (!value || !std::isfinite(*value)) damaged(field);
    return *value;
  }

  [[nodiscard]] Candidate candidate(std::string_view hash, std::string_view epochs) const {
    const std::optional<space::Hash> key = space::parse_hash(hash);
    const std::optional<table::Row> row = key ? problem_.table().find(*key) : std::nullopt;
    const auto budget =
        std::ranges::find(problem_.budgets(), static_cast<std::int32_t>(whole_number(epochs)));
    if (!row || budget == problem_.budgets().end()) damaged(hash);
    const Candidate found{*row, static_cast<std::uint32_t>(budget - problem_.budgets().begin())};
    if (!problem_.contains(found)) damaged(hash);
    return found;
  }

  const Problem& problem_;
  std::string_view text_;
  std::string_view file_;
};

}  // namespace

std::string trial_text(const Problem& problem, const TrialIdentity& identity, const Trial& trial) {
  std::string text = head_text(problem, identity);
  for (const Evaluation& evaluation : trial.evaluations)
    append_evaluation(text, problem, evaluation);
  const LedgerTotals& ledger = trial.ledger;
  text += fmt::format(
      "# stop_reason: {}\n# requests: {}\n# evaluations: {}\n# repeats: {}\n# invalid: {}\n"
      "# absent: {}\n",
      name(trial.stop_reason), ledger.requests, ledger.evaluations, ledger.repeats, ledger.invalid,
      ledger.absent);
  return text + fmt::format("{}{:016x}\n", kEndMark, fingerprint_of(text));
}

Trial parse_trial(const Problem& problem, const TrialIdentity& identity, std::string_view text,
                  std::string_view file) {
  Reader reader(problem, text, file);
  reader.check_end();
  reader.expect_head(head_text(problem, identity));
  Trial trial;
  trial.seed = identity.seed;
  while (!reader.at_end() && !reader.at_remark())
    trial.evaluations.push_back(reader.evaluation());
  trial.stop_reason = reader.stop_reason();
  LedgerTotals& ledger = trial.ledger;
  ledger.requests = reader.count("requests");
  ledger.evaluations = reader.count("evaluations");
  ledger.repeats = reader.count("repeats");
  ledger.invalid = reader.count("invalid");
  ledger.absent = reader.count("absent");
  if (!trial.evaluations.empty()) ledger.cost = trial.evaluations.back().cumulative;
  trial.front = front_of(trial.evaluations);
  return trial;
}

}  // namespace ecnas::search
