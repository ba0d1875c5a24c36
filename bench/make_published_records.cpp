// Writes a file like a published one, to import it by hand:
//   ecnas_make_published_records ecnas-7v|nasbench101 SEED FILE
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "ecnas/surrogate/benchmark.hpp"
#include "published_records.hpp"

int main(int argc, char** argv) {
  using ecnas::bench::PublishedFile;
  if (argc != 4) {
    std::fputs("usage: ecnas_make_published_records ecnas-7v|nasbench101 SEED FILE\n", stderr);
    return 2;
  }
  try {
    const auto table = ecnas::surrogate::open_benchmark("ecnas-7v", {});
    if (!table) return 4;
    const bool is_nasbench = std::string_view(argv[1]) == "nasbench101";
    ecnas::bench::write_published_records(
        *table, is_nasbench ? PublishedFile::nasbench101 : PublishedFile::ecnas_7v,
        std::strtoull(argv[2], nullptr, 10), argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 5;
  }
  return 0;
}
