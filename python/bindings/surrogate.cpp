#include "ecnas/surrogate/surrogate.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cmath>

#include "bindings.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/surrogate/fit.hpp"
#include "ecnas/surrogate/shipped.hpp"
#include "ecnas/surrogate/transfer.hpp"
#include "models.hpp"

namespace ecnas::python {
namespace {

using surrogate::Surrogate;
using surrogate::Target;

Target target_from(const std::string& name) {
  const auto target = surrogate::parse_target(name);
  if (!target) {
    fail(ErrorCode::invalid_argument,
         "target {}: unknown; choose from energy_kwh, training_time_s, validation_accuracy, "
         "test_accuracy",
         ecnas::quoted(name));
  }
  return *target;
}

ModelHandle open_model(const std::string& path) {
  return interruptible([&](const std::stop_token& /*stop*/) {
    return ModelHandle{std::make_shared<const surrogate::ModelFile>(
        path == surrogate::kShippedModel ? surrogate::shipped_model()
                                         : surrogate::ModelFile::open(path))};
  });
}

nb::dict predict(const ModelHandle& self, const std::string& target, nb::handle cells,
                 std::optional<std::int32_t> epochs, unsigned threads) {
  const Surrogate& surrogate = self.file->surrogate(target_from(target));
  const CellArray array = to_cells(cells);
  const auto predictions = interruptible([&](const std::stop_token& /*stop*/) {
    return surrogate.predict(array.cells, epochs.value_or(surrogate.info().epochs.back()), threads);
  });
  std::vector<double> values;
  std::vector<double> lower;
  std::vector<double> upper;
  std::vector<std::uint8_t> out_of_range;
  for (const surrogate::Prediction& prediction : predictions) {
    values.push_back(prediction.value);
    lower.push_back(prediction.lower90);
    upper.push_back(prediction.upper90);
    out_of_range.push_back(prediction.out_of_range ? 1 : 0);
  }
  nb::dict result;
  result["value"] = to_numpy(std::move(values));
  result["lower90"] = to_numpy(std::move(lower));
  result["upper90"] = to_numpy(std::move(upper));
  result["out_of_range"] = to_numpy(std::move(out_of_range)).attr("view")("bool");
  return result;
}

nb::dict info_of(const ModelHandle& self, const std::string& target) {
  const surrogate::SurrogateInfo& info = self.file->surrogate(target_from(target)).info();
  nb::dict result;
  result["target"] = std::string(surrogate::name(info.target));
  result["unit"] = std::string(surrogate::unit(info.target));
  result["name"] = info.name;
  result["description"] = info.description;
  result["pue"] = info.pue;
  result["devices"] = info.devices;
  result["epochs"] = info.epochs;
  result["scaled_from"] = info.scaled_from;
  result["cells"] = info.cells;
  return result;
}

ModelHandle fit(const TableHandle& table, const std::string& target_name, const std::string& name,
                std::uint64_t seed, unsigned threads) {
  const Target target = target_from(target_name);
  surrogate::SurrogateFitOptions options;
  options.name = name;
  options.seed = seed;
  options.threads = threads;
  options.description = "fitted on " + table.table->name();
  options.devices = table.table->metadata().devices;
  return interruptible([&](const std::stop_token& /*stop*/) {
    const std::vector<surrogate::Observations> sources = {
        surrogate::observe(*table.table, target, surrogate::AccuracyKind::mean)};
    auto file = std::make_shared<surrogate::ModelFile>();
    file->add(surrogate::fit_surrogate(sources, options).surrogate);
    return ModelHandle{std::move(file)};
  });
}

/// A model of another device, from a few measured cells. @param energies_kwh  (n)
ModelHandle transfer(const ModelHandle& self, nb::handle cells,
                     const std::vector<double>& energies_kwh, std::int32_t epochs,
                     const std::string& device, std::optional<double> pue) {
  const CellArray array = to_cells(cells);
  if (array.cells.size() != energies_kwh.size()) {
    fail(ErrorCode::invalid_argument, "{} energies of {} cells; expected one each",
         energies_kwh.size(), array.cells.size());
  }
  table::Measurements measured;
  for (std::size_t i = 0; i < energies_kwh.size(); ++i) {
    if (!(std::isfinite(energies_kwh[i]) && energies_kwh[i] > 0)) {
      fail(ErrorCode::invalid_argument, "energy {} is {}; expected kWh, above 0", i,
           energies_kwh[i]);
    }
    measured.cells.push_back(array.cells[i]);
    measured.lines.push_back(i + 1);
  }
  measured.energies_kwh = energies_kwh;
  return interruptible([&](const std::stop_token& /*stop*/) {
    auto file = std::make_shared<surrogate::ModelFile>();
    file->add(surrogate::transfer(self.file->surrogate(Target::energy_kwh), measured,
                                  {.device = device, .pue = pue, .epochs = epochs})
                  .surrogate);
    return ModelHandle{std::move(file)};
  });
}

/// Positions of the cells worth measuring on a new device.
nb::object recommend(const ModelHandle& self, nb::handle cells, std::size_t count,
                     std::int32_t epochs) {
  const CellArray array = to_cells(cells);
  std::vector<double> logarithms;
  for (const surrogate::Prediction& prediction :
       self.file->surrogate(Target::energy_kwh).predict(array.cells, epochs))
    logarithms.push_back(std::log(prediction.value));
  const auto positions = surrogate::recommend_cells(logarithms, count);
  return to_numpy(std::vector<std::int64_t>(positions.begin(), positions.end()));
}

}  // namespace

void bind_surrogate(nb::module_& module) {
  nb::class_<ModelHandle>(module, "ModelFile", "The surrogates of a model file.")
      .def_static("open", open_model, nb::arg("path"))
      .def_static("fit", fit, nb::arg("table"), nb::arg("target"), nb::arg("name"), nb::arg("seed"),
                  nb::arg("threads"))
      .def("targets",
           [](const ModelHandle& self) {
             std::vector<std::string> names;
             for (const auto& [key, surrogate] : self.file->surrogates())
               names.emplace_back(surrogate::name(key.target));
             return names;
           })
      .def("info", info_of, nb::arg("target"))
      .def("predict", predict, nb::arg("target"), nb::arg("cells"), nb::arg("epochs").none(),
           nb::arg("threads"))
      .def("transfer", transfer, nb::arg("cells"), nb::arg("energies_kwh"), nb::arg("epochs"),
           nb::arg("device"), nb::arg("pue").none())
      .def("recommend", recommend, nb::arg("cells"), nb::arg("count"), nb::arg("epochs"))
      .def(
          "write", [](const ModelHandle& self, const std::string& path) { self.file->write(path); },
          nb::arg("path"));
}

}  // namespace ecnas::python
