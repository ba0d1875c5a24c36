#include "ecnas/space/space.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "ecnas/core/error.hpp"
#include "ecnas/core/lazy.hpp"
#include "ecnas/core/text.hpp"
#include "space/cost.hpp"
#include "space/hash_index.hpp"
#include "space/shapes.hpp"

namespace ecnas::space {
namespace {

constexpr Rank kOutside = std::numeric_limits<Rank>::max();

void validate(const SpaceLimits& limits) {
  if (limits.max_vertices < 2 || limits.max_vertices > kMaxVertices) {
    fail(ErrorCode::invalid_argument, "space: max_vertices is {}; expected 2 to {}",
         limits.max_vertices, kMaxVertices);
  }
  if (limits.max_edges < 1 || limits.max_edges > kMaxEdges) {
    fail(ErrorCode::invalid_argument, "space: max_edges is {}; expected 1 to {}", limits.max_edges,
         kMaxEdges);
  }
}

}  // namespace

struct Space::Impl {
  explicit Impl(SpaceLimits given) : limits(given) {
    validate(limits);
    const std::span<const Shape> shapes = table.shapes();
    first_rank.assign(shapes.size(), kOutside);
    std::size_t size = 0;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      if (shapes[i].vertices > limits.max_vertices || shapes[i].edges > limits.max_edges) continue;
      first_rank[i] = static_cast<Rank>(size);
      size += shapes[i].cells;
    }
    cells.reserve(size);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      if (first_rank[i] != kOutside) append_cells(shapes[i]);
    }
  }

  void append_cells(const Shape& shape) {
    const unsigned interior = shape.vertices - 2U;
    for (const LabelCode code : table.representative_codes(shape)) {
      cells.push_back(CellFactory::make({.vertices = shape.vertices,
                                         .adjacency = shape.adjacency,
                                         .operations = operations_of_code(code, interior)}));
    }
  }

  [[nodiscard]] std::vector<std::int64_t> counts(const Skeleton& skeleton, Count count) const {
    space::validate(skeleton);
    std::vector<std::int64_t> result(cells.size());
    for (std::size_t i = 0; i < first_rank.size(); ++i) {
      if (first_rank[i] == kOutside) continue;
      const GraphCost cost = graph_cost(cells[first_rank[i]], skeleton, count);
      const std::size_t end = first_rank[i] + table.shapes()[i].cells;
      for (std::size_t rank = first_rank[i]; rank < end; ++rank)
        result[rank] = cost.of(cells[rank]);
    }
    return result;
  }

  std::span<const Hash> all_hashes(unsigned threads = 1) {
    return hashes.get([&] {
      std::vector<Hash> made(cells.size());
      hash_cells(cells, made, threads);
      return made;
    });
  }

  const HashIndex& hash_index() {
    return index.get([this] { return HashIndex(all_hashes()); });
  }

  SpaceLimits limits;
  const ShapeTable& table = ShapeTable::get();
  std::vector<Rank> first_rank;  // by shape; kOutside beyond the limits
  std::vector<Cell> cells;
  Lazy<std::vector<Hash>> hashes;
  Lazy<HashIndex> index;
};

Space::Space(SpaceLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
Space::Space(Space&&) noexcept = default;
Space& Space::operator=(Space&&) noexcept = default;
Space::~Space() = default;

const Space& Space::shared(unsigned max_vertices) {
  validate(SpaceLimits{.max_vertices = max_vertices});
  static std::array<Lazy<Space>, kMaxVertices + 1> spaces;
  return spaces[max_vertices].get([&] { return Space({.max_vertices = max_vertices}); });
}

SpaceLimits Space::limits() const {
  return impl_->limits;
}

std::span<const Cell> Space::cells() const {
  return impl_->cells;
}

std::optional<Rank> Space::rank(const Cell& cell) const {
  const Position position = impl_->table.locate(cell);
  const Rank first = impl_->first_rank[position.shape];
  if (first == kOutside) return std::nullopt;
  return first + position.cell;
}

std::span<const Hash> Space::hashes(unsigned threads) const {
  return impl_->all_hashes(threads);
}

std::optional<Rank> Space::rank(const Hash& hash) const {
  return impl_->hash_index().find(hash);
}

std::vector<Rank> Space::ranks_by_prefix(std::string_view digits) const {
  constexpr std::size_t kDigits = 32;
  const auto filled = [&](char digit) {
    std::string text(digits.substr(0, kDigits));
    text.resize(kDigits, digit);
    return parse_hash(text);
  };
  const std::optional<Hash> first = filled('0');
  if (digits.empty() || digits.size() > kDigits || !first) {
    fail(ErrorCode::invalid_argument,
         "hash prefix {}: expected 1 to 32 hexadecimal digits; see `ecnas space list`",
         quoted(digits));
  }
  return impl_->hash_index().between(*first, *filled('f'));
}

std::vector<std::int64_t> Space::trainable_parameters(const Skeleton& skeleton) const {
  return impl_->counts(skeleton, Count::trainable_parameters);
}

std::vector<std::int64_t> Space::flops(const Skeleton& skeleton) const {
  return impl_->counts(skeleton, Count::flops);
}

}  // namespace ecnas::space
