#include "ecnas/surrogate/transfer_study.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/stats/correlation.hpp"
#include "ecnas/stats/summary.hpp"
#include "ecnas/surrogate/transfer.hpp"

namespace ecnas::surrogate {
namespace {

constexpr std::array<CellChoice, 3> kChoices = {CellChoice::recommended, CellChoice::stratified,
                                                CellChoice::random};

std::vector<double> picked(std::span<const double> values, std::span<const std::size_t> indices) {
  std::vector<double> result;
  for (const std::size_t i : indices)
    result.push_back(values[i]);
  return result;
}

/// One device: what is predicted and measured, which readings can be judged by.
struct Device {
  std::span<const double> predicted;
  std::span<const double> measured;
  std::vector<std::size_t> order;  // of predicted energy
  std::vector<bool> judged;

  [[nodiscard]] std::vector<std::size_t> choose(CellChoice choice, std::size_t size,
                                                Rng& rng) const {
    if (choice == CellChoice::recommended) return recommend_cells(predicted, size);
    std::vector<std::size_t> chosen;
    if (choice == CellChoice::stratified) {
      for (std::size_t group = 0; group < size; ++group) {
        const std::size_t first = group * order.size() / size;
        const std::size_t last = (group + 1) * order.size() / size;
        chosen.push_back(order[first + rng.below(last - first)]);
      }
      return chosen;
    }
    chosen = order;
    rng.shuffle(std::span(chosen));
    chosen.resize(size);
    return chosen;
  }

  [[nodiscard]] std::vector<std::size_t> others(std::span<const std::size_t> chosen) const {
    std::vector<bool> left = judged;
    for (const std::size_t i : chosen)
      left[i] = false;
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (left[i]) indices.push_back(i);
    }
    return indices;
  }
};

/// A line that believes every reading.
Correction least_squares(std::span<const double> predicted, std::span<const double> measured) {
  const double x_mean = stats::mean(predicted);
  const double y_mean = stats::mean(measured);
  double products = 0;
  double squares = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    products += (predicted[i] - x_mean) * (measured[i] - y_mean);
    squares += (predicted[i] - x_mean) * (predicted[i] - x_mean);
  }
  return {
      .centre = x_mean, .shift = y_mean - x_mean, .slope = squares > 0 ? products / squares : 1};
}

Correction median_ratio(std::span<const double> predicted, std::span<const double> measured) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < predicted.size(); ++i)
    differences.push_back(measured[i] - predicted[i]);
  return {.shift = stats::median(differences)};
}

double median_error(const Correction& correction, std::span<const double> predicted,
                    std::span<const double> measured) {
  std::vector<double> errors;
  for (std::size_t i = 0; i < predicted.size(); ++i)
    errors.push_back(std::abs(std::expm1(correction(predicted[i]) - measured[i])));
  return stats::median(errors);
}

TransferError summary(std::span<const double> errors) {
  return {.median = stats::median(errors), .tenth = stats::quantile(errors, 0.9)};
}

TransferScore score(const Device& device, std::size_t size, CellChoice choice,
                    const TransferStudyOptions& options) {
  const std::size_t draws = choice == CellChoice::recommended ? 1 : options.draws;
  std::vector<double> errors;
  std::vector<double> ratio_errors;
  std::vector<double> line_errors;
  std::vector<double> taus;
  for (std::size_t draw = 0; draw < draws; ++draw) {
    Rng rng = Rng::stream(options.seed, draw);
    const std::vector<std::size_t> chosen = device.choose(choice, size, rng);
    const std::vector<std::size_t> others = device.others(chosen);
    if (others.empty()) continue;
    const std::vector<double> predicted = picked(device.predicted, chosen);
    const std::vector<double> measured = picked(device.measured, chosen);
    const std::vector<double> unseen_predicted = picked(device.predicted, others);
    const std::vector<double> unseen = picked(device.measured, others);
    const auto error = [&](const Correction& correction) {
      return median_error(correction, unseen_predicted, unseen);
    };
    errors.push_back(error(fit_correction(predicted, measured).correction));
    ratio_errors.push_back(error(median_ratio(predicted, measured)));
    line_errors.push_back(error(least_squares(predicted, measured)));
    if (const auto tau = stats::kendall_tau_b(unseen_predicted, unseen)) taus.push_back(*tau);
  }
  if (errors.empty()) {
    fail(ErrorCode::invalid_data, "transfer study: no reading is left to judge {} cells by", size);
  }
  TransferScore result{.cells = size,
                       .choice = choice,
                       .draws = errors.size(),
                       .correction = summary(errors),
                       .ratio = summary(ratio_errors),
                       .least_squares = summary(line_errors)};
  if (!taus.empty()) result.kendall_tau = stats::mean(taus);
  return result;
}

}  // namespace

std::string_view name(CellChoice choice) {
  switch (choice) {
    case CellChoice::recommended:
      return "recommended";
    case CellChoice::stratified:
      return "stratified";
    case CellChoice::random:
      return "random";
  }
  return {};
}

TransferStudy study_transfer(std::span<const double> predicted_log,
                             std::span<const double> measured_log,
                             const TransferStudyOptions& options) {
  const auto too_small = [](std::size_t size) { return size < table::kFewestMeasured; };
  if (options.draws == 0 || std::ranges::any_of(options.sizes, too_small)) {
    fail(ErrorCode::invalid_argument,
         "transfer study: sizes must be {} at least and draws 1 at least", table::kFewestMeasured);
  }
  const FittedCorrection all = fit_correction(predicted_log, measured_log);
  Device device{.predicted = predicted_log, .measured = measured_log};
  device.order.resize(predicted_log.size());
  std::iota(device.order.begin(), device.order.end(), 0U);
  std::ranges::stable_sort(device.order, {}, [&](std::size_t i) { return predicted_log[i]; });
  TransferStudy study{.readings = predicted_log.size()};
  for (std::size_t i = 0; i < predicted_log.size(); ++i) {
    device.judged.push_back(all.trusts(i));
    if (!all.trusts(i)) study.distrusted.push_back(i);
  }
  for (const std::size_t size : options.sizes) {
    if (size >= predicted_log.size()) continue;
    for (const CellChoice choice : kChoices)
      study.scores.push_back(score(device, size, choice, options));
  }
  return study;
}

}  // namespace ecnas::surrogate
