#include "ecnas/energy/foreign_logs.hpp"

#include <optional>
#include <string>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "energy/carbontracker_log.hpp"
#include "energy/codecarbon_csv.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 64'000'000;
constexpr std::string_view kStandard = "_carbontracker.log";
constexpr std::string_view kOutput = "_carbontracker_output.log";
constexpr std::string_view kErrors = "_carbontracker_err.log";

/// The log of the same training that has this ending; nothing where there is none.
std::string text_beside(const fs::path& file, std::string_view ending) {
  std::string name = file.filename().string();
  for (const std::string_view own : {kStandard, kOutput}) {
    if (!name.ends_with(own)) continue;
    name.replace(name.size() - own.size(), own.size(), ending);
    const fs::path other = file.parent_path() / name;
    std::error_code ignored;
    return fs::is_regular_file(other, ignored) ? read_file(other, kMaxBytes) : std::string();
  }
  return {};
}

std::optional<LogText> log_text(const std::string& name, std::string_view text,
                                CarbontrackerLog kind) {
  if (carbontracker_log(text) != kind) return std::nullopt;
  return LogText{.name = name, .text = text};
}

Measurement read_carbontracker_file(const fs::path& file, const std::string& text,
                                    CarbontrackerLog kind) {
  const bool is_standard = kind == CarbontrackerLog::standard;
  const std::string_view other_ending = is_standard ? kOutput : kStandard;
  const std::string other = text_beside(file, other_ending);
  const std::string other_name = "the log beside it (*" + std::string(other_ending) + ")";
  const std::string errors = text_beside(file, kErrors);
  const auto other_kind = is_standard ? CarbontrackerLog::output : CarbontrackerLog::standard;
  const std::optional<LogText> own = LogText{.name = file.string(), .text = text};
  const std::optional<LogText> beside =
      log_text(file.string() + ": " + other_name, other, other_kind);
  return is_standard ? read_carbontracker(own, beside, errors)
                     : read_carbontracker(beside, own, errors);
}

}  // namespace

std::vector<Measurement> read_foreign_log(const fs::path& file) {
  const std::string text = read_file(file, kMaxBytes);
  if (is_codecarbon(text)) return read_codecarbon(text, file.string());
  const std::optional<CarbontrackerLog> kind = carbontracker_log(text);
  if (!kind) {
    fail(ErrorCode::invalid_data,
         "{}: neither a log of carbontracker (*{} or *{}) nor CodeCarbon's emissions.csv",
         file.string(), kStandard, kOutput);
  }
  std::vector<Measurement> found;
  found.push_back(read_carbontracker_file(file, text, *kind));
  return found;
}

}  // namespace ecnas::energy
