#include "track_spans.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLine = 4096;  // more is not written in one piece
constexpr std::size_t kMaxSpans = 1'000'000;
constexpr std::size_t kMaxNotes = 10;

fs::path make_private_directory() {
  const char* temporary = std::getenv("TMPDIR");
  std::string path = (fs::path(temporary != nullptr && *temporary != '\0' ? temporary : "/tmp") /
                      "ecnas-spans-XXXXXX")
                         .string();
  if (::mkdtemp(path.data()) == nullptr)
    fail(ErrorCode::io_failure, "{}: {}; set TMPDIR to a directory that can be written", path,
         std::strerror(errno));
  return path;
}

}  // namespace

SpanPipe::SpanPipe() : directory_(make_private_directory()), path_(directory_ / "spans") {
  constexpr mode_t kOwnerOnly = 0600;
  // Open for writing too, so that it does not end when a writer goes.
  if (::mkfifo(path_.c_str(), kOwnerOnly) == 0)
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ < 0) {
    const int error = errno;
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
    fail(ErrorCode::io_failure, "{}: {}", path_.string(), std::strerror(error));
  }
}

SpanPipe::~SpanPipe() {
  close();
  ::close(descriptor_);
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void SpanPipe::listen(energy::Tracker& tracker) {
  reader_ =
      std::jthread([this, &tracker](const std::stop_token& stop) { read_lines(stop, tracker); });
}

std::vector<std::string> SpanPipe::close() {
  if (reader_.joinable()) {
    reader_.request_stop();
    reader_.join();
  }
  return std::move(notes_);
}

void SpanPipe::read_lines(const std::stop_token& stop, energy::Tracker& tracker) {
  constexpr int kPatienceMilliseconds = 20;
  std::array<char, kMaxLine> buffer{};
  for (;;) {
    const bool is_last = stop.stop_requested();
    pollfd ready{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (!is_last) ::poll(&ready, 1, kPatienceMilliseconds);
    ssize_t size = 0;
    while ((size = ::read(descriptor_, buffer.data(), buffer.size())) > 0)
      take({buffer.data(), static_cast<std::size_t>(size)}, tracker);
    if (is_last) return;
  }
}

void SpanPipe::take(std::string_view text, energy::Tracker& tracker) {
  partial_ += text;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = partial_.find('\n', begin)) != std::string::npos;
       begin = end + 1)
    obey(std::string_view(partial_).substr(begin, end - begin), tracker);
  partial_.erase(0, begin);
  if (partial_.size() > kMaxLine) partial_.clear();
}

void SpanPipe::obey(std::string_view line, energy::Tracker& tracker) {
  constexpr std::string_view kBegin = "begin ";
  const std::string_view name = line.starts_with(kBegin) ? line.substr(kBegin.size()) : "";
  if (!name.empty() && begun_ < kMaxSpans) {
    ++begun_;
    open_.push_back(tracker.span(std::string(name)));
  } else if (line == "end" && !open_.empty()) {
    open_.pop_back();
  } else if (notes_.size() < kMaxNotes) {
    notes_.push_back(
        fmt::format("spans: {} is neither 'begin NAME' nor the 'end' of one", ecnas::quoted(line)));
  }
}

}  // namespace ecnas::app
