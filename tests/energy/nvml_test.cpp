#include "energy/nvml.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "ecnas/core/file.hpp"
#include "support/temporary_tree.hpp"

namespace ecnas::energy {
namespace {

using Reason = ReadFailure::Reason;
using std::chrono::seconds;

constexpr const char* kLibrary = ECNAS_FAKE_NVML_LIBRARY;
constexpr const char* kOldLibrary = ECNAS_FAKE_OLD_NVML_LIBRARY;

class Nvidia : public ::testing::Test {
 protected:
  Nvidia() { ::setenv("ECNAS_FAKE_NVML", tree_.at("script").c_str(), 1); }
  ~Nvidia() override { ::unsetenv("ECNAS_FAKE_NVML"); }

  void machine(const std::string& script) const { tree_.write("script", script); }
  // Eight cards, of which the last two have UUIDs that begin alike.
  void eight_cards() const {
    std::string script;
    for (int i = 0; i < 8; ++i) {
      const std::string number = std::to_string(i);
      script += "device " + number + " name=Card_" + number + " uuid=GPU-" +
                (i < 6 ? number + number : "ab" + number) + "-f00d energy_mj=" + number + "500\n";
    }
    machine(script);
  }
  [[nodiscard]] Discovered find(const std::optional<std::string>& visible = std::nullopt,
                                const std::string& library = kLibrary) const {
    return find_nvidia(library, visible, tree_.at("dev"));
  }
  // Numbers of the counted cards.
  [[nodiscard]] std::string counted(const std::string& visible) const {
    std::string numbers;
    for (const FoundSource& found : find(visible).sources) {
      if (found.is_counted) numbers += found.source->description().name.substr(4);
    }
    return numbers;
  }
  // The one thing that is missing.
  [[nodiscard]] static MissingSource missing_of(const Discovered& found) {
    EXPECT_EQ(found.missing.size(), 1U);
    return found.missing.empty() ? MissingSource{} : found.missing.front();
  }

  ecnas::testing::TemporaryTree tree_;
};

TEST_F(Nvidia, ACardWithACounterIsReadInJoules) {
  machine(
      "device 0 name=NVIDIA_A100-SXM4-40GB uuid=GPU-8932 energy_mj=1234567 power_mw=250000 "
      "limit_mw=400000");
  const Discovered found = find();
  EXPECT_TRUE(found.missing.empty());
  EXPECT_EQ(found.devices, std::vector<std::string>{"NVIDIA A100-SXM4-40GB"});
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_TRUE(found.sources[0].is_counted);
  EXPECT_EQ(found.sources[0].remark, "");

  const SourceDescription& description = found.sources[0].source->description();
  EXPECT_EQ(description.name, "gpu-0");
  EXPECT_EQ(description.domain, Domain::gpu);
  EXPECT_EQ(description.kind, Kind::counter);
  EXPECT_EQ(description.quality, Quality::counter);
  EXPECT_EQ(description.device, "NVIDIA A100-SXM4-40GB");
  EXPECT_EQ(description.origin, "nvmlDeviceGetTotalEnergyConsumption of GPU-8932");
  EXPECT_EQ(description.resolution, 0.001);
  EXPECT_FALSE(description.wrap_j.has_value());
  EXPECT_EQ(description.power_bound_w, 800);
  EXPECT_EQ(description.attribution, "");
  EXPECT_DOUBLE_EQ(*found.sources[0].source->read(seconds(0)), 1234.567);
}

TEST_F(Nvidia, TheCounterIsReadAnewEachTime) {
  machine("device 0 energy_mj=1000");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_EQ(*found.sources[0].source->read(seconds(0)), 1);
  machine("device 0 energy_mj=18446744073709551615");
  EXPECT_DOUBLE_EQ(*found.sources[0].source->read(seconds(1)), 18446744073709551.615);
}

TEST_F(Nvidia, ThePowerOfACardWithoutACounterIsIntegrated) {
  for (const std::string energy : {"", "energy=unsupported", "energy=unknown", "energy_mj=0"}) {
    machine("device 0 name=GTX_1080 power_mw=180500 " + energy);
    const Discovered found = find();
    EXPECT_TRUE(found.missing.empty());
    ASSERT_EQ(found.sources.size(), 1U) << energy;
    const SourceDescription& description = found.sources[0].source->description();
    EXPECT_EQ(description.kind, Kind::power);
    EXPECT_EQ(description.quality, Quality::integrated);
    EXPECT_EQ(description.origin, "nvmlDeviceGetPowerUsage of gpu-0");
    EXPECT_FALSE(description.power_bound_w.has_value());
    EXPECT_DOUBLE_EQ(*found.sources[0].source->read(seconds(0)), 180.5);
  }
}

TEST_F(Nvidia, ACardWithoutAMeterIsMissingAndItsNameIsKept) {
  machine("device 0 name=GT_710\ndevice 1 name=A100 energy_mj=5");
  const Discovered found = find();
  EXPECT_EQ(found.devices, (std::vector<std::string>{"GT 710", "A100"}));
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_EQ(found.sources[0].source->description().name, "gpu-1");
  EXPECT_EQ(missing_of(found).name, "gpu-0");
  EXPECT_EQ(missing_of(found).reason, "the card has neither an energy counter nor a power meter");
}

TEST_F(Nvidia, EightCardsAreEightSources) {
  eight_cards();
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(found.sources[i].source->description().name, "gpu-" + std::to_string(i));
    EXPECT_EQ(*found.sources[i].source->read(seconds(0)), static_cast<double>(i) + 0.5);
  }
}

TEST_F(Nvidia, AMachineWithoutCardsHasNone) {
  machine("");
  const Discovered found = find();
  EXPECT_TRUE(found.sources.empty());
  EXPECT_TRUE(found.missing.empty());
  EXPECT_TRUE(found.devices.empty());
}

TEST_F(Nvidia, AFailureToInitialiseIsSaidWithItsRemedy) {
  machine("init=mismatch\ndevice 0 energy_mj=1");
  const MissingSource mismatch = missing_of(find());
  EXPECT_EQ(mismatch.name, "NVIDIA cards");
  EXPECT_EQ(mismatch.reason, "Driver/library version mismatch (NVML error 18)");
  EXPECT_NE(mismatch.remedy.find("restart the machine"), std::string::npos);

  machine("init=driver_not_loaded");
  EXPECT_EQ(missing_of(find()).remedy, "load the driver: modprobe nvidia");
  machine("init=no_permission");
  EXPECT_NE(missing_of(find()).remedy.find("/dev/nvidiactl"), std::string::npos);
  machine("init=unknown");
  EXPECT_EQ(missing_of(find()).reason, "Unknown Error (NVML error 999)");
  EXPECT_EQ(missing_of(find()).remedy, "");
  machine("count=no_permission");
  EXPECT_EQ(missing_of(find()).reason, "Insufficient Permissions (NVML error 4)");
}

TEST_F(Nvidia, WordsOfTheLibraryArePrintable) {
  machine("init=100");
  EXPECT_EQ(missing_of(find()).reason, "NVML error 100");
  machine("init=101");
  EXPECT_EQ(missing_of(find()).reason, "over?the?[31m line (NVML error 101)");
  machine("device 0 name=A\x1b[0m energy_mj=1");
  EXPECT_EQ(find().devices, std::vector<std::string>{"A?[0m"});
  machine("device 0 energy_mj=1 name=" + std::string(200, 'x'));
  EXPECT_EQ(find().devices, std::vector<std::string>{"NVIDIA gpu-0"});
}

TEST_F(Nvidia, ACardThatCannotBeHadDoesNotHideTheOthers) {
  machine("device 0 handle=lost\ndevice 1 handle=no_permission\ndevice 2 energy_mj=1");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_EQ(found.sources[0].source->description().name, "gpu-2");
  EXPECT_EQ(found.devices.size(), 3U);
  ASSERT_EQ(found.missing.size(), 2U);
  EXPECT_EQ(found.missing[0].name, "gpu-0");
  EXPECT_NE(found.missing[0].remedy.find("--gpu-reset"), std::string::npos);
  EXPECT_EQ(found.missing[1].reason, "Insufficient Permissions (NVML error 4)");
}

TEST_F(Nvidia, ACountBeyondReasonEnds) {
  machine("count=4294967295\ndevice 0 energy_mj=1");
  const Discovered found = find();
  EXPECT_EQ(found.sources.size(), 1U);
  EXPECT_EQ(found.missing.size(), 255U);
}

TEST_F(Nvidia, ALostCardIsGone) {
  // One reading is the look at it.
  machine("device 0 energy_mj=7000 lost_after=3");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  Source& card = *found.sources[0].source;
  EXPECT_EQ(*card.read(seconds(0)), 7);
  EXPECT_EQ(*card.read(seconds(1)), 7);
  for (int again = 0; again < 2; ++again) {
    const auto reading = card.read(seconds(2));
    ASSERT_FALSE(reading.has_value());
    EXPECT_EQ(reading.reason().reason, Reason::gone);
    EXPECT_EQ(reading.reason().text, "gpu-0: GPU is lost (NVML error 15)");
  }
  machine("device 0 energy_mj=8000");
  EXPECT_EQ(*card.read(seconds(3)), 8);
}

TEST_F(Nvidia, PermissionLostMidwayIsDeniedAndAnythingElseFailed) {
  machine("device 0 energy_mj=7000");
  const Discovered counter = find();
  machine("device 0 power_mw=7000");
  const Discovered power = find();
  const auto reason_after = [&](const std::string& error) {
    machine("device 0 energy=" + error + " power=" + error);
    const auto energy = counter.sources.at(0).source->read(seconds(1));
    EXPECT_EQ(energy.reason().reason, power.sources.at(0).source->read(seconds(1)).reason().reason);
    return energy.reason().reason;
  };
  EXPECT_EQ(reason_after("no_permission"), Reason::denied);
  EXPECT_EQ(reason_after("blocked"), Reason::denied);
  EXPECT_EQ(reason_after("unsupported"), Reason::failed);
  EXPECT_EQ(reason_after("unknown"), Reason::failed);
  EXPECT_EQ(reason_after("16"), Reason::gone);
  EXPECT_EQ(reason_after("28"), Reason::gone);
}

TEST_F(Nvidia, VisibleCardsAreMeantByIndexOrUuid) {
  eight_cards();
  EXPECT_EQ(counted("0"), "0");
  EXPECT_EQ(counted("3,1"), "13");
  EXPECT_EQ(counted(" 2 , 7 "), "27");
  EXPECT_EQ(counted("GPU-33-f00d,GPU-11-f00d"), "13");
  EXPECT_EQ(counted("GPU-4"), "4");
  EXPECT_EQ(counted("gpu-AB6"), "6");
  EXPECT_EQ(counted("1,GPU-2,GPU-11"), "12");
}

TEST_F(Nvidia, TheListOfVisibleCardsEndsAtItsFirstInvalidEntry) {
  eight_cards();
  for (const char* nothing : {"", " ", "-1", "-1,0", "8,0", "NoDevFiles", "G", "PU-1", ",0", "1.0",
                              "99999999999999999999,0", "GPU-", "GPU-ab", "MIG-", "MIG-GPU-"})
    EXPECT_EQ(counted(nothing), "") << nothing;
  EXPECT_EQ(counted("0,8,1"), "0");
  EXPECT_EQ(counted("2,GPU-ab,1"), "2");
  EXPECT_EQ(counted("1,,2"), "1");
  EXPECT_EQ(counted("5,-1,4"), "5");
}

TEST_F(Nvidia, ACardMeantTwiceCountsOnce) {
  eight_cards();
  EXPECT_EQ(counted("1,1,GPU-11,2"), "12");
}

TEST_F(Nvidia, CardsThatAreNotVisibleAreFoundWithARemark) {
  eight_cards();
  const Discovered found = find("2");
  ASSERT_EQ(found.sources.size(), 8U);
  EXPECT_FALSE(found.sources[0].is_counted);
  EXPECT_EQ(found.sources[0].remark, "not a visible device (CUDA_VISIBLE_DEVICES)");
  EXPECT_TRUE(found.sources[2].is_counted);
  EXPECT_EQ(found.sources[2].remark, "");
}

TEST_F(Nvidia, TheCardOfAnInstanceCountsWholeAndSaysSo) {
  machine(
      "device 0 uuid=GPU-aa-1 energy_mj=1\n"
      "device 1 uuid=GPU-bb-2 energy_mj=1 mig=MIG-11-x,MIG-12-y\n"
      "device 2 uuid=GPU-cc-3 energy_mj=1 mig=\n");
  EXPECT_EQ(counted("MIG-11-x"), "1");
  EXPECT_EQ(counted("MIG-12,MIG-11"), "1");
  EXPECT_EQ(counted("MIG-1"), "");
  EXPECT_EQ(counted("MIG-GPU-bb-2/1/0"), "1");
  EXPECT_EQ(counted("MIG-GPU-bb-2/1/0,MIG-GPU-cc-3/7/0"), "12");
  EXPECT_EQ(counted("MIG-GPU-dd-2/1/0"), "");

  const Discovered found = find("0,MIG-11");
  ASSERT_EQ(found.sources.size(), 3U);
  EXPECT_EQ(found.sources[0].source->description().attribution, "");
  EXPECT_TRUE(found.sources[1].is_counted);
  EXPECT_EQ(found.sources[1].remark,
            "MIG: an instance's own energy cannot be had, so the whole card counts");
  EXPECT_EQ(found.sources[1].source->description().attribution,
            "whole card, all its MIG instances");
  EXPECT_FALSE(found.sources[2].is_counted);
}

TEST_F(Nvidia, ALibraryThatIsNotThereIsMissingOnlyWhereACardIs) {
  for (const std::string library : {"", "libecnas-none.so.1", "/none/libnvidia-ml.so.1"}) {
    EXPECT_TRUE(find({}, library).missing.empty()) << library;
    tree_.write("dev/nvidiactl", "");
    EXPECT_TRUE(find({}, library).missing.empty()) << library;
    tree_.write("dev/nvidia3", "");
    EXPECT_EQ(find({}, library).missing.size(), library.empty() ? 0U : 1U) << library;
    tree_.remove("dev");
  }
}

TEST_F(Nvidia, AFileThatIsNoSuchLibraryIsMissingWithItsReason) {
  tree_.write("libnvidia-ml.so.1", "text");
  EXPECT_NE(missing_of(find({}, tree_.at("libnvidia-ml.so.1"))).reason.find("file too short"),
            std::string::npos);
  EXPECT_EQ(missing_of(find({}, "libm.so.6")).reason, "libm.so.6: has no nvmlInit_v2");
}

TEST_F(Nvidia, AnOldLibraryIsReadAsFarAsItGoes) {
  machine("device 0 name=Tesla_K80 energy_mj=1 power_mw=90000 mig=MIG-1\ndevice 1 power=lost");
  const Discovered found = find({}, kOldLibrary);
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_EQ(found.sources[0].source->description().kind, Kind::power);
  EXPECT_EQ(found.sources[0].source->description().attribution, "");
  EXPECT_EQ(*found.sources[0].source->read(seconds(0)), 90);
  EXPECT_EQ(missing_of(found).reason, "NVML error 15");
}

TEST_F(Nvidia, TheLibraryIsShutDownWithItsLastSource) {
  const std::string trace = "trace=" + tree_.at("trace").string() + "\n";
  machine(trace + "device 0 energy_mj=1\ndevice 1 energy_mj=2\n");
  Discovered found = find();
  ASSERT_EQ(found.sources.size(), 2U);
  found.sources.erase(found.sources.begin());
  EXPECT_EQ(*found.sources[0].source->read(seconds(0)), 0.002);
  EXPECT_EQ(read_file(tree_.at("trace")), "init\n");
  found.sources.clear();
  EXPECT_EQ(read_file(tree_.at("trace")), "init\nshutdown\n");

  machine(trace + "init=unknown");
  EXPECT_TRUE(find().sources.empty());
  EXPECT_EQ(read_file(tree_.at("trace")), "init\nshutdown\n");
  machine(trace);
  EXPECT_TRUE(find().sources.empty());
  EXPECT_EQ(read_file(tree_.at("trace")), "init\nshutdown\ninit\nshutdown\n");
}

}  // namespace
}  // namespace ecnas::energy
