#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/search/study.hpp"
#include "search/fingerprint.hpp"
#include "search/trial_file.hpp"

namespace ecnas::search {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFirstLine = "# ecnas study 1";
constexpr std::string_view kParametersFile = "study.txt";
constexpr std::string_view kTrials = "trials";

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string parameters_text(const StudyParameters& parameters) {
  std::string text = fmt::format("{}\n", kFirstLine);
  for (const auto& [name, value] : parameters)
    text += fmt::format("{}: {}\n", name, one_line(value));
  return text;
}

StudyParameters parse_parameters(std::string_view text, const fs::path& file) {
  StudyParameters parameters;
  std::vector<std::string_view> lines = split(text, '\n');
  const bool whole = lines.front() == kFirstLine && lines.back().empty() && lines.size() > 2;
  if (!whole) {
    fail(ErrorCode::invalid_data,
         "{}: no parameters of a study; begin it anew in another directory", file.string());
  }
  lines.pop_back();
  for (const std::string_view line : std::span(lines).subspan(1)) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) {
      fail(ErrorCode::invalid_data, "{}: damaged: {}", file.string(), ecnas::quoted(line));
    }
    parameters.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return parameters;
}

const std::string* value_of(const StudyParameters& parameters, const std::string& name) {
  const auto found = std::ranges::find(parameters, name, &StudyParameters::value_type::first);
  return found == parameters.end() ? nullptr : &found->second;
}

/// "trials is 30 there, 10 here"
std::vector<std::string> differences(const StudyParameters& there, const StudyParameters& here) {
  std::vector<std::string> found;
  for (const auto& [name, value] : there) {
    const std::string* other = value_of(here, name);
    if (other == nullptr) {
      found.push_back(fmt::format("{} is {} there, absent here", name, value));
    } else if (one_line(*other) != value) {
      found.push_back(fmt::format("{} is {} there, {} here", name, value, one_line(*other)));
    }
  }
  for (const auto& [name, value] : here) {
    if (value_of(there, name) == nullptr)
      found.push_back(fmt::format("{} is absent there, {} here", name, one_line(value)));
  }
  if (found.empty()) found.emplace_back("their order differs");
  return found;
}

bool holds_anything(const fs::path& directory) {
  std::error_code error;
  const fs::directory_iterator files(directory, error);
  if (error) {
    fail(ErrorCode::io_failure, "{}: cannot be read: {}", directory.string(), error.message());
  }
  return files != fs::directory_iterator();
}

std::string cost_text(const StudyTrial& trial) {
  std::string text;
  if (trial.own_seconds) text += fmt::format("own_seconds: {}\n", shortest(*trial.own_seconds));
  if (trial.own_energy_kwh)
    text += fmt::format("own_energy_kwh: {}\n", shortest(*trial.own_energy_kwh));
  return text;
}

/// What cannot be read is not known: it decides nothing.
void read_cost(const fs::path& file, StudyTrial& trial) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return;
  const std::string text = read_file(file);
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const std::optional<double> value = parse_real(line.substr(colon + 2));
    if (line.substr(0, colon) == "own_seconds") trial.own_seconds = value;
    if (line.substr(0, colon) == "own_energy_kwh") trial.own_energy_kwh = value;
  }
}

}  // namespace

StudyStore StudyStore::open(const fs::path& directory, StudyParameters parameters, Mode mode) {
  make_directory(directory);
  const std::string text = parameters_text(parameters);
  const fs::path file = directory / kParametersFile;
  std::error_code ignored;
  if (fs::exists(file, ignored)) {
    if (mode == Mode::begin) {
      fail(ErrorCode::invalid_argument,
           "{}: holds a study already; go on with it (--resume) or choose another directory",
           directory.string());
    }
    const std::string kept = read_file(file);
    if (kept != text) {
      fail(ErrorCode::invalid_argument, "{}: holds another study: {}; choose another directory",
           directory.string(),
           fmt::join(differences(parse_parameters(kept, file), parameters), "; "));
    }
  } else if (holds_anything(directory)) {
    fail(ErrorCode::invalid_argument,
         "{}: holds files, but no study; choose a directory that is new or empty",
         directory.string());
  } else {
    write_file(file, text);
  }
  make_directory(directory / kTrials);
  return {directory, fingerprint_of(text)};
}

fs::path StudyStore::trial_file(const Contender& contender, std::size_t trial,
                                std::string_view ending) const {
  return directory_ / kTrials / fmt::format("{}-{:03}.{}", contender.name, trial + 1, ending);
}

std::optional<StudyTrial> StudyStore::read(const Problem& problem, const Contender& contender,
                                           std::size_t trial, std::uint64_t seed) const {
  const fs::path file = trial_file(contender, trial, "csv");
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::nullopt;
  StudyTrial kept{parse_trial(problem, {fingerprint_, contender.name, trial, seed}, read_file(file),
                              file.string()),
                  {},
                  {}};
  read_cost(trial_file(contender, trial, "cost"), kept);
  return kept;
}

void StudyStore::write(const Problem& problem, const Contender& contender, std::size_t trial,
                       const StudyTrial& finished) const {
  // The trial last: with it, all of it is there.
  if (const std::string cost = cost_text(finished); !cost.empty())
    write_file(trial_file(contender, trial, "cost"), cost);
  write_file(trial_file(contender, trial, "csv"),
             trial_text(problem, {fingerprint_, contender.name, trial, finished.trial.seed},
                        finished.trial));
}

}  // namespace ecnas::search
