#include <nanobind/nanobind.h>

#include "bindings.hpp"

NB_MODULE(_core, module) {
  module.doc() = "The C++ core of ecnas; use it through the package ecnas.";
  ecnas::python::bind_errors(module);
  ecnas::python::bind_space(module);
  ecnas::python::bind_table(module);
  ecnas::python::bind_ledger(module);
  ecnas::python::bind_search(module);
  ecnas::python::bind_indicators(module);
  ecnas::python::bind_surrogate(module);
  ecnas::python::bind_analysis(module);
  ecnas::python::bind_energy(module);
  ecnas::python::explain_wrong_types(module);
}
