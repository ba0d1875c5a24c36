#include "search/mo_bohb.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ecnas/core/error.hpp"

namespace ecnas::search {
namespace {

constexpr std::size_t kDrawsPerCandidate = 20;  // of which most are no cell, or known

/// Edges and operations of a canvas. Paper: d.
std::size_t places(unsigned vertices) {
  return vertices * (vertices - 1) / 2 + (vertices - 2);
}

}  // namespace

void validate(const MoBohbOptions& options) {
  const auto require = [](bool condition, std::string_view option, double value,
                          std::string_view expected) {
    if (!condition) {
      fail(ErrorCode::invalid_argument, "MO-BOHB: {}: {}; expected {}", option, value, expected);
    }
  };
  const auto is_inside = [](double value) { return value > 0 && value < 1; };
  require(options.eta > 1, "eta", options.eta, "above 1");
  require(is_inside(options.gamma), "gamma", options.gamma, "between 0 and 1");
  require(is_inside(options.stays), "stays", options.stays, "between 0 and 1");
  require(options.candidates > 0, "candidates", 0, "at least 1");
  require(options.random_fraction >= 0 && options.random_fraction <= 1, "random_fraction",
          options.random_fraction, "a probability, 0 to 1");
}

OptionFields<MoBohbOptions> mo_bohb_fields() {
  using Options = MoBohbOptions;
  return {
      {"eta", &Options::eta, "of so many candidates of a rung one is promoted"},
      {"gamma", &Options::gamma, "share of a budget's evaluations that count as good"},
      {"candidates", &Options::candidates,
       "draws near the good of which the most promising is evaluated"},
      {"random_fraction", &Options::random_fraction, "of candidates drawn without a model"},
      {"min_points", &Options::min_points,
       "evaluations at one budget that a model takes; 0: edges and operations of the canvas + 3"},
      {"stays", &Options::stays, "probability that a kernel keeps an edge or an operation"},
  };
}

GoodAndBad good_and_bad(std::span<const moo::Solution<Genotype>> solutions, unsigned vertices,
                        const MoBohbOptions& options) {
  std::vector<moo::Objectives> points;
  for (const moo::Solution<Genotype>& solution : solutions)
    points.push_back(solution.objectives);
  const auto share = static_cast<std::size_t>(options.gamma * static_cast<double>(points.size()));
  std::vector<bool> is_good(points.size(), false);
  for (const std::size_t i : best_by_hypervolume(points, std::max<std::size_t>(1, share)))
    is_good[i] = true;
  std::vector<space::Specification> good;
  std::vector<space::Specification> bad;
  for (std::size_t i = 0; i < solutions.size(); ++i)
    (is_good[i] ? good : bad).push_back(solutions[i].genotype.specification);
  return {CellDensity(std::move(good), vertices, options.stays),
          CellDensity(std::move(bad), vertices, options.stays)};
}

MoBohb::MoBohb(const AlgorithmContext& context, MoBohbOptions options)
    : context_(context),
      options_((validate(options), options)),
      evaluated_(context.space),
      brackets_(hyperband_brackets(evaluated_.budgets(), options.eta)) {
  if (options_.min_points == 0) options_.min_points = places(context.space.max_vertices()) + 3;
}

std::vector<Genotype> MoBohb::ask(Rng& rng) {
  // A bracket is empty only where all of the domain at its first budget is evaluated.
  for (std::size_t turn = 0; turn <= brackets_.size(); ++turn) {
    if (run_.vacancies() > 0) {
      if (std::optional<Genotype> candidate = proposed(run_.budget(), rng)) {
        run_.enter(*candidate);
        return {*std::move(candidate)};
      }
    }
    if (!run_.is_over()) {
      std::vector<Genotype> promoted =
          run_.promote(evaluated_, context_.space, best_by_hypervolume);
      if (!promoted.empty()) return promoted;
    }
    run_ = BracketRun(brackets_[next_bracket_]);
    next_bracket_ = (next_bracket_ + 1) % brackets_.size();
  }
  return {evaluated_.unseen_from(0, context_.variation, rng)};
}

void MoBohb::tell(std::span<const moo::Evaluated<Genotype>> evaluated) {
  evaluated_.record(evaluated);
}

std::optional<Genotype> MoBohb::proposed(std::uint32_t budget, Rng& rng) {
  if (!rng.chance(options_.random_fraction)) {
    refresh_model();
    if (model_) {
      if (std::optional<Genotype> candidate = modelled(budget, rng)) return candidate;
    }
  }
  return evaluated_.unseen(budget, context_.variation, rng);
}

/// Models the largest budget that has enough evaluations, anew if it has more than before.
void MoBohb::refresh_model() {
  for (std::uint32_t budget = evaluated_.budgets(); budget-- > 0;) {
    const std::span<const moo::Solution<Genotype>> solutions = evaluated_.at(budget);
    if (solutions.size() < options_.min_points) continue;
    if (model_ && budget == model_budget_ && solutions.size() == model_size_) return;
    model_ = good_and_bad(solutions, context_.space.max_vertices(), options_);
    model_budget_ = budget;
    model_size_ = solutions.size();
    return;
  }
}

/// Of new cells drawn near the good ones, that of the greatest ratio of densities.
std::optional<Genotype> MoBohb::modelled(std::uint32_t budget, Rng& rng) {
  std::optional<Genotype> best;
  double best_ratio = -1;
  std::size_t found = 0;
  for (std::size_t draw = 0; draw < kDrawsPerCandidate * options_.candidates; ++draw) {
    const space::Specification drawn = model_->good.draw(rng);
    const std::optional<Candidate> candidate = context_.variation.resolve(drawn, budget);
    if (!candidate || evaluated_.contains(*candidate)) continue;
    const double ratio = model_->good(drawn) / model_->bad(drawn);
    if (ratio > best_ratio) {
      best_ratio = ratio;
      best = Genotype{drawn, candidate, {}};
    }
    if (++found == options_.candidates) break;
  }
  return best;
}

}  // namespace ecnas::search
