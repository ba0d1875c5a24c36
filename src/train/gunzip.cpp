#include "train/gunzip.hpp"

#include <zlib.h>

#include <algorithm>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::train {
namespace {

constexpr std::uint64_t kMaxRatio = 1032;  // that deflate can reach: 258 bytes of 2 bits
constexpr std::size_t kMaxPiece = std::size_t{1} << 30;  // zlib counts in 32 bits

/// zlib's stream over one gzip member in memory.
class Inflater {
 public:
  explicit Inflater(Bytes file) : left_(file) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  /// Fills `target`; fewer bytes where the member ends, is damaged or cut short.
  std::size_t read(std::span<std::uint8_t> target) {
    std::size_t done = 0;
    // One call more than the bytes need: it reads the checksum at the end.
    while (status_ == Z_OK) {
      const std::size_t room = std::min(target.size() - done, kMaxPiece);
      const std::size_t input = std::min(left_.size(), kMaxPiece);
      stream_.next_in = const_cast<Bytef*>(left_.data());
      stream_.avail_in = static_cast<uInt>(input);
      stream_.next_out = target.data() + done;
      stream_.avail_out = static_cast<uInt>(room);
      status_ = inflate(&stream_, Z_NO_FLUSH);
      left_ = left_.subspan(input - stream_.avail_in);
      done += room - stream_.avail_out;
      if (room == 0 && status_ == Z_BUF_ERROR) {
        status_ = Z_OK;  // more of it than there is room for
        break;
      }
    }
    return done;
  }

  [[nodiscard]] bool at_end() const { return status_ == Z_STREAM_END; }
  [[nodiscard]] bool is_cut() const { return status_ == Z_BUF_ERROR && left_.empty(); }
  [[nodiscard]] std::size_t left() const { return left_.size(); }

 private:
  z_stream stream_{};
  Bytes left_;
  int status_ = Z_OK;
};

std::span<std::uint8_t> writable(std::string& text) {
  return {reinterpret_cast<std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

bool is_gzip(Bytes file) {
  return file.size() >= 2 && file[0] == 0x1f && file[1] == 0x8b;
}

std::string gunzip_beginning(Bytes file, std::size_t count) {
  std::string content(count, '\0');
  content.resize(Inflater(file).read(writable(content)));
  return content;
}

std::string gunzip(Bytes file, std::uint64_t count, const std::string& name) {
  if (count > file.size() * kMaxRatio) {
    fail(ErrorCode::invalid_data,
         "{}: its header announces {} bytes, more than {} compressed bytes can hold; get it again",
         name, with_thousands(static_cast<std::int64_t>(count)),
         with_thousands(static_cast<std::int64_t>(file.size())));
  }
  std::string content(count, '\0');
  Inflater inflater(file);
  const std::size_t read = inflater.read(writable(content));
  if (inflater.at_end() && read == count && inflater.left() == 0) return content;
  const char* what = "is damaged";
  if (inflater.at_end())
    what = read < count ? "ends too early" : "has something behind its end";
  else if (inflater.is_cut())
    what = "is cut short";
  else if (read == count)
    what = "does not end where it should, or is damaged";
  fail(ErrorCode::invalid_data,
       "{}: the gzip stream {}: {} bytes found, its header announces {}; get it again", name, what,
       with_thousands(static_cast<std::int64_t>(read)),
       with_thousands(static_cast<std::int64_t>(count)));
}

}  // namespace ecnas::train
