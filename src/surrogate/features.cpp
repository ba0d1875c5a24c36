#include "ecnas/surrogate/features.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/space/canonical.hpp"
#include "surrogate/features_graph.hpp"
#include "surrogate/features_physical.hpp"
#include "surrogate/features_sequences.hpp"
#include "surrogate/features_structural.hpp"

namespace ecnas::surrogate {
namespace {

/// A representative and where its features go.
struct Task {
  std::uint64_t order;  ///< by adjacency, then operations with vertex 1 most significant
  std::uint32_t row;
  space::Cell cell;
};

/// Cells of one graph get neighbours, and those whose first vertices agree among them.
std::uint64_t order_of(const space::Cell& cell) {
  const std::uint64_t operations = cell.specification().operations;
  std::uint64_t order = cell.specification().adjacency;
  for (unsigned v = 1; v <= space::kMaxInterior; ++v)
    order = order << 2 | (operations >> (2 * (v - 1)) & 3U);
  return order;
}

std::vector<Task> ordered_tasks(std::span<const space::Cell> cells) {
  ECNAS_ASSERT(cells.size() <= std::numeric_limits<std::uint32_t>::max());
  std::vector<Task> tasks;
  tasks.reserve(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const space::Cell representative = space::canonical(cells[i]);
    tasks.push_back({order_of(representative), static_cast<std::uint32_t>(i), representative});
  }
  if (!std::ranges::is_sorted(tasks, {}, &Task::order)) std::ranges::sort(tasks, {}, &Task::order);
  return tasks;
}

}  // namespace

std::string_view name(FeatureGroup group) {
  switch (group) {
    case FeatureGroup::physical:
      return "physical";
    case FeatureGroup::structural:
      return "structural";
    case FeatureGroup::operation_pairs:
      return "operation_pairs";
    case FeatureGroup::paths:
      return "paths";
  }
  ECNAS_ASSERT(!"a group that is none");
  return {};
}

struct FeatureExtractor::Impl {
  Impl(FeatureGroups chosen, const space::Skeleton& around) : groups(chosen), skeleton(around) {
    if (groups.contains(FeatureGroup::physical)) physical.emplace(skeleton, list);
    if (groups.contains(FeatureGroup::structural)) structural.emplace(skeleton, list);
    summed_columns = list.size();
    if (groups.contains(FeatureGroup::operation_pairs)) pairs.emplace(list);
    if (groups.contains(FeatureGroup::paths)) paths.emplace(list);
  }

  class Writer;

  FeatureGroups groups;
  space::Skeleton skeleton;
  FeatureList list;
  std::optional<PhysicalFeatures> physical;
  std::optional<StructuralFeatures> structural;
  std::size_t summed_columns = 0;
  std::optional<PairFeatures> pairs;
  std::optional<PathFeatures> paths;
};

/// Writes the features of one representative after the other. Keeps what the next one shares with
/// the last: everything of the graph, and the sums over the first vertices.
class FeatureExtractor::Impl::Writer {
 public:
  explicit Writer(const Impl& impl)
      : impl_(impl),
        sums_(impl.summed_columns),
        partial_sums_((space::kMaxInterior + 1) * impl.summed_columns) {}

  void write(const space::Cell& cell, std::span<float> features) {
    const CellOperations operations(cell);
    if (!graph_ || graph_->cell().specification().adjacency != cell.specification().adjacency) {
      take_graph(cell);
      add_up(operations, 1);
    } else {
      unsigned first = 1;  // vertex whose operation is another
      while (first < graph_->output() && operations.of[first] == last_operations_[first])
        ++first;
      add_up(operations, first);
    }
    last_operations_ = operations.of;

    const std::span<const double> sums = partial_sums(graph_->interior());
    std::ranges::transform(sums, features.begin(), [](double s) { return static_cast<float>(s); });
    if (impl_.physical) impl_.physical->finish(sums, features);
    if (impl_.structural) impl_.structural->finish(*extremes_, operations, features);
    if (impl_.pairs) impl_.pairs->write(*pair_plan_, operations, features);
    if (impl_.paths) impl_.paths->write(graph_->paths(), operations, features);
  }

 private:
  void take_graph(const space::Cell& cell) {
    graph_.emplace(cell);
    sums_.clear();
    if (impl_.physical) impl_.physical->add_sums(*graph_, sums_);
    if (impl_.structural) {
      impl_.structural->add_sums(*graph_, sums_);
      extremes_.emplace(*graph_);
    }
    if (impl_.pairs) pair_plan_.emplace(*graph_);
    std::ranges::copy(sums_.graph(), partial_sums(0).begin());
  }

  /// Makes the partial sums from vertex `first` on those of these operations.
  void add_up(const CellOperations& operations, unsigned first) {
    for (unsigned v = first; v < graph_->output(); ++v) {
      std::ranges::transform(partial_sums(v - 1), sums_.vertex(v, operations.of[v]),
                             partial_sums(v).begin(), std::plus<>());
    }
  }

  /// Sums over the graph and the vertices 1 … `vertices`.
  [[nodiscard]] std::span<double> partial_sums(unsigned vertices) {
    return std::span(partial_sums_).subspan(vertices * impl_.summed_columns, impl_.summed_columns);
  }

  const Impl& impl_;
  SummedColumns sums_;
  std::vector<double> partial_sums_;
  std::optional<FeatureGraph> graph_;
  std::optional<StructuralExtremes> extremes_;
  std::optional<PairFeatures::Plan> pair_plan_;
  std::array<std::uint8_t, space::kMaxVertices> last_operations_{};
};

FeatureExtractor::FeatureExtractor(FeatureGroups groups, const space::Skeleton& skeleton) {
  space::validate(skeleton);
  impl_ = std::make_unique<Impl>(groups, skeleton);
}

FeatureExtractor::FeatureExtractor(FeatureExtractor&&) noexcept = default;
FeatureExtractor& FeatureExtractor::operator=(FeatureExtractor&&) noexcept = default;
FeatureExtractor::~FeatureExtractor() = default;

FeatureGroups FeatureExtractor::groups() const {
  return impl_->groups;
}

const space::Skeleton& FeatureExtractor::skeleton() const {
  return impl_->skeleton;
}

std::span<const FeatureInfo> FeatureExtractor::features() const {
  return impl_->list.features();
}

void FeatureExtractor::extract(const space::Cell& cell, std::span<float> features) const {
  extract(std::span(&cell, 1), features);
}

void FeatureExtractor::extract(std::span<const space::Cell> cells, std::span<float> features,
                               unsigned threads) const {
  if (features.size() != cells.size() * count()) {
    fail(ErrorCode::invalid_argument,
         "features: room for {} values; expected {} cells × {} features = {}", features.size(),
         cells.size(), count(), cells.size() * count());
  }
  const std::vector<Task> tasks = ordered_tasks(cells);
  constexpr std::size_t kTasksAtOnce = 4'096;
  parallel_for((tasks.size() + kTasksAtOnce - 1) / kTasksAtOnce, threads, [&](std::size_t part) {
    Impl::Writer writer(*impl_);
    const std::size_t end = std::min(tasks.size(), (part + 1) * kTasksAtOnce);
    for (std::size_t i = part * kTasksAtOnce; i < end; ++i)
      writer.write(tasks[i].cell, features.subspan(tasks[i].row * count(), count()));
  });
}

}  // namespace ecnas::surrogate
