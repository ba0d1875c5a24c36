#include "ecnas/core/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"

namespace ecnas {
namespace {

TEST(ParallelFor, CallsEveryIndexOnceOnAnyNumberOfThreads) {
  for (const unsigned threads : {0U, 1U, 2U, 8U, 100U}) {
    for (const std::size_t count : {0U, 1U, 2U, 7U, 1000U}) {
      std::vector<std::atomic<int>> calls(count);
      parallel_for(count, threads, [&](std::size_t i) { ++calls[i]; });
      for (const auto& call : calls)
        EXPECT_EQ(call, 1) << threads << " threads, " << count << " indices";
    }
  }
}

TEST(ParallelFor, OnOneThreadStaysOnTheCallers) {
  std::set<std::thread::id> used;
  parallel_for(50, 1, [&](std::size_t) { used.insert(std::this_thread::get_id()); });
  EXPECT_EQ(used, (std::set<std::thread::id>{std::this_thread::get_id()}));
}

TEST(ParallelFor, UsesNoMoreThreadsThanAskedFor) {
  std::mutex mutex;
  std::set<std::thread::id> used;
  parallel_for(200, 3, [&](std::size_t) {
    const std::lock_guard lock(mutex);
    used.insert(std::this_thread::get_id());
  });
  EXPECT_LE(used.size(), 3U);
}

TEST(ParallelFor, GivesTheSameResultsOnAnyNumberOfThreads) {
  const auto words = [](unsigned threads) {
    std::vector<std::uint64_t> result(300);
    parallel_for(result.size(), threads,
                 [&](std::size_t i) { result[i] = Rng::stream(1, i).next(); });
    return result;
  };
  EXPECT_EQ(words(1), words(2));
  EXPECT_EQ(words(1), words(8));
}

TEST(ParallelFor, PassesAnExceptionOnAndStartsNoMore) {
  for (const unsigned threads : {1U, 2U, 8U}) {
    std::atomic<std::size_t> started{0};
    try {
      parallel_for(1'000'000, threads, [&](std::size_t i) {
        ++started;
        if (i == 20) fail(ErrorCode::not_found, "index {}", i);
      });
      FAIL() << "no exception";
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "index 20");
    }
    EXPECT_LT(started, 1'000'000U);
    if (threads == 1) {
      EXPECT_EQ(started, 21U);
    }
  }
}

TEST(ParallelFor, PassesOnOneOfManyExceptions) {
  EXPECT_THROW(parallel_for(100, 4, [](std::size_t) { throw std::logic_error("each"); }),
               std::logic_error);
}

}  // namespace
}  // namespace ecnas
