#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/core/result.hpp"
#include "ecnas/energy/carbon.hpp"

namespace ecnas::energy {

struct LiveOptions {
  std::string zone;                    ///< as the provider names it; empty: its only one
  std::string key;                     ///< of the provider, if it wants one
  std::optional<std::string> address;  ///< in place of the provider's own, before the path
  std::chrono::milliseconds timeout{5'000};
  std::filesystem::path cache_directory;  ///< empty: none; an answer is used again for 5 minutes
  std::filesystem::path certificates;     ///< trusted authorities as PEM; empty: the system's
};

/// Who tells the intensity of right now.
class LiveProvider {
 public:
  virtual ~LiveProvider() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// The intensity of now, or why there is none, one line. Waits for the timeout at most.
  [[nodiscard]] virtual Result<EmissionFactor, std::string> now() = 0;
};

struct ProviderDescription {
  std::string_view name;          ///< "electricity-maps"
  std::string_view covers;        ///< "the world, by zone"
  std::string_view key_variable;  ///< environment variable of its key; empty: wants none
  std::string_view licence;
};
[[nodiscard]] std::span<const ProviderDescription> live_providers();

/// By name, or `command:PROGRAM`: a program that prints gCO2eq/kWh as one number. It is run without
/// a shell, with the zone as its argument if there is one, and killed when it is late.
/// @throws Error{invalid_argument} for an unknown name, with the nearest; for a key that is
/// missing, and for a zone that the provider does not have
[[nodiscard]] std::unique_ptr<LiveProvider> make_live_provider(std::string_view name,
                                                               const LiveOptions& options);

}  // namespace ecnas::energy
