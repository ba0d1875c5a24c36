// A model file from any bytes: refused with invalid_data, or surrogates that can be asked.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/surrogate/model_file.hpp"

namespace {

using namespace ecnas;

const std::array<space::Cell, 3> kCells = {
    space::Cell::trivial(), space::parse_cell("0110001000010000:conv3x3,maxpool3x3"),
    space::parse_cell("0110000000100000011000000010000001100000010000000:"
                      "conv3x3,conv1x1,maxpool3x3,conv1x1,conv3x3")};

void use(const surrogate::ModelFile& file) {
  for (const auto& [key, surrogate] : file.surrogates()) {
    for (const std::int32_t epochs : surrogate.info().epochs) {
      if (surrogate.predict(kCells, epochs).size() != kCells.size()) std::abort();
    }
  }
}

/// The published surrogate can be read and asked, but enters no file.
bool can_be_written(const surrogate::ModelFile& file) {
  for (const auto& [key, surrogate] : file.surrogates()) {
    for (const surrogate::Member& member : surrogate.members()) {
      if (member.regressor->family() == surrogate::Family::reference) return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto file =
        surrogate::ModelFile::from_bytes(std::as_bytes(std::span(data, size)), "fuzz");
    use(file);
    if (!can_be_written(file)) return 0;
    const std::vector<std::byte> bytes = file.bytes();
    if (surrogate::ModelFile::from_bytes(bytes, "again").bytes() != bytes) std::abort();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_data) std::abort();
  }
  return 0;
}
