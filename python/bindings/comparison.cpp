#include "ecnas/search/comparison.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <limits>

#include "ecnas/search/judge.hpp"
#include "ecnas/search/study.hpp"
#include "searches.hpp"

namespace ecnas::python {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

nb::dict summary_dict(const search::Summary& summary) {
  nb::dict result;
  result["mean"] = summary.mean;
  result["deviation"] = summary.deviation;
  result["interval"] =
      summary.interval
          ? nb::object(nb::make_tuple(summary.interval->first, summary.interval->second))
          : nb::none();
  std::vector<double> trials;
  for (const auto& value : summary.trials)
    trials.push_back(value.value_or(kNan));
  result["trials"] = to_numpy(std::move(trials));
  return result;
}

nb::dict curve_dict(const search::AnytimeCurve& curve) {
  std::vector<double> spent;
  std::vector<double> values;
  for (const search::CurvePoint& point : curve.points) {
    spent.push_back(point.spent);
    for (const double value : {point.values.least, point.values.lower_quartile, point.values.median,
                               point.values.upper_quartile, point.values.greatest})
      values.push_back(value);
  }
  nb::dict result;
  result["indicator"] = std::string(search::info(curve.indicator).name);
  result["resource"] = std::string(search::info(curve.resource).name);
  const std::size_t count = spent.size();
  result["spent"] = to_numpy(std::move(spent));
  result["values"] = to_numpy(std::move(values), {count, 5});
  result["area"] = summary_dict(curve.area);
  return result;
}

nb::dict contender_dict(const search::Contender& contender, const search::ContenderResult& result,
                        std::size_t objectives) {
  nb::dict indicators;
  for (const search::IndicatorInfo& info : search::indicators()) {
    indicators[std::string(info.name).c_str()] =
        summary_dict(result.indicators[static_cast<std::size_t>(info.indicator)]);
  }
  nb::list fronts;
  for (const auto& front : result.fronts)
    fronts.append(to_numpy(front, objectives));
  nb::list curves;
  for (const search::AnytimeCurve& curve : result.curves)
    curves.append(curve_dict(curve));
  nb::dict entry;
  entry["name"] = contender.name;
  entry["indicators"] = indicators;
  entry["fronts"] = fronts;
  entry["curves"] = curves;
  entry["coverage"] = result.coverage;
  entry["mean_cost"] = cost_dict(result.mean_cost);
  entry["mean_evaluations"] = result.mean_evaluations;
  return entry;
}

nb::dict test_dict(const search::Comparison& comparison, const search::PairTest& test) {
  nb::dict result;
  result["first"] = comparison.contenders[test.first].name;
  result["second"] = comparison.contenders[test.second].name;
  result["mean_difference"] = test.mean_difference;
  result["wilcoxon_p"] = test.wilcoxon_p;
  result["wilcoxon_adjusted"] = test.wilcoxon_adjusted;
  result["mann_whitney_p"] = test.mann_whitney_p;
  result["mann_whitney_adjusted"] = test.mann_whitney_adjusted;
  result["a12"] = test.a12;
  result["is_significant"] = test.is_significant;
  return result;
}

nb::dict comparison_dict(const search::Comparison& comparison) {
  nb::list contenders;
  for (std::size_t i = 0; i < comparison.contenders.size(); ++i) {
    contenders.append(contender_dict(comparison.contenders[i], comparison.results[i],
                                     comparison.reference_point.size()));
  }
  nb::list tests;
  for (const search::PairTest& test : comparison.tests)
    tests.append(test_dict(comparison, test));
  nb::list order;
  for (const std::size_t position : comparison.order)
    order.append(comparison.contenders[position].name);
  nb::dict result;
  result["contenders"] = contenders;
  result["tests"] = tests;
  result["order"] = order;
  result["trials"] = comparison.trials;
  result["reference_point"] = to_numpy(to_vector(comparison.reference_point));
  result["exact_hypervolume"] = comparison.exact_hypervolume;
  result["exact_points"] = comparison.exact_points;
  result["verdict"] = comparison.verdict;
  return result;
}

nb::dict run_comparison(const ProblemHandle& self, const std::vector<std::string>& names,
                        const std::vector<std::string>& algorithm_names,
                        const std::vector<Options>& options, std::optional<std::size_t> evaluations,
                        std::optional<double> energy_kwh, std::optional<double> co2eq_g,
                        std::optional<double> training_time_s, std::size_t trials,
                        std::uint64_t seed, unsigned threads, bool noisy, const ModelHandle* prior,
                        bool curves) {
  search::StudyOptions study;
  study.common =
      common_options(*self.table.table, {evaluations, energy_kwh, co2eq_g, training_time_s}, trials,
                     seed, threads, noisy, prior);
  for (std::size_t i = 0; i < names.size(); ++i) {
    study.contenders.push_back(
        {names[i], search::parse_algorithm(algorithm_names.at(i)), option_values(options.at(i))});
  }
  search::ComparisonOptions comparing;
  comparing.threads = threads;
  comparing.seed = seed;
  if (!curves) comparing.curve_indicators = {search::Indicator::hypervolume_share};
  const search::Comparison comparison = interruptible([&](const std::stop_token& stop) {
    const search::Study finished = search::run_study(*self.problem, study, nullptr, {}, stop);
    return search::compare(*self.problem, finished, comparing);
  });
  return comparison_dict(comparison);
}

}  // namespace

void bind_comparison(nb::module_& module) {
  module.def("run_comparison", run_comparison, nb::arg("problem"), nb::arg("names"),
             nb::arg("algorithms"), nb::arg("options"), nb::arg("evaluations").none(),
             nb::arg("energy_kwh").none(), nb::arg("co2eq_g").none(),
             nb::arg("training_time_s").none(), nb::arg("trials"), nb::arg("seed"),
             nb::arg("threads"), nb::arg("noisy"), nb::arg("prior").none(), nb::arg("curves"));
}

}  // namespace ecnas::python
