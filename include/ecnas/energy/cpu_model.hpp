#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::energy {

/// Power of a processor package by utilisation: straight lines between points.
class PowerCurve {
 public:
  struct Point {
    double utilisation = 0;  ///< share of all logical processors' time, 0 to 1
    double power_w = 0;
  };

  /// @throws Error{invalid_argument} unless there are two points or more, the first at 0, the last
  /// at 1, utilisations rising, powers positive and not falling
  explicit PowerCurve(std::vector<Point> points);

  /// "40,270" (idle, full) or "0:40,0.5:180,1:270". @throws Error{invalid_argument}
  [[nodiscard]] static PowerCurve parse(std::string_view text);

  /// @pre 0 ≤ utilisation ≤ 1
  [[nodiscard]] double power_w(double utilisation) const;
  [[nodiscard]] double idle_w() const { return points_.front().power_w; }
  [[nodiscard]] double full_w() const { return points_.back().power_w; }
  [[nodiscard]] std::span<const Point> points() const { return points_; }

 private:
  std::vector<Point> points_;
};

/// Where a processor's power is taken from.
enum class CpuKnowledge {
  model,         ///< its model name is in the table
  architecture,  ///< its family is: the largest model's power a thread
  class_only,    ///< neither: a typical processor of its class
};

/// What the table knows of a processor.
struct CpuPower {
  std::string matched;  ///< "Xeon Platinum 8480", "Emerald Rapids", "server"
  CpuKnowledge knowledge = CpuKnowledge::class_only;
  double tdp_w = 0;          ///< thermal design power of a package, the maker's
  unsigned threads = 0;      ///< of a package
  double idle_fraction = 0;  ///< idle power as a share of it
  std::string source;        ///< who says so

  [[nodiscard]] double tdp_per_thread_w() const { return tdp_w / threads; }
};

/// What /proc/cpuinfo says of the first processor, and how many there are.
struct CpuIdentity {
  std::string vendor;      ///< "GenuineIntel"
  std::string model_name;  ///< "Intel(R) Xeon(R) Platinum 8480C"
  unsigned family = 0;
  unsigned model = 0;
  unsigned logical_cpus = 0;
  unsigned packages = 1;
};
[[nodiscard]] CpuIdentity parse_cpuinfo(std::string_view text);

/// By model name; else by family and model number; else by class.
[[nodiscard]] CpuPower cpu_power_of(const CpuIdentity& cpu);

}  // namespace ecnas::energy
