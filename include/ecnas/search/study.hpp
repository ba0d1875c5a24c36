#pragma once
/// Studies: several algorithms on one problem, each in as many trials under one stop rule with the
/// same seeds; kept in a directory, so that a study that was killed goes on where it was.
///
///     const StudyOptions options{.contenders = {{"semoa", Algorithm::semoa, {}},
///                                               {"random", Algorithm::random, {}}},
///                                .common = {.stop = {.count = 300}, .trials = 30}};
///     const StudyStore store =
///         StudyStore::open("runs", parameters_of(problem, options), StudyStore::Mode::begin);
///     const Study study = run_study(problem, options, &store);

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "ecnas/search/search.hpp"

namespace ecnas::search {

/// An algorithm with its options, as one side of a comparison.
struct Contender {
  /// In results and names of files: letters, digits, "-" and "_". Distinct in a study.
  std::string name;
  Algorithm algorithm = kRecommended;
  OptionValues options;
};

/// Names and values of what determines every trial; also what makes two studies differ.
using StudyParameters = std::vector<std::pair<std::string, std::string>>;

struct StudyOptions {
  std::vector<Contender> contenders;
  /// What all share: stop rule, trials, seed, prior, sampling, noise, threads. Its algorithm and
  /// that one's options are not used.
  SearchOptions common;
  /// What else tells this study from others, such as which prior it has.
  StudyParameters remarks;
};

/// A trial and what running it took, which no two machines agree on.
struct StudyTrial {
  Trial trial;
  std::optional<double> own_seconds;     ///< processor time of its thread
  std::optional<double> own_energy_kwh;  ///< as metered
};

/// Trial i of every contender has `trial_seed(seed, i)`. About 150 bytes of memory an evaluation.
struct Study {
  std::vector<Contender> contenders;
  std::vector<std::vector<StudyTrial>> trials;  ///< (contenders, trials)
};

/// What determines the trials of a study: contenders with all their options, stop rule, trials,
/// seed, objectives, budgets, constraints, conversions, and a fingerprint of the cells and values
/// that are searched.
/// @throws Error{invalid_argument}, Error{not_found} as `run_study`
/// @complexity one pass over the domain
[[nodiscard]] StudyParameters parameters_of(const Problem& problem, const StudyOptions& options);

/// A study's directory: `study.txt` has its parameters, `trials/NAME-NNN.csv` a finished trial,
/// `trials/NAME-NNN.cost` what running it took (docs/formats/study.md). Files appear whole or not
/// at all. A value; const access is thread safe for different trials.
class StudyStore {
 public:
  enum class Mode : std::uint8_t {
    begin,   ///< in a directory that is not there or empty
    resume,  ///< in one of a study of these parameters; begins one where there is none
  };

  /// @throws Error{invalid_argument} if the directory holds a study and the mode is `begin`, or one
  ///         of other parameters, which are named; or files that are no study's.
  ///         Error{invalid_data} for damaged parameters. Error{io_failure}
  [[nodiscard]] static StudyStore open(const std::filesystem::path& directory,
                                       StudyParameters parameters, Mode mode);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

  /// @return absent if it is not finished
  /// @throws Error{invalid_data} if its file is damaged or of another trial; Error{io_failure}
  [[nodiscard]] std::optional<StudyTrial> read(const Problem& problem, const Contender& contender,
                                               std::size_t trial, std::uint64_t seed) const;

  /// @throws Error{io_failure}
  void write(const Problem& problem, const Contender& contender, std::size_t trial,
             const StudyTrial& finished) const;

 private:
  StudyStore(std::filesystem::path directory, std::uint64_t fingerprint)
      : directory_(std::move(directory)), fingerprint_(fingerprint) {}

  [[nodiscard]] std::filesystem::path trial_file(const Contender& contender, std::size_t trial,
                                                 std::string_view ending) const;

  std::filesystem::path directory_;
  std::uint64_t fingerprint_;  // of the parameters
};

/// Meters one thread's work: called before a trial on its thread; what it returns is called after
/// it and gives the energy in between, if that is known.
using EnergyMeter = std::function<std::function<std::optional<double>()>()>;

/// What a study tells while it runs. Called from several threads at once; any may be empty.
struct StudyObserver {
  /// After an evaluation: contender, trial, evaluations so far.
  std::function<void(std::size_t, std::size_t, std::size_t)> evaluated;
  /// A trial is finished: contender, trial, and whether it was kept from before.
  std::function<void(std::size_t, std::size_t, bool)> finished;
  /// A kept trial is damaged, and why; it is run again.
  std::function<void(const std::string&)> damaged;
  EnergyMeter meter;
};

/// Runs what is not finished. The same result and the same trial files for any number of threads.
/// @param store  keeps each trial as soon as it is finished; none: nothing is kept
/// @throws Error{invalid_argument} for no contenders, names that are empty, alike or of other
///         characters, no limit, no trials, or options that an algorithm does not take;
///         Error{not_found} for noise where the table has no model of any objective's;
///         Error{interrupted} if `stop` was requested before all were finished; Error{io_failure}
[[nodiscard]] Study run_study(const Problem& problem, const StudyOptions& options,
                              const StudyStore* store = nullptr, const StudyObserver& observer = {},
                              const std::stop_token& stop = {});

}  // namespace ecnas::search
