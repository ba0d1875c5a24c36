#pragma once
/// What a person sees: standard output in aligned columns, colour where the terminal has it, and a
/// progress bar on standard error. Programs get JSON instead.

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::app {

/// Writes all of `text` to standard output.
/// @throws Error{io_failure}, for instance when the disk behind a redirection is full.
void print(std::string_view text);

/// Writes a line to standard error; what goes wrong there is ignored.
void message(std::string_view line);

/// Whether standard output is a terminal that wants colour (NO_COLOR unset, TERM not "dumb").
[[nodiscard]] bool colour_wanted();

/// `text` in bold, faint, or one of the figure colours; unchanged without colour. @{
[[nodiscard]] std::string bold(std::string_view text);
[[nodiscard]] std::string faint(std::string_view text);
[[nodiscard]] std::string highlighted(std::string_view text);
/// @}

enum class Align { left, right };

/// Rows in aligned columns under a header.
class TextTable {
 public:
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// @pre one text a column
  void add(std::vector<std::string> row);

  /// Two spaces between columns, header faint, no trailing blanks.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// A bar with share and remaining time on standard error; shown only on a terminal, and only once
/// something has taken longer than a moment. Thread safe.
class ProgressBar {
 public:
  /// @param total  0: unknown  @param quiet  never show
  ProgressBar(std::string title, std::size_t total, bool quiet);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();  ///< clears the line

  void advance(std::size_t by = 1);

 private:
  void draw();
  using Clock = std::chrono::steady_clock;
  std::string title_;
  std::size_t total_;
  bool shown_;
  std::mutex mutex_;
  std::size_t done_ = 0;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point next_draw_;
  bool drawn_ = false;
};

/// The same for work that tells which share of it is done.
class Progress {
 public:
  Progress(std::string title, bool quiet) : bar_(std::move(title), kParts, quiet) {}
  void show(double done);  ///< 0 … 1, not falling

 private:
  static constexpr std::size_t kParts = 1000;
  ProgressBar bar_;
  std::size_t shown_ = 0;
};

}  // namespace ecnas::app
