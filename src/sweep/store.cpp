#include "ecnas/sweep/store.hpp"

#include <dirent.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include "ecnas/core/error.hpp"
#include "ecnas/core/printable.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/canonical.hpp"
#include "sweep/records.hpp"
#include "sweep/small_file.hpp"

namespace ecnas::sweep {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSpecName = "sweep.toml";
constexpr std::string_view kRunsName = "runs.txt";
constexpr std::string_view kStopName = "stop";
constexpr std::array<std::string_view, 4> kStateNames = {"open", "held", "failed", "done"};
constexpr std::size_t kMaxSpecBytes = std::size_t{1} << 26;

/// Calls `see` with the name of everything in a folder.
template <typename See>
void list(const fs::path& directory, const See& see) {
  const auto close = [](DIR* handle) { ::closedir(handle); };
  const std::unique_ptr<DIR, decltype(close)> handle(::opendir(directory.c_str()), close);
  if (!handle) fail_io(directory, "cannot be listed", errno);
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(handle.get());
    if (entry == nullptr) break;
    see(std::string_view(entry->d_name));
  }
  if (errno != 0) fail_io(directory, "cannot be listed", errno);
}

/// A file's name in a shard's folder: "0012345.3", "0012345.3.free", "0012345.failed", "….done".
struct ClaimName {
  RunNumber number = 0;
  std::uint32_t generation = 0;  // 0: none
  RunState state = RunState::open;
};

std::optional<ClaimName> parse_claim_name(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;  // hidden: being written
  const auto number = parse_integer(name.substr(0, dot));
  if (!number || *number < 0 || *number > UINT32_MAX) return std::nullopt;
  ClaimName claim{.number = static_cast<RunNumber>(*number)};
  std::string_view ending = name.substr(dot + 1);
  if (ending == "done" || ending == "failed") {
    claim.state = ending == "done" ? RunState::done : RunState::failed;
    return claim;
  }
  const bool is_free = ending.ends_with(".free");
  if (is_free) ending.remove_suffix(std::string_view(".free").size());
  const auto generation = parse_integer(ending);
  if (!generation || *generation < 1 || *generation > UINT32_MAX) return std::nullopt;
  claim.generation = static_cast<std::uint32_t>(*generation);
  claim.state = is_free ? RunState::open : RunState::held;
  return claim;
}

void expect_empty(const fs::path& directory) {
  std::error_code error;
  if (fs::exists(directory / kSpecName, error)) {
    fail(ErrorCode::invalid_argument,
         "{}: holds a sweep already; work on it with 'ecnas sweep run', or give another directory",
         directory.string());
  }
  if (fs::exists(directory, error) &&
      !(fs::is_directory(directory, error) && fs::is_empty(directory, error))) {
    fail(ErrorCode::invalid_argument, "{}: not empty; give a new directory", directory.string());
  }
}

std::string unsigned_digits(std::size_t value, int width) {
  return fmt::format("{:0{}}", value, width);
}

}  // namespace

std::string_view name(RunState state) {
  return kStateNames[static_cast<std::size_t>(state)];
}

Sweep::Sweep(fs::path directory, Spec spec, RunList runs)
    : directory_(std::move(directory)), spec_(std::move(spec)), runs_(std::move(runs)) {}

Sweep Sweep::create(const fs::path& directory, const Spec& spec,
                    const std::vector<space::Cell>& cells) {
  if (cells.empty()) {
    fail(ErrorCode::invalid_argument, "{}: no cells to train; name some in [cells]",
         directory.string());
  }
  expect_empty(directory);
  unsigned max_vertices = 2;
  for (const space::Cell& cell : cells)
    max_vertices = std::max(max_vertices, cell.vertices());
  const std::vector<Run> runs = planned_runs(spec, cells);
  make_directory(directory);
  for (const char* part : {"claims", "attempts", "runs", "workers"})
    make_directory(directory / part);
  for (std::size_t begin = 0; begin < runs.size(); begin += kRunsPerShard)
    make_directory(directory / "claims" / unsigned_digits(begin / kRunsPerShard, 4));
  write_file(directory / kRunsName, sweep::to_text(runs, max_vertices));
  write_file(directory / kSpecName,
             "# What this sweep does; made by 'ecnas sweep create', read by "
             "all who work on it.\n" +
                 to_toml(spec));
  return open(directory);
}

Sweep Sweep::open(const fs::path& directory) {
  const fs::path spec_file = directory / kSpecName;
  std::error_code ignored;
  if (!fs::exists(spec_file, ignored)) {
    fail(ErrorCode::not_found, "{}: no sweep; make one with 'ecnas sweep create SPEC -o {}'",
         directory.string(), directory.string());
  }
  std::error_code error;
  fs::path absolute = fs::canonical(directory, error);
  if (error) fail(ErrorCode::io_failure, "{}: {}", directory.string(), error.message());
  Spec spec = parse_spec(read_file(spec_file, kMaxSpecBytes), spec_file.string(), absolute);
  return {std::move(absolute), std::move(spec), RunList::open(directory / kRunsName)};
}

std::size_t Sweep::shards() const {
  return (runs_.size() + kRunsPerShard - 1) / kRunsPerShard;
}

fs::path Sweep::results_directory(const Run& run) const {
  const std::string hash = space::to_text(run.hash);
  return directory_ / "runs" / fmt::format("{}_epochs", run.epochs) / hash.substr(0, 2) / hash /
         fmt::format("repeat_{}", run.repeat);
}

fs::path Sweep::shard_directory(std::size_t shard) const {
  return directory_ / "claims" / unsigned_digits(shard, 4);
}

fs::path Sweep::claim_file(RunNumber number, std::string_view ending) const {
  return shard_directory(number / kRunsPerShard) /
         fmt::format("{}.{}", unsigned_digits(number, 7), ending);
}

fs::path Sweep::attempt_directory(RunNumber number, std::uint32_t generation) const {
  return directory_ / "attempts" / unsigned_digits(number / kRunsPerShard, 4) /
         fmt::format("{}.{}", unsigned_digits(number, 7), generation);
}

std::vector<Standing> Sweep::standings(std::size_t shard) const {
  const std::size_t begin = shard * kRunsPerShard;
  ECNAS_ASSERT(begin < runs_.size());
  std::vector<Standing> standings(std::min(kRunsPerShard, runs_.size() - begin));
  std::vector<std::uint32_t> freed(standings.size());
  list(shard_directory(shard), [&](std::string_view file_name) {
    const auto claim = parse_claim_name(file_name);
    if (!claim || claim->number < begin || claim->number - begin >= standings.size()) return;
    Standing& standing = standings[claim->number - begin];
    standing.generation = std::max(standing.generation, claim->generation);
    if (claim->state == RunState::open) {
      std::uint32_t& last = freed[claim->number - begin];
      last = std::max(last, claim->generation);
    } else {
      standing.state = std::max(standing.state, claim->state);
    }
  });
  for (std::size_t i = 0; i < standings.size(); ++i) {
    Standing& standing = standings[i];
    const bool is_given_back = freed[i] == standing.generation;
    if (standing.state == RunState::held && is_given_back) standing.state = RunState::open;
  }
  return standings;
}

std::optional<Failure> Sweep::failure(RunNumber number) const {
  const auto text = small_file(claim_file(number, "failed"));
  if (!text) return std::nullopt;
  return parse_failure(*text);
}

std::optional<DoneRecord> Sweep::done_record(RunNumber number) const {
  const auto text = small_file(claim_file(number, "done"));
  return text ? parse_done_record(*text) : std::nullopt;
}

void request_stop(const Sweep& sweep, Stop stop) {
  const StopRequests before = stop_requests(sweep);
  put_file(sweep.directory() / kStopName,
           fmt::format("{} {}\n", before.count + 1, stop == Stop::now ? "now" : "after_runs"));
}

StopRequests stop_requests(const Sweep& sweep) {
  const auto text = small_file(sweep.directory() / kStopName);
  if (!text) return {};
  const auto words = split(trimmed(std::string_view(*text).substr(0, text->find('\n'))), ' ');
  const auto count = parse_integer(words.front());
  if (!count || *count < 0) return {};
  return {static_cast<std::uint64_t>(*count), words.back() == "now" ? Stop::now : Stop::after_runs};
}

}  // namespace ecnas::sweep
