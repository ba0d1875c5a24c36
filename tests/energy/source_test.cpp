#include "ecnas/energy/source.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace ecnas::energy {
namespace {

TEST(EnergyNames, DomainsHaveNamesOfTheirOwn) {
  const std::array domains = {Domain::cpu, Domain::cores,    Domain::uncore, Domain::memory,
                              Domain::gpu, Domain::platform, Domain::machine};
  std::set<std::string_view> names;
  for (const Domain domain : domains)
    names.insert(name(domain));
  EXPECT_EQ(names.size(), domains.size());
  EXPECT_FALSE(names.contains(""));
}

}  // namespace
}  // namespace ecnas::energy
