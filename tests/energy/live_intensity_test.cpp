#include "ecnas/energy/live_intensity.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <tuple>
#include <vector>

#include "ecnas/core/file.hpp"
#include "ecnas/core/random.hpp"
#include "net/loopback_server.hpp"
#include "support/expect_error.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::expect_error;
using testing::header;
using testing::LoopbackServer;

/// A provider as it answers when all is well.
struct Example {
  std::string name;
  std::string zone;
  std::string path;  ///< that is asked for
  std::string before;
  std::string after;  ///< of the number, in the answer
  std::string time;
  std::string source;
};

const std::vector<Example>& examples() {
  static const std::vector<Example> all = {
      {"electricity-maps", "DK-DK1", "/v3/carbon-intensity/latest?zone=DK-DK1",
       R"({"zone":"DK-DK1","carbonIntensity":)",
       R"(,"datetime":"2024-03-01T12:00:00.000Z","isEstimated":true})", "2024-03-01T12:00:00Z",
       "electricity-maps"},
      {"uk-carbon-intensity", "GB", "/intensity",
       R"({"data":[{"from":"2024-03-01T12:00Z","intensity":{"forecast":7,"actual":)",
       R"(,"index":"low"}}]})", "2024-03-01T12:00:00Z", "uk-carbon-intensity"},
      {"energi-data-service", "DK1",
       "/dataset/CO2Emis?limit=1&sort=Minutes5UTC%20DESC&filter=%7B%22PriceArea%22:%22DK1%22%7D",
       R"({"total":9,"records":[{"Minutes5UTC":"2024-03-01T12:00:00","PriceArea":"DK1",)"
       R"("CO2Emission":)",
       "}]}", "2024-03-01T12:00:00Z", "energi-data-service"},
  };
  return all;
}

std::string ok(const std::string& content) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", content.size(), content);
}

class Live : public ::testing::Test {
 protected:
  Live() {
    std::string pattern = ::testing::TempDir() + "ecnas-live-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Live() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  [[nodiscard]] static LiveOptions options(const Example& example, const LoopbackServer& server) {
    return {.zone = example.zone,
            .key = "secret",
            .address = server.address(),
            .timeout = milliseconds{20'000}};
  }

  [[nodiscard]] static std::string reason(LiveProvider& provider) {
    const auto answer = provider.now();
    if (answer) {
      ADD_FAILURE() << "an answer: " << answer->g_per_kwh;
      return {};
    }
    EXPECT_TRUE(answer.reason().starts_with(provider.name())) << answer.reason();
    EXPECT_EQ(answer.reason().find('\n'), std::string::npos) << answer.reason();
    EXPECT_EQ(answer.reason().find("secret"), std::string::npos) << answer.reason();
    return answer.reason();
  }

  /// Why there is no intensity when the server sends this.
  [[nodiscard]] static std::string reason(const Example& example, const std::string& sent) {
    const LoopbackServer server([&](const auto&) { return sent; });
    return reason(*make_live_provider(example.name, options(example, server)));
  }

  static void expect_part(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }

  [[nodiscard]] fs::path only_file() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(directory_))
      files.push_back(entry.path());
    if (files.size() != 1) {
      ADD_FAILURE() << files.size() << " files";
      return {};
    }
    return files.front();
  }

  fs::path directory_;
};

TEST_F(Live, ProvidersTellTheIntensityItsTimeAndTheirName) {
  for (const Example& example : examples()) {
    const LoopbackServer server(
        [&](const auto&) { return ok(example.before + "102.5" + example.after); });
    const auto provider = make_live_provider(example.name, options(example, server));
    EXPECT_EQ(provider->name(), example.name);
    const auto answer = provider->now();
    ASSERT_TRUE(answer) << answer.reason();
    EXPECT_EQ(answer->g_per_kwh, 102.5);
    EXPECT_EQ(answer->zone, example.zone);
    EXPECT_EQ(answer->time, example.time);
    EXPECT_EQ(answer->source, example.source);
    const std::string request = server.requests().at(0);
    EXPECT_TRUE(request.starts_with("GET /f" + example.path + " HTTP/")) << request;
    EXPECT_EQ(header(request, "auth-token").has_value(), example.name == "electricity-maps");
  }
}

TEST_F(Live, TheKeyGoesIntoItsHeaderAlone) {
  const Example& example = examples().front();
  const LoopbackServer server(
      [&](const auto&) { return ok(example.before + "1" + example.after); });
  ASSERT_TRUE(make_live_provider(example.name, options(example, server))->now());
  std::string request = server.requests().at(0);
  EXPECT_EQ(header(request, "auth-token"), "secret");
  EXPECT_EQ(request.find("secret"), request.rfind("secret"));
}

TEST_F(Live, TheForecastStandsInForAnActualValueThatIsNotThereYet) {
  const Example& example = examples()[1];
  const LoopbackServer server(
      [&](const auto&) { return ok(example.before + "null" + example.after); });
  const auto answer = make_live_provider(example.name, options(example, server))->now();
  ASSERT_TRUE(answer) << answer.reason();
  EXPECT_EQ(answer->g_per_kwh, 7);
  EXPECT_EQ(answer->source, "uk-carbon-intensity, forecast");
}

TEST_F(Live, WhatIsNoIntensityIsAReason) {
  for (const Example& example : examples()) {
    for (const std::string bad : {"-1", "\"5\"", "true", "[]", "{}", "[5]"})
      expect_part(reason(example, ok(example.before + bad + example.after)), "no intensity");
    for (const std::string bad : {"", "1e999", "NaN", "Infinity", "5,", "0x5"})
      expect_part(reason(example, ok(example.before + bad + example.after)), "no JSON");
    for (const std::string bad : {"", "x", "{", "\xff\xfe", "<html>"})
      expect_part(reason(example, ok(bad)), "no JSON");
    for (const std::string bad :
         {"{}", "[]", "null", "5", R"({"data":[]})", R"({"records":[]})", R"({"data":{}})",
          R"({"records":[5]})", R"({"data":[{"intensity":5}]})"})
      expect_part(reason(example, ok(bad)), "no intensity");
  }
  for (const std::size_t index : {0U, 2U}) {
    const Example& example = examples()[index];
    expect_part(reason(example, ok(example.before + "null" + example.after)), "no intensity");
  }
}

TEST_F(Live, AnAnswerOnAnotherZoneOrOfNoTimeIsAReason) {
  for (const Example& example : examples()) {
    const std::string good = example.before + "5" + example.after;
    const auto with = [&](const std::string& old, const std::string& fresh) {
      std::string text = good;
      const std::size_t at = text.find(old);
      EXPECT_NE(at, std::string::npos);
      return text.replace(at, old.size(), fresh);
    };
    expect_part(reason(example, ok(with("2024-03-01T", "2024-03-41T"))), "no intensity");
    if (example.zone != "GB") expect_part(reason(example, ok(with("DK1", "DK2"))), "no intensity");
  }
}

TEST_F(Live, DeepAndHugeAnswersAreReasons) {
  for (const Example& example : examples()) {
    const std::string deep(100'000, '[');
    expect_part(reason(example, ok(deep)), "no JSON");
    expect_part(reason(example, ok(example.before + std::string(20, '[') + std::string(20, ']') +
                                   example.after)),
                "no JSON");
    expect_part(
        reason(example, ok(example.before + "5" + example.after + std::string(300'000, ' '))),
        "bytes expected at most");
  }
}

TEST_F(Live, FailuresOfTheServerAreReasons) {
  for (const Example& example : examples()) {
    expect_part(reason(example, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"), "status 500");
    expect_part(reason(example, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"),
                "status 401; is the key right");
    EXPECT_FALSE(reason(example, "").empty());
    EXPECT_FALSE(reason(example, "garbage").empty());
  }
}

TEST_F(Live, NobodyWaitsLongerThanTheTimeout) {
  for (const Example& example : examples()) {
    std::promise<void> done;
    const LoopbackServer server([&](const auto&) {
      done.get_future().wait();
      return std::string();
    });
    LiveOptions asked = options(example, server);
    asked.timeout = milliseconds{50};
    expect_part(reason(*make_live_provider(example.name, asked)), "within 0.05 s");
    done.set_value();
  }
}

TEST_F(Live, RandomDamageIsAReasonOrAnIntensity) {
  Rng rng(17);
  for (const Example& example : examples()) {
    std::string sent;
    const LoopbackServer server([&](const auto&) { return ok(sent); });
    const auto provider = make_live_provider(example.name, options(example, server));
    for (int i = 0; i < 300; ++i) {
      sent = example.before + "5" + example.after;
      for (std::uint64_t n = 1 + rng.below(3); n > 0; --n)
        sent[rng.below(sent.size())] = static_cast<char>(rng.below(256));
      const auto answer = provider->now();
      EXPECT_TRUE(!answer || (answer->g_per_kwh >= 0 && std::isfinite(answer->g_per_kwh)));
    }
  }
}

// --- Cache ---------------------------------------------------------------------------------------

TEST_F(Live, AnAnswerIsUsedAgainAndKeepsNoKey) {
  for (const Example& example : examples()) {
    const fs::path cache = directory_ / example.name / "made";
    const LoopbackServer server(
        [&](const auto&) { return ok(example.before + "102.5" + example.after); });
    LiveOptions asked = options(example, server);
    asked.cache_directory = cache;
    for (int i = 0; i < 3; ++i) {
      const auto answer = make_live_provider(example.name, asked)->now();
      ASSERT_TRUE(answer) << answer.reason();
      EXPECT_EQ(answer->g_per_kwh, 102.5);
      EXPECT_EQ(answer->time, example.time);
      EXPECT_EQ(answer->zone, example.zone);
      EXPECT_EQ(answer->source, example.source);
    }
    EXPECT_EQ(server.requests().size(), 1U);
    const auto file = fs::directory_iterator(cache)->path();
    EXPECT_EQ(read_file(file).find("secret"), std::string::npos);
    EXPECT_EQ(file.string().find("secret"), std::string::npos);
  }
}

TEST_F(Live, OtherZonesAndAddressesHaveOtherAnswers) {
  const auto answer_for = [](const std::string& request) {
    const std::string zone = request.find("DK1") != std::string::npos ? "DK1" : "DK2";
    return ok(fmt::format(
        R"({{"records":[{{"Minutes5UTC":"2024-03-01T12:00","PriceArea":"{}","CO2Emission":{}}}]}})",
        zone, zone == "DK1" ? 1 : 2));
  };
  const LoopbackServer first(answer_for);
  const LoopbackServer second(answer_for);
  for (const LoopbackServer* server : {&first, &second}) {
    for (const std::string zone : {"DK1", "DK2", "DK-DK1"}) {
      const auto answer =
          make_live_provider("energi-data-service", {.zone = zone,
                                                     .address = server->address(),
                                                     .timeout = milliseconds{20'000},
                                                     .cache_directory = directory_})
              ->now();
      ASSERT_TRUE(answer) << answer.reason();
      EXPECT_EQ(answer->g_per_kwh, zone == "DK2" ? 2 : 1);
    }
    EXPECT_EQ(server->requests().size(), 2U);
  }
}

TEST_F(Live, OldFutureAndDamagedCachesAreAskedAnew) {
  const Example& example = examples()[2];
  const LoopbackServer server(
      [&](const auto&) { return ok(example.before + "3" + example.after); });
  LiveOptions asked = options(example, server);
  asked.cache_directory = directory_;
  const auto provider = make_live_provider(example.name, asked);
  ASSERT_TRUE(provider->now());
  const fs::path file = only_file();
  const std::string good = read_file(file);
  const auto with = [&](const std::string& key, const std::string& value) {
    std::string text = good;
    const std::size_t at = text.find("\"" + key + "\":") + key.size() + 3;
    return text.replace(at, text.find_first_of(",}", at) - at, value);
  };
  EXPECT_NE(with("zone", "5"), good);
  std::size_t asked_before = server.requests().size();
  const auto came =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string(10'000, ' '), good.substr(1),
        std::string(1000, '['), with("came_unix_s", fmt::format("{}", came - 301)),
        with("came_unix_s", fmt::format("{}", came + 3600)), with("came_unix_s", "null"),
        with("g_per_kwh", "-1"), with("g_per_kwh", "\"1\""), with("time", "\"now\""),
        with("source", "\"somebody\""), with("zone", "\"\\u0007\"")}) {
    std::ofstream(file) << bad;
    const auto answer = provider->now();
    ASSERT_TRUE(answer) << answer.reason();
    EXPECT_EQ(answer->g_per_kwh, 3);
    EXPECT_EQ(server.requests().size(), ++asked_before) << bad;
    EXPECT_EQ(only_file(), file);
  }
  std::ofstream(file) << with("g_per_kwh", "4");
  EXPECT_EQ(provider->now()->g_per_kwh, 4);
}

TEST_F(Live, ACacheThatCannotBeWrittenIsNone) {
  const Example& example = examples()[2];
  const LoopbackServer server(
      [&](const auto&) { return ok(example.before + "3" + example.after); });
  LiveOptions asked = options(example, server);
  asked.cache_directory = directory_ / "file" / "below";
  std::ofstream(directory_ / "file") << "x";
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(make_live_provider(example.name, asked)->now()->g_per_kwh, 3);
  EXPECT_EQ(server.requests().size(), 2U);
}

// --- Programs ------------------------------------------------------------------------------------

class Programs : public Live {
 protected:
  /// The provider of a shell script.
  [[nodiscard]] std::unique_ptr<LiveProvider> script(const std::string& text,
                                                     LiveOptions asked = {}) const {
    const fs::path file = directory_ / "program";
    std::ofstream(file) << "#!/bin/sh\n" << text << "\n";
    fs::permissions(file, fs::perms::owner_all);
    if (asked.timeout == LiveOptions{}.timeout) asked.timeout = milliseconds{20'000};
    return make_live_provider("command:" + file.string(), asked);
  }
};

TEST_F(Programs, PrintTheIntensity) {
  for (const std::string print : {"echo 102.5", "printf 102.5", "printf ' 102.5\\t\\r\\n\\n'"}) {
    const auto provider = script(print);
    const auto answer = provider->now();
    ASSERT_TRUE(answer) << answer.reason();
    EXPECT_EQ(answer->g_per_kwh, 102.5);
    EXPECT_EQ(answer->zone, "");
    EXPECT_EQ(answer->source, provider->name());
    EXPECT_EQ(answer->time.size(), 20U);
  }
}

TEST_F(Programs, GetTheZone) {
  EXPECT_EQ(script("[ $# = 1 ] && [ \"$1\" = DK ] && echo 5", {.zone = "DK"})->now()->g_per_kwh, 5);
  EXPECT_EQ(script("[ $# = 0 ] && echo 6")->now()->g_per_kwh, 6);
}

TEST_F(Programs, ThatPrintNoNumberAreReasons) {
  for (const std::string bad : {"", "echo x", "echo -1", "echo nan", "echo inf", "echo 1 2",
                                "echo 1; echo 2", "printf '1\\0'"})
    expect_part(reason(*script(bad)), "expected one number");
  expect_part(reason(*script("echo 5; exit 1")), "status 1");
  expect_part(reason(*script("exec head -c 10000 /dev/zero")), "more than 256 bytes");
  expect_part(reason(*script("exec sleep 1000", {.timeout = milliseconds{50}})), "within 0.05 s");
  expect_part(reason(*make_live_provider("command:/nonexistent", {})), "cannot be run");
}

TEST_F(Programs, AreNotRunAgainWhileTheirAnswerIsFresh) {
  const fs::path cache = directory_ / "cache";
  const std::string count = "echo x >>" + (directory_ / "runs").string() + "; echo 5";
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(script(count, {.cache_directory = cache})->now()->g_per_kwh, 5);
  EXPECT_EQ(read_file(directory_ / "runs"), "x\n");
}

// --- Choice --------------------------------------------------------------------------------------

TEST(LiveProviders, AreMadeByName) {
  for (const ProviderDescription& provider : live_providers()) {
    const std::string zone = provider.name == "uk-carbon-intensity" ? "" : "DK1";
    EXPECT_EQ(make_live_provider(provider.name, {.zone = zone, .key = "k"})->name(), provider.name);
    EXPECT_FALSE(provider.covers.empty());
    EXPECT_FALSE(provider.licence.empty());
  }
}

TEST(LiveProviders, ThatMakeNoSenseAreRefused) {
  const auto expect_refusal = [](std::string_view name, const LiveOptions& options,
                                 const std::string& part) {
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { std::ignore = make_live_provider(name, options); });
  };
  expect_refusal("electricity-map", {}, "did you mean 'electricity-maps'?");
  expect_refusal("the whole world and more", {}, "command:PROGRAM");
  expect_refusal("electricity-maps", {.zone = "DK"}, "set ELECTRICITY_MAPS_KEY");
  for (const std::string zone : {"", "DK&x=1", "D K", "DK/..", "\xc3\xa6"})
    expect_refusal("electricity-maps", {.zone = zone, .key = "k"}, "zone");
  expect_refusal("uk-carbon-intensity", {.zone = "DK"}, "expected GB");
  expect_refusal("energi-data-service", {}, "expected DK1 or DK2");
  expect_refusal("energi-data-service", {.zone = "DK3"}, "expected DK1 or DK2");
  expect_refusal("command:", {}, "expected a program");
  expect_refusal("command:a\nb", {}, "expected a program");
  expect_refusal("command:x", {.zone = "a b"}, "zone");
  expect_refusal("uk-carbon-intensity", {.timeout = milliseconds{0}}, "longer than 0 s");
}

TEST(LiveProviders, DoNotSendAKeyThatOthersCanRead) {
  const auto answer =
      make_live_provider("electricity-maps",
                         {.zone = "DK", .key = "secret", .address = "http://192.0.2.1"})
          ->now();
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.reason().find("expected https"), std::string::npos) << answer.reason();
  const auto split_header =
      make_live_provider("electricity-maps", {.zone = "DK", .key = "secret\r\nx: y"})->now();
  ASSERT_FALSE(split_header);
  EXPECT_EQ(split_header.reason().find("secret"), std::string::npos) << split_header.reason();
}

}  // namespace
}  // namespace ecnas::energy
