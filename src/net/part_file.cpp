#include "net/part_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::net {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHeading = "ecnas part 1";
constexpr std::size_t kMaxSourceBytes = 65'536;

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string source_text(const PartSource& source) {
  std::string text = fmt::format("{}\nurl {}\n", kHeading, source.url);
  if (is_one_line(source.validator)) text += fmt::format("validator {}\n", source.validator);
  if (source.bytes) text += fmt::format("bytes {}\n", *source.bytes);
  return text;
}

std::optional<PartSource> parse_source(std::string_view text) {
  std::vector<std::string_view> lines = split(text, '\n');
  if (lines.front() != kHeading) return std::nullopt;
  PartSource source;
  for (const std::string_view line : lines) {
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view key = line.substr(0, space);
    const std::string_view value = line.substr(std::min(space + 1, line.size()));
    if (key == "url") source.url = value;
    if (key == "validator") source.validator = value;
    if (key == "bytes") {
      const std::optional<std::int64_t> bytes = parse_integer(value);
      if (!bytes || *bytes < 0) return std::nullopt;
      source.bytes = static_cast<std::uint64_t>(*bytes);
    }
  }
  return source;
}

}  // namespace

PartFile::PartFile(fs::path target)
    : target_(std::move(target)),
      part_(fs::path(target_) += ".part"),
      source_(fs::path(part_) += ".source") {
  do {
    open();
  } while (!is_still_there());
  struct stat status {};
  if (::fstat(descriptor_.get(), &status) != 0) fail_write(errno);
  size_ = static_cast<std::uint64_t>(status.st_size);
}

PartFile::~PartFile() {
  if (descriptor_.get() >= 0 && size_ == 0) discard();
}

void PartFile::Descriptor::reset(int value) {
  if (value_ >= 0) ::close(value_);
  value_ = value;
}

void PartFile::open() {
  constexpr int kFlags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  descriptor_.reset(::open(part_.c_str(), kFlags, 0666));
  struct stat status {};
  if (descriptor_.get() < 0 || ::fstat(descriptor_.get(), &status) != 0) fail_write(errno);
  if (!S_ISREG(status.st_mode)) {
    fail(ErrorCode::io_failure, "{}: is no regular file; move it away", part_.string());
  }
  // A file system without locks is no reason not to download.
  if (::flock(descriptor_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    fail(ErrorCode::io_failure, "{}: another download writes it; wait until that has ended",
         part_.string());
  }
}

/// Whether the name still leads to what is open: whoever had the lock may have given the file its
/// own name or deleted it meanwhile.
bool PartFile::is_still_there() const {
  struct stat ours {};
  struct stat named {};
  return ::fstat(descriptor_.get(), &ours) == 0 && ::lstat(part_.c_str(), &named) == 0 &&
         ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

void PartFile::fail_write(int error) const {
  fail(ErrorCode::io_failure, "{}: cannot be written: {}", part_.string(),
       std::generic_category().message(error));
}

std::optional<PartSource> PartFile::source() const {
  std::error_code ignored;
  if (!fs::is_regular_file(source_, ignored)) return std::nullopt;
  try {
    return parse_source(read_file(source_, kMaxSourceBytes));
  } catch (const Error&) {  // too large, or not readable: as good as none
    return std::nullopt;
  }
}

void PartFile::remember(const PartSource& source) {
  write_file(source_, source_text(source));
}

void PartFile::hash_what_is_there(const std::stop_token& stop) {
  std::vector<std::byte> piece(std::size_t{1} << 20);
  digest_ = Sha256();
  for (std::uint64_t offset = 0; offset < size_;) {
    if (stop.stop_requested()) {
      fail(ErrorCode::interrupted, "{}: interrupted; it is kept, and a next time goes on from it",
           part_.string());
    }
    const ssize_t count =
        ::pread(descriptor_.get(), piece.data(), piece.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      fail(ErrorCode::io_failure, "{}: cannot be read: {}", part_.string(),
           count == 0 ? "it is shorter than before" : std::generic_category().message(errno));
    }
    digest_.update(std::span(piece).first(static_cast<std::size_t>(count)));
    offset += static_cast<std::uint64_t>(count);
  }
}

void PartFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) fail_write(errno);
    if (count <= 0) continue;
    const auto written = static_cast<std::size_t>(count);
    digest_.update(bytes.first(written));
    size_ += written;
    bytes = bytes.subspan(written);
  }
}

void PartFile::clear() {
  if (::ftruncate(descriptor_.get(), 0) != 0) fail_write(errno);
  ::unlink(source_.c_str());
  size_ = 0;
  digest_ = Sha256();
}

void PartFile::commit() {
  if (::fsync(descriptor_.get()) != 0) fail_write(errno);
  if (::rename(part_.c_str(), target_.c_str()) != 0) fail_write(errno);
  ::unlink(source_.c_str());
  descriptor_.reset();
}

void PartFile::discard() {
  ::unlink(part_.c_str());
  ::unlink(source_.c_str());
  descriptor_.reset();
}

}  // namespace ecnas::net
