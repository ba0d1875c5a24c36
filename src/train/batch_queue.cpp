#include "train/batch_queue.hpp"

#include <utility>

namespace ecnas::train {
namespace {

constexpr std::size_t kAhead = 3;

}  // namespace

BatchQueue::BatchQueue(const Batches& batches, std::int64_t first, std::int64_t end)
    : batches_(batches), maker_([this, first, end] { fill(first, end); }) {}

BatchQueue::~BatchQueue() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  maker_.join();
}

Batch BatchQueue::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ready_.empty() || failure_ != nullptr; });
  if (ready_.empty()) std::rethrow_exception(failure_);
  Batch batch = std::move(ready_.front());
  ready_.pop_front();
  lock.unlock();
  changed_.notify_all();
  return batch;
}

void BatchQueue::fill(std::int64_t first, std::int64_t end) {
  try {
    for (std::int64_t step = first; step < end; ++step) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_stopping_ || ready_.size() < kAhead; });
        if (is_stopping_) return;
      }
      Batch batch = batches_.of_step(step);
      const std::lock_guard lock(mutex_);
      ready_.push_back(std::move(batch));
      changed_.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    changed_.notify_all();
  }
}

}  // namespace ecnas::train
