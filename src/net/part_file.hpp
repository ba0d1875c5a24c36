#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "ecnas/net/sha256.hpp"

namespace ecnas::net {

/// Where a part comes from: what tells whether a server still has the same file.
struct PartSource {
  std::string url;
  std::string validator;  ///< strong ETag, or date of the last change; empty: the server gave none
  std::optional<std::uint64_t> bytes;  ///< of the whole file
};

/// TARGET.part and TARGET.part.source: what has arrived of a download, locked as long as this
/// lives.
class PartFile {
 public:
  /// Opens the part that is there, or begins one.
  /// @throws Error{io_failure}, also if another download has it
  explicit PartFile(std::filesystem::path target);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();  ///< keeps what arrived; nothing if that is nothing

  [[nodiscard]] const std::filesystem::path& path() const { return part_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// What was remembered with the part; absent if nothing was, or nothing that makes sense.
  [[nodiscard]] std::optional<PartSource> source() const;
  void remember(const PartSource& source);

  /// Hashes what an earlier download left. @throws Error{interrupted}
  void hash_what_is_there(const std::stop_token& stop);
  /// SHA-256 of all bytes, in hexadecimal digits.
  [[nodiscard]] std::string sha256() const { return digest_.hexadecimal(); }

  void append(std::span<const std::byte> bytes);
  void clear();   ///< begins anew
  void commit();  ///< gives the file its name, once all of it is on the device
  void discard();

 private:
  /// Closed with its owner, also if a constructor throws.
  class Descriptor {
   public:
    Descriptor() = default;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(); }
    void reset(int value = -1);
    [[nodiscard]] int get() const { return value_; }

   private:
    int value_ = -1;
  };

  void open();
  [[nodiscard]] bool is_still_there() const;
  [[noreturn]] void fail_write(int error) const;

  std::filesystem::path target_;
  std::filesystem::path part_;
  std::filesystem::path source_;
  Descriptor descriptor_;
  std::uint64_t size_ = 0;
  Sha256 digest_;
};

}  // namespace ecnas::net
