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

void Findings::add(FindingKind kind, std::size_t record, std::string what) {
  Kind& found = kinds_[static_cast<std::size_t>(kind)];
  ++found.count;
  if (found.examples.size() == kExamples) return;
  found.examples.push_back(
      fmt::format("record {}: {}", with_thousands(static_cast<std::int64_t>(record)), what));
}

void Findings::add(const Findings& later) {
  for (std::size_t kind = 0; kind < kFindingKinds; ++kind) {
    kinds_[kind].count += later.kinds_[kind].count;
    for (const std::string& example : later.kinds_[kind].examples) {
      if (kinds_[kind].examples.size() < kExamples) kinds_[kind].examples.push_back(example);
    }
  }
}

std::vector<ImportFinding> Findings::summary() const {
  std::vector<ImportFinding> summary;
  for (std::size_t kind = 0; kind < kFindingKinds; ++kind) {
    if (kinds_[kind].count == 0) continue;
    summary.push_back({std::string(kTexts[kind].name), std::string(kTexts[kind].description),
                       kinds_[kind].count, kinds_[kind].examples});
  }
  return summary;
}

}  // namespace ecnas::table::tfrecord
