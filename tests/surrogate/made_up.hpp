#pragma once
/// Cells, values and damaged files that the tests of surrogates share, all made up.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <ranges>
#include <span>
#include <string>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/skeleton.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/surrogate/observations.hpp"
#include "ecnas/surrogate/surrogate.hpp"
#include "ecnas/table/safetensors.hpp"
#include "oracles/space_graph.hpp"

namespace ecnas::testing {

/// Whether two arrays of numbers are the same, byte by byte.
template <std::ranges::contiguous_range A, std::ranges::contiguous_range B>
bool same_bits(const A& a, const B& b) {
  const auto bytes_a = std::as_bytes(std::span(a));
  const auto bytes_b = std::as_bytes(std::span(b));
  return std::ranges::equal(bytes_a, bytes_b);
}

inline bool same_bits(const std::vector<surrogate::Prediction>& a,
                      const std::vector<surrogate::Prediction>& b) {
  const auto numbers = [](const surrogate::Prediction& p) {
    return std::array{p.value, p.lower90, p.upper90};  // the whole struct has padding
  };
  return std::ranges::equal(a, b, [&](const auto& one, const auto& other) {
    return same_bits(numbers(one), numbers(other)) && one.out_of_range == other.out_of_range;
  });
}

/// Different cells of at most `max_vertices` vertices, in random order.
inline std::vector<space::Cell> some_cells(std::size_t count, std::uint64_t seed,
                                           unsigned max_vertices = space::kMaxVertices) {
  const space::Space& space = space::Space::shared(max_vertices);
  std::vector<space::Rank> ranks(space.size());
  std::iota(ranks.begin(), ranks.end(), space::Rank{0});
  Rng rng(seed);
  std::vector<space::Cell> cells;
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(ranks[i], ranks[i + rng.below(ranks.size() - i)]);
    cells.push_back(space.cell(ranks[i]));
  }
  return cells;
}

/// A random labelling of each.
inline std::vector<space::Cell> relabelled(std::span<const space::Cell> cells, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<space::Cell> others;
  for (const space::Cell& cell : cells) {
    const std::vector<space::Cell> labellings = space::oracle::relabellings(cell);
    others.push_back(labellings[rng.below(labellings.size())]);
  }
  return others;
}

/// Normal numbers.
inline std::vector<float> normal_floats(std::size_t count, double deviation, Rng& rng) {
  std::vector<float> values(count);
  for (float& value : values)
    value = static_cast<float>(deviation * rng.normal());
  return values;
}

/// A smooth function of cells, about 0 with a deviation about 1: larger networks have more of it.
inline double size_of_network(const space::Cell& cell) {
  const auto logarithm = [](std::int64_t value) { return std::log(static_cast<double>(value)); };
  return 0.6 * (logarithm(space::trainable_parameters(cell)) - 15.5) +
         0.6 * (logarithm(space::flops(cell)) - 21.5);
}

/// Observations of every cell at every budget: value(cell, epochs).
template <typename Value>
surrogate::Observations made_up_observations(surrogate::Target target,
                                             std::vector<space::Cell> cells,
                                             std::vector<std::int32_t> epochs, const Value& value) {
  surrogate::Observations observations{.target = target, .source = "made-up"};
  if (target == surrogate::Target::energy_kwh) observations.pue = 1.0;
  observations.cells = std::move(cells);
  observations.epochs = std::move(epochs);
  for (const space::Cell& cell : observations.cells) {
    for (const std::int32_t budget : observations.epochs)
      observations.values.push_back(value(cell, budget));
  }
  observations.repeats.assign(observations.values.size(), 1);
  return observations;
}

/// Energies of 4 epochs that follow the network's size, with log-normal noise.
inline surrogate::Observations made_up_energies(std::vector<space::Cell> cells, double noise,
                                                std::uint64_t seed) {
  Rng rng(seed);
  return made_up_observations(surrogate::Target::energy_kwh, std::move(cells), {4},
                              [&](const space::Cell& cell, std::int32_t) {
                                const double chance = noise * rng.normal();
                                return 0.008 * std::exp(0.4 * size_of_network(cell) + chance);
                              });
}

/// A regressor whose scores a function of the cell and the output gives.
template <typename Function>
class MadeUpRegressor final : public surrogate::Regressor {
 public:
  MadeUpRegressor(std::size_t outputs, Function function)
      : outputs_(outputs), function_(std::move(function)) {}

  surrogate::Family family() const override { return surrogate::Family::ridge; }
  std::size_t outputs() const override { return outputs_; }
  void predict(std::span<const space::Cell> cells, std::span<float> out,
               unsigned /*threads*/) const override {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<float>(function_(cells[i / outputs_], i % outputs_));
  }
  void save(surrogate::ModelTensors& /*tensors*/, const std::string& /*prefix*/) const override {}

 private:
  std::size_t outputs_;
  Function function_;
};

template <typename Function>
surrogate::Member made_up_member(std::size_t outputs, Function function, double weight = 1) {
  return {std::make_shared<MadeUpRegressor<Function>>(outputs, std::move(function)), weight};
}

/// A safetensors file taken apart, to be changed and put together again.
struct LooseFile {
  struct Loose {
    table::Dtype dtype;
    std::vector<std::size_t> shape;
    std::vector<std::byte> bytes;
  };
  std::map<std::string, std::string> metadata;
  std::map<std::string, Loose> tensors;

  explicit LooseFile(std::span<const std::byte> bytes) {
    const table::Safetensors file = table::parse_safetensors(bytes, "loose");
    metadata.insert(file.metadata.begin(), file.metadata.end());
    for (const auto& [name, tensor] : file.tensors)
      tensors[name] = {tensor.dtype, tensor.shape, {tensor.bytes.begin(), tensor.bytes.end()}};
  }

  template <typename T>
  void put(const std::string& name, table::Dtype dtype, std::vector<std::size_t> shape,
           const std::vector<T>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    tensors[name] = {dtype, std::move(shape), {bytes.begin(), bytes.end()}};
  }

  template <typename T>
  void set(const std::string& name, std::size_t index, T value) {
    std::memcpy(tensors.at(name).bytes.data() + index * sizeof(T), &value, sizeof(T));
  }

  /// One element less along the first axis.
  void shorten(const std::string& name) {
    Loose& tensor = tensors.at(name);
    tensor.bytes.resize(tensor.bytes.size() / tensor.shape.front() * (tensor.shape.front() - 1));
    --tensor.shape.front();
  }

  [[nodiscard]] std::vector<std::byte> bytes() const {
    std::vector<table::TensorData> list;
    for (const auto& [name, tensor] : tensors)
      list.push_back({name, tensor.dtype, tensor.shape, tensor.bytes});
    return table::write_safetensors(list, metadata);
  }
};

}  // namespace ecnas::testing
