#include "ecnas/core/file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "ecnas/core/error.hpp"

namespace ecnas {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) {
  return std::generic_category().message(error);
}

[[noreturn]] void fail_open(const fs::path& path, int error) {
  if (error == ENOENT || error == ENOTDIR) {
    fail(ErrorCode::not_found, "{}: no such file; check the path", path.string());
  }
  fail(ErrorCode::io_failure, "{}: cannot be opened for reading: {}", path.string(), reason(error));
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int get() const { return value_; }
  /// Closes now and reports whether that worked (a network file system tells of a full disk here).
  [[nodiscard]] bool close() { return ::close(std::exchange(value_, -1)) == 0; }

 private:
  int value_;
};

int open_for_reading(const fs::path& path, struct stat& status) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_open(path, errno);
  if (::fstat(descriptor, &status) != 0 || S_ISDIR(status.st_mode)) {
    const int error = S_ISDIR(status.st_mode) ? EISDIR : errno;
    ::close(descriptor);
    fail_open(path, error);
  }
  return descriptor;
}

}  // namespace

MappedFile MappedFile::open(const fs::path& path) {
  struct stat status {};
  const Descriptor descriptor(open_for_reading(path, status));
  MappedFile file;
  file.size_ = static_cast<std::size_t>(status.st_size);
  if (file.size_ == 0) return file;
  void* address = ::mmap(nullptr, file.size_, PROT_READ, MAP_SHARED, descriptor.get(), 0);
  if (address == MAP_FAILED) {
    file.size_ = 0;
    fail(ErrorCode::io_failure, "{}: cannot be mapped: {}", path.string(), reason(errno));
  }
  file.data_ = static_cast<const std::byte*>(address);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void expect_reading(std::span<const std::byte> mapped) noexcept {
  if (mapped.empty()) return;
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(mapped.data());
  const std::uintptr_t before = address % page;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the page that holds the first byte
  ::madvise(reinterpret_cast<void*>(address - before), mapped.size() + before, MADV_WILLNEED);
}

void forget_mapped(std::span<const std::byte> mapped) noexcept {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(mapped.data());
  const std::uintptr_t end = (begin + mapped.size()) / page * page;
  const std::uintptr_t first = (begin + page - 1) / page * page;
  if (first >= end) return;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the first whole page
  ::madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}

std::string read_file(const fs::path& path, std::size_t max_bytes) {
  struct stat status {};
  const Descriptor descriptor(open_for_reading(path, status));
  std::string content;
  // Read to the end and not to `st_size`: pipes and /proc have none.
  constexpr std::size_t kChunk = 1 << 16;
  for (;;) {
    const std::size_t old_size = content.size();
    content.resize(old_size + kChunk);
    const ssize_t count = ::read(descriptor.get(), content.data() + old_size, kChunk);
    if (count < 0 && errno != EINTR) {
      fail(ErrorCode::io_failure, "{}: cannot be read: {}", path.string(), reason(errno));
    }
    content.resize(old_size + static_cast<std::size_t>(count > 0 ? count : 0));
    if (count == 0) return content;
    if (content.size() > max_bytes) {
      fail(ErrorCode::invalid_data, "{}: larger than the {} bytes expected at most", path.string(),
           max_bytes);
    }
  }
}

struct OutputFile::Impl {
  fs::path target;
  Descriptor descriptor{-1};
  bool direct = false;  // the target is no regular file and is written itself
  fs::path beside;      // the file beside the target, once it has a name

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (!beside.empty()) ::unlink(beside.c_str());
  }

  [[noreturn]] void fail_write(int error) const {
    fail(ErrorCode::io_failure, "{}: cannot be written: {}", target.string(), reason(error));
  }

  /// A file without a name where the file system allows, so that even a kill leaves nothing; else
  /// one named beside the target.
  void create_beside() {
    const fs::path directory = target.has_parent_path() ? target.parent_path() : fs::path(".");
    const fs::path name = fs::path(target) += fmt::format(".part-{}", ::getpid());
    int file = ::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (file < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
      file = ::open(name.c_str(), O_WRONLY | O_CLOEXEC | O_CREAT | O_TRUNC, 0666);
      if (file >= 0) beside = name;
    }
    if (file < 0) fail_write(errno);
    descriptor = Descriptor(file);
  }

  void give_name() {
    const fs::path name = fs::path(target) += fmt::format(".part-{}", ::getpid());
    const std::string source = fmt::format("/proc/self/fd/{}", descriptor.get());
    ::unlink(name.c_str());  // left by a killed process that had our number
    if (::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      fail_write(errno);
    }
    beside = name;
  }
};

OutputFile::OutputFile(fs::path target) : impl_(std::make_unique<Impl>()) {
  std::error_code ignored;
  // A link is followed, so that the file it points to is replaced and not the link.
  if (const fs::path real = fs::canonical(target, ignored); !ignored) target = real;
  const fs::file_status status = fs::status(target, ignored);
  impl_->target = target;
  impl_->direct = fs::exists(status) && !fs::is_regular_file(status);
  if (!impl_->direct) {
    impl_->create_beside();
    return;
  }
  const int descriptor = ::open(target.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) impl_->fail_write(errno);
  impl_->descriptor = Descriptor(descriptor);
}

OutputFile::OutputFile(OutputFile&&) noexcept = default;
OutputFile& OutputFile::operator=(OutputFile&&) noexcept = default;

OutputFile::~OutputFile() = default;

void OutputFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(impl_->descriptor.get(), bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) impl_->fail_write(errno);
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void OutputFile::write(std::string_view text) {
  write(std::as_bytes(std::span(text.data(), text.size())));
}

void OutputFile::commit() {
  if (!impl_->direct) {
    if (::fsync(impl_->descriptor.get()) != 0) impl_->fail_write(errno);
    if (impl_->beside.empty()) impl_->give_name();
  }
  if (!impl_->descriptor.close()) impl_->fail_write(errno);
  if (impl_->direct) return;
  if (::rename(impl_->beside.c_str(), impl_->target.c_str()) != 0) impl_->fail_write(errno);
  impl_->beside.clear();
}

void write_file(const fs::path& target, std::string_view content) {
  OutputFile file(target);
  file.write(content);
  file.commit();
}

void make_directory(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path)) {
    fail(ErrorCode::io_failure, "{}: cannot be created as a directory: {}", path.string(),
         error ? error.message() : "a file of that name is in the way");
  }
}

}  // namespace ecnas
