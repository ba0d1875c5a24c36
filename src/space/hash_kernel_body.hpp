#pragma once
/// The hash kernel's two algorithms, included once by each source that compiles them, which defines
/// `ECNAS_HASH_VECTOR_LANES`. Many cells of one graph go with a cell a lane; one cell alone with a
/// vertex a lane. See docs/algorithms/hash.md.

#include "space/hash_kernel_md5.hpp"

// NOLINTBEGIN(modernize-avoid-c-arrays, cppcoreguidelines-avoid-c-arrays)
namespace ecnas::space {
namespace {

// --- Many cells of one graph: a cell a lane ------------------------------------------------------

using Vector [[gnu::vector_size(4 * ECNAS_HASH_VECTOR_LANES)]] = Word;
using Words = Pair<Vector>;  // one word of kLanes cells
constexpr unsigned kLanes = 2 * ECNAS_HASH_VECTOR_LANES;
static_assert(sizeof(Words) == kLanes * sizeof(Word) && kHashGroup % kLanes == 0);

/// A digest's text, and its value as big-endian words, whose order is that of the text.
struct Entry {
  Words key[kDigestWords];
  Words text[kTextWords];
};

void make_entry(const Words* digest, Entry& entry) {
  for (unsigned i = 0; i < kDigestWords; ++i)
    entry.key[i] = byte_swapped(digest[i]);
  write_hexadecimal(digest, entry.text);
}

using Mask [[gnu::vector_size(sizeof(Vector))]] = std::int32_t;  // -1 where true

/// In one vector of lanes: whether `a` < `b`, compared from the last word to the first.
[[gnu::always_inline]] inline Mask less(const Entry& a, const Entry& b, Vector Words::*part) {
  Mask result = a.key[kDigestWords - 1].*part < b.key[kDigestWords - 1].*part;
  for (unsigned i = kDigestWords - 1; i-- > 0;) {
    const Vector x = a.key[i].*part;
    const Vector y = b.key[i].*part;
    result = (x < y) | ((x == y) & result);
  }
  return result;
}

[[gnu::always_inline]] inline void append_entry(Writer<Words>& writer, const Entry& entry) {
  writer.append_digest([&](unsigned i) { return entry.text[i]; });
}

/// Texts in their order, which differs from lane to lane. Nothing is moved: `before` counts in each
/// lane how many of the others stand before an entry, and each place chooses the entry of its
/// count.
template <unsigned kCount>
class Ordered {
 public:
  template <typename Entries>  // entries(i) is the i-th of kCount entries
  [[gnu::always_inline]] explicit Ordered(const Entries& entries) {
    for (unsigned i = 0; i < kCount; ++i)
      entries_[i] = &entries(i);
    for (unsigned a = 0; a < kCount; ++a) {
      for (unsigned b = a + 1; b < kCount; ++b) {
        compare(a, b, first_, &Words::first);
        compare(a, b, second_, &Words::second);
      }
    }
  }

  /// Appends the text that stands at `place`.
  [[gnu::always_inline]] void append_text(Writer<Words>& writer, unsigned place) const {
    const auto number = static_cast<std::int32_t>(place);
    writer.append_digest([&](unsigned word) {
      Words text = entries_[0]->text[word];
      for (unsigned i = 1; i < kCount; ++i) {
        text.first = first_[i] == number ? entries_[i]->text[word].first : text.first;
        text.second = second_[i] == number ? entries_[i]->text[word].second : text.second;
      }
      return text;
    });
  }

 private:
  /// Of equal entries the earlier one stands first; their texts are the same.
  [[gnu::always_inline]] void compare(unsigned a, unsigned b, Mask* before, Vector Words::*part) {
    const Mask swapped = less(*entries_[b], *entries_[a], part);  // -1 or 0
    before[a] -= swapped;
    before[b] += swapped + 1;
  }

  const Entry* entries_[kCount];
  Mask first_[kCount] = {};  // before, in the first half of the lanes
  Mask second_[kCount] = {};
};

template <unsigned kCount>
[[gnu::always_inline]] inline void append_ordered(Writer<Words>& writer, const Entry* entries,
                                                  const std::uint8_t* neighbours) {
  const Ordered<kCount> ordered([=](unsigned i) -> const Entry& { return entries[neighbours[i]]; });
  for (unsigned place = 0; place < kCount; ++place)
    ordered.append_text(writer, place);
}

[[gnu::always_inline]] inline void append_sorted(Writer<Words>& writer, const Entry* entries,
                                                 const std::uint8_t* neighbours, unsigned count) {
  if (count == 1) append_entry(writer, entries[neighbours[0]]);
  if (count == 2) append_ordered<2>(writer, entries, neighbours);
  if (count == 3) append_ordered<3>(writer, entries, neighbours);
  if (count == 4) append_ordered<4>(writer, entries, neighbours);
  if (count == 5) append_ordered<5>(writer, entries, neighbours);
  if (count == 6) append_ordered<6>(writer, entries, neighbours);
}

/// The last message: all texts in order. @return number of blocks
template <unsigned kCount>
unsigned write_ordered_list(const Entry* entries, Words* message) {
  Writer<Words> writer(message, 1);
  const Ordered<kCount> ordered([=](unsigned i) -> const Entry& { return entries[i]; });
  write_list(writer, kCount, [&](unsigned place) { ordered.append_text(writer, place); });
  return writer.finish();
}

unsigned write_sorted_list(const Entry* entries, unsigned count, Words* message) {
  if (count == 2) return write_ordered_list<2>(entries, message);
  if (count == 3) return write_ordered_list<3>(entries, message);
  if (count == 4) return write_ordered_list<4>(entries, message);
  if (count == 5) return write_ordered_list<5>(entries, message);
  if (count == 6) return write_ordered_list<6>(entries, message);
  return write_ordered_list<7>(entries, message);
}

/// One vertex's message of a round. @return number of blocks
unsigned write_round(const HashGraph& graph, unsigned vertex, const Entry* entries, Words* message,
                     unsigned stride) {
  Writer<Words> writer(message, stride);
  append_sorted(writer, entries, graph.in[vertex], graph.in_count[vertex]);
  writer.append("|");
  append_sorted(writer, entries, graph.out[vertex], graph.out_count[vertex]);
  writer.append("|");
  append_entry(writer, entries[vertex]);
  return writer.finish();
}

void hash_round(const HashGraph& graph, unsigned vertex, const Entry* entries, Words* digest) {
  Words message[kMaxRoundWords];
  const unsigned blocks = write_round(graph, vertex, entries, message, 1);
  hash_message(digest, message, blocks);
}

/// Two vertices' messages of a round, hashed interleaved; the shorter one's digest is kept when it
/// is done.
void hash_round_pair(const HashGraph& graph, unsigned a, unsigned b, const Entry* entries,
                     Words* digest_a, Words* digest_b) {
  Words message[2 * kMaxRoundWords];
  const unsigned blocks_a = write_round(graph, a, entries, message, 2);
  const unsigned blocks_b = write_round(graph, b, entries, message + 1, 2);
  const unsigned blocks = blocks_a > blocks_b ? blocks_a : blocks_b;
  for (unsigned word = blocks_a * kBlockWords; word < blocks * kBlockWords; ++word)
    message[2 * word] = Words{};
  for (unsigned word = blocks_b * kBlockWords; word < blocks * kBlockWords; ++word)
    message[2 * word + 1] = Words{};
  Pair<Words> digest[kDigestWords];
  start_digest(digest);
  for (unsigned i = 1; i <= blocks; ++i) {
    const Words* block = message + 2 * (i - 1) * kBlockWords;
    md5_block(digest, [=](unsigned word) {
      return Pair<Words>{block[2 * word], block[2 * word + 1]};
    });
    for (unsigned word = 0; word < kDigestWords; ++word) {
      if (i == blocks_a) digest_a[word] = digest[word].first;
      if (i == blocks_b) digest_b[word] = digest[word].second;
    }
  }
}

/// The vertices by their numbers of neighbours, so that neighbours in the list have messages of
/// about equal length.
void order_by_length(const HashGraph& graph, unsigned* vertices) {
  unsigned count = 0;
  for (unsigned degree = 1; degree < kHashVertices; ++degree) {
    for (unsigned v = 0; v < graph.vertices; ++v) {
      if (graph.in_count[v] + graph.out_count[v] == degree) vertices[count++] = v;
    }
  }
}

/// Digests by word, then case.
template <unsigned kCases>
using DigestTable = Word[kDigestWords][kCases];

/// lane i: table[index[i]]
template <unsigned kCases>
void gather(const DigestTable<kCases>& table, const Word* index, Words* digest) {
  Word lanes[kLanes];
  for (unsigned word = 0; word < kDigestWords; ++word) {
    for (unsigned i = 0; i < kLanes; ++i)
      lanes[i] = table[word][index[i]];
    __builtin_memcpy(&digest[word], lanes, sizeof lanes);
  }
}

/// The operations of each vertex in the lanes of many cells; null for input and output.
using OperationRows = const Word* [kHashVertices];

/// Row i: digit i, to base 3, of the column's number.
struct Digits {
  Word row[kHashInterior][kHashGroup] = {};
  constexpr Digits() {
    for (unsigned i = 0, power = 1; i < kHashInterior; ++i, power *= 3) {
      for (unsigned number = 0; number < kHashGroup; ++number)
        row[i][number] = number / power % 3;
    }
  }
};
constexpr Digits kDigits;

/// The digests after the first round. They depend on a vertex's own operation and those of its
/// neighbours only, so they are computed once for all cells that agree in them.
class FirstRound {
 public:
  FirstRound(const HashGraph& graph, unsigned count, const Word* operations) : graph_(graph) {
    OperationRows rows = {};
    for (unsigned v = 1; v + 1 < graph.vertices; ++v)
      rows[v] = operations + (v - 1) * kHashGroup;
    for (unsigned v = 0; v < graph.vertices; ++v)
      hash_start(v);
    for (unsigned v = 0; v < graph.vertices; ++v)
      hash_vertex(v, count, rows);
  }

  /// Digest of a vertex for the cells `first` … `first` + kLanes − 1.
  void load(unsigned vertex, unsigned first, Words* digest) const {
    gather(round_[vertex], case_of_[vertex] + first, digest);
  }

 private:
  /// All digests that a vertex can start with: one an operation.
  void hash_start(unsigned vertex) {
    Words operation;
    __builtin_memcpy(&operation, kDigits.row[0], sizeof operation);
    Words message[kBlockWords];
    Writer<Words> writer(message, 1);
    write_vertex(writer, graph_, vertex, operation);
    Words digest[kDigestWords];
    hash_message(digest, message, writer.finish());
    for (unsigned word = 0; word < kDigestWords; ++word)
      __builtin_memcpy(start_[vertex][word], &digest[word], sizeof digest[word]);
  }

  /// The cases of a vertex are the operations of itself and its neighbours, or the cells themselves
  /// where they are fewer.
  void hash_vertex(unsigned vertex, unsigned cells, const OperationRows& rows) {
    OperationRows case_rows = {};
    unsigned near = 0;
    unsigned cases = 1;
    const auto add = [&](unsigned v) {
      if (rows[v] == nullptr) return;
      for (unsigned cell = 0; cell < kHashGroup; ++cell)
        case_of_[vertex][cell] += cases * rows[v][cell];
      case_rows[v] = kDigits.row[near++];
      cases *= 3;
    };
    add(vertex);
    for (unsigned i = 0; i < graph_.in_count[vertex]; ++i)
      add(graph_.in[vertex][i]);
    for (unsigned i = 0; i < graph_.out_count[vertex]; ++i)
      add(graph_.out[vertex][i]);
    if (cases < cells) return hash_cases(vertex, cases, case_rows);
    for (unsigned cell = 0; cell < kHashGroup; ++cell)
      case_of_[vertex][cell] = cell;
    hash_cases(vertex, cells, rows);
  }

  void hash_cases(unsigned vertex, unsigned count, const OperationRows& rows) {
    const Word none[kLanes] = {};
    Entry entries[kHashVertices];
    const auto start = [&](unsigned v, unsigned first) {
      Words digest[kDigestWords];
      gather(start_[v], rows[v] != nullptr ? rows[v] + first : none, digest);
      make_entry(digest, entries[v]);
    };
    for (unsigned first = 0; first < count; first += kLanes) {
      start(vertex, first);
      for (unsigned i = 0; i < graph_.in_count[vertex]; ++i)
        start(graph_.in[vertex][i], first);
      for (unsigned i = 0; i < graph_.out_count[vertex]; ++i)
        start(graph_.out[vertex][i], first);
      Words digest[kDigestWords];
      hash_round(graph_, vertex, entries, digest);
      for (unsigned word = 0; word < kDigestWords; ++word)
        __builtin_memcpy(&round_[vertex][word][first], &digest[word], sizeof digest[word]);
    }
  }

  const HashGraph& graph_;
  DigestTable<kLanes> start_[kHashVertices];
  DigestTable<kHashGroup> round_[kHashVertices];
  Word case_of_[kHashVertices][kHashGroup] = {};
};

/// The rounds after the first, and the last digest, of the kLanes cells from `first` on.
void hash_lanes(const HashGraph& graph, const unsigned* by_length, const FirstRound& first_round,
                unsigned first, Word* digests) {
  Words digest[kHashVertices][kDigestWords];
  Entry entries[kHashVertices];
  for (unsigned v = 0; v < graph.vertices; ++v)
    first_round.load(v, first, digest[v]);
  for (unsigned round = 1; round < graph.vertices; ++round) {
    for (unsigned v = 0; v < graph.vertices; ++v)
      make_entry(digest[v], entries[v]);
    unsigned i = 0;
    for (; i + 1 < graph.vertices; i += 2) {
      const unsigned a = by_length[i];
      const unsigned b = by_length[i + 1];
      hash_round_pair(graph, a, b, entries, digest[a], digest[b]);
    }
    if (i < graph.vertices) hash_round(graph, by_length[i], entries, digest[by_length[i]]);
  }
  for (unsigned v = 0; v < graph.vertices; ++v)
    make_entry(digest[v], entries[v]);
  Words message[kMaxListWords];
  hash_message(digest[0], message, write_sorted_list(entries, graph.vertices, message));
  for (unsigned word = 0; word < kDigestWords; ++word)
    __builtin_memcpy(digests + word * kHashGroup + first, &digest[0][word], sizeof(Words));
}

void hash_group(const HashGraph& graph, unsigned count, const Word* operations, Word* digests) {
  unsigned by_length[kHashVertices];
  order_by_length(graph, by_length);
  const FirstRound first_round(graph, count, operations);
  for (unsigned first = 0; first < count; first += kLanes)
    hash_lanes(graph, by_length, first_round, first, digests);
}

// --- One cell: a vertex a lane -------------------------------------------------------------------

using Words8 [[gnu::vector_size(32)]] = Word;
constexpr unsigned kLanes8 = 8;

/// The state of all vertices.
struct Vertices {
  alignas(32) Word digest[kDigestWords][kLanes8];
  alignas(32) Word text[kTextWords][kLanes8];
  unsigned place[kHashVertices];   // of each vertex in the order of the texts
  unsigned sorted[kHashVertices];  // the vertex at each place
};

/// Messages of all vertices side by side, and the number of blocks of each.
struct Messages {
  alignas(32) Word words[kMaxRoundWords][kLanes8];
  alignas(32) Word blocks[kLanes8];
};

Words8 load8(const Word* lanes) {
  Words8 result;
  __builtin_memcpy(&result, lanes, sizeof result);
  return result;
}

/// MD5 of messages of unequal lengths: lanes that are done keep their digest.
void hash_messages(const Messages& messages, unsigned most_blocks, Vertices& vertices) {
  Words8 digest[kDigestWords];
  start_digest(digest);
  const Words8 blocks = load8(messages.blocks);
  for (unsigned i = 0; i < most_blocks; ++i) {
    const auto* block = messages.words + i * kBlockWords;
    Words8 next[kDigestWords] = {digest[0], digest[1], digest[2], digest[3]};
    md5_block(next, [=](unsigned word) { return load8(block[word]); });
    for (unsigned word = 0; word < kDigestWords; ++word)
      digest[word] = blocks > i ? next[word] : digest[word];
  }
  Words8 text[kTextWords];
  write_hexadecimal(digest, text);
  __builtin_memcpy(vertices.digest, digest, sizeof digest);
  __builtin_memcpy(vertices.text, text, sizeof text);
}

/// Orders the vertices by their texts: each one's place is the number of those before it.
void sort_vertices(Vertices& vertices, unsigned count) {
  std::uint64_t high[kHashVertices];
  std::uint64_t low[kHashVertices];
  for (unsigned v = 0; v < count; ++v) {
    Word key[kDigestWords];
    for (unsigned i = 0; i < kDigestWords; ++i)
      key[i] = byte_swapped(vertices.digest[i][v]);
    high[v] = std::uint64_t{key[0]} << 32 | key[1];
    low[v] = std::uint64_t{key[2]} << 32 | key[3];
    vertices.place[v] = 0;
  }
  for (unsigned v = 0; v < count; ++v) {
    for (unsigned w = v + 1; w < count; ++w) {
      const unsigned behind =
          static_cast<unsigned>(high[w] < high[v]) |
          (static_cast<unsigned>(high[w] == high[v]) & static_cast<unsigned>(low[w] < low[v]));
      vertices.place[v] += behind;
      vertices.place[w] += 1 - behind;
    }
  }
  for (unsigned v = 0; v < count; ++v)
    vertices.sorted[vertices.place[v]] = v;
}

[[gnu::always_inline]] inline void append_vertex(Writer<Word>& writer, const Vertices& vertices,
                                                 unsigned vertex) {
  writer.append_digest([&](unsigned i) { return vertices.text[i][vertex]; });
}

[[gnu::always_inline]] inline void append_sorted(Writer<Word>& writer, const Vertices& vertices,
                                                 const std::uint8_t* neighbours, unsigned count) {
  unsigned places = 0;
  for (unsigned i = 0; i < count; ++i)
    places |= 1U << vertices.place[neighbours[i]];
  for (; places != 0; places &= places - 1)
    append_vertex(writer, vertices, vertices.sorted[__builtin_ctz(places)]);
}

void hash_one(const HashGraph& graph, const Word* operations, Word* result) {
  Vertices vertices;
  Messages messages = {};
  for (unsigned v = 0; v < graph.vertices; ++v) {
    Writer<Word> writer(&messages.words[0][v], kLanes8);
    const bool interior = v > 0 && v + 1 < graph.vertices;
    write_vertex(writer, graph, v, interior ? operations[v - 1] : 0);
    messages.blocks[v] = writer.finish();
  }
  hash_messages(messages, 1, vertices);
  for (unsigned round = 0; round < graph.vertices; ++round) {
    sort_vertices(vertices, graph.vertices);
    unsigned most_blocks = 0;
    for (unsigned v = 0; v < graph.vertices; ++v) {
      Writer<Word> writer(&messages.words[0][v], kLanes8);
      append_sorted(writer, vertices, graph.in[v], graph.in_count[v]);
      writer.append("|");
      append_sorted(writer, vertices, graph.out[v], graph.out_count[v]);
      writer.append("|");
      append_vertex(writer, vertices, v);
      messages.blocks[v] = writer.finish();
      if (messages.blocks[v] > most_blocks) most_blocks = messages.blocks[v];
    }
    hash_messages(messages, most_blocks, vertices);
  }
  sort_vertices(vertices, graph.vertices);
  Word message[kMaxListWords];
  Writer<Word> writer(message, 1);
  write_list(writer, graph.vertices,
             [&](unsigned i) { append_vertex(writer, vertices, vertices.sorted[i]); });
  hash_message(result, message, writer.finish());
}

}  // namespace
}  // namespace ecnas::space
// NOLINTEND(modernize-avoid-c-arrays, cppcoreguidelines-avoid-c-arrays)
