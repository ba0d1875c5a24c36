#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/table/safetensors.hpp"

namespace ecnas::surrogate {

/// The named tensors of a model file, to write or as read. Every complaint names the file and the
/// tensor.
class ModelTensors {
 public:
  ModelTensors() = default;

  /// Reads a safetensors file's bytes, copying the tensors.
  /// @throws Error{invalid_data} for what is no safetensors file
  ModelTensors(std::span<const std::byte> bytes, std::string file_name);

  void put(const std::string& name, std::vector<std::size_t> shape, std::span<const float> values);
  void put(const std::string& name, std::vector<std::size_t> shape,
           std::span<const std::uint32_t> values);
  void put(const std::string& name, std::vector<std::size_t> shape,
           std::span<const std::uint16_t> values);

  [[nodiscard]] bool has(const std::string& name) const { return tensors_.contains(name); }

  /// A tensor's shape. @throws Error{invalid_data} if there is none of this name
  [[nodiscard]] const std::vector<std::size_t>& shape(const std::string& name) const;

  /// A tensor's values. @throws Error{invalid_data} if there is none of this name, it is of another
  /// type or, where `shape` is given, of another shape, or a number is not finite. @{
  [[nodiscard]] std::vector<float> floats(const std::string& name,
                                          std::span<const std::size_t> shape = {}) const;
  [[nodiscard]] std::vector<std::uint32_t> integers(const std::string& name,
                                                    std::span<const std::size_t> shape = {}) const;
  [[nodiscard]] std::vector<std::uint16_t> words(const std::string& name,
                                                 std::span<const std::size_t> shape = {}) const;
  /// @}

  /// Text beside the tensors. @{
  std::map<std::string, std::string, std::less<>> metadata;
  /// @throws Error{invalid_data} if there is none of this name
  [[nodiscard]] const std::string& text(const std::string& key) const;
  /// @}

  [[nodiscard]] const std::string& file_name() const { return file_name_; }
  [[nodiscard]] std::vector<std::byte> bytes() const;

 private:
  struct Stored {
    table::Dtype dtype;
    std::vector<std::size_t> shape;
    std::vector<std::byte> bytes;
  };
  template <typename T>
  void put_any(const std::string& name, table::Dtype dtype, std::vector<std::size_t> shape,
               std::span<const T> values);
  template <typename T>
  [[nodiscard]] std::vector<T> get_any(const std::string& name, table::Dtype dtype,
                                       std::span<const std::size_t> shape) const;
  [[nodiscard]] const Stored& find(const std::string& name) const;

  std::string file_name_ = "model";
  std::map<std::string, Stored, std::less<>> tensors_;
};

}  // namespace ecnas::surrogate
