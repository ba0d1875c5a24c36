#pragma once
/// What a specification says, layer by layer.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace ecnas::testing {

inline nlohmann::json layer(const nlohmann::json& spec, const std::string& name) {
  for (const nlohmann::json& candidate : spec.at("layer")) {
    if (candidate.at("name") == name) return candidate;
  }
  ADD_FAILURE() << "no layer " << name;
  return {};
}

inline nlohmann::json rows(const nlohmann::json& spec, const std::string& name) {
  return layer(spec, name).at("data").at("values");
}

}  // namespace ecnas::testing
