#include "ecnas/space/hash.hpp"

#include <algorithm>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "space/hash_dispatch.hpp"
#include "space/shapes.hpp"

namespace ecnas::space {
namespace {

const HashKernel& kernel() {
  static const HashKernel fastest = usable_hash_kernels().back();
  return fastest;
}

HashGraph hash_graph(std::uint32_t adjacency, unsigned vertices) {
  HashGraph graph;
  graph.vertices = vertices;
  for (unsigned target = 1; target < vertices; ++target) {
    for (unsigned source = 0; source < target; ++source) {
      if ((adjacency >> Specification::edge_bit(source, target) & 1) == 0) continue;
      graph.in[target][graph.in_count[target]++] = static_cast<std::uint8_t>(source);
      graph.out[source][graph.out_count[source]++] = static_cast<std::uint8_t>(target);
    }
  }
  return graph;
}

/// MD5 words are little-endian; every `stride`-th belongs to this digest.
Hash hash_from_words(const std::uint32_t* words, std::size_t stride) {
  Hash hash;
  for (std::size_t i = 0; i < hash.bytes.size(); ++i)
    hash.bytes[i] = static_cast<std::uint8_t>(words[i / 4 * stride] >> (8 * (i % 4)));
  return hash;
}

unsigned operation_code(const Cell& cell, unsigned vertex) {
  return unsigned{cell.specification().operations} >> (2 * (vertex - 1)) & 3U;
}

/// Hashes at most `kHashGroup` cells of one labelled graph.
/// @param order  their places in `cells` and `hashes`
void hash_group(std::span<const Cell> cells, std::span<const std::uint32_t> order,
                std::span<Hash> hashes) {
  std::array<std::uint32_t, kMaxInterior * kHashGroup> operations{};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (unsigned v = 1; v <= kMaxInterior; ++v)
      operations[(v - 1) * kHashGroup + i] = operation_code(cells[order[i]], v);
  }
  const Specification& first = cells[order.front()].specification();
  std::array<std::uint32_t, 4 * kHashGroup> digests;
  kernel().hash_group(hash_graph(first.adjacency, first.vertices),
                      static_cast<unsigned>(order.size()), operations.data(), digests.data());
  for (std::size_t i = 0; i < order.size(); ++i)
    hashes[order[i]] = hash_from_words(digests.data() + i, kHashGroup);
}

char hexadecimal_digit(unsigned value) {
  return "0123456789abcdef"[value];
}

std::optional<unsigned> hexadecimal_value(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::vector<HashKernel> usable_hash_kernels() {
  std::vector<HashKernel> kernels{kHashKernelBaseline};
#ifdef ECNAS_X86_HASH_KERNELS
  if (__builtin_cpu_supports("avx2")) kernels.push_back(kHashKernelAvx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")) {
    kernels.push_back(kHashKernelAvx512);
  }
#endif
  return kernels;
}

std::string to_text(const Hash& hash) {
  std::string text;
  text.reserve(2 * hash.bytes.size());
  for (const std::uint8_t byte : hash.bytes) {
    text += hexadecimal_digit(byte >> 4);
    text += hexadecimal_digit(byte & 15);
  }
  return text;
}

std::optional<Hash> parse_hash(std::string_view text) {
  Hash hash;
  if (text.size() != 2 * hash.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
    const auto high = hexadecimal_value(text[2 * i]);
    const auto low = hexadecimal_value(text[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    hash.bytes[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return hash;
}

Hash hash_of(const Cell& cell) {
  const Specification& specification = cell.specification();
  const HashGraph graph = hash_graph(specification.adjacency, specification.vertices);
  std::array<std::uint32_t, kMaxInterior> operations;
  for (unsigned v = 1; v <= kMaxInterior; ++v)
    operations[v - 1] = operation_code(cell, v);
  std::array<std::uint32_t, 4> digest;
  kernel().hash_one(graph, operations.data(), digest.data());
  return hash_from_words(digest.data(), 1);
}

void hash_cells(std::span<const Cell> cells, std::span<Hash> hashes, unsigned threads) {
  ECNAS_ASSERT(hashes.size() >= cells.size());
  const auto adjacency = [&](std::uint32_t i) { return cells[i].specification().adjacency; };
  const auto by_graph = [&](std::uint32_t a, std::uint32_t b) {
    return adjacency(a) < adjacency(b);
  };
  std::vector<std::uint32_t> order(cells.size());
  std::iota(order.begin(), order.end(), 0U);
  if (!std::is_sorted(order.begin(), order.end(), by_graph)) {
    std::stable_sort(order.begin(), order.end(), by_graph);
  }
  std::vector<std::span<const std::uint32_t>> groups;
  for (auto first = order.begin(); first != order.end();) {
    auto last = std::upper_bound(first, order.end(), *first, by_graph);
    last = std::min(last, first + std::min<std::ptrdiff_t>(kHashGroup, order.end() - first));
    groups.emplace_back(first, last);
    first = last;
  }
  constexpr std::size_t kGroupsATask = 64;
  parallel_for((groups.size() + kGroupsATask - 1) / kGroupsATask, threads, [&](std::size_t task) {
    const std::size_t first = task * kGroupsATask;
    const std::size_t last = std::min(groups.size(), first + kGroupsATask);
    for (std::size_t group = first; group < last; ++group)
      hash_group(cells, groups[group], hashes);
  });
}

}  // namespace ecnas::space
