#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "ecnas/surrogate/model_file.hpp"

namespace ecnas::surrogate {

/// The model that comes with the program, of models/ecnas-7v.safetensors (docs/benchmark-card.md).
inline constexpr std::string_view kShippedModel = "ecnas-7v";

/// Its file, part of the program. Empty where the program was built without one.
[[nodiscard]] std::span<const std::byte> shipped_model_bytes();

/// Twelve hexadecimal digits of its SHA-256: its version.
[[nodiscard]] std::string_view shipped_model_digest();

/// The same, read. @throws Error{not_found} where there is none
[[nodiscard]] ModelFile shipped_model();

}  // namespace ecnas::surrogate
