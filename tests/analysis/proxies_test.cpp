#include "ecnas/analysis/proxies.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>

#include "analysis/made_up.hpp"
#include "ecnas/space/hash.hpp"
#include "table/fixtures.hpp"

namespace ecnas::analysis {
namespace {

using table::testing::error_of;
using table::testing::expect_mentions;
using testing::made_up_table;

std::string hash_text(const table::Table& table, table::Row row) {
  return space::to_text(table.hashes()[row]);
}

TEST(Proxies, ColumnsAreReadInTheOrderOfTheTablesRows) {
  const table::Table table = made_up_table();
  const std::string text = "synflow,hash,proxies_time_s,snip\n1.5," + hash_text(table, 7) +
                           ",0.1,2e3\n-4," + hash_text(table, 0) + ",0.1,\n9," +
                           std::string(32, 'f') + ",1,1\n";
  const std::vector<Proxy> proxies = read_proxies(text, "p.csv", table);
  ASSERT_EQ(proxies.size(), 2U);
  EXPECT_EQ(proxies[0].name, "synflow");
  EXPECT_EQ(proxies[0].values[7], 1.5);
  EXPECT_EQ(proxies[0].values[0], -4);
  EXPECT_TRUE(std::isnan(proxies[0].values[1]));
  EXPECT_EQ(proxies[1].name, "snip");
  EXPECT_EQ(proxies[1].values[7], 2e3);
  EXPECT_TRUE(std::isnan(proxies[1].values[0]));
}

TEST(Proxies, CorrelationsAreThoseOfTheirRanks) {
  const table::Table table = made_up_table();
  const Values energies = read_values(table, Metric::energy, 12);
  std::vector<Proxy> proxies = {{"its logarithm", {}}, {"its opposite", {}}};
  for (const double energy : energies.values) {
    proxies[0].values.push_back(std::log(energy));
    proxies[1].values.push_back(-energy);
  }
  const std::array metrics = {Metric::energy, Metric::validation_accuracy};
  const auto found = proxy_correlations(table, proxies, metrics, 12);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].proxy, "its logarithm");
  EXPECT_EQ(found[0].metric, Metric::energy);
  EXPECT_EQ(found[0].correlation.cells, 91U);
  EXPECT_DOUBLE_EQ(found[0].correlation.kendall_tau->value, 1);
  EXPECT_DOUBLE_EQ(found[2].correlation.kendall_tau->value, -1);
  const auto accuracies = read_values(table, Metric::validation_accuracy, 12);
  EXPECT_DOUBLE_EQ(found[1].correlation.spearman->value,
                   rank_correlation(energies.values, accuracies.values).spearman->value);
}

TEST(Proxies, DamagedFilesAreRefusedWithTheLine) {
  const table::Table table = made_up_table();
  const std::string hash = hash_text(table, 3);
  const auto refused = [&](const std::string& text,
                           std::initializer_list<std::string_view> mentions,
                           ErrorCode code = ErrorCode::invalid_data) {
    expect_mentions(error_of(code, [&] { (void)read_proxies(text, "p.csv", table); }), mentions);
  };
  refused("", {"p.csv", "empty"});
  refused("a,b\n", {"p.csv:1", "'hash'"});
  refused("hash\n", {"p.csv:1", "no column but"});
  refused("hash,a,a\n", {"'a' occurs twice"});
  refused("hash,a\nxyz,1\n", {"p.csv:2", "xyz"});
  refused("hash,a\n" + hash + ",nan\n", {"p.csv:2", "nan"});
  refused("hash,a\n" + hash + "\n", {"p.csv:2", "1 fields"});
  refused("hash,a\n" + hash + ",1\n" + hash + ",1\n", {"p.csv:3", "line 2"});
  refused("hash,a\n" + std::string(32, '0') + ",1\n", {"none of its cells"}, ErrorCode::not_found);
}

}  // namespace
}  // namespace ecnas::analysis
