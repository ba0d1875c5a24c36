#include "ecnas/core/lazy.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>

#include "ecnas/core/parallel.hpp"

namespace ecnas {
namespace {

TEST(Lazy, IsMadeOnceAndIsTheSameForEveryThread) {
  Lazy<std::string> lazy;
  std::atomic<int> made{0};
  std::atomic<const std::string*> first{nullptr};
  parallel_for(200, 4, [&](std::size_t) {
    const std::string& value = lazy.get([&] {
      ++made;
      return std::string(1000, 'x');
    });
    const std::string* expected = nullptr;
    const bool is_first = first.compare_exchange_strong(expected, &value);
    EXPECT_TRUE(is_first || expected == &value);
    EXPECT_EQ(value.size(), 1000U);
  });
  EXPECT_EQ(made, 1);
}

TEST(Lazy, AFailureGoesToItsCallerAndTheNextOneTriesAgain) {
  Lazy<int> lazy;
  int calls = 0;
  const auto fail_first = [&] {
    if (++calls == 1) throw std::runtime_error("not yet");
    return 7;
  };
  EXPECT_THROW(static_cast<void>(lazy.get(fail_first)), std::runtime_error);
  EXPECT_EQ(lazy.get(fail_first), 7);
  EXPECT_EQ(lazy.get(fail_first), 7);
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace ecnas
