#pragma once
/// Sources that say what a test wants.

#include <cstdint>
#include <string>
#include <utility>

#include "ecnas/energy/source.hpp"

namespace ecnas::energy::testing {

using Reading = Result<double, ReadFailure>;

inline Reading failure(ReadFailure::Reason reason = ReadFailure::Reason::failed) {
  return ReadFailure{reason, "a failure that was asked for"};
}

inline Instant at(double time_s) {
  return Instant(static_cast<std::int64_t>(time_s * 1e9));
}

inline SourceDescription counter(std::string name = "package-0") {
  return {.name = std::move(name), .domain = Domain::cpu, .origin = "a test"};
}

inline SourceDescription power(std::string name = "gpu-0") {
  return {.name = std::move(name),
          .domain = Domain::gpu,
          .kind = Kind::power,
          .quality = Quality::integrated,
          .origin = "a test"};
}

/// Draws a constant power.
class SteadySource : public Source {
 public:
  SteadySource(SourceDescription description, double power_w)
      : description_(std::move(description)), power_w_(power_w) {}
  [[nodiscard]] const SourceDescription& description() const override { return description_; }
  [[nodiscard]] Reading read(Instant now) override {
    return description_.kind == Kind::power ? power_w_ : power_w_ * seconds(now);
  }

 private:
  SourceDescription description_;
  double power_w_;
};

}  // namespace ecnas::energy::testing
