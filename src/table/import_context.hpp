#pragma once

#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/skeleton.hpp"
#include "ecnas/table/builder.hpp"
#include "ecnas/table/import.hpp"

namespace ecnas::table {

/// What one source says of itself.
struct SourceFacts {
  std::string name;           ///< as messages call it
  bool has_energies = false;  ///< energies or emissions: only they have a PUE
  std::optional<double> pue;
  std::optional<double> carbon_intensity_g_per_kwh;
  std::vector<std::string> devices;
  std::string data_set;
  std::string source;  ///< empty: the file's name
  std::string citation;
  std::optional<std::string> energy_quality;
  space::Skeleton skeleton;
  std::map<std::string, NoiseModel> noise;
};

/// Brings together what the sources of one table say of themselves.
class Agreement {
 public:
  /// @throws Error{invalid_argument} if it cannot share a table with the sources before: another
  /// PUE, quality of energies, data set or skeleton
  void add(const SourceFacts& facts);

  [[nodiscard]] Metadata metadata() const;

 private:
  void agree_on_pue(const SourceFacts& facts);
  void agree_on_network(const SourceFacts& facts);
  void agree_on_quality(const SourceFacts& facts);
  void agree_on_noise(const SourceFacts& facts);

  Metadata metadata_;
  std::string first_;           // the first source
  std::string first_energies_;  // the first source with energies
  std::set<std::string> devices_;
  std::vector<std::optional<double>> intensities_;          // of sources with energies
  std::vector<std::optional<std::string>> qualities_;       // likewise
  std::map<std::string, std::optional<NoiseModel>> noise_;  // absent: the sources disagree
};

/// One import on its way. An importer first adds its facts to the agreement, then its values to the
/// builder.
struct ImportContext {
  const ImportOptions& options;
  Agreement& agreement;
  TableBuilder& builder;
  ImportSummary& summary;

  /// Adds one value and counts it.
  void store(const space::Cell& cell, std::int32_t epochs, std::size_t repeat,
             std::string_view metric, float value, Provenance provenance, std::string_view origin) {
    const bool is_new = builder.add(cell, epochs, repeat, metric, value, provenance, origin);
    ++(is_new ? summary.values : summary.duplicates);
  }
  /// Adds the interval of a stored value, unless its bounds are NaN: not known.
  void store_interval(const space::Cell& cell, std::int32_t epochs, std::size_t repeat,
                      std::string_view metric, float lower90, float upper90,
                      std::string_view origin) {
    if (std::isnan(lower90) && std::isnan(upper90)) return;
    builder.add_interval(cell, epochs, repeat, metric, lower90, upper90, origin);
  }
};

}  // namespace ecnas::table
