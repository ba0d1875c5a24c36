#include "search/exhaustive.hpp"

#include "ecnas/core/error.hpp"

namespace ecnas::search {

void validate(const ExhaustiveOptions& options) {
  if (options.batch == 0) {
    fail(ErrorCode::invalid_argument, "exhaustive search: batch: 0; expected at least 1");
  }
}

OptionFields<ExhaustiveOptions> exhaustive_fields() {
  return {{"batch", &ExhaustiveOptions::batch, "entries a step"}};
}

Exhaustive::Exhaustive(const AlgorithmContext& context, ExhaustiveOptions options)
    : context_(context),
      options_((validate(options), options)),
      done_(context.space.budgets().size()) {}

std::vector<Genotype> Exhaustive::ask(Rng& rng) {
  std::vector<Genotype> entries;
  while (entries.size() < options_.batch) {
    const std::optional<Candidate> candidate = next();
    if (!candidate) break;
    entries.push_back(context_.variation.at(*candidate, rng));
  }
  return entries;
}

/// Each domain is in the order of rows: the least row that any has left, at its least budget.
std::optional<Candidate> Exhaustive::next() {
  std::optional<Candidate> least;
  for (std::uint32_t budget = 0; budget < done_.size(); ++budget) {
    const std::span<const table::Row> left = context_.space.domain(budget).subspan(done_[budget]);
    if (!left.empty() && (!least || left.front() < least->row)) least = {left.front(), budget};
  }
  if (least) ++done_[least->budget];
  return least;
}

}  // namespace ecnas::search
