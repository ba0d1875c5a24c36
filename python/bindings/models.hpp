#pragma once
/// A model file as Python holds it.

#include <memory>

#include "ecnas/surrogate/model_file.hpp"

namespace ecnas::python {

struct ModelHandle {
  std::shared_ptr<const surrogate::ModelFile> file;
};

}  // namespace ecnas::python
