#pragma once
/// A table as one would write it without a thought for speed: a map from (hash, epochs, repeat,
/// metric) to the value.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "ecnas/space/hash.hpp"
#include "ecnas/table/metric.hpp"

namespace ecnas::oracles {

struct StoredValue {
  float value;
  table::Provenance provenance;
  friend bool operator==(const StoredValue&, const StoredValue&) = default;
};

class TableMap {
 public:
  void add(const space::Cell& cell, std::int32_t epochs, std::size_t repeat,
           const std::string& metric, float value, table::Provenance provenance) {
    values_[{space::hash_of(cell), epochs, repeat, metric}] = {value, provenance};
  }

  [[nodiscard]] std::optional<StoredValue> at(const space::Cell& cell, std::int32_t epochs,
                                              std::size_t repeat, const std::string& metric) const {
    const auto found = values_.find({space::hash_of(cell), epochs, repeat, metric});
    if (found == values_.end()) return std::nullopt;
    return found->second;
  }

  [[nodiscard]] std::optional<double> mean(const space::Cell& cell, std::int32_t epochs,
                                           const std::string& metric) const {
    const space::Hash wanted = space::hash_of(cell);
    double sum = 0;
    int count = 0;
    for (const auto& [key, stored] : values_) {
      const auto& [hash, at_epochs, repeat, at_metric] = key;
      if (hash == wanted && at_epochs == epochs && at_metric == metric) {
        sum += static_cast<double>(stored.value);
        ++count;
      }
    }
    if (count == 0) return std::nullopt;
    return sum / count;
  }

  [[nodiscard]] bool has_entry(const space::Cell& cell, std::int32_t epochs) const {
    const space::Hash wanted = space::hash_of(cell);
    for (const auto& [key, stored] : values_) {
      if (std::get<0>(key) == wanted && std::get<1>(key) == epochs) return true;
    }
    return false;
  }

  [[nodiscard]] std::size_t size() const { return values_.size(); }

 private:
  std::map<std::tuple<space::Hash, std::int32_t, std::size_t, std::string>, StoredValue> values_;
};

}  // namespace ecnas::oracles
