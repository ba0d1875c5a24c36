// The order of digests inside the hash kernel. Digests that agree in their first words do not
// happen in any number of cells that a test could hash, so they are made here.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "ecnas/core/random.hpp"

// The kernel is written to be compiled into sources that use all of it, for one processor.
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wpsabi"
#define ECNAS_HASH_VECTOR_LANES 4
#include "space/hash_kernel_body.hpp"

namespace ecnas::space {
namespace {

using Digest = std::array<Word, kDigestWords>;

/// Digests of few different words, so that any number of leading words agree, or all.
Digest random_digest(Rng& rng) {
  constexpr std::array<Word, 4> kWords = {0x00000000, 0x00000001, 0x01000000, 0xffffff80};
  Digest digest;
  for (Word& word : digest)
    word = kWords[rng.below(kWords.size())];
  return digest;
}

std::string hexadecimal(const Digest& digest) {
  std::string text;
  for (const Word word : digest) {
    for (unsigned byte = 0; byte < 4; ++byte)
      text += fmt::format("{:02x}", word >> (8 * byte) & 0xff);
  }
  return text;
}

/// The bytes of one lane's message.
std::string lane_text(const Words* message, std::size_t size, unsigned lane) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    std::array<Word, kLanes> lanes;
    std::memcpy(lanes.data(), &message[i / 4], sizeof lanes);
    text += static_cast<char>(lanes[lane] >> (8 * (i % 4)) & 0xff);
  }
  return text;
}

TEST(HashKernelOrder, ListsOfDigestsAreSortedInEveryLaneWhateverWordsAgree) {
  Rng rng(23);
  for (int trial = 0; trial < 300; ++trial) {
    const auto count = static_cast<unsigned>(2 + rng.below(6));
    std::array<std::vector<std::string>, kLanes> texts;
    Entry entries[kHashVertices];
    for (unsigned v = 0; v < count; ++v) {
      Word lanes[kDigestWords][kLanes];
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        const Digest words = random_digest(rng);
        texts[lane].push_back(hexadecimal(words));
        for (unsigned i = 0; i < kDigestWords; ++i)
          lanes[i][lane] = words[i];
      }
      Words digest[kDigestWords];
      static_assert(sizeof digest == sizeof lanes);
      std::memcpy(digest, lanes, sizeof lanes);
      make_entry(digest, entries[v]);
    }
    Words message[kMaxListWords];
    write_sorted_list(entries, count, message);
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      std::ranges::sort(texts[lane]);
      const std::string expected = fmt::format("['{}']", fmt::join(texts[lane], "', '"));
      ASSERT_EQ(lane_text(message, expected.size(), lane), expected);
    }
  }
}

TEST(HashKernelOrder, VerticesOfOneCellAreSortedWhateverWordsAgree) {
  Rng rng(24);
  for (int trial = 0; trial < 1'000; ++trial) {
    const auto count = static_cast<unsigned>(2 + rng.below(6));
    Vertices vertices = {};
    std::vector<std::string> texts;
    for (unsigned v = 0; v < count; ++v) {
      const Digest words = random_digest(rng);
      texts.push_back(hexadecimal(words));
      for (unsigned i = 0; i < kDigestWords; ++i)
        vertices.digest[i][v] = words[i];
    }
    sort_vertices(vertices, count);
    for (unsigned place = 0; place < count; ++place) {
      ASSERT_EQ(vertices.place[vertices.sorted[place]], place);
      if (place > 0) {
        ASSERT_LE(texts[vertices.sorted[place - 1]], texts[vertices.sorted[place]]);
      }
    }
  }
}

}  // namespace
}  // namespace ecnas::space
