#include "ecnas/surrogate/shipped.hpp"

#include <string>

#include "ecnas/core/error.hpp"

// Symbols of the embedded file: bounds of unknown length, named as an assembler names.
// NOLINTBEGIN(*-avoid-c-arrays, readability-identifier-naming)
extern "C" {
extern const std::byte ecnas_shipped_model_begin[];
extern const std::byte ecnas_shipped_model_end[];
}
// NOLINTEND(*-avoid-c-arrays, readability-identifier-naming)

namespace ecnas::surrogate {

std::span<const std::byte> shipped_model_bytes() {
  return {ecnas_shipped_model_begin, ecnas_shipped_model_end};
}

std::string_view shipped_model_digest() {
  return ECNAS_SHIPPED_MODEL_DIGEST;
}

ModelFile shipped_model() {
  if (shipped_model_bytes().empty()) {
    fail(ErrorCode::not_found,
         "the model '{}' is not part of this build; name a model file with --model", kShippedModel);
  }
  return ModelFile::from_bytes(shipped_model_bytes(), std::string(kShippedModel));
}

}  // namespace ecnas::surrogate
