#include "pinned_digests.hpp"

#include <cstdlib>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/net/sha256.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 1 << 20;

fs::path data_directory() {
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && fs::path(data).is_absolute()) return fs::path(data) / "ecnas";
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') return fs::path(home) / ".local" / "share" / "ecnas";
  fail(ErrorCode::io_failure,
       "pinned digests: there is no directory to keep them in; set HOME or XDG_DATA_HOME");
}

[[noreturn]] void fail_content(const fs::path& file) {
  fail(ErrorCode::invalid_data,
       "{}: expected a JSON object of names, each with its sha256 and bytes; correct the file or "
       "delete it",
       file.string());
}

std::optional<PinnedDigest> parse_digest(const Json& entry) {
  const auto sha256 = entry.find("sha256");
  const auto bytes = entry.find("bytes");
  if (sha256 == entry.end() || !sha256->is_string() || bytes == entry.end() ||
      !bytes->is_number_unsigned())
    return std::nullopt;
  PinnedDigest digest{.sha256 = *sha256, .bytes = *bytes};
  return net::is_sha256(digest.sha256) ? std::optional(digest) : std::nullopt;
}

Json read(const fs::path& file) {
  if (!fs::exists(file)) return Json::object();
  Json document = Json::parse(read_file(file, kMaxFileBytes), nullptr, false);
  if (!document.is_object()) fail_content(file);
  for (const Json& entry : document) {
    if (!entry.is_object() || !parse_digest(entry)) fail_content(file);
  }
  return document;
}

}  // namespace

PinnedDigests::PinnedDigests() : file_(data_directory() / "pinned-digests.json") {
  make_directory(file_.parent_path());
}

std::optional<PinnedDigest> PinnedDigests::find(std::string_view name) const {
  const Json document = read(file_);
  const auto entry = document.find(name);
  return entry == document.end() ? std::nullopt : parse_digest(*entry);
}

void PinnedDigests::pin(const std::string& name, const PinnedDigest& digest) const {
  Json document = read(file_);
  document[name] = {{"sha256", digest.sha256}, {"bytes", digest.bytes}};
  write_file(file_, document.dump(2) + "\n");
}

}  // namespace ecnas::app
