#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ecnas/energy/measurement.hpp"
#include "ecnas/energy/source.hpp"
#include "energy/account.hpp"

namespace ecnas::energy {

/// All sources and their accounts, read together: what a `Tracker` does without its thread, its
/// clock and its lock.
class Meter {
 public:
  explicit Meter(std::vector<std::unique_ptr<Source>> sources, AccountOptions options = {});

  /// Reads every source. The first time is the beginning. @pre `now` is not before the last one
  void sample(Instant now);

  /// Up to the last sample, each component since the beginning.
  [[nodiscard]] Sample now() const;
  [[nodiscard]] std::vector<Component> components() const;
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  struct Entry {
    std::unique_ptr<Source> source;
    Account account;
  };
  std::vector<Entry> entries_;
  std::optional<Instant> begin_;
  Instant last_{};
};

}  // namespace ecnas::energy
