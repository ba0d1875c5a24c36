#include "table/metadata.hpp"

#include <xxhash.h>

#include <array>
#include <cmath>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "table/noise_model.hpp"
#include "table/strict_json.hpp"

namespace ecnas::table {
namespace {

using nlohmann::json;
using Entries = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view kFormat = "ecnas-table";
constexpr std::string_view kVersion = "1";
constexpr std::string_view kQuality = "energy_quality";

struct SkeletonField {
  std::string_view name;
  std::int32_t space::Skeleton::*field;
};
constexpr std::array<SkeletonField, 6> kSkeletonFields = {{
    {"stem_width", &space::Skeleton::stem_width},
    {"stacks", &space::Skeleton::stacks},
    {"cells_per_stack", &space::Skeleton::cells_per_stack},
    {"classes", &space::Skeleton::classes},
    {"image_size", &space::Skeleton::image_size},
    {"image_channels", &space::Skeleton::image_channels},
}};

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The text with bytes that are no UTF-8 replaced, as the header's JSON would have them.
std::string utf8(const std::string& text) {
  return json::parse(dump(text)).get<std::string>();
}

std::string skeleton_text(const space::Skeleton& skeleton) {
  json fields = json::object();
  for (const auto& [name, field] : kSkeletonFields)
    fields[std::string(name)] = skeleton.*field;
  return dump(fields);
}

std::string noise_text(const std::map<std::string, NoiseModel>& noise) {
  json models = json::object();
  for (const auto& [metric, model] : noise) {
    json deviations = json::object();
    for (const auto& [epochs, deviation] : model.standard_deviation)
      deviations[std::to_string(epochs)] = deviation;
    models[metric] = {{"kind", name(model.kind)}, {"standard_deviation", deviations}};
  }
  return dump(models);
}

/// Reads one header's entries; `name` stands in messages.
class Decoder {
 public:
  Decoder(const Entries& entries, std::string_view name) : entries_(entries), name_(name) {}

  Metadata decode() const {
    check_format();
    Metadata metadata;
    metadata.pue = real("pue");
    if (metadata.pue && *metadata.pue < 1) wrong("pue", "a number from 1");
    metadata.carbon_intensity_g_per_kwh = real("carbon_intensity_g_per_kwh");
    metadata.devices = devices();
    metadata.data_set = text("data_set");
    metadata.source = text("source");
    metadata.citation = text("citation");
    if (entries_.contains(kQuality)) metadata.energy_quality = quality();
    metadata.skeleton = skeleton();
    metadata.reference_point = reference_point();
    metadata.noise = noise();
    return metadata;
  }

 private:
  [[noreturn]] void wrong(std::string_view key, std::string_view expected) const {
    const auto found = entries_.find(key);
    fail(ErrorCode::invalid_data, "{}: metadata '{}' is {}; expected {}", name_, key,
         found == entries_.end() ? std::string("missing") : ecnas::quoted(found->second), expected);
  }

  void check_format() const {
    if (text("format") != kFormat) {
      fail(ErrorCode::invalid_data,
           "{}: a safetensors file but no table of ours (metadata 'format' is not '{}')", name_,
           kFormat);
    }
    if (text("format_version") != kVersion) wrong("format_version", "'1'; a newer ecnas wrote it");
  }

  std::string text(std::string_view key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? std::string() : found->second;
  }

  std::string quality() const {
    std::string quality = text(kQuality);
    if (!is_energy_quality(quality)) wrong(kQuality, "counter, integrated or modelled");
    return quality;
  }

  std::optional<double> real(std::string_view key) const {
    if (!entries_.contains(key)) return std::nullopt;
    const std::optional<double> value = parse_real(text(key));
    if (!value || !std::isfinite(*value) || *value < 0) wrong(key, "a number from 0");
    return value;
  }

  json parsed(std::string_view key) const {
    if (!entries_.contains(key)) wrong(key, "JSON");
    return parse_strict_json(text(key), fmt::format("{}: metadata '{}'", name_, key));
  }

  std::vector<std::string> devices() const {
    const json list = parsed("devices");
    const bool strings = list.is_array() && std::ranges::all_of(list, [](const json& item) {
                           return item.is_string();
                         });
    if (!strings) wrong("devices", "a list of names");
    return list.get<std::vector<std::string>>();
  }

  space::Skeleton skeleton() const {
    const json fields = parsed("skeleton");
    space::Skeleton skeleton;
    for (const auto& [field_name, field] : kSkeletonFields) {
      const auto found = fields.find(std::string(field_name));
      if (found == fields.end() || !found->is_number_unsigned() ||
          found->get<std::uint64_t>() > INT32_MAX) {
        wrong("skeleton", fmt::format("an object with a whole number '{}'", field_name));
      }
      skeleton.*field = found->get<std::int32_t>();
    }
    try {
      space::validate(skeleton);
    } catch (const Error& error) {
      wrong("skeleton", fmt::format("a possible network ({})", error.what()));
    }
    return skeleton;
  }

  std::map<std::string, double> reference_point() const {
    const json point = parsed("reference_point");
    const bool numbers = point.is_object() && std::ranges::all_of(point, [](const json& item) {
                           return item.is_number();
                         });
    if (!numbers) wrong("reference_point", "an object of numbers");
    return point.get<std::map<std::string, double>>();
  }

  std::map<std::string, NoiseModel> noise() const {
    std::map<std::string, NoiseModel> noise;
    if (!entries_.contains("noise")) return noise;
    const json models = parsed("noise");
    if (!models.is_object()) wrong("noise", "an object");
    for (const auto& [metric, fields] : models.items()) {
      const NoiseModel model = noise_model(fields);
      const std::string fault = noise_fault(metric, model);
      if (!fault.empty()) {
        wrong("noise", fmt::format("possible models ({}: {})", ecnas::quoted(metric), fault));
      }
      noise.emplace(metric, model);
    }
    return noise;
  }

  NoiseModel noise_model(const json& fields) const {
    const auto text_of = [&](const char* key) {
      return fields.is_object() && fields.contains(key) && fields[key].is_string()
                 ? fields[key].get<std::string>()
                 : std::string();
    };
    NoiseModel model;
    const std::string kind = text_of("kind");
    if (kind == name(NoiseKind::logit)) {
      model.kind = NoiseKind::logit;
    } else if (kind != name(NoiseKind::relative)) {
      wrong("noise", "objects with a 'kind', 'relative' or 'logit'");
    }
    const json deviations = fields.value("standard_deviation", json());
    if (!deviations.is_object()) wrong("noise", "objects with a 'standard_deviation' by epochs");
    for (const auto& [epochs_text, deviation] : deviations.items()) {
      const std::optional<std::int64_t> epochs = parse_integer(epochs_text);
      if (!epochs || *epochs < 1 || *epochs > INT32_MAX || !deviation.is_number()) {
        wrong("noise", "a 'standard_deviation' that maps epochs to numbers");
      }
      model.standard_deviation[static_cast<std::int32_t>(*epochs)] = deviation.get<double>();
    }
    return model;
  }

  const Entries& entries_;
  std::string_view name_;
};

std::string digits(XXH64_hash_t hash) {
  return fmt::format("{:016x}", hash);
}

}  // namespace

bool is_energy_quality(std::string_view text) {
  return text == "counter" || text == "integrated" || text == "modelled";
}

std::map<std::string, std::string> encode_metadata(const Metadata& metadata,
                                                   std::span<const MetricInfo> metrics) {
  json units = {{"trainable_parameters", "1"}, {"epochs", "1"}};
  for (const MetricInfo& metric : metrics)
    units[metric.name] = metric.unit;

  std::map<std::string, std::string> entries;
  entries["format"] = kFormat;
  entries["format_version"] = kVersion;
  entries["units"] = dump(units);
  entries["devices"] = dump(metadata.devices);
  entries["data_set"] = utf8(metadata.data_set);
  entries["source"] = utf8(metadata.source);
  entries["citation"] = utf8(metadata.citation);
  entries["skeleton"] = skeleton_text(metadata.skeleton);
  entries["reference_point"] = dump(metadata.reference_point);
  if (!metadata.noise.empty()) entries["noise"] = noise_text(metadata.noise);
  if (metadata.energy_quality) entries[std::string(kQuality)] = *metadata.energy_quality;
  if (metadata.pue) entries["pue"] = shortest(*metadata.pue);
  if (metadata.carbon_intensity_g_per_kwh) {
    entries["carbon_intensity_g_per_kwh"] = shortest(*metadata.carbon_intensity_g_per_kwh);
  }
  return entries;
}

Metadata decode_metadata(const Entries& entries, std::string_view name) {
  return Decoder(entries, name).decode();
}

std::string data_checksum(std::span<const std::byte> data) {
  return digits(XXH3_64bits(data.data(), data.size()));
}

std::string data_checksum(std::span<const TensorData> tensors) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  if (!state) throw std::bad_alloc();
  XXH3_64bits_reset(state.get());
  for (const TensorData& tensor : tensors)
    XXH3_64bits_update(state.get(), tensor.bytes.data(), tensor.bytes.size());
  return digits(XXH3_64bits_digest(state.get()));
}

std::string header_checksum(const Entries& metadata,
                            const std::map<std::string, Tensor, std::less<>>& tensors) {
  std::string text;
  const auto append = [&text](std::string_view part) { text.append(part).push_back('\0'); };
  for (const auto& [key, value] : metadata) {
    if (key == kHeaderChecksumKey) continue;
    append(key);
    append(value);
  }
  for (const auto& [tensor_name, tensor] : tensors) {
    append(tensor_name);
    append(name(tensor.dtype));
    append(fmt::format("{}", fmt::join(tensor.shape, ",")));
  }
  return digits(XXH3_64bits(text.data(), text.size()));
}

}  // namespace ecnas::table
