#pragma once

#include <compare>
#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ecnas/surrogate/surrogate.hpp"
#include "ecnas/table/noise.hpp"

namespace ecnas::surrogate {

/// What tells the surrogates of a model file apart: accuracies of both kinds may be there.
struct SurrogateKey {
  Target target = Target::energy_kwh;
  AccuracyKind kind = AccuracyKind::mean;
  friend auto operator<=>(const SurrogateKey&, const SurrogateKey&) = default;
};

/// The surrogates of a model file (docs/formats/model.md). Those that share their members share
/// them in the file.
class ModelFile {
 public:
  ModelFile() = default;

  /// Also the published surrogate's file (reference_mlp.hpp), as its one surrogate.
  /// @throws Error{not_found}, Error{io_failure}; Error{invalid_data} naming the tensor that is
  /// missing, of another shape or type, or not finite
  [[nodiscard]] static ModelFile open(const std::filesystem::path& path);
  /// @param name  stands in messages for the file's
  [[nodiscard]] static ModelFile from_bytes(std::span<const std::byte> bytes, std::string name);

  void add(Surrogate surrogate);  ///< replaces one of the same key
  [[nodiscard]] const std::map<SurrogateKey, Surrogate>& surrogates() const { return surrogates_; }

  /// The surrogate of a target and kind; where that kind is not there, of the other.
  /// @throws Error{not_found} naming the targets that there are
  [[nodiscard]] const Surrogate& surrogate(Target target,
                                           AccuracyKind kind = AccuracyKind::mean) const;

  /// Run-to-run noise by metric; for tables made of the model.
  std::map<std::string, table::NoiseModel> noise;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::vector<std::byte> bytes() const;
  void write(const std::filesystem::path& path) const;  ///< beside-then-rename

 private:
  std::string name_ = "model";
  std::map<SurrogateKey, Surrogate> surrogates_;
};

}  // namespace ecnas::surrogate
