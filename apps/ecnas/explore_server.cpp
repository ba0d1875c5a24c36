#include "explore_server.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "ecnas/core/error.hpp"

namespace ecnas::app {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kThreads = 4;
constexpr std::size_t kMaxQueued = 64;  // connections; more wait in the kernel
constexpr int kKernelBacklog = 128;
constexpr std::size_t kMaxHeadBytes = 8192;  // request line and headers
constexpr std::size_t kMaxTargetBytes = 256;
constexpr milliseconds kHeadPatience{5000};  // from the connection to the end of its head
constexpr milliseconds kSendPatience{5000};  // for the client to take some more
constexpr milliseconds kClosePatience{200};  // for the client to close
constexpr std::size_t kMaxDrainedBytes = 65536;
constexpr time_t kIdleMicroseconds = 100'000;  // between looks at the stop token

/// 128 bits of the system's randomness in hexadecimal digits.
std::string secret_text() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    fail(ErrorCode::io_failure, "explore: the system gave no random bytes: {}",
         std::generic_category().message(errno));
  }
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

/// Whether `text` begins with `secret`, in a time that does not tell how much of it is right.
bool begins_with_secret(std::string_view text, std::string_view secret) {
  if (text.size() < secret.size()) return false;
  int difference = 0;
  for (std::size_t i = 0; i < secret.size(); ++i)
    difference |= text[i] ^ secret[i];
  return difference == 0;
}

// --- Connections ---------------------------------------------------------------------------------

/// Whether the socket is ready for `events`; waits until `deadline` at most, and looks at least
/// once.
bool is_ready(int socket, short events, Clock::time_point deadline) {
  pollfd wanted{.fd = socket, .events = events, .revents = 0};
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::max(left, milliseconds{0}).count()));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

/// How the head of a request arrived, as the status of what it gets.
enum class Arrival {
  complete = 200,
  malformed = 400,
  too_late = 408,
  long_target = 414,
  large_head = 431,
  gone = 0,  ///< the client closed the connection
};

bool is_plain(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x7F || (byte < 0x20 && byte != '\r' && byte != '\n' && byte != '\t');
  });
}

/// Reads a request up to the empty line behind its headers.
Arrival read_head(int socket, Clock::time_point deadline, std::string& head) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  std::array<char, 4096> piece{};
  while (head.size() <= kMaxHeadBytes) {
    if (!is_ready(socket, POLLIN, deadline)) return Arrival::too_late;
    const ssize_t count = ::recv(socket, piece.data(), piece.size(), MSG_DONTWAIT);
    if (count <= 0) return Arrival::gone;
    const std::size_t looked = head.size() < kEnd.size() ? 0 : head.size() - kEnd.size();
    head.append(piece.data(), static_cast<std::size_t>(count));
    const std::size_t end = head.find(kEnd, looked);
    if (end == std::string::npos) continue;
    head.resize(end + kEnd.size());
    if (head.size() > kMaxHeadBytes) break;
    return is_plain(head) ? Arrival::complete : Arrival::malformed;
  }
  const bool has_line =
      std::string_view(head).substr(0, kMaxHeadBytes).find('\n') != std::string_view::npos;
  return has_line ? Arrival::large_head : Arrival::long_target;
}

/// Sends everything, as long as the client takes some of it now and then.
void send_all(int socket, std::string_view text) {
  while (!text.empty() && is_ready(socket, POLLOUT, Clock::now() + kSendPatience)) {
    const ssize_t count = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// Closes so that the client gets what was sent: bytes of it that nobody reads would make the
/// kernel reset the connection and drop the response.
void close_gently(int socket) {
  ::shutdown(socket, SHUT_WR);
  const Clock::time_point deadline = Clock::now() + kClosePatience;
  std::array<char, 4096> piece{};
  for (std::size_t drained = 0; drained < kMaxDrainedBytes;) {
    if (!is_ready(socket, POLLIN, deadline)) break;
    const ssize_t count = ::recv(socket, piece.data(), piece.size(), MSG_DONTWAIT);
    if (count <= 0) break;
    drained += static_cast<std::size_t>(count);
  }
  ::close(socket);
}

/// A request in memory, and the response to it.
class Exchange final : public httplib::Stream {
 public:
  explicit Exchange(std::string_view request) : request_(request) {}

  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool is_writable() const override { return true; }
  using httplib::Stream::write;
  ssize_t read(char* bytes, std::size_t size) override {
    const std::size_t count = request_.copy(bytes, size);
    request_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* bytes, std::size_t size) override {
    response_.append(bytes, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  [[nodiscard]] socket_t socket() const override { return -1; }

  [[nodiscard]] std::string_view response() const { return response_; }

 private:
  std::string_view request_;
  std::string response_;
};

// --- Threads -------------------------------------------------------------------------------------

/// When the connection that this thread works on was accepted.
thread_local Clock::time_point accepted_at;

/// A few threads take connections in their order; who accepts them waits while too many do.
class Workers final : public httplib::TaskQueue {
 public:
  /// @param look  called by the accepting thread between connections
  explicit Workers(std::function<void()> look) : look_(std::move(look)) {
    for (std::size_t i = 0; i < kThreads; ++i)
      threads_.emplace_back([this] { work(); });
  }

  void enqueue(std::function<void()> job) override {
    {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [this] { return jobs_.size() < kMaxQueued; });
      jobs_.push_back({Clock::now(), std::move(job)});
    }
    filled_.notify_one();
    look_();
  }
  void on_idle() override { look_(); }

  /// After what is queued.
  void shutdown() override {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    filled_.notify_all();
    for (std::thread& thread : threads_)
      thread.join();
  }

 private:
  struct Job {
    Clock::time_point accepted;
    std::function<void()> run;
  };

  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [this] { return is_over_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      const Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      room_.notify_one();
      accepted_at = job.accepted;
      job.run();
    }
  }

  std::function<void()> look_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable room_;
  std::deque<Job> jobs_;
  bool is_over_ = false;
  std::vector<std::thread> threads_;
};

const httplib::Headers& safe_headers() {
  static const httplib::Headers headers = {
      {"Cache-Control", "no-store"},
      {"Content-Security-Policy", "frame-ancestors 'none'"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"},
  };
  return headers;
}

}  // namespace

// --- The server ----------------------------------------------------------------------------------

/// httplib accepts, parses and writes; connections are read here, each against one deadline for the
/// whole of a request's head, which httplib does not have: its timeout begins anew with every byte.
struct ExploreServer::Impl final : httplib::Server {
  explicit Impl(std::uint16_t wanted_port);

  void bind(std::uint16_t wanted_port);
  bool process_and_close_socket(socket_t socket) override;
  void respond(int socket, const std::string& head);
  void keep_what_counts(httplib::Request& request) const;
  [[nodiscard]] int refusal(const httplib::Request& request) const;
  void handle(const httplib::Request& request, httplib::Response& response) const;

  std::string secret = secret_text();
  std::uint16_t port = 0;
  const Answer* answer = nullptr;
  std::stop_token stopping;
};

ExploreServer::Impl::Impl(std::uint16_t wanted_port) {
  set_default_headers(safe_headers());
  set_idle_interval(0, kIdleMicroseconds);
  set_socket_options([](socket_t socket) {
    // Not SO_REUSEPORT, httplib's default, by which another program could share the port.
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    handle(request, response);
    return HandlerResponse::Handled;
  });
  set_exception_handler([](const httplib::Request& /*request*/, httplib::Response& response,
                           const std::exception_ptr& /*fault*/) { response.status = 500; });
  new_task_queue = [this] {
    return new Workers([this] {  // httplib owns it
      if (stopping.stop_requested()) stop();
    });
  };
  bind(wanted_port);
}

void ExploreServer::Impl::bind(std::uint16_t wanted_port) {
  errno = 0;
  const int bound = wanted_port == 0                         ? bind_to_any_port("127.0.0.1")
                    : bind_to_port("127.0.0.1", wanted_port) ? int{wanted_port}
                                                             : -1;
  if (bound <= 0 || ::listen(svr_sock_, kKernelBacklog) != 0) {
    fail(ErrorCode::io_failure, "127.0.0.1:{}: cannot be listened on{}{}; {}", wanted_port,
         errno == 0 ? "" : ": ", errno == 0 ? "" : std::generic_category().message(errno),
         "without --port a free one is taken");
  }
  port = static_cast<std::uint16_t>(bound);
}

bool ExploreServer::Impl::process_and_close_socket(socket_t socket) {
  std::string head;
  const Arrival arrival = read_head(socket, accepted_at + kHeadPatience, head);
  if (arrival == Arrival::complete) {
    respond(socket, head);
  } else if (arrival != Arrival::gone) {
    send_all(socket, fmt::format("HTTP/1.1 {} Refused\r\nConnection: close\r\n"
                                 "Content-Length: 0\r\n\r\n",
                                 static_cast<int>(arrival)));
  }
  close_gently(socket);
  return true;
}

void ExploreServer::Impl::respond(int socket, const std::string& head) {
  Exchange exchange(head);
  bool is_closed = false;
  process_request(exchange, true, is_closed,
                  [this](httplib::Request& request) { keep_what_counts(request); });
  send_all(socket, exchange.response());
}

/// Ranges, compression and continuation are nothing to ask for here.
void ExploreServer::Impl::keep_what_counts(httplib::Request& request) const {
  constexpr std::array<const char*, 5> kHeaders = {"Host", "Origin", "Sec-Fetch-Site",
                                                   "Content-Length", "Transfer-Encoding"};
  httplib::Headers kept;
  for (const char* name : kHeaders) {
    const auto [begin, end] = request.headers.equal_range(name);
    kept.insert(begin, end);
  }
  request.headers = std::move(kept);
  request.ranges.clear();
}

/// The status to refuse a request with; 0: none.
int ExploreServer::Impl::refusal(const httplib::Request& request) const {
  const std::string host = request.get_header_value("Host");
  // Another name that leads here is a foreign page's: it would count as of the same origin.
  if (request.get_header_value_count("Host") != 1) return 403;
  if (host != fmt::format("127.0.0.1:{}", port) && host != fmt::format("localhost:{}", port))
    return 403;
  if (request.has_header("Origin") && request.get_header_value("Origin") != "http://" + host)
    return 403;
  if (request.has_header("Sec-Fetch-Site")) {
    const std::string site = request.get_header_value("Sec-Fetch-Site");
    if (site != "same-origin" && site != "none") return 403;
  }
  if (request.method != "GET" && request.method != "HEAD") return 405;
  const std::string length = request.get_header_value("Content-Length");
  if (request.has_header("Transfer-Encoding") || !(length.empty() || length == "0")) return 413;
  return request.target.size() > kMaxTargetBytes ? 414 : 0;
}

void ExploreServer::Impl::handle(const httplib::Request& request,
                                 httplib::Response& response) const {
  response.status = refusal(request);
  if (response.status == 405) response.set_header("Allow", "GET, HEAD");
  if (response.status != 0) return;
  response.status = 404;
  // The target as it was sent: nothing in it is decoded or resolved.
  const std::string below = "/" + secret + "/";
  if (!begins_with_secret(request.target, below)) return;
  std::optional<ServedContent> content =
      (*answer)(std::string_view(request.target).substr(below.size()));
  if (!content) return;
  response.status = 200;
  response.set_header("Content-Type", content->type);
  response.body = std::move(content->body);
}

ExploreServer::ExploreServer(std::uint16_t port) : impl_(std::make_unique<Impl>(port)) {}
ExploreServer::~ExploreServer() = default;

std::uint16_t ExploreServer::port() const {
  return impl_->port;
}

std::string ExploreServer::address() const {
  return fmt::format("http://127.0.0.1:{}/{}/", impl_->port, impl_->secret);
}

void ExploreServer::serve(const Answer& answer, const std::stop_token& stop) {
  impl_->answer = &answer;
  impl_->stopping = stop;
  impl_->listen_after_bind();
  if (!stop.stop_requested()) {
    fail(ErrorCode::io_failure, "127.0.0.1:{}: no further connections can be accepted",
         impl_->port);
  }
}

}  // namespace ecnas::app
