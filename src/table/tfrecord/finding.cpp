#include "table/tfrecord/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ecnas/core/text.hpp"

namespace ecnas::table::tfrecord {
namespace {

constexpr std::size_t kExamples = 3;

struct KindText {
  std::string_view name;
  std::string_view description;  // of its records
};

constexpr std::array<KindText, kFindingKinds> kTexts = {{
    {"damaged", "records are damaged; left out"},
    {"no_cell", "records hold a graph that is no cell of the space; left out"},
    {"wrong_hash", "records have a hash that is not their graph's; left out"},
    {"wrong_parameters", "records count other parameters than their cell has; left out"},
    {"no_evaluation", "records hold no evaluation; left out"},
    {"evaluation_count", "records hold other than three evaluations"},
    {"other_epochs", "records end after other epochs than they say; kept at what they say"},
    {"odd_accuracy", "accuracies are not within [0, 1]; left out"},
    {"odd_quantity", "times, energies or emissions are negative or no finite number; left out"},
}};

}  // namespace

/// Keeps an example if it is among the first.
void Findings::Kind::keep(Example example) {
  const auto place = std::ranges::upper_bound(examples, example.record, {}, &Example::record);
  if (place == examples.end() && examples.size() == kExamples) return;
  examples.insert(place, std::move(example));
  if (examples.size() > kExamples) examples.pop_back();
}

void Findings::add(FindingKind kind, std::size_t record, std::string what) {
  Kind& found = kinds_[static_cast<std::size_t>(kind)];
  ++found.count;
  found.keep({record, std::move(what)});
}

void Findings::add(const Findings& later) {
  for (std::size_t kind = 0; kind < kFindingKinds; ++kind) {
    kinds_[kind].count += later.kinds_[kind].count;
    for (const Example& example : later.kinds_[kind].examples)
      kinds_[kind].keep(example);
  }
}

std::vector<ImportFinding> Findings::summary() const {
  std::vector<ImportFinding> summary;
  for (std::size_t kind = 0; kind < kFindingKinds; ++kind) {
    if (kinds_[kind].count == 0) continue;
    ImportFinding& finding =
        summary.emplace_back(ImportFinding{std::string(kTexts[kind].name),
                                           std::string(kTexts[kind].description),
                                           kinds_[kind].count,
                                           {}});
    for (const Example& example : kinds_[kind].examples) {
      finding.examples.push_back(
          fmt::format("record {}: {}", with_thousands(static_cast<std::int64_t>(example.record)),
                      example.what));
    }
  }
  return summary;
}

}  // namespace ecnas::table::tfrecord
