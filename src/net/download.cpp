#include "ecnas/net/download.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/net/sha256.hpp"
#include "net/address.hpp"
#include "net/part_file.hpp"
#include "net/transfer.hpp"

namespace ecnas::net {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxRedirects = 5;
constexpr std::uint64_t kGoodProgress = 1 << 20;  // bytes that make up for failures before

constexpr bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

constexpr bool is_overloaded(long status) {
  return status == 408 || status == 429 || status >= 500;
}

std::string bytes_text(std::uint64_t bytes) {
  return with_thousands(static_cast<std::int64_t>(bytes));
}

std::string seconds_text(milliseconds duration) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(duration).count());
}

/// A strong ETag, or else the date: what If-Range may hold (RFC 9110, 13.1.5).
std::string validator_of(const Head& head) {
  const bool is_strong = head.entity_tag.starts_with('"');
  return is_strong ? head.entity_tag : head.last_modified;
}

/// Why an attempt did not bring all, and when to make another.
struct Setback {
  std::string reason;
  std::optional<std::chrono::seconds> retry_after;  ///< that the server asks for
  bool can_retry_at_once = false;
};

class Download final : public Receiver {
 public:
  Download(std::string url, const std::filesystem::path& target, const DownloadOptions& options);

  Downloaded run();

 private:
  void resume();
  void clear();
  void fetch_all();
  std::optional<Setback> attempt();
  Response follow_redirects();
  [[nodiscard]] Request request(const std::string& address) const;
  std::optional<Setback> judge(const Response& response);
  std::optional<Setback> judge_content(const Response& response);
  std::optional<Setback> begin_anew(std::string reason);
  void pause(const Setback& setback, unsigned failures);

  bool begin(const Head& head) override;
  void take(std::span<const std::byte> bytes) override;
  [[nodiscard]] bool fits_part(const Head& head) const;
  void expect_readable(const Head& head) const;
  void expect_total();
  [[nodiscard]] bool is_expected() const;
  void verify();
  void remark(const std::string& text) const;

  [[nodiscard]] bool is_complete() const { return total_ && part_.size() == *total_; }
  [[noreturn]] void fail_network(const std::string& reason) const;
  [[noreturn]] void fail_content(const std::string& reason);
  [[noreturn]] void fail_interrupted() const;

  std::string url_;
  std::filesystem::path target_;
  const DownloadOptions& options_;
  PartFile part_;
  Rng rng_;
  std::optional<std::uint64_t> total_;
  std::uint64_t resumed_from_ = 0;
  std::string validator_;   ///< of what the part is a part of, at this address
  bool is_misfit_ = false;  ///< the part that was offered does not continue ours
};

Download::Download(std::string url, const std::filesystem::path& target,
                   const DownloadOptions& options)
    : url_(std::move(url)),
      target_(target),
      options_(options),
      part_(target),
      rng_(options.seed),
      total_(options.bytes) {}

Downloaded Download::run() {
  resume();
  if (!is_complete()) fetch_all();
  if (resumed_from_ > 0 && !is_expected()) {
    remark("the part that was there is of another file; begun anew");
    clear();
    fetch_all();
  }
  verify();
  Downloaded result{.bytes = part_.size(), .sha256 = part_.sha256(), .resumed_from = resumed_from_};
  part_.commit();
  return result;
}

// --- What is there already -----------------------------------------------------------------------

/// Goes on with a part whose continuation can be recognised; else begins anew.
void Download::resume() {
  if (part_.size() == 0) return;
  const std::optional<PartSource> source = part_.source();
  const bool is_same_source = source && source->url == url_;
  if (is_same_source) validator_ = source->validator;
  const bool is_too_large = part_.size() > options_.bytes.value_or(options_.max_bytes);
  if (is_too_large || (validator_.empty() && !options_.sha256)) {
    clear();
    return;
  }
  if (is_same_source && !total_) total_ = source->bytes;
  part_.hash_what_is_there(options_.stop);
  resumed_from_ = part_.size();
}

void Download::clear() {
  part_.clear();
  validator_.clear();
  total_ = options_.bytes;
  resumed_from_ = 0;
}

// --- Attempts ------------------------------------------------------------------------------------

void Download::fetch_all() {
  for (unsigned failures = 0;;) {
    const std::uint64_t before = part_.size();
    const std::optional<Setback> setback = attempt();
    if (!setback) return;
    if (part_.size() >= before + kGoodProgress) failures = 0;
    if (++failures > options_.retries) {
      fail_network(fmt::format("{}; given up after attempt {}", setback->reason, failures));
    }
    pause(*setback, failures);
  }
}

std::optional<Setback> Download::attempt() {
  is_misfit_ = false;
  return judge(follow_redirects());
}

Response Download::follow_redirects() {
  std::string address = url_;
  for (int hops = 0; hops <= kMaxRedirects; ++hops) {
    Response response = transfer(request(address), *this);
    if (response.ending == Ending::stopped || !is_redirect(response.head.status)) return response;
    if (!may_redirect(address, response.redirect)) {
      fail_network(fmt::format("it redirects to {}, which is not followed",
                               ecnas::quoted(response.redirect, 200)));
    }
    address = std::move(response.redirect);
  }
  fail_network(fmt::format("it redirects more than {} times", kMaxRedirects));
}

Request Download::request(const std::string& address) const {
  return {.address = address,
          .offset = part_.size(),
          .if_range = validator_,
          .certificates = options_.certificates,
          .patience = options_.patience,
          .stop = options_.stop};
}

/// @return nothing if all has arrived @throws Error where no other attempt can help
std::optional<Setback> Download::judge(const Response& response) {
  const long status = response.head.status;
  if (response.ending == Ending::stopped) fail_interrupted();
  if (is_misfit_) return begin_anew("it sends another part than was asked for");
  if (status == 200 || status == 206) return judge_content(response);
  if (status == 416 && part_.size() > 0) return begin_anew("it has no such part");
  if (status == 404 || status == 410) {
    fail(ErrorCode::not_found, "{}: not there (status {}); a mirror may have it", url_, status);
  }
  if (is_overloaded(status))
    return Setback{fmt::format("it answers with status {}", status), response.retry_after};
  if (response.ending == Ending::transient) return Setback{response.reason};
  if (response.ending == Ending::permanent) fail_network(response.reason);
  fail_network(fmt::format("it answers with status {}", status));
}

std::optional<Setback> Download::judge_content(const Response& response) {
  if (response.ending == Ending::permanent) fail_network(response.reason);
  if (response.ending == Ending::transient) return Setback{response.reason};
  if (total_ && !is_complete()) {
    return Setback{fmt::format("it ended after {} of {} bytes", bytes_text(part_.size()),
                               bytes_text(*total_))};
  }
  if (!response.head.tells_its_end && !is_expected()) {
    return Setback{fmt::format("it ended after {} bytes, not all or not the right ones",
                               bytes_text(part_.size()))};
  }
  return std::nullopt;
}

std::optional<Setback> Download::begin_anew(std::string reason) {
  clear();
  return Setback{.reason = std::move(reason), .retry_after = {}, .can_retry_at_once = true};
}

/// Waits for twice as long after each failure, jittered so that many who failed at once do not come
/// back at once, and for as long as the server asks.
void Download::pause(const Setback& setback, unsigned failures) {
  if (setback.can_retry_at_once) return;
  const unsigned doublings = std::min(failures - 1, 20U);
  const milliseconds longest =
      std::min(options_.first_pause * (1 << doublings), options_.longest_pause);
  milliseconds duration(static_cast<std::int64_t>(static_cast<double>(longest.count()) *
                                                  (0.5 + 0.5 * rng_.uniform())));
  if (setback.retry_after) {
    if (*setback.retry_after > options_.longest_pause) {
      fail_network(
          fmt::format("{} and asks to wait {} s", setback.reason,
                      bytes_text(static_cast<std::uint64_t>(setback.retry_after->count()))));
    }
    duration = std::max<milliseconds>(duration, *setback.retry_after);
  }
  remark(fmt::format("{}; attempt {} in {}", setback.reason, failures + 1, seconds_text(duration)));
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, options_.stop, duration, [] { return false; });
  if (options_.stop.stop_requested()) fail_interrupted();
}

// --- Content -------------------------------------------------------------------------------------

bool Download::begin(const Head& head) {
  if (head.status != 200 && head.status != 206) return false;
  is_misfit_ = head.status == 206 && !fits_part(head);
  if (is_misfit_) return false;
  expect_readable(head);
  if (head.status == 200) {
    if (part_.size() > 0) clear();
    total_ = head.length;
    validator_ = validator_of(head);
    expect_total();
    part_.remember({.url = url_, .validator = validator_, .bytes = total_});
  } else {
    if (head.range->total) total_ = head.range->total;
    expect_total();
  }
  return true;
}

/// Whether a part continues ours: the same file, from the byte on where ours ends.
bool Download::fits_part(const Head& head) const {
  if (part_.size() == 0 || !head.range || head.range->first != part_.size()) return false;
  if (total_ && head.range->total && *head.range->total != *total_ && !options_.bytes) return false;
  return validator_.empty() || validator_of(head).empty() || validator_of(head) == validator_;
}

void Download::expect_readable(const Head& head) const {
  if (!head.encoding.empty() && head.encoding != "identity") {
    fail(ErrorCode::invalid_data,
         "{}: the server sends it encoded ({}), though asked for it as it is; try a mirror", url_,
         ecnas::quoted(head.encoding));
  }
  if (!head.tells_its_end && !options_.bytes && !options_.sha256) {
    fail(ErrorCode::invalid_data,
         "{}: the server does not say how long it is, so that a part could pass for the whole; try "
         "a mirror",
         url_);
  }
}

/// The expected size, or no more than is allowed.
void Download::expect_total() {
  if (options_.bytes && total_.value_or(*options_.bytes) != *options_.bytes) {
    fail_content(fmt::format("it has {} bytes, expected {}", bytes_text(*total_),
                             bytes_text(*options_.bytes)));
  }
  if (options_.bytes) total_ = options_.bytes;
  if (total_.value_or(0) > options_.max_bytes) {
    fail_content(fmt::format("it has {} bytes, at most {} are taken", bytes_text(*total_),
                             bytes_text(options_.max_bytes)));
  }
}

void Download::take(std::span<const std::byte> bytes) {
  const std::uint64_t limit = total_.value_or(options_.max_bytes);
  if (part_.size() + bytes.size() > limit) {
    fail_content(fmt::format("it has more than the {} bytes expected", bytes_text(limit)));
  }
  part_.append(bytes);
  if (options_.progress) options_.progress(part_.size(), total_);
}

bool Download::is_expected() const {
  return !options_.sha256 || part_.sha256() == *options_.sha256;
}

void Download::verify() {
  if (is_expected()) return;
  fail_content(fmt::format("its SHA-256 is {}, expected {}", part_.sha256(), *options_.sha256));
}

// --- Failures ------------------------------------------------------------------------------------

void Download::remark(const std::string& text) const {
  if (options_.remark) options_.remark(fmt::format("{}: {}", url_, text));
}

void Download::fail_network(const std::string& reason) const {
  fail(ErrorCode::io_failure, "{}: {}; {}", url_, reason,
       part_.size() > 0 ? fmt::format("{} bytes are kept, and a next time goes on from there",
                                      bytes_text(part_.size()))
                        : "try later, or a mirror");
}

void Download::fail_content(const std::string& reason) {
  part_.discard();
  fail(ErrorCode::invalid_data, "{}: {}; what came is deleted, {}", url_, reason, options_.remedy);
}

void Download::fail_interrupted() const {
  fail(ErrorCode::interrupted,
       "{}: interrupted; {} bytes are kept, and a next time goes on from "
       "there",
       url_, bytes_text(part_.size()));
}

void expect_sense(const std::string& url, const DownloadOptions& options) {
  expect_address(url);
  if (options.sha256 && !is_sha256(*options.sha256)) {
    fail(ErrorCode::invalid_argument,
         "{}: expected SHA-256 {}: is not 64 lower-case hexadecimal digits", url,
         ecnas::quoted(*options.sha256));
  }
  if (options.patience <= milliseconds{0} || options.first_pause < milliseconds{0}) {
    fail(ErrorCode::invalid_argument, "{}: patience and pauses are longer than 0 s", url);
  }
}

}  // namespace

Downloaded download(const std::string& url, const std::filesystem::path& target,
                    const DownloadOptions& options) {
  expect_sense(url, options);
  return Download(url, target, options).run();
}

}  // namespace ecnas::net
