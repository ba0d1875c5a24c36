#pragma once
/// The algorithms there are, and their options.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::search {

enum class Algorithm : std::uint8_t {
  keen,
  semoa,
  random,
  nsga2,
  nsga3,
  sms_emoa,
  moead,
  regularised_evolution,
  local_search,
  parego,
  ms_ehvi,
  sh_emoa,
  mo_sh_bananas,
  mo_bohb,
  mo_asha,
  exhaustive,
  semoa_published,
};

/// What `auto` stands for, and the default of a search.
inline constexpr Algorithm kRecommended = Algorithm::keen;

/// Which training budget a candidate is evaluated at.
enum class BudgetPolicy : std::uint8_t {
  drawn,    ///< drawn for each, every entry of the domain with equal probability
  in_turn,  ///< the first samples draw theirs; then all of a step have the step's, in turn
  own,      ///< the algorithm's own choice: multi-fidelity
};
[[nodiscard]] std::string_view name(BudgetPolicy policy);

/// A named number that an algorithm takes.
struct AlgorithmOption {
  std::string_view name;
  std::string_view description;
  double default_value = 0;
  bool is_whole = false;  ///< counts; switches are 0 or 1
};

struct AlgorithmInfo {
  Algorithm algorithm;
  std::string_view name;   ///< as on the command line: `sms-emoa`
  std::string_view title;  ///< as in the literature: `SMS-EMOA`
  std::string_view description;
  std::string_view source;  ///< key of docs/references.bib; empty: ours
  BudgetPolicy policy;
  std::vector<AlgorithmOption> options;
};

/// The algorithms to choose from; `semoa-published` stands apart, for comparison only.
[[nodiscard]] std::span<const AlgorithmInfo> algorithms();
[[nodiscard]] const AlgorithmInfo& info(Algorithm algorithm);
[[nodiscard]] std::string_view name(Algorithm algorithm);

/// @throws Error{invalid_argument} for an unknown name; the closest is suggested.
[[nodiscard]] Algorithm parse_algorithm(std::string_view text);

/// Options by name; those left out have their defaults.
using OptionValues = std::map<std::string, double, std::less<>>;

/// Reads `population=50`.
/// @throws Error{invalid_argument} for an unknown option (the closest is suggested), what is no
/// number, a fraction for a count, or a value that the algorithm does not take
[[nodiscard]] OptionValues parse_options(Algorithm algorithm,
                                         std::span<const std::string> assignments);

/// @throws Error{invalid_argument} as `parse_options`
void validate(Algorithm algorithm, const OptionValues& values);

/// The given ones and the defaults of all others, in the order of `AlgorithmInfo::options`.
[[nodiscard]] std::vector<std::pair<std::string_view, double>> all_options(
    Algorithm algorithm, const OptionValues& values);

}  // namespace ecnas::search
