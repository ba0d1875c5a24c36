#include "ecnas/moo/indicators.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bindings.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/moo/front.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/search/problem.hpp"

namespace ecnas::python {
namespace {

/// @throws Error{invalid_argument}
void expect_alike(const PointArray& points, const PointArray& exact_points) {
  if (exact_points.shape(0) == 0) {
    fail(ErrorCode::invalid_argument, "exact_points: none; expected those of the exact front");
  }
  if (points.shape(0) > 0 && points.shape(1) != exact_points.shape(1)) {
    fail(ErrorCode::invalid_argument,
         "points of {} objectives beside exact ones of {}; expected as many", points.shape(1),
         exact_points.shape(1));
  }
}

double hypervolume(const PointArray& points, const std::vector<double>& reference_point) {
  const std::vector<moo::Objectives> front = to_points(points);
  const nb::gil_scoped_release released;
  return moo::hypervolume(front, to_objectives(reference_point));
}

nb::object contributions(const PointArray& points, const std::vector<double>& reference_point) {
  return to_numpy(
      moo::hypervolume_contributions(to_points(points), to_objectives(reference_point)));
}

double hypervolume_share(const PointArray& points, const PointArray& exact_points) {
  expect_alike(points, exact_points);
  return search::HypervolumeShare(to_points(exact_points))(to_points(points));
}

nb::object hypervolume_share_after_each(const PointArray& points, const PointArray& exact_points) {
  expect_alike(points, exact_points);
  return to_numpy(search::HypervolumeShare(to_points(exact_points)).after_each(to_points(points)));
}

/// With weights that cover all directions, as comparisons use them.
double r2(const PointArray& points, const std::vector<double>& ideal, std::size_t weights) {
  return moo::r2(to_points(points), moo::weights_for(ideal.size(), weights), to_objectives(ideal));
}

nb::object non_dominated(const PointArray& points) {
  const std::vector<moo::Objectives> front = to_points(points);
  std::vector<std::size_t> positions;
  {
    const nb::gil_scoped_release released;
    positions = moo::non_dominated(front);
  }
  return to_numpy(std::vector<std::int64_t>(positions.begin(), positions.end()));
}

std::optional<std::size_t> knee(const PointArray& points, const std::string& definition) {
  const auto parsed = moo::parse_knee_definition(definition);
  if (!parsed) {
    fail(ErrorCode::invalid_argument,
         "knee definition {}: unknown; choose from bend-angle, chord-distance, curvature, "
         "hypervolume, ideal-distance",
         ecnas::quoted(definition));
  }
  return moo::knee(to_points(points), *parsed);
}

nb::object attainment_surface(const std::vector<PointArray>& fronts, std::size_t level) {
  std::vector<std::vector<moo::Objectives>> points;
  for (const PointArray& front : fronts)
    points.push_back(to_points(front));
  return to_numpy(moo::attainment_surface(points, level), 2);
}

/// A function of two fronts.
template <auto kIndicator>
auto of_two(const PointArray& first, const PointArray& second) {
  const std::vector<moo::Objectives> front = to_points(first);
  const std::vector<moo::Objectives> other = to_points(second);
  const nb::gil_scoped_release released;
  return kIndicator(front, other);
}

}  // namespace

void bind_indicators(nb::module_& module) {
  const auto points = nb::arg("points");
  const auto reference_front = nb::arg("reference_front");
  module.def("hypervolume", hypervolume, points, nb::arg("reference_point"));
  module.def("hypervolume_contributions", contributions, points, nb::arg("reference_point"));
  module.def("hypervolume_share", hypervolume_share, points, nb::arg("exact_points"));
  module.def("hypervolume_share_after_each", hypervolume_share_after_each, points,
             nb::arg("exact_points"));
  module.def("igd_plus", of_two<moo::igd_plus>, points, reference_front);
  module.def("additive_epsilon", of_two<moo::additive_epsilon>, points, reference_front);
  module.def("multiplicative_epsilon", of_two<moo::multiplicative_epsilon>, points,
             reference_front);
  module.def("spread", of_two<moo::spread>, points, reference_front);
  module.def("coverage", of_two<moo::coverage>, nb::arg("first"), nb::arg("second"));
  module.def("points_found", of_two<moo::points_found>, points, nb::arg("exact_points"));
  module.def("r2", r2, points, nb::arg("ideal"), nb::arg("weights"));
  module.def("non_dominated", non_dominated, points);
  module.def("knee", knee, points, nb::arg("definition"));
  module.def("attainment_surface", attainment_surface, nb::arg("fronts"), nb::arg("level"));
}

}  // namespace ecnas::python
