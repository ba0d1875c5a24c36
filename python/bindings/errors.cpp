#include <nanobind/nanobind.h>

#include <array>
#include <exception>

#include "bindings.hpp"
#include "ecnas/core/error.hpp"

namespace ecnas::python {
namespace {

/// By `ErrorCode`, the classes of `ecnas._errors`.
constexpr std::array<const char*, 6> kClasses = {
    "InvalidArgument", "InvalidData", "NotFound", "IoFailure", "MissingDependency", "Interrupted"};

void translate(const std::exception_ptr& pointer, void* /*payload*/) {
  try {
    std::rethrow_exception(pointer);
  } catch (const Error& error) {
    const nb::module_ errors = nb::module_::import_("ecnas._errors");
    const nb::object type = errors.attr(kClasses[static_cast<std::size_t>(error.code())]);
    PyErr_SetObject(type.ptr(), nb::str(error.what()).ptr());
  }
}

}  // namespace

void bind_errors(nb::module_& /*module*/) {
  nb::register_exception_translator(translate);
}

}  // namespace ecnas::python
