// A measurement as JSON and back: docs/formats/track.md.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/energy/measurement.hpp"

namespace ecnas::energy {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxBytes = std::size_t{256} << 20;
constexpr std::size_t kMaxComponents = 10'000;
constexpr int kMaxDepth = 16;

// --- Writing -------------------------------------------------------------------------------------

/// Twelve significant digits: more than any meter has, and few enough that a document that is read
/// and written again says the same to the last digit, whatever units it went through.
double digits(double value) {
  return parse_real(fmt::format("{:.12g}", value)).value_or(value);
}

double kwh(double joules) {
  return digits(joules / kJoulesPerKwh);
}

ComponentEnergy rounded(const ComponentEnergy& energy, double duration_s) {
  return {kwh(energy.energy_j) * kJoulesPerKwh, digits(coverage(energy, duration_s)) * duration_s};
}

/// As it will be read.
Measurement rounded(Measurement measurement) {
  measurement.duration_s = digits(measurement.duration_s);
  for (Component& component : measurement.components) {
    component.energy = rounded(component.energy, measurement.duration_s);
    std::optional<Tolerance>& tolerance = component.source.tolerance;
    const double energy_kwh = kwh(component.energy.energy_j);
    if (tolerance && energy_kwh > 0)
      tolerance = Tolerance{digits(energy_kwh * tolerance->low) / energy_kwh,
                            digits(energy_kwh * tolerance->high) / energy_kwh};
  }
  for (Span& span : measurement.spans) {
    span.duration_s = digits(span.duration_s);
    for (ComponentEnergy& component : span.components)
      component = rounded(component, span.duration_s);
  }
  return measurement;
}

void put(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

template <typename T>
void put(Json& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = *value;
}

Json component_json(const Component& component, double duration_s) {
  const SourceDescription& source = component.source;
  const double energy_kwh = kwh(component.energy.energy_j);
  Json json = {{"name", source.name}, {"domain", name(source.domain)}, {"energy_kwh", energy_kwh}};
  if (source.tolerance)
    json["energy_kwh_interval"] = {digits(energy_kwh * source.tolerance->low),
                                   digits(energy_kwh * source.tolerance->high)};
  const double covered_s = component.energy.covered_s;
  json["average_power_w"] =
      covered_s > 0 ? Json(digits(component.energy.energy_j / covered_s)) : Json(nullptr);
  if (component.idle_energy_j) json["idle_energy_kwh"] = kwh(*component.idle_energy_j);
  json["quality"] = name(source.quality);
  json["coverage"] = digits(coverage(component.energy, duration_s));
  json["source"] = source.origin;
  put(json, "device", source.device);
  put(json, "attribution", source.attribution);
  return json;
}

Json span_json(const Measurement& measurement, const Span& span) {
  Json components = Json::array();
  for (const ComponentEnergy& component : span.components)
    components.push_back({{"energy_kwh", kwh(component.energy_j)},
                          {"coverage", digits(coverage(component, span.duration_s))}});
  return {{"name", span.name},
          {"depth", span.depth},
          {"begin_s", digits(span.begin_s)},
          {"duration_s", span.duration_s},
          {"energy_kwh", digits(measurement.energy_kwh(span))},
          {"coverage", digits(measurement.coverage(span))},
          {"complete", span.is_complete},
          {"components", std::move(components)}};
}

Json machine_json(const MachineDescription& machine) {
  return {{"cpu", machine.cpu},
          {"logical_cpus", machine.logical_cpus},
          {"memory_gib", machine.memory_gib},
          {"gpus", machine.gpus},
          {"kernel", machine.kernel}};
}

// --- Reading -------------------------------------------------------------------------------------

/// A document that is looked into; everything it refuses names the document.
class Reader {
 public:
  Reader(const Json& json, const std::string& document, std::string place)
      : json_(json), document_(document), place_(std::move(place)) {
    if (!json_.is_object()) refuse("", "an object");
  }

  [[nodiscard]] double number(const char* key, double low = 0) const {
    const Json& value = member(key);
    if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() < low)
      refuse(key, fmt::format("a number of at least {}", shortest(low)));
    return value.get<double>();
  }
  [[nodiscard]] std::optional<double> optional_number(const char* key) const {
    if (is_absent(key)) return {};
    return number(key);
  }
  [[nodiscard]] std::string text(const char* key) const {
    if (!member(key).is_string()) refuse(key, "a text");
    return member(key).get<std::string>();
  }
  [[nodiscard]] std::string optional_text(const char* key) const {
    return is_absent(key) ? std::string() : text(key);
  }
  [[nodiscard]] std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> texts;
    for (const Json& item : array(key)) {
      if (!item.is_string()) refuse(key, "a list of texts");
      texts.push_back(item.get<std::string>());
    }
    return texts;
  }
  [[nodiscard]] const Json& array(const char* key) const {
    const Json& value = member(key);
    if (!value.is_array()) refuse(key, "a list");
    return value;
  }
  [[nodiscard]] std::vector<Reader> objects(const char* key) const {
    std::vector<Reader> readers;
    const Json& list = array(key);
    for (std::size_t i = 0; i < list.size(); ++i)
      readers.emplace_back(list[i], document_, fmt::format("{}{}[{}].", place_, key, i));
    return readers;
  }
  [[nodiscard]] Reader object(const char* key) const {
    return {member(key), document_, fmt::format("{}{}.", place_, key)};
  }
  [[nodiscard]] bool is_absent(const char* key) const {
    return !json_.contains(key) || json_.at(key).is_null();
  }
  [[nodiscard]] bool flag(const char* key) const {
    if (!member(key).is_boolean()) refuse(key, "true or false");
    return member(key).get<bool>();
  }
  [[noreturn]] void refuse(const char* key, std::string_view expected) const {
    fail(ErrorCode::invalid_data, "{}: '{}{}' is not {}; give a document that 'ecnas track' wrote",
         document_, place_, key, expected);
  }

 private:
  [[nodiscard]] const Json& member(const char* key) const {
    if (is_absent(key)) refuse(key, "there");
    return json_.at(key);
  }

  const Json& json_;
  const std::string& document_;
  std::string place_;
};

template <typename Enum, std::size_t N>
Enum named(const Reader& reader, const char* key, const std::array<Enum, N>& values) {
  const std::string text = reader.text(key);
  for (const Enum value : values) {
    if (text == name(value)) return value;
  }
  reader.refuse(key, "a name that we know");
}

Component read_component(const Reader& reader, double duration_s) {
  constexpr std::array kDomains = {Domain::cpu, Domain::cores,    Domain::uncore, Domain::memory,
                                   Domain::gpu, Domain::platform, Domain::machine};
  constexpr std::array kQualities = {Quality::counter, Quality::integrated, Quality::modelled};
  Component component;
  component.source.name = reader.text("name");
  component.source.domain = named(reader, "domain", kDomains);
  component.source.quality = named(reader, "quality", kQualities);
  component.source.kind =
      component.source.quality == Quality::integrated ? Kind::power : Kind::counter;
  component.source.origin = reader.text("source");
  component.source.device = reader.optional_text("device");
  component.source.attribution = reader.optional_text("attribution");
  const double energy_kwh = reader.number("energy_kwh");
  component.energy.energy_j = energy_kwh * kJoulesPerKwh;
  component.energy.covered_s = std::min(reader.number("coverage"), 1.0) * duration_s;
  if (const auto idle_kwh = reader.optional_number("idle_energy_kwh"))
    component.idle_energy_j = *idle_kwh * kJoulesPerKwh;
  if (!reader.is_absent("energy_kwh_interval")) {
    const Json& bounds = reader.array("energy_kwh_interval");
    if (bounds.size() != 2 || !bounds[0].is_number() || !bounds[1].is_number())
      reader.refuse("energy_kwh_interval", "two numbers");
    component.source.tolerance = Tolerance{};
    if (energy_kwh > 0)
      component.source.tolerance =
          Tolerance{bounds[0].get<double>() / energy_kwh, bounds[1].get<double>() / energy_kwh};
  }
  return component;
}

Span read_span(const Reader& reader, std::size_t components) {
  Span span{.name = reader.text("name"),
            .depth = static_cast<std::size_t>(std::min(reader.number("depth"), 1e6)),
            .begin_s = reader.number("begin_s"),
            .duration_s = reader.number("duration_s"),
            .is_complete = reader.flag("complete")};
  for (const Reader& component : reader.objects("components"))
    span.components.push_back({component.number("energy_kwh") * kJoulesPerKwh,
                               std::min(component.number("coverage"), 1.0) * span.duration_s});
  if (span.components.size() != components)
    reader.refuse("components", "as long as the document's");
  return span;
}

MachineDescription read_machine(const Reader& reader) {
  return {.cpu = reader.text("cpu"),
          .logical_cpus = static_cast<unsigned>(std::min(reader.number("logical_cpus"), 1e6)),
          .memory_gib = reader.number("memory_gib"),
          .gpus = reader.texts("gpus"),
          .kernel = reader.text("kernel")};
}

void read_carbon(const Reader& reader, Measurement& measurement) {
  measurement.co2eq_g = reader.optional_number("co2eq_g");
  if (reader.is_absent("carbon_intensity_g_per_kwh")) return;
  measurement.emission_factor.emplace();
  measurement.emission_factor->g_per_kwh = reader.number("carbon_intensity_g_per_kwh");
  if (reader.is_absent("carbon_intensity")) return;
  const Reader factor = reader.object("carbon_intensity");
  measurement.emission_factor->zone = factor.optional_text("zone");
  measurement.emission_factor->time = factor.optional_text("time");
  measurement.emission_factor->source = factor.optional_text("source");
}

void read_sampling(const Reader& reader, Measurement& measurement) {
  measurement.interval_s = reader.number("interval_s");
  measurement.jitter_s = reader.number("jitter_s");
  measurement.overhead_cpu_s = reader.number("overhead_cpu_s");
}

}  // namespace

std::string to_json(const Measurement& measured) {
  const Measurement measurement = rounded(measured);
  Json json = {{"energy_kwh", digits(measurement.energy_kwh())}};
  if (const auto interval = measurement.energy_kwh_interval())
    json["energy_kwh_interval"] = {digits(interval->first), digits(interval->second)};
  json["co2eq_g"] = measurement.co2eq_g ? Json(digits(*measurement.co2eq_g)) : Json(nullptr);
  json["duration_s"] = measurement.duration_s;
  json["coverage"] = digits(measurement.coverage());
  json["components"] = Json::array();
  for (const Component& component : measurement.components)
    json["components"].push_back(component_json(component, measurement.duration_s));
  json["spans"] = Json::array();
  for (const Span& span : measurement.spans)
    json["spans"].push_back(span_json(measurement, span));
  json["pue"] = measurement.pue;
  const auto& factor = measurement.emission_factor;
  json["carbon_intensity_g_per_kwh"] = factor ? Json(digits(factor->g_per_kwh)) : Json(nullptr);
  if (factor) {
    Json& intensity = json["carbon_intensity"] = Json::object();
    put(intensity, "zone", factor->zone);
    put(intensity, "time", factor->time);
    put(intensity, "source", factor->source);
  }
  json["started"] = measurement.started;
  json["command"] = measurement.command;
  put(json, "exit_status", measurement.exit_status);
  json["notes"] = measurement.notes;
  json["sampling"] = {{"interval_s", measurement.interval_s},
                      {"jitter_s", measurement.jitter_s},
                      {"overhead_cpu_s", measurement.overhead_cpu_s}};
  json["machine"] = machine_json(measurement.machine);
  json["version"] = measurement.version;
  // Commands and devices may hold any bytes.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Measurement measurement_from_json(std::string_view text, const std::string& document) {
  if (text.size() > kMaxBytes)
    fail(ErrorCode::invalid_data, "{}: {} bytes are more than a document has", document,
         text.size());
  const auto is_shallow = [](int depth, Json::parse_event_t /*event*/, Json& /*parsed*/) {
    return depth <= kMaxDepth;
  };
  const Json json = Json::parse(text, is_shallow, false);
  if (json.is_discarded())
    fail(ErrorCode::invalid_data, "{}: no JSON; give a document that 'ecnas track' wrote",
         document);
  const Reader reader(json, document, "");
  Measurement measurement{.started = reader.text("started"),
                          .duration_s = reader.number("duration_s"),
                          .pue = reader.number("pue", 1),
                          .machine = read_machine(reader.object("machine")),
                          .command = reader.texts("command"),
                          .notes = reader.texts("notes"),
                          .version = reader.text("version")};
  if (reader.array("components").size() > kMaxComponents)
    reader.refuse("components", "a list of 10,000 at most");
  for (const Reader& component : reader.objects("components"))
    measurement.components.push_back(read_component(component, measurement.duration_s));
  const double energy_kwh = measurement.energy_kwh();
  if (std::abs(reader.number("energy_kwh") - energy_kwh) > 1e-9 * energy_kwh)
    reader.refuse("energy_kwh", "the sum of the components' times the PUE");
  for (const Reader& span : reader.objects("spans"))
    measurement.spans.push_back(read_span(span, measurement.components.size()));
  read_carbon(reader, measurement);
  read_sampling(reader.object("sampling"), measurement);
  if (const auto status = reader.optional_number("exit_status"))
    measurement.exit_status = static_cast<int>(std::min(*status, 255.0));
  return measurement;
}

}  // namespace ecnas::energy
