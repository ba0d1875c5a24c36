// One line for arguments of types that nothing takes, in place of nanobind's several.
//
// Functions of nanobind are called through a pointer that each has (PEP 590). Ours stands before it
// and looks at what failed; a call that succeeds costs one branch more.

#include <nanobind/nanobind.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "bindings.hpp"
#include "ecnas/core/error.hpp"

namespace ecnas::python {
namespace {

/// Has `ecnas._errors` say it again, if it is what nanobind says of wrong types.
void explain_failure() {
  if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) return;
  nb::python_error raised;
  try {
    const nb::object explained =
        nb::module_::import_("ecnas._errors").attr("wrong_type")(nb::str(raised.value()));
    if (explained.is_none()) {
      raised.restore();
    } else {
      PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(explained.ptr())), explained.ptr());
    }
  } catch (nb::python_error& error) {
    error.restore();
  }
}

// nanobind has a handful of ways to call, by what a function takes.
constexpr std::size_t kMostWays = 16;
std::array<vectorcallfunc, kMostWays> ways{};

template <std::size_t kWay>
PyObject* call(PyObject* function, PyObject* const* arguments, std::size_t count,
               PyObject* keywords) {
  PyObject* result = ways[kWay](function, arguments, count, keywords);
  if (result == nullptr) explain_failure();
  return result;
}

template <std::size_t... kIndices>
constexpr std::array<vectorcallfunc, kMostWays> calls(std::index_sequence<kIndices...> /*all*/) {
  return {call<kIndices>...};
}
constexpr auto kCalls = calls(std::make_index_sequence<kMostWays>());

void stand_before(PyObject* function) {
  const std::string_view type = Py_TYPE(function)->tp_name;
  if (type != "nanobind.nb_func" && type != "nanobind.nb_method") return;
  auto* const pointer = reinterpret_cast<vectorcallfunc*>(reinterpret_cast<std::byte*>(function) +
                                                          Py_TYPE(function)->tp_vectorcall_offset);
  if (std::ranges::find(kCalls, *pointer) != kCalls.end()) return;
  const auto way = std::ranges::find_if(
      ways, [&](vectorcallfunc known) { return known == nullptr || known == *pointer; });
  ECNAS_ASSERT(way != ways.end());
  *way = *pointer;
  *pointer = kCalls[static_cast<std::size_t>(way - ways.begin())];
}

}  // namespace

void explain_wrong_types(nb::module_& module) {
  const auto values = [](nb::handle object) {
    return nb::list(object.attr("__dict__").attr("values")());
  };
  for (const nb::handle value : values(module)) {
    stand_before(value.ptr());
    if (!nb::isinstance<nb::type_object>(value)) continue;
    for (const nb::handle member : values(value))
      stand_before(member.ptr());
  }
}

}  // namespace ecnas::python
