#include "energy/sysfs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

#include "ecnas/core/printable.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLineBytes = 4096;  // what a file of sysfs holds at most
constexpr std::size_t kMaxEntries = 4096;

// Not to wait: a tree that imitates sysfs may have a pipe in it.
int open_to_read(const fs::path& file) {
  for (;;) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor >= 0 || errno != EINTR) return descriptor;
  }
}

ssize_t read_from_start(int descriptor, char* buffer, std::size_t size) {
  for (;;) {
    const ssize_t count = ::pread(descriptor, buffer, size, 0);
    if (count >= 0 || errno != EINTR) return count;
  }
}

// Of an open file. What fills the buffer goes on after it: no number is that long.
Result<std::int64_t, ReadFailure> read_integer_of(int descriptor, const fs::path& file) {
  std::array<char, 32> buffer;
  const ssize_t count = read_from_start(descriptor, buffer.data(), buffer.size());
  if (count < 0) return failure_of(file, errno);
  const std::string_view found(buffer.data(), static_cast<std::size_t>(count));
  const std::string_view digits = found.substr(0, found.size() - (found.ends_with('\n') ? 1 : 0));
  const auto number = parse_integer(digits);
  if (number && found.size() < buffer.size()) return *number;
  return ReadFailure{
      ReadFailure::Reason::failed,
      fmt::format("{}: holds {}, no whole number of 64 bits", file.string(), quoted(found))};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes the digits at the front of `text`, without leading zeros.
std::string_view take_number(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

// Numbers within names compare by their value, however long they are; all else by its bytes.
bool naturally_less(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a;
  const std::string_view whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const std::string_view left = take_number(a);
      const std::string_view right = take_number(b);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
    } else {
      if (a.front() != b.front()) return a.front() < b.front();
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  if (a.empty() && b.empty()) return whole_a < whole_b;  // "1" and "01"
  return a.empty();
}

}  // namespace

ReadFailure failure_of(const fs::path& file, int error) {
  ReadFailure::Reason reason = ReadFailure::Reason::failed;
  if (error == ENOENT || error == ENODEV || error == ENXIO) reason = ReadFailure::Reason::gone;
  if (error == EACCES || error == EPERM) reason = ReadFailure::Reason::denied;
  return {reason, fmt::format("{}: {}", file.string(), std::generic_category().message(error))};
}

Result<std::int64_t, ReadFailure> read_integer(const fs::path& file) {
  return NumberFile(file).read();
}

std::optional<std::string> read_line(const fs::path& file) {
  const int descriptor = open_to_read(file);
  if (descriptor < 0) return std::nullopt;
  std::array<char, kMaxLineBytes + 1> buffer;
  const ssize_t count = read_from_start(descriptor, buffer.data(), buffer.size());
  ::close(descriptor);
  if (count < 0 || static_cast<std::size_t>(count) > kMaxLineBytes) return std::nullopt;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(count));
  return printable(trimmed(text.substr(0, text.find('\n'))));
}

std::vector<fs::path> entries(const fs::path& directory, std::string_view prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator() && found.size() < kMaxEntries;
       entry.increment(error)) {
    if (entry->path().filename().native().starts_with(prefix)) found.push_back(entry->path());
  }
  std::ranges::sort(found, [](const fs::path& a, const fs::path& b) {
    return naturally_less(a.filename().native(), b.filename().native());
  });
  return found;
}

Result<std::int64_t, ReadFailure> NumberFile::read() {
  struct stat status {};
  // A file that is gone can still be read while it is open; one of sysfs says ENODEV then.
  if (descriptor_ >= 0 && (::fstat(descriptor_, &status) != 0 || status.st_nlink == 0)) close();
  if (descriptor_ < 0) descriptor_ = open_to_read(path_);
  if (descriptor_ < 0) return failure_of(path_, errno);
  Result<std::int64_t, ReadFailure> number = read_integer_of(descriptor_, path_);
  if (!number) close();
  return number;
}

void NumberFile::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace ecnas::energy
