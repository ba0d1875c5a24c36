#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

namespace ecnas {

/// A value made on first use, by one thread while others wait; after that a load and no lock. If
/// making it throws, the exception goes to that caller and the next one tries again.
/// `std::call_once` in purpose; its exceptions deadlock under the thread sanitizer.
template <typename T>
class Lazy {
 public:
  /// @param make  called without arguments where there is no value yet; returns a T
  template <typename Make>
  const T& get(Make&& make) {
    if (!made_.load(std::memory_order_acquire)) {
      const std::lock_guard lock(mutex_);
      if (!made_.load(std::memory_order_relaxed)) {
        value_.emplace(std::forward<Make>(make)());
        made_.store(true, std::memory_order_release);
      }
    }
    return *value_;
  }

 private:
  std::atomic<bool> made_{false};
  std::mutex mutex_;
  std::optional<T> value_;
};

}  // namespace ecnas
