#include "table/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <array>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::table {
namespace {

// All 423,624 cells at 4 budgets and 3 repeats are 10 GB of results.json.
constexpr std::int64_t kMaxUnpacked = std::int64_t{16} << 30;

struct FreeArchive {
  void operator()(struct archive* archive) const { archive_read_free(archive); }
};

}  // namespace

struct ArchiveReader::Impl {
  std::unique_ptr<struct archive, FreeArchive> archive;
  std::string name;
  std::string path;

  [[noreturn]] void fail_damaged() const {
    const char* reason = archive_error_string(archive.get());
    fail(ErrorCode::invalid_data, "{}: cannot be unpacked: {}; it is cut short or damaged", name,
         reason == nullptr ? "unknown reason" : ecnas::quoted(reason, 200));
  }

  void check_unpacked() const {
    if (archive_filter_bytes(archive.get(), 0) > kMaxUnpacked) {
      fail(ErrorCode::invalid_data,
           "{}: unpacks to more than {} GiB; unpack it and import the parts", name,
           kMaxUnpacked >> 30);
    }
  }
};

ArchiveReader::ArchiveReader(std::span<const std::byte> bytes, std::string_view name)
    : impl_(std::make_unique<Impl>()) {
  impl_->name = name;
  impl_->archive.reset(archive_read_new());
  struct archive* archive = impl_->archive.get();
  if (archive == nullptr) fail(ErrorCode::io_failure, "{}: no memory to unpack it", name);
  // Named one by one: "all" would include filters that run other programs.
  archive_read_support_filter_gzip(archive);
  archive_read_support_filter_bzip2(archive);
  archive_read_support_filter_xz(archive);
  archive_read_support_filter_lzma(archive);
  archive_read_support_filter_zstd(archive);
  archive_read_support_format_tar(archive);
  archive_read_support_format_zip(archive);
  archive_read_support_format_raw(archive);
  if (archive_read_open_memory(archive, bytes.data(), bytes.size()) != ARCHIVE_OK) {
    impl_->fail_damaged();
  }
}

ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;
ArchiveReader& ArchiveReader::operator=(ArchiveReader&&) noexcept = default;
ArchiveReader::~ArchiveReader() = default;

bool ArchiveReader::next() {
  for (;;) {
    struct archive_entry* entry = nullptr;
    const int status = archive_read_next_header(impl_->archive.get(), &entry);
    impl_->check_unpacked();
    if (status == ARCHIVE_EOF) return false;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) impl_->fail_damaged();
    if (archive_entry_filetype(entry) != AE_IFREG) continue;
    const char* path = archive_entry_pathname(entry);
    impl_->path = path == nullptr ? "" : path;
    return true;
  }
}

bool ArchiveReader::is_plain() const {
  return archive_format(impl_->archive.get()) == ARCHIVE_FORMAT_RAW;
}

const std::string& ArchiveReader::path() const {
  return impl_->path;
}

std::string ArchiveReader::read(std::size_t max_bytes) {
  std::string content;
  std::array<char, std::size_t{1} << 16> chunk;
  for (;;) {
    const la_ssize_t count = archive_read_data(impl_->archive.get(), chunk.data(), chunk.size());
    if (count < 0) impl_->fail_damaged();
    if (count == 0) return content;
    content.append(chunk.data(), static_cast<std::size_t>(count));
    impl_->check_unpacked();
    if (content.size() > max_bytes) {
      fail(ErrorCode::invalid_data, "{}: '{}' is larger than the {} bytes expected at most",
           impl_->name, impl_->path, max_bytes);
    }
  }
}

}  // namespace ecnas::table
