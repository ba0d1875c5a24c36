#include "terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <span>
#include <system_error>

#include "ecnas/core/error.hpp"

namespace ecnas::app {
namespace {

using std::chrono::milliseconds;

constexpr int kBarWidth = 28;
constexpr milliseconds kFirstDraw{300};
constexpr milliseconds kRedraw{100};

/// @return errno, 0 when all was written
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno != EINTR) return errno;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

std::string painted(std::string_view code, std::string_view text) {
  if (!colour_wanted()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

/// Columns that a UTF-8 text fills; escape sequences fill none.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = text.find('m', i);
      if (i == std::string_view::npos) break;
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      ++width;
    }
  }
  return width;
}

std::string duration(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace

void print(std::string_view text) {
  if (const int error = write_all(STDOUT_FILENO, text); error != 0) {
    fail(ErrorCode::io_failure, "standard output: cannot be written: {}",
         std::generic_category().message(error));
  }
}

void message(std::string_view line) {
  static_cast<void>(write_all(STDERR_FILENO, fmt::format("{}\n", line)));
}

bool colour_wanted() {
  static const bool wanted = [] {
    const char* terminal = std::getenv("TERM");
    const char* no_colour = std::getenv("NO_COLOR");
    const bool refused = no_colour != nullptr && *no_colour != '\0';
    return ::isatty(STDOUT_FILENO) == 1 && !refused && terminal != nullptr &&
           std::string_view(terminal) != "dumb";
  }();
  return wanted;
}

std::string bold(std::string_view text) {
  return painted("1", text);
}
std::string faint(std::string_view text) {
  return painted("2", text);
}
std::string highlighted(std::string_view text) {
  return painted("1;33", text);
}

void TextTable::add(std::vector<std::string> row) {
  ECNAS_ASSERT(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = width_of(columns_[i].title);
    for (const auto& row : rows_)
      width = std::max(width, width_of(row[i]));
    widths.push_back(width);
  }
  const auto line = [&](auto&& text_of) {
    std::string result;
    std::string pending;  // blanks not yet known to be followed by text
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& text = text_of(i);
      const std::string blanks(widths[i] - width_of(text), ' ');
      if (columns_[i].align == Align::right) pending += blanks;
      if (!text.empty()) {
        result += pending + text;
        pending.clear();
      }
      if (columns_[i].align == Align::left) pending += blanks;
      pending += "  ";
    }
    return result;
  };
  std::string result =
      faint(line([&](std::size_t i) -> const std::string& { return columns_[i].title; })) + "\n";
  for (const auto& row : rows_) {
    result += line([&](std::size_t i) -> const std::string& { return row[i]; }) + "\n";
  }
  return result;
}

ProgressBar::ProgressBar(std::string title, std::size_t total, bool quiet)
    : title_(std::move(title)),
      total_(total),
      shown_(!quiet && ::isatty(STDERR_FILENO) == 1),
      next_draw_(begin_ + kFirstDraw) {}

ProgressBar::~ProgressBar() {
  if (drawn_) static_cast<void>(write_all(STDERR_FILENO, "\r\x1b[K"));
}

void ProgressBar::advance(std::size_t by) {
  if (!shown_) return;
  const std::lock_guard lock(mutex_);
  done_ += by;
  if (Clock::now() >= next_draw_) draw();
}

void ProgressBar::draw() {
  const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  std::string line = fmt::format("\r\x1b[K{} ", title_);
  if (total_ > 0) {
    const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
    const int filled = static_cast<int>(share * kBarWidth);
    for (int i = 0; i < kBarWidth; ++i)
      line += i < filled ? "━" : "─";
    line += fmt::format(" {:3.0f} %  {} left", 100 * share, duration(seconds / share - seconds));
  } else {
    line += fmt::format("{} in {}", done_, duration(seconds));
  }
  static_cast<void>(write_all(STDERR_FILENO, line));
  drawn_ = true;
  next_draw_ = Clock::now() + kRedraw;
}

void Progress::show(double done) {
  const auto now = static_cast<std::size_t>(kParts * done);
  if (now <= shown_) return;
  bar_.advance(now - shown_);
  shown_ = now;
}

}  // namespace ecnas::app
