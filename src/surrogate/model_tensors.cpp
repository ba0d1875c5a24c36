#include "surrogate/model_tensors.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ecnas/core/error.hpp"

namespace ecnas::surrogate {

using table::Dtype;

ModelTensors::ModelTensors(std::span<const std::byte> bytes, std::string file_name)
    : file_name_(std::move(file_name)) {
  table::Safetensors parsed = table::parse_safetensors(bytes, file_name_);
  for (const auto& [name, tensor] : parsed.tensors)
    tensors_[name] = {tensor.dtype, tensor.shape, {tensor.bytes.begin(), tensor.bytes.end()}};
  metadata = std::move(parsed.metadata);
}

template <typename T>
void ModelTensors::put_any(const std::string& name, Dtype dtype, std::vector<std::size_t> shape,
                           std::span<const T> values) {
  std::size_t count = 1;
  for (const std::size_t extent : shape)
    count *= extent;
  ECNAS_ASSERT(count == values.size() && !tensors_.contains(name));
  const auto bytes = std::as_bytes(values);
  tensors_[name] = {dtype, std::move(shape), {bytes.begin(), bytes.end()}};
}

void ModelTensors::put(const std::string& name, std::vector<std::size_t> shape,
                       std::span<const float> values) {
  put_any(name, Dtype::f32, std::move(shape), values);
}

void ModelTensors::put(const std::string& name, std::vector<std::size_t> shape,
                       std::span<const std::uint32_t> values) {
  put_any(name, Dtype::u32, std::move(shape), values);
}

void ModelTensors::put(const std::string& name, std::vector<std::size_t> shape,
                       std::span<const std::uint16_t> values) {
  put_any(name, Dtype::u16, std::move(shape), values);
}

const ModelTensors::Stored& ModelTensors::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    fail(ErrorCode::invalid_data, "{}: there is no tensor '{}'; fit or download the model again",
         file_name_, name);
  }
  return found->second;
}

const std::vector<std::size_t>& ModelTensors::shape(const std::string& name) const {
  return find(name).shape;
}

template <typename T>
std::vector<T> ModelTensors::get_any(const std::string& name, Dtype dtype,
                                     std::span<const std::size_t> shape) const {
  const Stored& stored = find(name);
  if (stored.dtype != dtype) {
    fail(ErrorCode::invalid_data, "{}: tensor '{}' is of type {}, expected {}", file_name_, name,
         table::name(stored.dtype), table::name(dtype));
  }
  if (!shape.empty() && !std::ranges::equal(shape, stored.shape)) {
    fail(ErrorCode::invalid_data, "{}: tensor '{}' has shape [{}], expected [{}]", file_name_, name,
         fmt::join(stored.shape, ", "), fmt::join(shape, ", "));
  }
  std::vector<T> values(stored.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), stored.bytes.data(), stored.bytes.size());
  return values;
}

std::vector<float> ModelTensors::floats(const std::string& name,
                                        std::span<const std::size_t> shape) const {
  std::vector<float> values = get_any<float>(name, Dtype::f32, shape);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      fail(ErrorCode::invalid_data, "{}: tensor '{}' holds {} at position {}, expected a number",
           file_name_, name, values[i], i);
    }
  }
  return values;
}

std::vector<std::uint32_t> ModelTensors::integers(const std::string& name,
                                                  std::span<const std::size_t> shape) const {
  return get_any<std::uint32_t>(name, Dtype::u32, shape);
}

std::vector<std::uint16_t> ModelTensors::words(const std::string& name,
                                               std::span<const std::size_t> shape) const {
  return get_any<std::uint16_t>(name, Dtype::u16, shape);
}

const std::string& ModelTensors::text(const std::string& key) const {
  const auto found = metadata.find(key);
  if (found == metadata.end())
    fail(ErrorCode::invalid_data, "{}: its metadata lack '{}'", file_name_, key);
  return found->second;
}

std::vector<std::byte> ModelTensors::bytes() const {
  std::vector<table::TensorData> data;
  for (const auto& [name, stored] : tensors_)
    data.push_back({name, stored.dtype, stored.shape, stored.bytes});
  return table::write_safetensors(data, {metadata.begin(), metadata.end()});
}

}  // namespace ecnas::surrogate
