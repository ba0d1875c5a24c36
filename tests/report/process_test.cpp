#include "report/process.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "ecnas/core/error.hpp"
#include "support/expect_error.hpp"

namespace ecnas::report {
namespace {

using testing::expect_error;

using namespace std::chrono_literals;

// Nothing that was started may be left behind, not even to be waited for.
class RunProcess : public ::testing::Test {
 protected:
  void TearDown() override {
    errno = 0;
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }
};

ProcessResult shell(const std::string& script, const ProcessLimits& limits = {}) {
  return run_process({"sh", "-c", script}, "", "install a shell", limits);
}

TEST_F(RunProcess, ReturnsWhatAProgramMakesOfItsInput) {
  std::string input(5'000'000, 'x');  // far more than a pipe holds
  input[1234] = '\0';
  EXPECT_EQ(run_process({"cat"}, input, "install cat").output, input);
  EXPECT_EQ(run_process({"cat"}, "", "install cat").output, "");
}

TEST_F(RunProcess, PassesArgumentsWithoutAShell) {
  const std::string hostile = "$(id); `id` \" ' * \\ \n |";
  EXPECT_EQ(run_process({"printf", "%s", hostile}, "", "install printf").output, hostile);
}

TEST_F(RunProcess, ReturnsStatusAndMessages) {
  const ProcessResult result = shell("echo out; echo problem >&2; exit 7");
  EXPECT_EQ(result.status, 7);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.messages, "problem\n");
  EXPECT_EQ(shell("kill -9 $$").status, 128 + SIGKILL);
}

TEST_F(RunProcess, SurvivesAProgramThatReadsNothing) {
  EXPECT_EQ(run_process({"true"}, std::string(10'000'000, 'x'), "install true").status, 0);
}

TEST_F(RunProcess, KeepsOnlyTheBeginningOfManyMessages) {
  const ProcessResult result = shell("yes problem | head -c 3000000 >&2; echo done");
  EXPECT_EQ(result.output, "done\n");
  EXPECT_GT(result.messages.size(), 1000U);
  EXPECT_LT(result.messages.size(), 100'000U);
}

TEST_F(RunProcess, StartsProgramsWithDefaultSignalHandling) {
  sigset_t pipe_signal;
  sigset_t before;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ProcessResult result = shell("kill -TERM $$; echo survived");
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(result.status, 128 + SIGTERM);
  EXPECT_EQ(result.output, "");
}

TEST_F(RunProcess, SaysWhatToInstallWhenTheProgramIsNotThere) {
  for (const char* program :
       {"/nonexistent/program", "ecnas-no-such-program", "/etc/passwd", "/"}) {
    expect_error(ErrorCode::missing_dependency, "install it",
                 [&] { static_cast<void>(run_process({program}, "input", "install it")); });
  }
}

TEST_F(RunProcess, EndsAProgramThatTakesTooLong) {
  const auto begin = std::chrono::steady_clock::now();
  expect_error(ErrorCode::io_failure, "did not finish", [] {
    static_cast<void>(run_process({"sleep", "60"}, "", "", {.time = 100ms}));
  });
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
}

TEST_F(RunProcess, EndsAProgramThatWritesTooMuch) {
  expect_error(ErrorCode::io_failure, "more than the 1000 bytes",
               [] { static_cast<void>(run_process({"yes"}, "", "", {.output_bytes = 1000})); });
}

}  // namespace
}  // namespace ecnas::report
