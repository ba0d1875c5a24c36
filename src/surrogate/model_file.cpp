#include "ecnas/surrogate/model_file.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/surrogate/reference_mlp.hpp"
#include "surrogate/model_tensors.hpp"

namespace ecnas::surrogate {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "ecnas-surrogate";
constexpr std::string_view kVersion = "1";
constexpr std::size_t kMostMembers = 64;

[[noreturn]] void reject(const ModelTensors& tensors, const std::string& what) {
  fail(ErrorCode::invalid_data, "{}: {}; fit the model again", tensors.file_name(), what);
}

/// "validation_accuracy", "validation_accuracy.sample".
std::string text_of(const SurrogateKey& key) {
  std::string text(name(key.target));
  if (key.kind == AccuracyKind::sample) text += ".sample";
  return text;
}

SurrogateKey key_of(const Surrogate& surrogate) {
  return {surrogate.info().target, surrogate.info().kind};
}

/// All keys that a file can have, in the order in which they are written and read.
std::vector<SurrogateKey> all_keys() {
  std::vector<SurrogateKey> keys;
  for (const Target target : kTargets) {
    keys.push_back({target, AccuracyKind::mean});
    if (is_accuracy(target)) keys.push_back({target, AccuracyKind::sample});
  }
  return keys;
}

// --- Writing -------------------------------------------------------------------------------------

/// Names and descriptions are anybody's text: what is no UTF-8 in them is replaced.
std::string serialised(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

json described(const SurrogateInfo& info) {
  json object{{"name", info.name},       {"description", info.description},
              {"devices", info.devices}, {"kind", name(info.kind)},
              {"epochs", info.epochs},   {"cells", info.cells}};
  if (info.pue) object["pue"] = *info.pue;
  if (info.scaled_from) object["scaled_from"] = *info.scaled_from;
  return object;
}

json described(const std::map<std::string, table::NoiseModel>& noise) {
  json object = json::object();
  for (const auto& [metric, model] : noise) {
    json deviations = json::object();
    for (const auto& [epochs, deviation] : model.standard_deviation)
      deviations[std::to_string(epochs)] = deviation;
    object[metric] = {{"kind", model.kind == table::NoiseKind::logit ? "logit" : "relative"},
                      {"standard_deviation", std::move(deviations)}};
  }
  return object;
}

std::vector<float> narrowed(std::span<const double> values) {
  return {values.begin(), values.end()};
}

void put_floats(ModelTensors& tensors, const std::string& name, std::span<const double> values) {
  const std::vector<float> narrow = narrowed(values);
  tensors.put(name, {narrow.size()}, std::span(narrow));
}

/// A strictly ascending curve stays one when it is rounded to float.
void put_ascending(ModelTensors& tensors, const std::string& name, std::span<const double> values) {
  std::vector<float> narrow = narrowed(values);
  for (std::size_t i = 1; i < narrow.size(); ++i) {
    narrow[i] =
        std::max(narrow[i], std::nextafter(narrow[i - 1], std::numeric_limits<float>::infinity()));
  }
  tensors.put(name, {narrow.size()}, std::span<const float>(narrow));
}

void save_outputs(ModelTensors& tensors, const std::string& prefix, const Surrogate& surrogate) {
  for (std::size_t i = 0; i < surrogate.outputs().size(); ++i) {
    const Output& output = surrogate.outputs()[i];
    const std::string at = prefix + "output" + std::to_string(i) + ".";
    put_ascending(tensors, at + "curve_x", output.curve.x);
    put_ascending(tensors, at + "curve_y", output.curve.y);
    put_floats(tensors, at + "lower_width", output.lower_width);
    put_floats(tensors, at + "upper_width", output.upper_width);
  }
  const FittedRange& range = surrogate.range();
  tensors.put(prefix + "range.lowest", {range.lowest.size()}, std::span(range.lowest));
  tensors.put(prefix + "range.highest", {range.highest.size()}, std::span(range.highest));
}

bool same_members(const Surrogate& a, const Surrogate& b) {
  return std::ranges::equal(a.members(), b.members(), [](const Member& x, const Member& y) {
    return x.regressor == y.regressor && x.weight == y.weight;
  });
}

/// Another surrogate of the same members that has already been saved.
const Surrogate* sharing(const std::map<SurrogateKey, Surrogate>& all, const Surrogate& surrogate) {
  for (const auto& [key, other] : all) {
    if (&other == &surrogate) return nullptr;
    if (same_members(other, surrogate)) return &other;
  }
  return nullptr;
}

json save_members(ModelTensors& tensors, const std::string& prefix, const Surrogate& surrogate) {
  json members = json::array();
  for (std::size_t i = 0; i < surrogate.members().size(); ++i) {
    const Member& member = surrogate.members()[i];
    const std::string at = prefix + "member" + std::to_string(i) + ".";
    member.regressor->save(tensors, at);
    members.push_back({{"family", name(member.regressor->family())}, {"weight", member.weight}});
  }
  return members;
}

void save_scores(ModelTensors& tensors, const std::string& prefix, const ScoreTable& table) {
  tensors.put(prefix + "scores", {table.cells(), table.outputs()}, table.codes());
  tensors.put(prefix + "scores.lowest", {table.outputs()}, table.lowest());
  tensors.put(prefix + "scores.step", {table.outputs()}, table.step());
}

// --- Reading -------------------------------------------------------------------------------------

/// A field of the description. @throws Error{invalid_data} if it is missing or of another type
template <typename T>
T field(const ModelTensors& tensors, const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) reject(tensors, fmt::format("its description lacks '{}'", name));
  try {
    return found->get<T>();
  } catch (const json::exception&) {
    reject(tensors, fmt::format("its description's '{}' is of a wrong type", name));
  }
}

/// A number of epochs, cells, outputs. @throws as `field`
std::int32_t whole_number(const ModelTensors& tensors, const json& value, const char* name) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  const std::int64_t number = value.is_number_integer() ? value.get<std::int64_t>() : -1;
  if (number < 0 || number > kMost)
    reject(tensors, fmt::format("its description's '{}' is no whole number", name));
  return static_cast<std::int32_t>(number);
}

std::size_t count_of(const ModelTensors& tensors, const json& object, const char* name) {
  return static_cast<std::size_t>(whole_number(tensors, field<json>(tensors, object, name), name));
}

SurrogateInfo read_info(const ModelTensors& tensors, const json& object, const SurrogateKey& key) {
  SurrogateInfo info{.target = key.target,
                     .name = field<std::string>(tensors, object, "name"),
                     .description = field<std::string>(tensors, object, "description"),
                     .devices = field<std::vector<std::string>>(tensors, object, "devices"),
                     .cells = count_of(tensors, object, "cells")};
  for (const json& epochs : field<json>(tensors, object, "epochs"))
    info.epochs.push_back(whole_number(tensors, epochs, "epochs"));
  const auto kind = parse_accuracy_kind(field<std::string>(tensors, object, "kind"));
  if (kind != key.kind) reject(tensors, "its description names another kind of accuracy");
  info.kind = *kind;
  if (object.contains("pue")) {
    info.pue = field<double>(tensors, object, "pue");
    if (!(*info.pue >= 1 && std::isfinite(*info.pue))) reject(tensors, "its PUE is below 1");
  }
  if (object.contains("scaled_from")) {
    info.scaled_from = whole_number(tensors, object["scaled_from"], "scaled_from");
    if (*info.scaled_from < 1) reject(tensors, "it scales from a budget below 1");
    if (is_accuracy(info.target)) reject(tensors, "it scales an accuracy with epochs");
  }
  if (info.epochs.empty() || info.epochs.size() > 128 || info.epochs.front() < 1 ||
      std::adjacent_find(info.epochs.begin(), info.epochs.end(), std::greater_equal<>()) !=
          info.epochs.end())
    reject(tensors, "its budgets do not ascend from 1");
  return info;
}

std::vector<double> read_floats(const ModelTensors& tensors, const std::string& name) {
  const std::vector<float> values = tensors.floats(name);
  return {values.begin(), values.end()};
}

Output read_output(const ModelTensors& tensors, const std::string& at) {
  Output output;
  output.curve = {read_floats(tensors, at + "curve_x"), read_floats(tensors, at + "curve_y")};
  const auto ascends = [](const std::vector<double>& values) {
    return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
  };
  if (output.curve.x.size() < 2 || output.curve.x.size() != output.curve.y.size() ||
      !ascends(output.curve.x) || !ascends(output.curve.y))
    reject(tensors, fmt::format("tensors '{}curve_…' are no increasing curve", at));
  constexpr std::array<std::size_t, 1> kGroups = {kVertexGroups};
  const auto read_widths = [&](const std::string& name, std::array<double, kVertexGroups>& widths) {
    const std::vector<float> values = tensors.floats(at + name, kGroups);
    for (const float value : values) {
      if (value < 0) reject(tensors, fmt::format("tensor '{}{}' has a negative width", at, name));
    }
    std::copy(values.begin(), values.end(), widths.begin());
  };
  read_widths("lower_width", output.lower_width);
  read_widths("upper_width", output.upper_width);
  return output;
}

FittedRange read_range(const ModelTensors& tensors, const std::string& prefix) {
  const std::array<std::size_t, 1> shape = {
      fitted_range(std::array{space::Cell::trivial()}).lowest.size()};
  return {tensors.floats(prefix + "range.lowest", shape),
          tensors.floats(prefix + "range.highest", shape)};
}

std::vector<Member> read_members(const ModelTensors& tensors, const json& list,
                                 const std::string& prefix, std::size_t outputs) {
  if (!list.is_array() || list.empty() || list.size() > kMostMembers)
    reject(tensors, "its description has no list of members");
  std::vector<Member> members;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto family = parse_family(field<std::string>(tensors, list[i], "family"));
    const auto weight = field<double>(tensors, list[i], "weight");
    if (!family) reject(tensors, "its description names an unknown family");
    if (!(weight > 0 && std::isfinite(weight)))
      reject(tensors, "a member's weight is not positive");
    const std::string at = prefix + "member" + std::to_string(i) + ".";
    std::shared_ptr<const Regressor> regressor = load_regressor(*family, tensors, at);
    if (regressor->outputs() != outputs) {
      reject(tensors, fmt::format("tensors '{}…' have {} outputs, expected {}", at,
                                  regressor->outputs(), outputs));
    }
    members.push_back({std::move(regressor), weight});
  }
  return members;
}

std::map<std::string, table::NoiseModel> read_noise(const ModelTensors& tensors) {
  std::map<std::string, table::NoiseModel> noise;
  if (!tensors.metadata.contains("noise")) return noise;
  const json object = json::parse(tensors.text("noise"), nullptr, false);
  if (!object.is_object()) reject(tensors, "its metadata's 'noise' is no JSON object");
  for (const auto& [metric, described] : object.items()) {
    table::NoiseModel& model = noise[metric];
    const auto kind = field<std::string>(tensors, described, "kind");
    if (kind != "logit" && kind != "relative") reject(tensors, "its noise is of an unknown kind");
    model.kind = kind == "logit" ? table::NoiseKind::logit : table::NoiseKind::relative;
    for (const auto& [epochs, deviation] :
         field<std::map<std::string, double>>(tensors, described, "standard_deviation")) {
      const auto number = parse_integer(epochs);
      if (!number || *number < 1 || *number > 1'000'000 || !(deviation >= 0) ||
          !std::isfinite(deviation))
        reject(tensors, fmt::format("its noise of {} makes no sense", ecnas::quoted(metric)));
      model.standard_deviation[static_cast<std::int32_t>(*number)] = deviation;
    }
  }
  return noise;
}

/// The scores that belong to a surrogate's members; null: none are kept.
std::shared_ptr<const ScoreTable> read_scores(const ModelTensors& tensors,
                                              const std::string& prefix,
                                              const std::map<SurrogateKey, Surrogate>& before,
                                              const Surrogate& surrogate) {
  for (const auto& [key, other] : before) {
    if (same_members(other, surrogate)) return other.score_table();
  }
  if (!tensors.has(prefix + "scores")) return nullptr;
  const std::size_t outputs = surrogate.outputs().size();
  const std::array<std::size_t, 2> shape = {space::Space::shared().size(), outputs};
  const std::array<std::size_t, 1> row = {outputs};
  return std::make_shared<ScoreTable>(tensors.words(prefix + "scores", shape),
                                      tensors.floats(prefix + "scores.lowest", row),
                                      tensors.floats(prefix + "scores.step", row));
}

}  // namespace

ModelFile ModelFile::open(const std::filesystem::path& path) {
  const MappedFile file = MappedFile::open(path);
  return from_bytes(file.bytes(), path.string());
}

ModelFile ModelFile::from_bytes(std::span<const std::byte> bytes, std::string file_name) {
  const ModelTensors tensors(bytes, file_name);
  if (is_reference_mlp(tensors)) {
    ModelFile reference;
    reference.name_ = std::move(file_name);
    reference.add(read_reference_mlp(tensors));
    return reference;
  }
  if (tensors.text("format") != kFormat)
    reject(tensors, "it is no surrogate: its metadata name another format");
  if (tensors.text("format_version") != kVersion) {
    reject(tensors, fmt::format("it is of version {}, this program reads {}",
                                tensors.text("format_version"), kVersion));
  }
  const json description = json::parse(tensors.text("surrogates"), nullptr, false);
  if (!description.is_object()) reject(tensors, "its metadata's 'surrogates' is no JSON object");
  ModelFile result;
  result.name_ = std::move(file_name);
  const std::vector<SurrogateKey> keys = all_keys();
  for (const auto& [text, object] : description.items()) {
    if (!object.is_object() || std::ranges::find(keys, text, text_of) == keys.end())
      reject(tensors, "it describes no known target");
  }
  for (const SurrogateKey& key : keys) {  // in this order, for what is shared stands before
    if (!description.contains(text_of(key))) continue;
    const json& object = description[text_of(key)];
    SurrogateInfo info = read_info(tensors, object, key);
    const std::size_t outputs = count_of(tensors, object, "outputs");
    if (outputs != (info.scaled_from ? 1 : info.epochs.size()))
      reject(tensors, "its outputs are neither one a budget nor one that is scaled");
    const std::string prefix = text_of(key) + ".";
    std::vector<Output> read;
    for (std::size_t i = 0; i < outputs; ++i)
      read.push_back(read_output(tensors, prefix + "output" + std::to_string(i) + "."));
    std::vector<Member> members;
    if (object.contains("shares")) {
      const auto other =
          std::ranges::find(keys, field<std::string>(tensors, object, "shares"), text_of);
      if (other == keys.end() || !result.surrogates_.contains(*other))
        reject(tensors, "it shares the members of what does not stand before it");
      const auto shared = result.surrogates_.at(*other).members();
      members.assign(shared.begin(), shared.end());
      if (members.front().regressor->outputs() != outputs)
        reject(tensors, "it shares members of another number of outputs");
    } else {
      members = read_members(tensors, field<json>(tensors, object, "members"), prefix, outputs);
    }
    Surrogate surrogate(std::move(info), std::move(members), std::move(read),
                        read_range(tensors, prefix));
    if (auto table = read_scores(tensors, prefix, result.surrogates_, surrogate))
      surrogate.keep(std::move(table));
    result.add(std::move(surrogate));
  }
  result.noise = read_noise(tensors);
  if (result.surrogates_.empty()) reject(tensors, "it holds no surrogate");
  return result;
}

void ModelFile::add(Surrogate surrogate) {
  const SurrogateKey key = key_of(surrogate);
  surrogates_.insert_or_assign(key, std::move(surrogate));
}

const Surrogate& ModelFile::surrogate(Target target, AccuracyKind kind) const {
  for (const SurrogateKey& key :
       {SurrogateKey{target, kind}, SurrogateKey{target, AccuracyKind::mean},
        SurrogateKey{target, AccuracyKind::sample}}) {
    const auto found = surrogates_.find(key);
    if (found != surrogates_.end()) return found->second;
  }
  std::vector<std::string> there;
  for (const auto& [key, surrogate] : surrogates_)
    there.push_back(text_of(key));
  fail(ErrorCode::not_found, "model {}: predicts no {}; there are {}", name_,
       surrogate::name(target), fmt::join(there, ", "));
}

std::vector<std::byte> ModelFile::bytes() const {
  ModelTensors tensors;
  json description = json::object();
  for (const auto& [key, surrogate] : surrogates_) {
    const std::string prefix = text_of(key) + ".";
    json object = described(surrogate.info());
    object["outputs"] = surrogate.outputs().size();
    save_outputs(tensors, prefix, surrogate);
    if (const Surrogate* other = sharing(surrogates_, surrogate)) {
      object["shares"] = text_of(key_of(*other));
    } else {
      object["members"] = save_members(tensors, prefix, surrogate);
      if (surrogate.score_table()) save_scores(tensors, prefix, *surrogate.score_table());
    }
    description[text_of(key)] = std::move(object);
  }
  tensors.metadata = {{"format", std::string(kFormat)},
                      {"format_version", std::string(kVersion)},
                      {"surrogates", serialised(description)},
                      {"noise", described(noise).dump()}};
  return tensors.bytes();
}

void ModelFile::write(const std::filesystem::path& path) const {
  const std::vector<std::byte> content = bytes();
  OutputFile file(path);
  file.write(std::span(content));
  file.commit();
}

}  // namespace ecnas::surrogate
