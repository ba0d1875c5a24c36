#pragma once
/// What is told about the data that EC-NAS published, beside what a table says.

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "command.hpp"
#include "document.hpp"
#include "published_numbers.hpp"

namespace ecnas::app {

/// A directory of the published files.
class PublishedData {
 public:
  /// @param directory  empty: there is none
  explicit PublishedData(std::filesystem::path directory) : directory_(std::move(directory)) {}

  [[nodiscard]] bool has(std::string_view name) const;
  /// @throws Error{not_found} that says how to give it
  [[nodiscard]] std::filesystem::path file(std::string_view name) const;
  /// A published table, read from its CSV. @throws also as `table::import_tables`
  [[nodiscard]] table::Table table(std::string_view name) const;

 private:
  std::filesystem::path directory_;
};

/// EC-NAS's figure 2: how well energies are predicted, by the published surrogate and by ours.
[[nodiscard]] DocumentBlocks surrogate_blocks(const PublishedData& data, const Global& global);

/// The learning curve of figure 2, of fits that were made before. It needs no data.
[[nodiscard]] DocumentBlocks learning_curve_blocks();

/// What the definition of swaps gives with the published surrogate's energies in place of ours;
/// empty where its weights are not there.
[[nodiscard]] DocumentBlocks published_swaps_blocks(const PublishedData& data,
                                                    const Global& global);

/// EC-NAS's figure 4: whether devices agree about the energies of the 4-vertex cells.
[[nodiscard]] DocumentBlocks hardware_blocks(const PublishedData& data, const Global& global);

/// Whether energy is more than training time: on the measured table of so many vertices, whose
/// times and energies are of one device. @param vertices  4 or 5
[[nodiscard]] DocumentBlocks measured_blocks(const PublishedData& data, unsigned vertices,
                                             const Global& global);

/// The runs published with the paper, again: random search and SEMOA as published.
[[nodiscard]] DocumentBlocks published_runs_blocks(const PublishedData& data, OurNumbers& ours,
                                                   const Global& global);

/// Every published number beside ours.
[[nodiscard]] DocumentTable published_table(const OurNumbers& ours);

/// The published files that were read, and the works that the page refers to.
[[nodiscard]] DocumentBlocks source_blocks(const PublishedData& data);

}  // namespace ecnas::app
