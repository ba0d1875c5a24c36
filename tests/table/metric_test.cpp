#include "ecnas/table/metric.hpp"

#include <gtest/gtest.h>

namespace ecnas::table {
namespace {

TEST(Metric, EveryCoreMetricAndItsHalfwayFormAreKnown) {
  for (const std::string_view name : kCoreMetrics) {
    const auto info = metric_info(name);
    ASSERT_TRUE(info) << name;
    EXPECT_EQ(info->name, name);
    EXPECT_FALSE(info->description.empty());
    const auto halfway = metric_info(std::string(name) + "_halfway");
    ASSERT_TRUE(halfway) << name;
    EXPECT_EQ(halfway->kind, info->kind);
    EXPECT_EQ(halfway->unit, info->unit);
  }
}

TEST(Metric, ANameTellsKindAndUnit) {
  const auto expect = [](std::string_view name, MetricKind kind, std::string_view unit) {
    const auto info = metric_info(name);
    ASSERT_TRUE(info) << name;
    EXPECT_EQ(info->kind, kind) << name;
    EXPECT_EQ(info->unit, unit) << name;
  };
  expect("test_accuracy", MetricKind::fraction, "1");
  expect("training_time_s", MetricKind::time, "s");
  expect("run_time_s", MetricKind::time, "s");
  expect("co2eq_g_halfway", MetricKind::co2eq, "g");
  expect("run_energy_kwh", MetricKind::energy, "kWh");
  expect("gpu0_energy_kwh", MetricKind::energy, "kWh");
  expect("cpu12_average_power_w", MetricKind::power, "W");
}

TEST(Metric, OtherNamesAreUnknown) {
  for (const std::string_view name :
       {"", "energy", "energy_wh", "Energy_kwh", "_energy_kwh", "gpu_energy_kwh", "0_energy_kwh",
        "gpu0x_energy_kwh", "gpu0_energy_kwh_halfway", "run_energy_kwh_halfway",
        "energy_kwh_halfway_halfway", "energy_kwh_provenance", "hash"}) {
    EXPECT_FALSE(metric_info(name)) << name;
  }
  EXPECT_FALSE(metric_info(std::string(100, 'g') + "0_energy_kwh"));
}

TEST(Metric, ProvenanceNamesRoundTrip) {
  for (const Provenance provenance :
       {Provenance::absent, Provenance::measured, Provenance::scaled, Provenance::predicted}) {
    EXPECT_EQ(parse_provenance(name(provenance)), provenance);
  }
  EXPECT_FALSE(parse_provenance("guessed"));
  EXPECT_FALSE(parse_provenance("unknown"));
  EXPECT_EQ(name(static_cast<Provenance>(9)), "unknown");
}

}  // namespace
}  // namespace ecnas::table
