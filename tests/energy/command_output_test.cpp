#include "energy/command_output.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>

namespace ecnas::energy {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong{20'000};

Result<std::string, CommandFailure> shell(const std::string& script, milliseconds timeout = kLong) {
  return command_output({"sh", "-c", script}, timeout, 100);
}

void expect_failure(const Result<std::string, CommandFailure>& result, const std::string& part) {
  ASSERT_FALSE(result) << *result;
  EXPECT_NE(result.reason().reason.find(part), std::string::npos) << result.reason().reason;
}

TEST(CommandOutput, IsWhatAProgramWrites) {
  EXPECT_EQ(*shell("echo 1; echo 2"), "1\n2\n");
  EXPECT_EQ(*shell("true"), "");
  EXPECT_EQ(*command_output({"printf", "%s|", "a b", "$HOME", ""}, kLong, 100), "a b|$HOME||");
}

TEST(CommandOutput, HasNoInputAndItsErrorsGoNowhere) {
  EXPECT_EQ(*shell("cat; echo lost >&2; echo kept"), "kept\n");
}

TEST(CommandOutput, OfAProgramThatFailsIsNone) {
  expect_failure(shell("echo 1; exit 3"), "status 3");
  expect_failure(shell("kill -9 $$"), "signal 9");
  expect_failure(command_output({"/nonexistent/program"}, kLong, 100), "cannot be run");
  expect_failure(command_output({"/"}, kLong, 100), "cannot be run");
}

TEST(CommandOutput, IsBounded) {
  EXPECT_EQ(shell("head -c 100 /dev/zero")->size(), 100U);
  expect_failure(shell("head -c 101 /dev/zero"), "more than 100 bytes");
  expect_failure(shell("exec cat /dev/zero"), "more than 100 bytes");
}

TEST(CommandOutput, OfALateProgramIsNone) {
  expect_failure(shell("exec sleep 1000", milliseconds{50}), "within 0.05 s");
  expect_failure(shell("exec >&-; exec sleep 1000", milliseconds{50}), "within 0.05 s");
}

/// The child of the program tells its number and outlives it, holding the output open.
TEST(CommandOutput, LeavesNothingOfTheGroupBehind) {
  const auto result = shell("sleep 1000 & echo $!");
  ASSERT_TRUE(result) << result.reason().reason;
  const pid_t child = std::stoi(*result);
  // It is killed; whoever has orphans reaps it, or it stays as a zombie of ours.
  std::string state = "Z";
  for (int i = 0; i < 1000 && ::kill(child, 0) == 0; ++i) {
    const auto line =
        shell("sed 's/.*) \\(.\\).*/\\1/' /proc/" + std::to_string(child) + "/stat; true");
    ASSERT_TRUE(line);
    if (line->empty() || line->front() == 'Z') return;
    state = *line;
  }
  EXPECT_NE(::kill(child, 0), 0) << state;
}

}  // namespace
}  // namespace ecnas::energy
