#include "surrogate/features_sequences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace ecnas::surrogate {
namespace {

// What an edge leaves (the input or an operation) and what it reaches (an operation or the output).
constexpr std::size_t kSources = 1 + space::kOperationCount;
constexpr std::size_t kTargets = space::kOperationCount + 1;
constexpr std::size_t kEdges = kSources * kTargets;
constexpr std::size_t kWalks = kSources * space::kOperationCount * kTargets;

std::string_view source_name(std::size_t source) {
  return source == 0 ? "input" : space::short_name(kOperations[source - 1]);
}

std::string_view target_name(std::size_t target) {
  return target == space::kOperationCount ? "output" : space::short_name(kOperations[target]);
}

/// Number of sequences shorter than this: Σ 3^i.
constexpr std::array<std::size_t, space::kMaxInterior + 2> kShorterSequences{0,  1,   4,  13,
                                                                             40, 121, 364};

/// The sequence of `length` operations whose number to base 3 is `code`.
std::string sequence_text(std::size_t code, std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length; ++i, code /= space::kOperationCount)
    text =
        fmt::format("_{}{}", space::short_name(kOperations[code % space::kOperationCount]), text);
  return text;
}

}  // namespace

PairFeatures::PairFeatures(FeatureList& list) : first_edge_(list.size()) {
  const auto add = [&](std::string name, std::string description) {
    list.add(FeatureGroup::operation_pairs, std::move(name), "1", std::move(description));
  };
  for (std::size_t source = 0; source < kSources; ++source) {
    for (std::size_t target = 0; target < kTargets; ++target) {
      add(fmt::format("edges_{}_{}", source_name(source), target_name(target)),
          fmt::format("edges {} → {}", source_name(source), target_name(target)));
    }
  }
  first_walk_ = list.size();
  for (std::size_t source = 0; source < kSources; ++source) {
    for (const space::Operation middle : kOperations) {
      for (std::size_t target = 0; target < kTargets; ++target) {
        add(fmt::format("walks_{}_{}_{}", source_name(source), space::short_name(middle),
                        target_name(target)),
            fmt::format("walks {} → {} → {}", source_name(source), space::short_name(middle),
                        target_name(target)));
      }
    }
  }
}

PairFeatures::Plan::Plan(const FeatureGraph& graph) : output(graph.output()) {
  for (unsigned source = 0; source < graph.vertices(); ++source) {
    for (unsigned target = source + 1; target < graph.vertices(); ++target) {
      if (graph.cell().has_edge(source, target))
        edges.push_back({static_cast<std::uint8_t>(source), static_cast<std::uint8_t>(target)});
    }
  }
  for (const Edge& first : edges) {
    for (const Edge& second : edges) {
      if (first.target == second.source)
        walks.push_back({first.source, first.target, second.target});
    }
  }
}

void PairFeatures::write(const Plan& plan, const CellOperations& operations,
                         std::span<float> features) const {
  std::array<std::size_t, space::kMaxVertices> as_source{};
  std::array<std::size_t, space::kMaxVertices> as_target{};
  for (unsigned v = 1; v < plan.output; ++v) {
    as_source[v] = operations.of[v] + std::size_t{1};
    as_target[v] = operations.of[v];
  }
  as_target[plan.output] = space::kOperationCount;

  std::array<std::uint8_t, kEdges + kWalks> counts{};
  for (const auto& [source, target] : plan.edges)
    ++counts[as_source[source] * kTargets + as_target[target]];
  for (const auto& [source, middle, target] : plan.walks) {
    const std::size_t pair = as_source[source] * space::kOperationCount + as_target[middle];
    ++counts[kEdges + pair * kTargets + as_target[target]];
  }
  std::ranges::copy(counts, features.begin() + static_cast<std::ptrdiff_t>(first_edge_));
}

PathFeatures::PathFeatures(FeatureList& list) : first_(list.size()) {
  for (std::size_t length = 0; length <= space::kMaxInterior; ++length) {
    const std::size_t sequences = kShorterSequences[length + 1] - kShorterSequences[length];
    for (std::size_t code = 0; code < sequences; ++code) {
      const std::string text = length == 0 ? "_direct" : sequence_text(code, length);
      std::string arrows = "input";
      for (const char c : length == 0 ? std::string() : text)
        c == '_' ? void(arrows += " → ") : arrows.push_back(c);
      list.add(FeatureGroup::paths, "paths" + text, "1", "paths " + arrows + " → output");
    }
  }
}

void PathFeatures::write(std::span<const Path> paths, const CellOperations& operations,
                         std::span<float> features) const {
  const auto counts = features.subspan(first_, kShorterSequences.back());
  std::ranges::fill(counts, 0.0F);
  for (const Path& path : paths) {
    std::size_t code = 0;
    for (std::size_t i = 0; i < path.length; ++i)
      code = code * space::kOperationCount + operations.of[path.vertices[i]];
    counts[kShorterSequences[path.length] + code] += 1.0F;
  }
}

}  // namespace ecnas::surrogate
