#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>

#include "bindings.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/energy/carbon.hpp"
#include "ecnas/energy/inventory.hpp"
#include "ecnas/energy/measurement.hpp"
#include "ecnas/energy/tracker.hpp"

namespace ecnas::python {
namespace {

using energy::Measurement;

/// What turns joules into what is reported.
struct Rates {
  double pue = 1;
  std::optional<energy::EmissionFactor> factor;
};

Rates rates_from(double pue, std::optional<double> carbon_intensity,
                 const std::optional<std::string>& zone) {
  if (!(std::isfinite(pue) && pue >= 1))
    fail(ErrorCode::invalid_argument, "PUE {}: expected a number from 1", pue);
  if (carbon_intensity && zone) {
    fail(ErrorCode::invalid_argument,
         "a carbon intensity beside a zone, which has its own; give one of them");
  }
  Rates rates{pue, std::nullopt};
  if (carbon_intensity) {
    if (!(std::isfinite(*carbon_intensity) && *carbon_intensity >= 0)) {
      fail(ErrorCode::invalid_argument, "carbon intensity {}: expected gCO2eq/kWh, from 0",
           *carbon_intensity);
    }
    rates.factor = energy::EmissionFactor{.g_per_kwh = *carbon_intensity, .source = "given"};
  } else if (zone) {
    const energy::Zone& found = energy::find_zone(*zone);
    rates.factor = energy::EmissionFactor{found.g_per_kwh, std::string(found.code),
                                          std::to_string(found.year), std::string(found.source)};
  }
  return rates;
}

Measurement completed(Measurement measured, const Rates& rates,
                      const energy::MachineDescription& machine) {
  measured.pue = rates.pue;
  measured.emission_factor = rates.factor;
  if (rates.factor) measured.co2eq_g = measured.energy_kwh() * rates.factor->g_per_kwh;
  measured.machine = machine;
  return measured;
}

/// A tracker with what its measurement is completed by. Thread safe: its methods are called without
/// the interpreter's lock.
class TrackerHandle {
 public:
  TrackerHandle(double interval_s, double pue, std::optional<double> carbon_intensity,
                const std::optional<std::string>& zone, bool whole_machine)
      : rates_(rates_from(pue, carbon_intensity, zone)) {
    if (!(std::isfinite(interval_s) && interval_s >= 1e-3 && interval_s <= 3600)) {
      fail(ErrorCode::invalid_argument, "interval of {} s; expected from 0.001 to 3600",
           interval_s);
    }
    energy::InventoryOptions options;
    if (!whole_machine) options.user = energy::read_own_process();
    energy::Inventory inventory = energy::take_inventory(options);
    machine_ = inventory.machine;
    energy::TrackerOptions tracking;
    tracking.interval = std::chrono::nanoseconds(std::llround(1e9 * interval_s));
    tracker_ = std::make_unique<energy::Tracker>(inventory.take_counted(), std::move(tracking));
  }

  /// The thread that samples is not in a process that was forked off, and would be waited for:
  /// there the tracker is left as it is.
  ~TrackerHandle() {
    if (is_elsewhere()) static_cast<void>(tracker_.release());
  }
  TrackerHandle(const TrackerHandle&) = delete;
  TrackerHandle& operator=(const TrackerHandle&) = delete;

  [[nodiscard]] bool is_elsewhere() const { return getpid() != process_; }

  energy::Tracker::Region begin(const std::string& name) {
    expect_here();
    const std::lock_guard lock(mutex_);
    if (!tracker_) fail(ErrorCode::invalid_argument, "span '{}': the tracker has stopped", name);
    return tracker_->span(name);
  }
  Measurement so_far() const {
    expect_here();
    const std::lock_guard lock(mutex_);
    return stopped_ ? *stopped_ : completed(tracker_->so_far(), rates_, machine_);
  }
  Measurement stop() {
    expect_here();
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      stopped_ = completed(tracker_->stop(), rates_, machine_);
      tracker_.reset();
    }
    return *stopped_;
  }

 private:
  void expect_here() const {
    if (is_elsewhere()) {
      fail(ErrorCode::invalid_argument,
           "the tracker was begun by process {}, from which this one was forked; begin another",
           process_);
    }
  }

  pid_t process_ = getpid();
  mutable std::mutex mutex_;
  Rates rates_;
  energy::MachineDescription machine_;
  std::unique_ptr<energy::Tracker> tracker_;
  std::optional<Measurement> stopped_;
};

/// The weakest of the sources' qualities.
std::string quality_of(const Measurement& measured) {
  energy::Quality weakest = energy::Quality::counter;
  for (const energy::Component& component : measured.components)
    weakest = std::max(weakest, component.source.quality);
  return std::string(energy::name(weakest));
}

nb::list spans_of(const Measurement& self) {
  nb::list spans;
  for (const energy::Span& span : self.spans) {
    nb::dict entry;
    entry["name"] = span.name;
    entry["depth"] = span.depth;
    entry["begin_s"] = span.begin_s;
    entry["duration_s"] = span.duration_s;
    entry["energy_kwh"] = self.energy_kwh(span);
    entry["coverage"] = self.coverage(span);
    entry["is_complete"] = span.is_complete;
    spans.append(entry);
  }
  return spans;
}

nb::list components_of(const Measurement& self) {
  nb::list components;
  for (const energy::Component& component : self.components) {
    nb::dict entry;
    entry["name"] = component.source.name;
    entry["device"] = component.source.device;
    entry["domain"] = std::string(energy::name(component.source.domain));
    entry["quality"] = std::string(energy::name(component.source.quality));
    entry["attribution"] = component.source.attribution;
    entry["energy_j"] = component.energy.energy_j;
    entry["covered_s"] = component.energy.covered_s;
    components.append(entry);
  }
  return components;
}

void bind_measurement(nb::module_& module) {
  nb::class_<Measurement>(module, "Measurement", "What was used, and how well that is known.")
      .def_ro("started", &Measurement::started, "UTC, ISO 8601.")
      .def_ro("duration_s", &Measurement::duration_s, "From begin to end.")
      .def_prop_ro(
          "energy_kwh", [](const Measurement& self) { return self.energy_kwh(); },
          "Of all components, PUE included.")
      .def_prop_ro(
          "energy_kwh_interval",
          [](const Measurement& self) -> nb::object {
            const auto interval = self.energy_kwh_interval();
            if (!interval) return nb::none();
            return nb::make_tuple(interval->first, interval->second);
          },
          "Where energies are modelled: between what they are expected to lie; else None.")
      .def_ro("co2eq_g", &Measurement::co2eq_g, "None without a zone or an intensity.")
      .def_ro("pue", &Measurement::pue, "What energies are multiplied by.")
      .def_prop_ro("quality", quality_of, "The weakest of: 'counter', 'integrated', 'modelled'.")
      .def_prop_ro(
          "coverage", [](const Measurement& self) { return self.coverage(); },
          "Share of the time that was observed.")
      .def_prop_ro("_spans", spans_of)
      .def_prop_ro("components", components_of, "A dict a source: name, device, energy_j, quality.")
      .def_ro("notes", &Measurement::notes, "What happened to sources: gaps, wraps, resets.")
      .def(
          "to_json", [](const Measurement& self) { return energy::to_json(self); },
          "The document of `ecnas track`.")
      .def("__repr__", [](const Measurement& self) {
        return fmt::format("<Measurement: {:.4g} kWh ({}) in {:.4g} s>", self.energy_kwh(),
                           quality_of(self), self.duration_s);
      });
}

}  // namespace

void bind_energy(nb::module_& module) {
  using Region = energy::Tracker::Region;
  using Released = nb::call_guard<nb::gil_scoped_release>;
  bind_measurement(module);
  nb::class_<Region>(module, "Region", "A named part of what a tracker measures.")
      .def("end", &Region::end, Released(), "Takes the readings that end it.");
  nb::class_<TrackerHandle>(module, "Tracker", "Measures from its making on.")
      .def(nb::init<double, double, std::optional<double>, std::optional<std::string>, bool>(),
           nb::arg("interval_s"), nb::arg("pue"), nb::arg("carbon_intensity").none(),
           nb::arg("zone").none(), nb::arg("whole_machine"), Released())
      .def("begin", &TrackerHandle::begin, nb::arg("name"), Released(),
           "Begins a region within those that are open.")
      .def("so_far", &TrackerHandle::so_far, Released(), "What was used until now.")
      .def("stop", &TrackerHandle::stop, Released(), "Ends, and says what was used.");
}

}  // namespace ecnas::python
