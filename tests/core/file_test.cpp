#include "ecnas/core/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <thread>

#include "ecnas/core/error.hpp"

namespace ecnas {
namespace {

namespace fs = std::filesystem;

ErrorCode code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::interrupted;  // no error: nothing that a file throws
}

std::string text_of(const MappedFile& file) {
  const auto bytes = file.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads and writes with the standard library, as another program would.
std::string content_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void put(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// A directory of its own for each test.
class Files : public ::testing::Test {
 protected:
  Files() {
    std::string pattern = ::testing::TempDir() + "ecnas-core-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Files() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  [[nodiscard]] fs::path path(const std::string& name) const { return directory_ / name; }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(directory_))
      found.insert(entry.path().filename());
    return found;
  }

 private:
  fs::path directory_;
};

using MappedFiles = Files;
using ReadFile = Files;
using OutputFiles = Files;
using MakeDirectory = Files;

const std::string kBytes("a\0b\nc\xff", 6);

TEST_F(MappedFiles, HoldTheBytesOfTheFile) {
  put(path("f"), kBytes);
  EXPECT_EQ(text_of(MappedFile::open(path("f"))), kBytes);
}

TEST_F(MappedFiles, OfNothingHaveNoBytes) {
  put(path("f"), "");
  EXPECT_TRUE(MappedFile::open(path("f")).bytes().empty());
  EXPECT_TRUE(MappedFile().bytes().empty());
}

TEST_F(MappedFiles, KeepTheirBytesWhenMovedAndWhenTheFileIsReplaced) {
  put(path("f"), "old");
  MappedFile file = MappedFile::open(path("f"));
  MappedFile moved(std::move(file));
  MappedFile assigned;
  assigned = std::move(moved);
  write_file(path("f"), "a longer new content");
  EXPECT_EQ(text_of(assigned), "old");
  EXPECT_EQ(text_of(MappedFile::open(path("f"))), "a longer new content");
}

TEST_F(MappedFiles, TellMissingFromUnreadable) {
  EXPECT_EQ(code_of([&] { static_cast<void>(MappedFile::open(path("none"))); }),
            ErrorCode::not_found);
  put(path("f"), "");
  EXPECT_EQ(code_of([&] { static_cast<void>(MappedFile::open(path("f") / "below")); }),
            ErrorCode::not_found);
  EXPECT_EQ(code_of([&] { static_cast<void>(MappedFile::open(path(""))); }),
            ErrorCode::io_failure);  // a directory
}

TEST_F(ReadFile, GivesTheWholeContent) {
  std::string large;
  for (int i = 0; i < 40'000; ++i)
    large += std::to_string(i);
  for (const std::string& content : {std::string(), kBytes, large}) {
    put(path("f"), content);
    EXPECT_EQ(read_file(path("f")), content);
  }
}

TEST_F(ReadFile, ReadsWhatHasNoSize) {
  EXPECT_NE(read_file("/proc/self/status").find("Pid:"), std::string::npos);
}

TEST_F(ReadFile, RefusesMoreThanTheLimit) {
  put(path("f"), std::string(100, 'x'));
  EXPECT_EQ(read_file(path("f"), 100).size(), 100U);
  EXPECT_EQ(code_of([&] { static_cast<void>(read_file(path("f"), 99)); }), ErrorCode::invalid_data);
}

TEST_F(ReadFile, TellsMissingFromUnreadable) {
  EXPECT_EQ(code_of([&] { static_cast<void>(read_file(path("none"))); }), ErrorCode::not_found);
  EXPECT_EQ(code_of([&] { static_cast<void>(read_file(path(""))); }), ErrorCode::io_failure);
}

TEST_F(OutputFiles, ShowNothingUntilCommitted) {
  OutputFile file(path("f"));
  file.write("one ");
  file.write(std::as_bytes(std::span("two", 3)));
  EXPECT_FALSE(fs::exists(path("f")));
  file.commit();
  EXPECT_EQ(content_of(path("f")), "one two");
  EXPECT_EQ(names(), (std::set<std::string>{"f"}));
}

TEST_F(OutputFiles, KeepTheOldContentUntilCommitted) {
  put(path("f"), "old");
  OutputFile file(path("f"));
  file.write("new");
  EXPECT_EQ(content_of(path("f")), "old");
  file.commit();
  EXPECT_EQ(content_of(path("f")), "new");
}

TEST_F(OutputFiles, LeaveNothingWithoutCommit) {
  put(path("kept"), "old");
  {
    OutputFile file(path("f"));
    file.write("x");
    OutputFile other(path("kept"));
    other.write("y");
    OutputFile moved(std::move(file));
    moved = OutputFile(path("g"));
  }
  EXPECT_EQ(names(), (std::set<std::string>{"kept"}));
  EXPECT_EQ(content_of(path("kept")), "old");
}

TEST_F(OutputFiles, LeaveTheTargetAloneWhenKilled) {
  put(path("f"), "old");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    OutputFile file(path("f"));
    file.write(std::string(1 << 20, 'x'));
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(content_of(path("f")), "old");
  // What the killed process may have left beside it is no obstacle.
  write_file(path("f"), "new");
  EXPECT_EQ(content_of(path("f")), "new");
}

TEST_F(OutputFiles, FollowALinkAndKeepIt) {
  put(path("real"), "old");
  fs::create_symlink("real", path("link"));
  write_file(path("link"), "new");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(content_of(path("real")), "new");
}

TEST_F(OutputFiles, HaveTheModeThatTheUserAsksForAllNewFiles) {
  const mode_t before = ::umask(027);
  write_file(path("f"), "x");
  ::umask(before);
  EXPECT_EQ(fs::status(path("f")).permissions(), static_cast<fs::perms>(0640));
}

TEST_F(OutputFiles, WriteStraightIntoWhatIsNoRegularFile) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] { received = read_file(path("pipe")); });
  write_file(path("pipe"), "through");
  reader.join();
  EXPECT_EQ(received, "through");
  EXPECT_TRUE(fs::is_fifo(path("pipe")));
}

TEST_F(OutputFiles, TellOfAFullDisk) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full, which is not there";
  EXPECT_EQ(code_of([] { write_file("/dev/full", "x"); }), ErrorCode::io_failure);
}

TEST_F(OutputFiles, TellOfADirectoryThatCannotBeWritten) {
  EXPECT_EQ(code_of([&] { OutputFile(path("none") / "f"); }), ErrorCode::io_failure);
  EXPECT_EQ(code_of([&] { write_file(path(""), "x"); }), ErrorCode::io_failure);
  EXPECT_EQ(code_of([] { OutputFile("/proc/ecnas"); }), ErrorCode::io_failure);
  if (::geteuid() == 0) return;  // root may write anywhere
  fs::create_directory(path("locked"));
  fs::permissions(path("locked"), fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(code_of([&] { OutputFile(path("locked") / "f"); }), ErrorCode::io_failure);
}

TEST_F(MakeDirectory, CreatesParentsAndAcceptsWhatIsThere) {
  make_directory(path("a") / "b" / "c");
  EXPECT_TRUE(fs::is_directory(path("a") / "b" / "c"));
  make_directory(path("a") / "b");
}

TEST_F(MakeDirectory, TellsOfAFileInTheWay) {
  put(path("f"), "");
  EXPECT_EQ(code_of([&] { make_directory(path("f")); }), ErrorCode::io_failure);
  EXPECT_EQ(code_of([&] { make_directory(path("f") / "below"); }), ErrorCode::io_failure);
}

}  // namespace
}  // namespace ecnas
