#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "train/batches.hpp"

namespace ecnas::train {

/// The batches of steps `first`, `first` + 1, … before `end`, made ahead by a thread of its own.
class BatchQueue {
 public:
  /// @param batches  outlives this
  BatchQueue(const Batches& batches, std::int64_t first, std::int64_t end);
  BatchQueue(const BatchQueue&) = delete;
  BatchQueue& operator=(const BatchQueue&) = delete;
  ~BatchQueue();

  /// The next batch. @pre there is one  @throws what making it threw
  [[nodiscard]] Batch take();

 private:
  void fill(std::int64_t first, std::int64_t end);

  const Batches& batches_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> ready_;
  std::exception_ptr failure_;
  bool is_stopping_ = false;
  std::thread maker_;
};

}  // namespace ecnas::train
