#include "ecnas/energy/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::energy {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{4} << 30;

/// Writes all of it or says that it could not.
bool write_whole(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t size = ::write(descriptor, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

/// "1.5 103.2 1.5 0.4 1.5": the time, then joules and covered seconds of each component.
Sample parse_sample(std::string_view line, std::size_t components, const std::string& name,
                    std::size_t number) {
  std::vector<double> values;
  for (const std::string_view word : split(line, ' ')) {
    const auto value = parse_real(word);
    if (!value || !(*value >= 0 && *value < 1e300)) break;
    values.push_back(*value);
  }
  if (values.size() != 1 + 2 * components || split(line, ' ').size() != values.size()) {
    fail(ErrorCode::invalid_data,
         "{}: line {} is {}, not {} numbers; what is before it can be had by cutting it off", name,
         number, quoted(line), 1 + 2 * components);
  }
  Sample sample{.time_s = values[0]};
  for (std::size_t i = 0; i < components; ++i)
    sample.components.push_back({values[1 + 2 * i], values[2 + 2 * i]});
  return sample;
}

}  // namespace

Journal::Journal(const std::filesystem::path& file, const Measurement& beginning)
    : descriptor_(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) {
    fail(ErrorCode::io_failure, "{}: {}; give another output", file.string(), std::strerror(errno));
  }
  const std::string header =
      nlohmann::ordered_json::parse(to_json(beginning)).dump() + "\n";  // on one line
  has_failed_ = !write_whole(descriptor_, header);
}

Journal::~Journal() {
  ::close(descriptor_);
}

void Journal::append(const Sample& sample) noexcept {
  if (has_failed_) return;
  try {
    fmt::memory_buffer line;
    fmt::format_to(std::back_inserter(line), "{}", sample.time_s);
    for (const ComponentEnergy& component : sample.components)
      fmt::format_to(std::back_inserter(line), " {} {}", component.energy_j, component.covered_s);
    line.push_back('\n');
    has_failed_ = !write_whole(descriptor_, {line.data(), line.size()});
  } catch (...) {
    has_failed_ = true;  // out of memory
  }
}

Measurement recover_journal(const std::filesystem::path& file) {
  const std::string text = read_file(file, kMaxBytes);
  const std::string name = file.string();
  const std::size_t end_of_header = text.find('\n');
  if (end_of_header == std::string::npos)
    fail(ErrorCode::invalid_data, "{}: no whole line; it is no journal of 'ecnas track'", name);
  Measurement measurement =
      measurement_from_json(std::string_view(text).substr(0, end_of_header), name);
  std::size_t number = 1;
  for (std::size_t begin = end_of_header + 1; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;  // cut while it was written
    measurement.samples.push_back(parse_sample(std::string_view(text).substr(begin, end - begin),
                                               measurement.components.size(), name, ++number));
    begin = end + 1;
  }
  if (!measurement.samples.empty()) {
    const Sample& last = measurement.samples.back();
    measurement.duration_s = last.time_s;
    for (std::size_t i = 0; i < measurement.components.size(); ++i)
      measurement.components[i].energy = last.components[i];
  }
  measurement.notes.emplace_back("recovered from a journal: whoever measured ended before its end");
  return measurement;
}

}  // namespace ecnas::energy
