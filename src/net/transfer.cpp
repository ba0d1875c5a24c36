#include "net/transfer.hpp"

#include <fmt/format.h>

#include <array>
#include <exception>
#include <memory>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "net/curl.hpp"

namespace ecnas::net {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxHeadBytes = 65'536;
constexpr std::size_t kMaxValidatorBytes = 1024;
constexpr double kLeastBytesPerSecond = 100;
constexpr int kPollMilliseconds = 100;  // between looks at the stop token

struct FreeEasy {
  void operator()(CURL* easy) const { curl().easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl().multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using Multi = std::unique_ptr<CURLM, FreeMulti>;
using List = std::unique_ptr<curl_slist, FreeList>;

template <typename T>
void set(const Easy& easy, CURLoption option, T value) {
  ECNAS_ASSERT(curl().easy_setopt(easy.get(), option, value) == CURLE_OK);
}

void add(List& list, const std::string& line) {
  curl_slist* longer = curl().slist_append(list.get(), line.c_str());
  ECNAS_ASSERT(longer != nullptr);
  static_cast<void>(list.release());  // part of the longer one
  list.reset(longer);
}

std::string header(CURL* easy, const char* name) {
  curl_header* found = nullptr;
  if (curl().easy_header(easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return {};
  return found->value;
}

/// A header that is kept; too long a one is none.
std::string validator(CURL* easy, const char* name) {
  std::string text = header(easy, name);
  return text.size() > kMaxValidatorBytes ? std::string() : text;
}

Head read_head(CURL* easy) {
  Head head;
  curl_off_t length = -1;
  long version = 0;
  curl().easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &head.status);
  curl().easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  curl().easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  if (length >= 0) head.length = static_cast<std::uint64_t>(length);
  head.range = parse_content_range(header(easy, "Content-Range"));
  head.entity_tag = validator(easy, "ETag");
  head.last_modified = validator(easy, "Last-Modified");
  head.encoding = header(easy, "Content-Encoding");
  head.tells_its_end =
      length >= 0 || version >= CURL_HTTP_VERSION_2_0 || !header(easy, "Transfer-Encoding").empty();
  return head;
}

bool is_transient(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return true;
    default:
      return false;
  }
}

// --- One request ---------------------------------------------------------------------------------

class Exchange {
 public:
  Exchange(const Request& request, Receiver& receiver);

  Response run();

 private:
  void set_limits();
  void set_headers();
  void set_callbacks();
  void perform();
  void finish(CURLcode code);
  void end(Ending ending, std::string reason = {});
  bool begin();

  static std::size_t on_header(char* text, std::size_t size, std::size_t count, void* user);
  static std::size_t on_body(char* text, std::size_t size, std::size_t count, void* user);

  const Request& request_;
  Receiver& receiver_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  List headers_;
  Easy easy_;
  Multi multi_;
  std::size_t head_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  bool has_begun_ = false;
  bool is_wanted_ = false;
  std::exception_ptr fault_;
  Response response_;
};

Exchange::Exchange(const Request& request, Receiver& receiver)
    : request_(request), receiver_(receiver) {
  static const CURLcode ready = curl().global_init(CURL_GLOBAL_DEFAULT);
  easy_.reset(curl().easy_init());
  multi_.reset(curl().multi_init());
  if (ready != CURLE_OK || easy_ == nullptr || multi_ == nullptr) {
    fail(ErrorCode::io_failure, "libcurl cannot be started; is there memory left?");
  }
  set(easy_, CURLOPT_URL, request_.address.c_str());
  set_limits();
  set_headers();
  set_callbacks();
}

void Exchange::set_limits() {
  set(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy_, CURLOPT_NOSIGNAL, 1L);
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.patience.count()));
  if (!request_.certificates.empty()) set(easy_, CURLOPT_CAINFO, request_.certificates.c_str());
  if (request_.is_direct) set(easy_, CURLOPT_NOPROXY, "*");
  if (request_.timeout) {
    set(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout->count()));
    set(easy_, CURLOPT_QUICK_EXIT, 1L);  // or its end would wait for a slow name server
  }
}

void Exchange::set_headers() {
  add(headers_, "Accept-Encoding: identity");
  if (request_.offset > 0) {
    set(easy_, CURLOPT_RANGE, fmt::format("{}-", request_.offset).c_str());
    if (!request_.if_range.empty()) add(headers_, "If-Range: " + request_.if_range);
  }
  for (const std::string& line : request_.headers)
    add(headers_, line);
  set(easy_, CURLOPT_HTTPHEADER, headers_.get());
  set(easy_, CURLOPT_USERAGENT, "ecnas");
}

void Exchange::set_callbacks() {
  set(easy_, CURLOPT_ERRORBUFFER, message_.data());
  set(easy_, CURLOPT_HEADERFUNCTION, &Exchange::on_header);
  set(easy_, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy_, CURLOPT_WRITEFUNCTION, &Exchange::on_body);
  set(easy_, CURLOPT_WRITEDATA, static_cast<void*>(this));
}

std::size_t Exchange::on_header(char* /*text*/, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.head_bytes_ += size * count;
  return exchange.head_bytes_ > kMaxHeadBytes ? 0 : size * count;
}

/// No exception may pass through libcurl.
std::size_t Exchange::on_body(char* text, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  try {
    if (!exchange.begin()) return 0;
    exchange.receiver_.take(std::as_bytes(std::span(text, size * count)));
  } catch (...) {
    exchange.fault_ = std::current_exception();
    return 0;
  }
  exchange.body_bytes_ += size * count;
  return size * count;
}

/// Shows the receiver the head, once. @return whether it wants the content
bool Exchange::begin() {
  if (!std::exchange(has_begun_, true)) {
    response_.head = read_head(easy_.get());
    is_wanted_ = receiver_.begin(response_.head);
  }
  return is_wanted_;
}

void Exchange::end(Ending ending, std::string reason) {
  response_.ending = ending;
  response_.reason = std::move(reason);
}

Response Exchange::run() {
  ECNAS_ASSERT(curl().multi_add_handle(multi_.get(), easy_.get()) == CURLM_OK);
  perform();
  if (fault_) std::rethrow_exception(fault_);
  if (!has_begun_) response_.head = read_head(easy_.get());
  const char* redirect = nullptr;
  curl_off_t seconds = 0;
  curl().easy_getinfo(easy_.get(), CURLINFO_REDIRECT_URL, &redirect);
  curl().easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &seconds);
  if (redirect != nullptr) response_.redirect = redirect;
  if (seconds > 0) response_.retry_after = std::chrono::seconds(seconds);
  curl().multi_remove_handle(multi_.get(), easy_.get());
  return std::move(response_);
}

void Exchange::perform() {
  Clock::time_point window = Clock::now();
  std::uint64_t received = 0;
  for (;;) {
    int running = 0;
    ECNAS_ASSERT(curl().multi_perform(multi_.get(), &running) == CURLM_OK);
    if (running == 0) break;
    if (request_.stop.stop_requested()) return end(Ending::stopped);
    const std::chrono::duration<double> waited = Clock::now() - window;
    if (waited >= request_.patience) {
      if (static_cast<double>(body_bytes_ - received) < kLeastBytesPerSecond * waited.count()) {
        response_.is_late = true;
        return end(Ending::transient,
                   fmt::format("nothing, or next to nothing, came for {:.3g} s", waited.count()));
      }
      window = Clock::now();
      received = body_bytes_;
    }
    curl().multi_poll(multi_.get(), nullptr, 0, kPollMilliseconds, nullptr);
  }
  int left = 0;
  const CURLMsg* message = curl().multi_info_read(multi_.get(), &left);
  ECNAS_ASSERT(message != nullptr && message->msg == CURLMSG_DONE);
  finish(message->data.result);
}

void Exchange::finish(CURLcode code) {
  if (fault_) return;
  if (head_bytes_ > kMaxHeadBytes) {
    return end(Ending::permanent,
               fmt::format("its headers have more than {} bytes", kMaxHeadBytes));
  }
  if (code == CURLE_OK) return end(begin() ? Ending::complete : Ending::declined);
  if (has_begun_ && !is_wanted_) return end(Ending::declined);
  const std::string_view said(message_.data());
  response_.is_late = code == CURLE_OPERATION_TIMEDOUT;
  end(is_transient(code) ? Ending::transient : Ending::permanent,
      ecnas::quoted(said.empty() ? curl().easy_strerror(code) : said, 200));
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  const std::size_t dash = text.find('-');
  const std::size_t slash = text.find('/');
  if (!text.starts_with(kUnit) || dash == std::string_view::npos || slash == std::string_view::npos)
    return std::nullopt;
  const auto first = parse_integer(text.substr(kUnit.size(), dash - kUnit.size()));
  if (!first || *first < 0) return std::nullopt;
  ContentRange range{.first = static_cast<std::uint64_t>(*first)};
  const auto total = parse_integer(text.substr(slash + 1));
  if (total && *total >= 0) range.total = static_cast<std::uint64_t>(*total);
  return range;
}

Response transfer(const Request& request, Receiver& receiver) {
  return Exchange(request, receiver).run();
}

}  // namespace ecnas::net
