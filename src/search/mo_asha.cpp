#include "search/mo_asha.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/ranking.hpp"

namespace ecnas::search {
namespace {

std::vector<std::size_t> least_crowded_first(std::span<const moo::Objectives> front,
                                             std::size_t count) {
  const std::vector<double> crowding = moo::crowding_distances(front);
  std::vector<std::size_t> order(front.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater<>{}, [&](std::size_t i) { return crowding[i]; });
  order.resize(count);
  return order;
}

}  // namespace

void validate(const MoAshaOptions& options) {
  if (!(options.eta > 1)) {
    fail(ErrorCode::invalid_argument, "MO-ASHA: eta: {}; expected above 1", options.eta);
  }
}

OptionFields<MoAshaOptions> mo_asha_fields() {
  return {
      {"eta", &MoAshaOptions::eta, "of so many candidates of a rung one is promoted"},
      {"use_epsilon_net", &MoAshaOptions::use_epsilon_net,
       "spread within a rank by an epsilon-net; else by crowding distance"},
  };
}

void AsynchronousRung::insert(const moo::Objectives& objectives, const Genotype& genotype) {
  levels_.insert(objectives);
  candidates_.push_back(genotype);
  is_promoted_.push_back(false);
}

std::optional<std::uint32_t> AsynchronousRung::promotable() const {
  auto room = static_cast<std::size_t>(static_cast<double>(size()) / options_.eta);
  for (std::size_t rank = 0; room > 0 && rank < levels_.levels(); ++rank) {
    const std::span<const std::uint32_t> members = levels_.level(rank);
    const std::size_t taken = std::min(room, members.size());
    room -= taken;
    if (std::ranges::all_of(members, [&](std::uint32_t i) { return is_promoted_[i]; })) continue;
    std::vector<moo::Objectives> front;
    for (const std::uint32_t member : members)
      front.push_back(levels_.point(member));
    const std::vector<std::size_t> order =
        options_.use_epsilon_net ? farthest_first(front, taken) : least_crowded_first(front, taken);
    for (const std::size_t i : order) {
      if (!is_promoted_[members[i]]) return members[i];
    }
  }
  return std::nullopt;
}

std::optional<Genotype> AsynchronousRung::promote() {
  const std::optional<std::uint32_t> position = promotable();
  if (!position) return std::nullopt;
  is_promoted_[*position] = true;
  return candidates_[*position];
}

MoAsha::MoAsha(const AlgorithmContext& context, MoAshaOptions options)
    : context_(context), evaluated_(context.space) {
  validate(options);
  rungs_.assign(evaluated_.budgets(), AsynchronousRung(options));
}

std::vector<Genotype> MoAsha::ask(Rng& rng) {
  for (std::uint32_t budget = evaluated_.budgets() - 1; budget-- > 0;) {
    while (const std::optional<Genotype> promoted = rungs_[budget].promote()) {
      const Genotype next = at_budget(*promoted, budget + 1);
      const bool is_of_domain = context_.space.contains(*next.candidate);
      if (is_of_domain && !evaluated_.contains(*next.candidate)) return {next};
    }
  }
  return {evaluated_.unseen_from(0, context_.variation, rng)};
}

void MoAsha::tell(std::span<const moo::Evaluated<Genotype>> evaluated) {
  for (const auto& [genotype, outcome] : evaluated) {
    if (!outcome || !genotype.candidate || evaluated_.contains(*genotype.candidate)) continue;
    rungs_[genotype.candidate->budget].insert(*outcome, genotype);
  }
  evaluated_.record(evaluated);
}

}  // namespace ecnas::search
