#include "search/published_semoa.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/archive.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/space/cell.hpp"

namespace ecnas::search {
namespace {

using moo::Point2;

constexpr std::size_t kPopulation = 10;
constexpr double kEtaPlus = 1.9;
constexpr double kEtaMinus = 0.1;
constexpr double kEdgeChanges = 2.0;
constexpr double kOperationChanges = 0.5;

// The published objectives are energy in kWh and −100 · accuracy with reference (10^6, 100). Ours
// is the error, so 100 · error with reference 200 is the same picture shifted.
constexpr double kErrorScale = 100.0;
constexpr Point2 kReference{1e6, 200.0};
constexpr Point2 kInvalid{0.0, kErrorScale};  // "energy 0, accuracy 0"

struct Individual {
  space::Specification edges;  // the raw coins; `edge_limit` drops the surplus
  unsigned edge_limit;
  Point2 fitness{};
};

/// The first `limit` edges in row order.
space::Specification without_surplus_edges(space::Specification specification, unsigned limit) {
  const unsigned vertices = specification.vertices;
  space::Specification kept = specification;
  kept.adjacency = 0;
  for (unsigned source = 0; source < vertices; ++source) {
    for (unsigned target = source + 1; target < vertices && kept.edges() < limit; ++target) {
      if (specification.has_edge(source, target)) kept.flip_edge(source, target);
    }
  }
  return kept;
}

space::Operation random_operation(Rng& rng) {
  return static_cast<space::Operation>(rng.below(space::kOperationCount));
}

Individual random_individual(unsigned max_vertices, Rng& rng) {
  Individual individual{};
  individual.edges.vertices = static_cast<std::uint8_t>(2 + rng.below(max_vertices - 1));
  individual.edge_limit =
      static_cast<unsigned>(1 + rng.below(max_vertices * (max_vertices - 1) / 2));
  for (unsigned target = 1; target < individual.edges.vertices; ++target) {
    for (unsigned source = 0; source < target; ++source) {
      if (rng.chance(0.5)) individual.edges.flip_edge(source, target);
    }
  }
  for (unsigned vertex = 1; vertex + 1 < individual.edges.vertices; ++vertex) {
    individual.edges.set_operation(vertex, random_operation(rng));
  }
  return individual;
}

Individual perturbed(const Individual& parent, Rng& rng) {
  Individual child = parent;
  const unsigned vertices = child.edges.vertices;
  const double edge_probability = kEdgeChanges / (vertices * (vertices - 1) / 2.0);
  for (unsigned source = 0; source < vertices; ++source) {
    for (unsigned target = source + 1; target < vertices; ++target) {
      if (rng.chance(edge_probability)) child.edges.flip_edge(source, target);
    }
  }
  // Published fault: operations are counted from 0 but the loop begins at 1, so the first interior
  // vertex keeps its operation for ever.
  for (unsigned vertex = 2; vertex + 1 < vertices; ++vertex) {
    if (!rng.chance(kOperationChanges / (vertices - 2))) continue;
    const space::Operation current = child.edges.operation(vertex);
    space::Operation drawn = random_operation(rng);
    while (drawn == current)
      drawn = random_operation(rng);
    child.edges.set_operation(vertex, drawn);
  }
  return child;
}

/// Non-dominated points in order of x, with the published ranking key.
class PublishedFront {
 public:
  void add(const std::vector<Point2>& points) {
    for (const Point2& point : points)
      archive_.insert(moo::Objectives{point.x, point.y}, 0);
    front_.clear();
    for (const auto& solution : archive_) {
      front_.push_back({solution.objectives[0], solution.objectives[1]});
    }
    volume_ = moo::hypervolume_2d(front_, kReference);
  }

  /// Contribution of a member, improvement by a point outside, or minus the distance to the
  /// attained region for a dominated point.
  [[nodiscard]] double key(Point2 point) const {
    std::vector<Point2> points = front_;
    const auto member = std::ranges::find(points, point);
    if (member != points.end()) {
      points.erase(member);
      return volume_ - moo::hypervolume_2d(points, kReference);
    }
    points.push_back(point);
    const double improvement = moo::hypervolume_2d(points, kReference) - volume_;
    return improvement > 0 ? improvement : -distance(point);
  }

 private:
  /// Distance of a dominated point to the stepped boundary of what the front dominates.
  [[nodiscard]] double distance(Point2 point) const {
    double least = std::numeric_limits<double>::infinity();
    double upper = kReference.y;  // the boundary left of a member runs at its left neighbour's y
    for (const Point2& member : front_) {
      const double right = std::max(0.0, point.x - member.x);
      const double up = std::max(0.0, point.y - upper);
      least = std::min(least, std::hypot(right, up));
      upper = member.y;
    }
    return std::min(least, std::max(0.0, point.y - upper));
  }

  moo::Archive<int> archive_;
  std::vector<Point2> front_;
  double volume_ = 0;
};

class PublishedSemoa {
 public:
  PublishedSemoa(const Problem& problem, Evaluator& evaluator, Rng& rng)
      : problem_(problem), evaluator_(evaluator), rng_(rng) {
    for (std::size_t i = 0; i < kPopulation; ++i) {
      population_.push_back(random_individual(problem.max_vertices(), rng));
    }
  }

  void run() {
    for (std::size_t step = 0; !evaluator_.stop_reason(); ++step) {
      budget_ = static_cast<std::uint32_t>(step % problem_.budgets().size());
      if (!evaluate(population_)) return;
      sort_by_key();
      std::vector<Individual> offspring = make_offspring();
      if (!evaluate(offspring)) return;
      population_.insert(population_.end(), offspring.begin(), offspring.end());
      keep_distinct_valid();
    }
  }

 private:
  /// @return false when the trial ended meanwhile.
  bool evaluate(std::vector<Individual>& individuals) {
    for (Individual& individual : individuals) {
      if (evaluator_.stop_reason()) return false;
      const auto cell =
          space::Cell::from(without_surplus_edges(individual.edges, individual.edge_limit));
      std::optional<Candidate> candidate;
      if (cell) {
        if (const auto row = problem_.table().find(*cell)) candidate = Candidate{*row, budget_};
      }
      const auto measurement = evaluator_.request(candidate);
      individual.fitness = kInvalid;
      if (measurement) {
        const moo::Objectives objectives = evaluator_.told(*measurement);
        individual.fitness = {objectives[0], kErrorScale * objectives[1]};
      }
    }
    return true;
  }

  void sort_by_key() {
    std::vector<std::pair<double, Individual>> keyed;
    for (const Individual& individual : population_) {
      keyed.emplace_back(front_.key(individual.fitness), individual);
    }
    std::ranges::stable_sort(keyed, std::greater<>{}, [](const auto& pair) { return pair.first; });
    std::ranges::transform(keyed, population_.begin(), [](auto& pair) { return pair.second; });
  }

  /// Linear ranking over the whole population, best first.
  std::vector<Individual> make_offspring() {
    const std::size_t count = population_.size();
    std::vector<Individual> offspring;
    for (std::size_t i = 0; i < kPopulation; ++i) {
      std::size_t parent = 0;
      double left = rng_.uniform();
      for (; parent + 1 < count; ++parent) {
        const double rank = static_cast<double>(parent) / static_cast<double>(count - 1);
        left -= (kEtaPlus - (kEtaPlus - kEtaMinus) * rank) / static_cast<double>(count);
        if (left < 0) break;
      }
      offspring.push_back(perturbed(population_[parent], rng_));
    }
    return offspring;
  }

  void keep_distinct_valid() {
    std::vector<Individual> survivors;
    std::vector<Point2> points;
    for (const Individual& individual : population_) {
      if (individual.fitness == kInvalid) continue;
      if (std::ranges::find(points, individual.fitness) != points.end()) continue;
      survivors.push_back(individual);
      points.push_back(individual.fitness);
    }
    front_.add(points);
    // All invalid: the published code would divide by zero here; we begin anew.
    while (survivors.empty()) {
      survivors.push_back(random_individual(problem_.max_vertices(), rng_));
    }
    population_ = std::move(survivors);
  }

  const Problem& problem_;
  Evaluator& evaluator_;
  Rng& rng_;
  std::uint32_t budget_ = 0;
  std::vector<Individual> population_;
  PublishedFront front_;
};

}  // namespace

void run_published_semoa(const Problem& problem, Evaluator& evaluator, Rng& rng) {
  if (problem.objectives().size() != 2) {
    fail(ErrorCode::invalid_argument,
         "semoa-published: {} objectives; the published code knows two, energy and accuracy",
         problem.objectives().size());
  }
  PublishedSemoa(problem, evaluator, rng).run();
}

}  // namespace ecnas::search
