#include "sweep/small_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>

#include "ecnas/core/error.hpp"

namespace ecnas::sweep {

namespace fs = std::filesystem;

namespace {

/// A hidden name that nobody else uses, on any node.
fs::path name_beside(const fs::path& target) {
  static std::atomic<unsigned> count = 0;
  std::array<char, 65> host{};
  ::gethostname(host.data(), host.size() - 1);
  return target.parent_path() / fmt::format(".{}.{}-{}-{}", target.filename().string(), host.data(),
                                            ::getpid(), count.fetch_add(1));
}

}  // namespace

void fail_io(const fs::path& path, std::string_view what, int error) {
  fail(ErrorCode::io_failure, "{}: {}: {}", path.string(), what,
       std::generic_category().message(error));
}

void put_file(const fs::path& target, std::string_view text, fs::path beside) {
  if (beside.empty()) beside = name_beside(target);
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) fail_io(target, "cannot be written", errno);
  const ssize_t written = ::write(file, text.data(), text.size());
  int error = written < 0 ? errno : 0;
  if (written >= 0 && static_cast<std::size_t>(written) != text.size()) error = ENOSPC;
  if (::close(file) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(beside.c_str(), target.c_str()) != 0) error = errno;
  if (error == 0) return;
  ::unlink(beside.c_str());
  fail_io(target, "cannot be written", error);
}

void touch(const fs::path& target) {
  const int file = ::open(target.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) fail_io(target, "cannot be made", errno);
  ::close(file);
}

std::optional<std::string> small_file(const fs::path& file) {
  constexpr std::size_t kMaxBytes = 1 << 16;
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  std::string text(kMaxBytes, '\0');
  const ssize_t size = ::read(descriptor, text.data(), text.size());
  ::close(descriptor);
  if (size < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(size));
  return text;
}

bool is_there(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  fail_io(path, "cannot be looked at", errno);
}

void remove_file(const fs::path& file) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) fail_io(file, "cannot be removed", errno);
}

}  // namespace ecnas::sweep
