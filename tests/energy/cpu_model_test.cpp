#include "ecnas/energy/cpu_model.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "energy/cpu_table.hpp"
#include "support/expect_error.hpp"

namespace ecnas::energy {
namespace {

using ecnas::testing::expect_error;

TEST(PowerCurve, LiesOnStraightLinesBetweenItsPoints) {
  const PowerCurve curve({{0, 40}, {0.5, 180}, {1, 270}});
  EXPECT_EQ(curve.power_w(0), 40);
  EXPECT_EQ(curve.power_w(0.25), 110);
  EXPECT_EQ(curve.power_w(0.5), 180);
  EXPECT_EQ(curve.power_w(0.75), 225);
  EXPECT_EQ(curve.power_w(1), 270);
}

TEST(PowerCurve, IsReadAsTwoPowersOrAsPoints) {
  EXPECT_EQ(PowerCurve::parse("40,270").power_w(0.5), 155);
  EXPECT_EQ(PowerCurve::parse("0:40, 0.5:180, 1:270").power_w(0.5), 180);
}

TEST(PowerCurve, WhatIsNoCurveIsRefused) {
  for (const char* text :
       {"", "40", "40,30", "-1,30", "0,30", "40,nan", "40,270,300", "0:40,1:x", "0:40,0.5:50",
        "0.1:40,1:50", "0:40,0.5:60,0.5:70,1:80", "40,1e9", "0:40,2:50"})
    expect_error(ErrorCode::invalid_argument, "power curve",
                 [&] { (void)PowerCurve::parse(text); });
}

CpuIdentity named(std::string name) {
  return {.vendor = "GenuineIntel", .model_name = std::move(name), .logical_cpus = 4};
}

TEST(CpuPower, AModelIsFoundByItsWordsWhole) {
  EXPECT_EQ(cpu_power_of(named("Intel(R) Xeon(R) Gold 6248R CPU @ 3.00GHz")).tdp_w, 205);
  EXPECT_EQ(cpu_power_of(named("Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz")).tdp_w, 150);
  EXPECT_EQ(cpu_power_of(named("Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz")).tdp_w, 65);
  EXPECT_EQ(cpu_power_of(named("AMD EPYC 7763 64-Core Processor")).threads, 128U);
  EXPECT_EQ(cpu_power_of(named("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz")).threads, 28U);
  EXPECT_EQ(cpu_power_of(named("AMD EPYC 7763 64-Core Processor")).knowledge, CpuKnowledge::model);
}

TEST(CpuPower, AHiddenNameIsTakenByItsArchitecture) {
  CpuIdentity cpu = named("Intel(R) Xeon(R) Processor");
  cpu.family = 6;
  cpu.model = 207;
  const CpuPower power = cpu_power_of(cpu);
  EXPECT_EQ(power.knowledge, CpuKnowledge::architecture);
  EXPECT_DOUBLE_EQ(power.tdp_per_thread_w(), 350.0 / 128);
  EXPECT_NE(power.matched.find("Emerald Rapids"), std::string::npos);
}

TEST(CpuPower, AnUnknownProcessorIsATypicalOneOfItsKind) {
  const CpuPower server = cpu_power_of(named("Intel(R) Xeon(R) of tomorrow"));
  EXPECT_EQ(server.knowledge, CpuKnowledge::class_only);
  EXPECT_GT(server.tdp_per_thread_w(), 1);
  EXPECT_LT(server.tdp_per_thread_w(), 5);
  const CpuPower other = cpu_power_of(named("something"));
  EXPECT_EQ(other.tdp_w, 65);
  EXPECT_EQ(other.threads, 4U);
  EXPECT_GT(cpu_power_of({}).tdp_per_thread_w(), 0);
}

TEST(CpuPower, TheTableIsSane) {
  std::set<std::string_view> names;
  for (const KnownCpu& cpu : known_cpus()) {
    EXPECT_TRUE(names.insert(cpu.name).second) << cpu.name << " stands there twice";
    EXPECT_GE(cpu.tdp_w / cpu.threads, 1) << cpu.name;
    EXPECT_LE(cpu.tdp_w / cpu.threads, 16) << cpu.name;
    EXPECT_FALSE(cpu.source.empty());
    EXPECT_EQ(cpu_power_of(named(fmt::format("Maker {} CPU", cpu.name))).matched, cpu.name);
  }
  for (const KnownArchitecture& known : known_architectures())
    EXPECT_GT(known.tdp_w / known.threads, 1) << known.name;
}

TEST(ParseCpuinfo, CountsProcessorsAndPackages) {
  std::string text;
  for (int processor = 0; processor < 4; ++processor)
    text += fmt::format(
        "processor\t: {}\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\n"
        "model name\t: AMD EPYC 7763 64-Core Processor\nphysical id\t: {}\n\n",
        processor, processor / 2);
  const CpuIdentity cpu = parse_cpuinfo(text);
  EXPECT_EQ(cpu.logical_cpus, 4U);
  EXPECT_EQ(cpu.packages, 2U);
  EXPECT_EQ(cpu.family, 25U);
  EXPECT_EQ(cpu.model, 1U);
  EXPECT_EQ(cpu.model_name, "AMD EPYC 7763 64-Core Processor");
}

TEST(ParseCpuinfo, AnArmMachineHasPartsForNames) {
  const CpuIdentity cpu = parse_cpuinfo(
      "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n\nprocessor\t: 1\n");
  EXPECT_EQ(cpu.vendor, "Arm 0x41");
  EXPECT_EQ(cpu.model_name, "0xd0c");
  EXPECT_EQ(cpu.packages, 1U);
}

TEST(ParseCpuinfo, NonsenseIsNobody) {
  EXPECT_EQ(parse_cpuinfo("").logical_cpus, 0U);
  EXPECT_EQ(parse_cpuinfo("cpu family\t: -3\nmodel : 99999999999999\n").family, 0U);
}

}  // namespace
}  // namespace ecnas::energy
