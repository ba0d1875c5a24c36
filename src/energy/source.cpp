#include "ecnas/energy/source.hpp"

namespace ecnas::energy {

std::string_view name(Domain domain) {
  switch (domain) {
    case Domain::cpu:
      return "cpu";
    case Domain::cores:
      return "cores";
    case Domain::uncore:
      return "uncore";
    case Domain::memory:
      return "memory";
    case Domain::gpu:
      return "gpu";
    case Domain::platform:
      return "platform";
    case Domain::machine:
      return "machine";
  }
  return {};
}

std::string_view name(Kind kind) {
  return kind == Kind::counter ? "counter" : "power";
}

std::string_view name(Quality quality) {
  switch (quality) {
    case Quality::counter:
      return "counter";
    case Quality::integrated:
      return "integrated";
    case Quality::modelled:
      return "modelled";
  }
  return {};
}

}  // namespace ecnas::energy
