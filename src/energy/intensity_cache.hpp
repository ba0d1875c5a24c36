#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ecnas/energy/carbon.hpp"

namespace ecnas::energy {

/// The last answer of one provider on one zone, in a file of its own: the answer and when it came,
/// never a key. What cannot be read or written is as if it were not there.
class IntensityCache {
 public:
  /// @param directory  made if need be; empty: nothing is kept
  /// @param provider   name, as the answers' source begins
  /// @param question   whatever else tells answers apart: zone, address
  IntensityCache(const std::filesystem::path& directory, std::string provider,
                 const std::string& question);

  /// The answer if it came within the last five minutes.
  [[nodiscard]] std::optional<EmissionFactor> find() const;
  void keep(const EmissionFactor& answer) const;

 private:
  std::string provider_;
  std::filesystem::path file_;
};

}  // namespace ecnas::energy
