#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ecnas/moo/algorithm.hpp"
#include "ecnas/search/algorithms.hpp"
#include "ecnas/search/prior.hpp"
#include "ecnas/search/search.hpp"
#include "search/cell_variation.hpp"
#include "search/search_space.hpp"

namespace ecnas::search {

/// All that an algorithm on the ask-and-tell interface is made with. It outlives the algorithm.
struct AlgorithmContext {
  const SearchSpace& space;
  CellVariation& variation;
  const StopRule& stop;
  const Prior& prior;
  std::span<const Constraint> constraints;
};

using AlgorithmPointer = std::unique_ptr<moo::Algorithm<Genotype>>;

/// One line of the register: what is said of an algorithm, and how it is made.
struct AlgorithmEntry {
  AlgorithmInfo info;
  /// @throws Error{invalid_argument} for values that it does not take
  std::function<void(const OptionValues&)> validate;
  std::function<AlgorithmPointer(const AlgorithmContext&, const OptionValues&)> make;
};

/// One field of an algorithm's options, under its name.
template <typename Options>
struct OptionField {
  template <typename Value>
  OptionField(std::string_view field_name, Value Options::*member, std::string_view described)
      : name(field_name),
        description(described),
        is_whole(std::is_integral_v<Value>),
        get([member](const Options& options) { return static_cast<double>(options.*member); }),
        set([member](Options& options, double value) {
          options.*member = static_cast<Value>(value);
        }) {}

  std::string_view name;
  std::string_view description;
  bool is_whole;
  std::function<double(const Options&)> get;
  std::function<void(Options&, double)> set;
};

template <typename Options>
using OptionFields = std::vector<OptionField<Options>>;

/// Options with their defaults but for the given values.
template <typename Options>
[[nodiscard]] Options options_from(const OptionFields<Options>& fields,
                                   const OptionValues& values) {
  Options options;
  for (const OptionField<Options>& field : fields) {
    const auto given = values.find(field.name);
    if (given != values.end()) field.set(options, given->second);
  }
  return options;
}

template <typename Options>
[[nodiscard]] std::vector<AlgorithmOption> describe(const OptionFields<Options>& fields) {
  const Options defaults;
  std::vector<AlgorithmOption> described;
  for (const OptionField<Options>& field : fields)
    described.push_back({field.name, field.description, field.get(defaults), field.is_whole});
  return described;
}

/// @param make  (context, options) → AlgorithmPointer
template <typename Options, typename Make>
[[nodiscard]] AlgorithmEntry entry(AlgorithmInfo info, OptionFields<Options> fields, Make make) {
  info.options = describe(fields);
  return {std::move(info),
          [fields](const OptionValues& values) { validate(options_from(fields, values)); },
          [fields, make](const AlgorithmContext& context, const OptionValues& values) {
            return AlgorithmPointer(make(context, options_from(fields, values)));
          }};
}

/// @pre not `semoa_published`, which has an interface of its own
[[nodiscard]] const AlgorithmEntry& entry_of(Algorithm algorithm);

}  // namespace ecnas::search
