// `ecnas fetch`: published tables from where they are published, checked and imported.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <random>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/net/catalogue.hpp"
#include "ecnas/net/download.hpp"
#include "ecnas/net/sha256.hpp"
#include "ecnas/table/builder.hpp"
#include "ecnas/table/import.hpp"
#include "import_output.hpp"
#include "interrupt.hpp"
#include "pinned_digests.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

struct FetchArguments {
  std::vector<std::string> names;
  bool list = false;
  std::string directory = ".";
  std::optional<std::string> mirror;
  bool no_import = false;
  bool repin = false;
  unsigned retries = 5;
  double timeout_s = 30;
};

/// Who says what a file's digest is.
enum class Authority { catalogue, first_download, nobody };

struct Expectation {
  Authority authority = Authority::nobody;
  std::optional<std::string> sha256;
  std::optional<std::uint64_t> bytes;
};

struct Fetched {
  const net::PublishedFile* file = nullptr;
  fs::path path;
  Authority authority = Authority::nobody;
  net::Downloaded content;
  bool was_there = false;
};

// --- The catalogue -------------------------------------------------------------------------------

Json list_json(const FetchArguments& arguments) {
  Json files = Json::array();
  for (const net::PublishedFile& file : net::catalogue()) {
    files.push_back({{"name", file.name},
                     {"file", file.file_name()},
                     {"address", file.address(arguments.mirror)},
                     {"bytes", file.bytes ? Json(*file.bytes) : Json(nullptr)},
                     {"sha256", file.sha256 ? Json(*file.sha256) : Json(nullptr)},
                     {"licence", file.licence},
                     {"contents", file.contents}});
  }
  return {{"files", files}};
}

std::string list_text() {
  constexpr std::size_t kDigits = 12;
  TextTable lines({{"name"}, {"bytes", Align::right}, {"SHA-256"}, {"licence"}, {"contents"}});
  for (const net::PublishedFile& file : net::catalogue()) {
    lines.add({std::string(file.name), file.bytes ? counted(*file.bytes) : "–",
               file.sha256 ? fmt::format("{}…", file.sha256->substr(0, kDigits)) : "–",
               std::string(file.licence), std::string(file.contents)});
  }
  return lines.text();
}

/// The named files, each once, all of them known before anything is fetched.
std::vector<const net::PublishedFile*> chosen(const FetchArguments& arguments) {
  if (arguments.names.empty()) {
    fail(ErrorCode::invalid_argument,
         "fetch: no name; say which file to fetch, 'ecnas fetch --list' has them");
  }
  std::vector<const net::PublishedFile*> files;
  for (const std::string& name : arguments.names) {
    const net::PublishedFile& file = net::find_published(name);
    static_cast<void>(file.address(arguments.mirror));  // refuses a mirror that is none
    if (std::ranges::find(files, &file) == files.end()) files.push_back(&file);
  }
  return files;
}

// --- One file ------------------------------------------------------------------------------------

/// A bar over what is still to come.
class DownloadBar {
 public:
  DownloadBar(std::string title, bool is_quiet) : title_(std::move(title)), is_quiet_(is_quiet) {}

  void show(std::uint64_t done, std::optional<std::uint64_t> total) {
    if (!total) return;
    if (!bar_) {
      first_ = done;
      bar_.emplace(title_, is_quiet_);
    }
    first_ = std::min(first_, done);
    const auto coming = static_cast<double>(std::max<std::uint64_t>(*total - first_, 1));
    bar_->show(static_cast<double>(done - first_) / coming);
  }
  void hide() { bar_.reset(); }

 private:
  std::string title_;
  bool is_quiet_;
  std::optional<Progress> bar_;
  std::uint64_t first_ = 0;
};

Expectation expectation(const net::PublishedFile& file, bool repin) {
  if (file.sha256) return {Authority::catalogue, std::string(*file.sha256), file.bytes};
  const std::optional<PinnedDigest> pinned = PinnedDigests().find(file.name);
  if (!pinned || repin) return {};
  return {Authority::first_download, pinned->sha256, pinned->bytes};
}

std::string remedy(Authority authority) {
  if (authority != Authority::first_download) return "fetch it again, or from another --mirror";
  return "expected is what was first downloaded; --repin takes what is there now";
}

/// The file if it is there already. @throws Error{invalid_data} if what is there is another
std::optional<Fetched> already_there(const net::PublishedFile& file, const fs::path& path,
                                     const Expectation& expected, const std::stop_token& stop) {
  if (!fs::exists(path)) return std::nullopt;
  if (!expected.sha256) {
    fail(
        ErrorCode::invalid_data,
        "{}: is there already, and nothing is known to check it by; import it as it is, or move it "
        "away",
        path.string());
  }
  const std::string found = net::sha256_of_file(path, stop);
  if (found != *expected.sha256) {
    fail(ErrorCode::invalid_data,
         "{}: is there already, but its SHA-256 is {}, expected {}; move it away, or name another "
         "--directory",
         path.string(), found, *expected.sha256);
  }
  return Fetched{.file = &file,
                 .path = path,
                 .authority = expected.authority,
                 .content = {.bytes = fs::file_size(path), .sha256 = found},
                 .was_there = true};
}

net::DownloadOptions download_options(const FetchArguments& arguments,
                                      const Expectation& expected) {
  net::DownloadOptions options;
  options.bytes = expected.bytes;
  options.sha256 = expected.sha256;
  options.retries = arguments.retries;
  options.patience = std::chrono::milliseconds(static_cast<long>(1000 * arguments.timeout_s));
  options.seed = std::random_device{}();
  if (const char* certificates = std::getenv("SSL_CERT_FILE")) options.certificates = certificates;
  options.remedy = remedy(expected.authority);
  return options;
}

Fetched downloaded(const net::PublishedFile& file, const fs::path& path,
                   const FetchArguments& arguments, const Expectation& expected,
                   const std::stop_token& stop, const Global& global) {
  DownloadBar bar(fmt::format("fetching {}", file.name), global.json);
  net::DownloadOptions options = download_options(arguments, expected);
  options.stop = stop;
  options.progress = [&](std::uint64_t done, std::optional<std::uint64_t> total) {
    bar.show(done, total);
  };
  options.remark = [&](const std::string& text) {
    bar.hide();
    message("ecnas: " + text);
  };
  Fetched fetched{.file = &file, .path = path, .authority = expected.authority};
  fetched.content = net::download(file.address(arguments.mirror), path, options);
  if (expected.authority == Authority::nobody)
    PinnedDigests().pin(std::string(file.name), {fetched.content.sha256, fetched.content.bytes});
  return fetched;
}

Fetched fetch(const net::PublishedFile& file, const FetchArguments& arguments,
              const Global& global) {
  const InterruptGuard interrupt;
  const fs::path path = (fs::path(arguments.directory) / file.file_name()).lexically_normal();
  const Expectation expected = expectation(file, arguments.repin);
  if (std::optional<Fetched> there = already_there(file, path, expected, interrupt.token()))
    return *there;
  return downloaded(file, path, arguments, expected, interrupt.token(), global);
}

// --- What is told --------------------------------------------------------------------------------

std::string_view name(Authority authority) {
  switch (authority) {
    case Authority::catalogue:
      return "catalogue";
    case Authority::first_download:
      return "first_download";
    case Authority::nobody:
      return "nobody";
  }
  return {};
}

Json fetched_json(const Fetched& fetched) {
  return {{"name", fetched.file->name},
          {"file", fetched.path.string()},
          {"bytes", fetched.content.bytes},
          {"sha256", fetched.content.sha256},
          {"verified_by", name(fetched.authority)},
          {"was_there", fetched.was_there},
          {"resumed_from", fetched.content.resumed_from},
          {"licence", fetched.file->licence}};
}

std::string verification_text(const Fetched& fetched) {
  switch (fetched.authority) {
    case Authority::catalogue:
      return "its SHA-256 is the published one";
    case Authority::first_download:
      return "its SHA-256 is that of the first download";
    case Authority::nobody:
      return fmt::format("unverified: a first download; its SHA-256 is {}, pinned in {}",
                         fetched.content.sha256, PinnedDigests().file().string());
  }
  return {};
}

void print_fetched(const Fetched& fetched) {
  print(fmt::format("{}: {} bytes{}, {}\n", bold(fetched.path.string()),
                    counted(fetched.content.bytes), fetched.was_there ? ", already there" : "",
                    fetched.file->licence));
  if (fetched.content.resumed_from > 0)
    print(fmt::format("  • {} of them were there before\n", counted(fetched.content.resumed_from)));
  print(fmt::format("  • {}\n", verification_text(fetched)));
}

/// Imports as `ecnas import` does, beside the file.
Json import_fetched(const Fetched& fetched, const Global& global) {
  const fs::path output = fetched.path.parent_path() / fmt::format("{}.ecnas", fetched.file->name);
  table::ImportOptions options;
  options.threads = global.threads;
  Progress progress(fmt::format("importing {}", fetched.file->name), global.json);
  options.progress = [&](double done) { progress.show(done); };
  const table::Imported imported = table::import_tables({{fetched.path}}, options);
  table::write_table(imported.table, output);
  if (!global.json) print_import(imported, output.string());
  return import_json(imported, output.string());
}

void run_fetch(const FetchArguments& arguments, const Global& global) {
  if (arguments.list) {
    if (global.json) return print_json(list_json(arguments));
    return print(list_text());
  }
  const std::vector<const net::PublishedFile*> files = chosen(arguments);
  make_directory(arguments.directory);
  Json documents = Json::array();
  for (const net::PublishedFile* file : files) {
    const Fetched fetched = fetch(*file, arguments, global);
    if (!global.json) print_fetched(fetched);
    Json document = fetched_json(fetched);
    document["import"] = arguments.no_import ? Json(nullptr) : import_fetched(fetched, global);
    documents.push_back(std::move(document));
  }
  if (global.json) print_json({{"files", documents}});
}

void add_options(CLI::App& command, FetchArguments& arguments) {
  CLI::Option* names =
      command.add_option("names", arguments.names, "What to fetch, by its name in the list")
          ->type_name("NAME");
  command.add_flag("--list", arguments.list, "Print what there is to fetch, and fetch nothing")
      ->excludes(names);
  command.add_option("--directory", arguments.directory, "Where files and tables go")
      ->type_name("DIR")
      ->capture_default_str();
  command
      .add_option("--mirror", arguments.mirror,
                  "Address of a folder that has the same files (default: where they are published)")
      ->type_name("URL");
  command.add_flag("--no-import", arguments.no_import, "Make no table of a fetched file");
  command.add_flag(
      "--repin", arguments.repin,
      "Accept another content than at the first download, where no digest is published");
  command
      .add_option("--retries", arguments.retries,
                  "Attempts in a row after a failed one, at growing intervals")
      ->type_name("N")
      ->check(CLI::Range(0U, 1000U))
      ->capture_default_str();
  command
      .add_option("--timeout", arguments.timeout_s,
                  "Seconds without data after which an attempt has failed")
      ->type_name("S")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
}

}  // namespace

void add_fetch(CLI::App& app, const Global& global) {
  CLI::App* command =
      app.add_subcommand("fetch", "Download published tables, check them, and make tables of them");
  const auto arguments = std::make_shared<FetchArguments>();
  add_options(*command, *arguments);
  command->callback([=, &global] { run_fetch(*arguments, global); });
}

}  // namespace ecnas::app
