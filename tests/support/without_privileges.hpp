#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace ecnas::testing {

/// Root, who may read everything, becomes for a while somebody who may not; others stay who they
/// are.
class WithoutPrivileges {
 public:
  WithoutPrivileges() : user_(::geteuid()) {
    if (user_ == 0 && ::seteuid(65534) != 0) ADD_FAILURE() << "cannot give up privileges";
  }
  WithoutPrivileges(const WithoutPrivileges&) = delete;
  WithoutPrivileges& operator=(const WithoutPrivileges&) = delete;
  ~WithoutPrivileges() {
    if (user_ == 0 && ::seteuid(user_) != 0) std::abort();
  }

 private:
  uid_t user_;
};

}  // namespace ecnas::testing
