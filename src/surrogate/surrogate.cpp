#include "ecnas/surrogate/surrogate.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ecnas/core/error.hpp"
#include "ecnas/space/skeleton.hpp"
#include "ecnas/space/space.hpp"
#include "surrogate/members.hpp"

namespace ecnas::surrogate {
namespace {

/// An accuracy of 1 would be infinitely good.
constexpr double kBestAccuracy = 0.9999;

constexpr std::size_t kRangeNumbers = 5;

/// Vertices, edges, and the logarithms of parameters, FLOPs and convolutions.
std::array<float, kRangeNumbers> range_numbers(const space::Cell& cell) {
  unsigned convolutions = 0;
  for (unsigned v = 1; v + 1 < cell.vertices(); ++v)
    convolutions += cell.operation(v) != space::Operation::maxpool3x3 ? 1U : 0U;
  const auto logarithm = [](std::int64_t value) {
    return static_cast<float>(std::log(static_cast<double>(value)));
  };
  return {static_cast<float>(cell.vertices()), static_cast<float>(cell.edges()),
          logarithm(space::trainable_parameters(cell)), logarithm(space::flops(cell)),
          static_cast<float>(convolutions)};
}

}  // namespace

double Curve::operator()(double at) const {
  const auto above = std::upper_bound(x.begin() + 1, x.end() - 1, at);
  const auto i = static_cast<std::size_t>(above - x.begin());
  const double slope = (y[i] - y[i - 1]) / (x[i] - x[i - 1]);
  return y[i - 1] + slope * (at - x[i - 1]);
}

bool FittedRange::contains(const space::Cell& cell) const {
  const auto numbers = range_numbers(cell);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] < lowest[i] || numbers[i] > highest[i]) return false;
  }
  return true;
}

FittedRange fitted_range(std::span<const space::Cell> cells) {
  ECNAS_ASSERT(!cells.empty());
  const auto first = range_numbers(cells.front());
  FittedRange range{{first.begin(), first.end()}, {first.begin(), first.end()}};
  for (const space::Cell& cell : cells) {
    const auto numbers = range_numbers(cell);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      range.lowest[i] = std::min(range.lowest[i], numbers[i]);
      range.highest[i] = std::max(range.highest[i], numbers[i]);
    }
  }
  return range;
}

double link(Target target, double value) {
  if (is_accuracy(target)) return -std::log(1 - std::min(value, kBestAccuracy));
  return std::log(value);
}

double inverse_link(Target target, double linked) {
  if (is_accuracy(target)) return std::clamp(1 - std::exp(-linked), 0.0, kBestAccuracy);
  return std::exp(linked);
}

Surrogate::Surrogate(SurrogateInfo info, std::vector<Member> members, std::vector<Output> outputs,
                     FittedRange range)
    : info_(std::move(info)),
      members_(std::move(members)),
      outputs_(std::move(outputs)),
      range_(std::move(range)) {
  ECNAS_ASSERT(!members_.empty() && !outputs_.empty());
  ECNAS_ASSERT(outputs_.size() == (info_.scaled_from ? 1 : info_.epochs.size()));
}

std::vector<float> mean_scores(std::span<const Member> members, std::span<const space::Cell> cells,
                               std::size_t outputs, unsigned threads) {
  std::vector<float> sums(cells.size() * outputs);
  std::vector<float> one(sums.size());
  double weights = 0;
  for (const Member& member : members)
    weights += member.weight;
  for (const Member& member : members) {
    member.regressor->predict(cells, one, threads);
    const auto weight = static_cast<float>(member.weight / weights);
    for (std::size_t i = 0; i < sums.size(); ++i)
      sums[i] += weight * one[i];
  }
  return sums;
}

Prediction make_prediction(const SurrogateInfo& info, std::span<const Output> outputs,
                           std::span<const float> scores, unsigned vertices, std::size_t budget) {
  const bool scales = info.scaled_from.has_value();
  const std::size_t group = vertex_group(vertices);
  const double factor = scales ? static_cast<double>(info.epochs[budget]) / *info.scaled_from : 1.0;
  const auto value_of = [&](double linked) { return factor * inverse_link(info.target, linked); };
  // More training does not make an expected accuracy worse: the best of the budgets so far.
  const std::size_t last = scales ? 0 : budget;
  double best = -std::numeric_limits<double>::infinity();
  for (std::size_t output = 0; output <= last; ++output)
    best = std::max(best, outputs[output].curve(static_cast<double>(scores[output])));
  const Output& output = outputs[last];
  return {.value = value_of(best),
          .lower90 = value_of(best - output.lower_width[group]),
          .upper90 = value_of(best + output.upper_width[group])};
}

std::vector<float> Surrogate::scores(std::span<const space::Cell> cells, unsigned threads) const {
  return mean_scores(members_, cells, outputs_.size(), threads);
}

void Surrogate::keep(std::shared_ptr<const ScoreTable> table) {
  const std::size_t cells = space::Space::shared().size();
  if (table->outputs() != outputs_.size() || table->cells() != cells) {
    fail(ErrorCode::invalid_argument,
         "scores of {} cells with {} outputs; expected {} cells with {} outputs", table->cells(),
         table->outputs(), cells, outputs_.size());
  }
  score_table_ = std::move(table);
}

std::vector<float> Surrogate::space_scores(unsigned max_vertices, unsigned threads) const {
  const auto cells = space::Space::shared(max_vertices).cells();
  if (!score_table_) return scores(cells, threads);
  std::vector<float> all = score_table_->scores();
  all.resize(cells.size() * outputs_.size());  // a space of fewer vertices is a prefix
  return all;
}

Prediction Surrogate::prediction(std::span<const float> scores, unsigned vertices,
                                 std::size_t budget) const {
  return make_prediction(info_, outputs_, scores, vertices, budget);
}

std::vector<Prediction> Surrogate::predict(std::span<const space::Cell> cells, std::int32_t epochs,
                                           unsigned threads) const {
  const auto found = std::find(info_.epochs.begin(), info_.epochs.end(), epochs);
  if (found == info_.epochs.end()) {
    fail(ErrorCode::not_found, "{} of model {}: nothing at {} epochs; there are {}",
         name(info_.target), info_.name, epochs, fmt::join(info_.epochs, ", "));
  }
  const auto budget = static_cast<std::size_t>(found - info_.epochs.begin());
  const std::vector<float> all = scores(cells, threads);
  std::vector<Prediction> predictions(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto row = std::span(all).subspan(i * outputs_.size(), outputs_.size());
    predictions[i] = prediction(row, cells[i].vertices(), budget);
    predictions[i].out_of_range = !range_.contains(cells[i]);
  }
  return predictions;
}

}  // namespace ecnas::surrogate
