#include "ecnas/core/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace ecnas::detail {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "ecnas: internal fault: %s does not hold at %s:%d; please report this\n",
               condition, file, line);
  std::abort();
}

}  // namespace ecnas::detail
