#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ecnas/energy/tracker.hpp"

namespace ecnas::app {

/// A pipe with a name into which a command writes where its regions begin and end, a line each:
/// `begin NAME`, `end`. Regions lie in one another.
class SpanPipe {
 public:
  /// Makes the pipe in a directory of its own. @throws Error{io_failure}
  SpanPipe();
  SpanPipe(const SpanPipe&) = delete;
  SpanPipe& operator=(const SpanPipe&) = delete;
  ~SpanPipe();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Regions of this tracker from now on, until `close`.
  void listen(energy::Tracker& tracker);

  /// Reads what has been written until now, and no more. What is open stays so.
  /// @return notes on what was not understood
  std::vector<std::string> close();

 private:
  void read_lines(const std::stop_token& stop, energy::Tracker& tracker);
  void take(std::string_view text, energy::Tracker& tracker);
  void obey(std::string_view line, energy::Tracker& tracker);

  std::filesystem::path directory_;
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::string partial_;
  std::vector<energy::Tracker::Region> open_;
  std::size_t begun_ = 0;
  std::vector<std::string> notes_;
  std::jthread reader_;
};

}  // namespace ecnas::app
