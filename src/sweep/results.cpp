#include "sweep/results.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "ecnas/core/error.hpp"
#include "ecnas/core/printable.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/table/results.hpp"
#include "sweep/small_file.hpp"

namespace ecnas::sweep {
namespace {

namespace fs = std::filesystem;

/// @throws Error for results that are not sound ones of this run
table::ResultsSummary checked_results(const fs::path& directory, const Run& run) {
  const fs::path file = directory / kResultsName;
  const table::ResultsSummary results = table::read_results(file);
  if (results.hash != run.hash || results.epochs != run.epochs) {
    fail(ErrorCode::invalid_data, "{}: of cell {} after {} epochs, expected {} after {}",
         file.string(), space::to_text(results.hash), results.epochs, space::to_text(run.hash),
         run.epochs);
  }
  return results;
}

}  // namespace

std::optional<std::string> fault_of_results(const fs::path& directory, const Run& run) {
  try {
    static_cast<void>(checked_results(directory, run));
    return std::nullopt;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::io_failure) throw;
    return error.what();
  }
}

std::optional<DoneRecord> record_of_results(const fs::path& directory, const Run& run) {
  try {
    const table::ResultsSummary results = checked_results(directory, run);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return DoneRecord{
        .energy_kwh = results.energy_kwh,
        .time_s = results.time_s,
        .finished_unix_s = std::chrono::duration_cast<std::chrono::seconds>(now).count(),
        .is_shared_machine = results.is_shared_machine};
  } catch (const Error& error) {
    if (error.code() == ErrorCode::io_failure) throw;
    return std::nullopt;
  }
}

std::optional<Failure> failure_in(const fs::path& directory) {
  const auto text = small_file(directory / kFailureName);
  if (!text) return std::nullopt;
  const auto document = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  const auto field = [&](const char* key) {
    const auto found = document.find(key);
    return found != document.end() && found->is_string() ? found->get<std::string>()
                                                         : std::string();
  };
  if (!document.is_object()) return std::nullopt;
  std::string kind = field("kind");
  const bool is_word = !kind.empty() && std::ranges::all_of(kind, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!is_word) return std::nullopt;
  return Failure{std::move(kind), printable(field("message"))};
}

std::string last_words(const fs::path& directory) {
  constexpr std::streamoff kTail = 4096;
  std::ifstream file(directory / kLogName, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - kTail));
  std::string text(static_cast<std::size_t>(std::min(size, kTail)), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  const std::size_t end = text.find_last_not_of("\r\n \t");
  if (end == std::string::npos) return {};
  text.resize(end + 1);
  const std::size_t begin = text.find_last_of("\r\n");  // a bar's lines end in CR
  return printable(begin == std::string::npos ? text : text.substr(begin + 1));
}

}  // namespace ecnas::sweep
