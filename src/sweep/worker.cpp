#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/sweep/lease.hpp"
#include "sweep/process.hpp"
#include "sweep/records.hpp"
#include "sweep/small_file.hpp"

namespace ecnas::sweep {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
  std::array<char, 65> name{};
  ::gethostname(name.data(), name.size() - 1);
  std::string text = name.data();
  // In a file's name and on a line.
  std::ranges::replace_if(
      text,
      [](char c) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '_';
        return !is_plain;
      },
      '_');
  return text.empty() ? "host" : text;
}

/// This boot of the machine, and the namespace that process numbers belong to: containers may share
/// a host's name and boot.
std::string boot_and_namespace() {
  const std::string boot = small_file("/proc/sys/kernel/random/boot_id").value_or("unknown-boot");
  std::error_code error;
  const fs::path pids = fs::read_symlink("/proc/self/ns/pid", error);
  return fmt::format("{} {}", trimmed(std::string_view(boot).substr(0, boot.find('\n'))),
                     error ? "pid:unknown" : pids.string());
}

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits))
    fail(ErrorCode::io_failure, "the system gives no random numbers");
  return bits;
}

}  // namespace

WorkerIdentity WorkerIdentity::of_this_process() {
  WorkerIdentity identity{.id = {},
                          .host = host_name(),
                          .boot = boot_and_namespace(),
                          .pid = ::getpid(),
                          .start_time = start_time_of(::getpid()).value_or(0)};
  identity.id = fmt::format("{}-{}-{:016x}", identity.host, identity.pid, random_bits());
  return identity;
}

Worker::Worker(const Sweep& sweep, WorkerIdentity identity)
    : identity_(std::move(identity)),
      file_(sweep.workers_directory() / identity_.id),
      beat_file_(fs::path(file_) += ".beat") {
  put_file(beat_file_, "0\n", part_of(beat_file_));  // first: who sees a worker finds its beats
  put_file(file_, to_text(identity_), part_of(file_));
}

Worker::~Worker() {
  std::error_code ignored;
  fs::remove(file_, ignored);
  fs::remove(beat_file_, ignored);
}

bool Worker::beat() noexcept {
  try {
    put_file(beat_file_, fmt::format("{}\n", ++beats_), part_of(beat_file_));
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace ecnas::sweep
