#pragma once
/// What EC-NAS published, read from published/ec-nas-2024.json, which is part of the program.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::app {

struct PublishedNumber {
  std::string id;  ///< "swaps.energy.conv3x3.conv1x1"
  std::string where;
  std::string quantity;
  double value = 0;
  std::optional<double> deviation;
  std::string unit;
  std::string cause;  ///< why ours may differ
};

struct PublishedNumbers {
  std::string source;
  std::vector<PublishedNumber> numbers;
};

[[nodiscard]] PublishedNumbers published_numbers();

/// How predictions of energy get better with the number of cells fitted on, as
/// `ecnas surrogate learning-curve --json` found it: published/energy-learning-curve.json, which is
/// part of the program as the fits take minutes.
[[nodiscard]] std::string_view learning_curve_json();

/// The same quantities as found here, by the published ones' ids.
struct OurNumber {
  double value = 0;
  std::optional<double> deviation;
};
using OurNumbers = std::map<std::string, OurNumber>;

}  // namespace ecnas::app
