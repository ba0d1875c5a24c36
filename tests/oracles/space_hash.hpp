#pragma once
/// NAS-Bench-101's hash of a labelled graph, word by word as Python computes it, over OpenSSL's
/// MD5.
/// @source [Ying19], graph_util.hash_module

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "oracles/space_graph.hpp"
#include "support/digest.hpp"

namespace ecnas::space::oracle {

inline std::string joined(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  std::string result;
  for (const std::string& text : texts)
    result += text;
  return result;
}

/// @return 32 hexadecimal digits
inline std::string hash_of(const Graph& graph) {
  const auto neighbours = [&](std::size_t v, bool incoming) {
    std::vector<std::size_t> found;
    for (std::size_t w = 0; w < graph.size(); ++w) {
      if ((incoming ? graph.matrix[w][v] : graph.matrix[v][w]) != 0) found.push_back(w);
    }
    return found;
  };
  std::vector<std::string> hashes;
  for (std::size_t v = 0; v < graph.size(); ++v) {
    hashes.push_back(testing::md5(fmt::format("({}, {}, {})", neighbours(v, false).size(),
                                              neighbours(v, true).size(), graph.labels[v])));
  }
  const auto hashes_of = [&](const std::vector<std::size_t>& vertices) {
    std::vector<std::string> texts;
    for (const std::size_t v : vertices)
      texts.push_back(hashes[v]);
    return texts;
  };
  for (std::size_t round = 0; round < graph.size(); ++round) {
    std::vector<std::string> next;
    for (std::size_t v = 0; v < graph.size(); ++v) {
      next.push_back(testing::md5(joined(hashes_of(neighbours(v, true))) + "|" +
                                  joined(hashes_of(neighbours(v, false))) + "|" + hashes[v]));
    }
    hashes = next;
  }
  std::sort(hashes.begin(), hashes.end());
  return testing::md5(fmt::format("['{}']", fmt::join(hashes, "', '")));
}

}  // namespace ecnas::space::oracle
