#pragma once
/// Part of the hash kernel: words in lanes, MD5 over them, and the messages that a cell's hash
/// consists of. Included by sources that are compiled for different processors: everything is in an
/// unnamed namespace and uses no library function, so that none runs code compiled for another.
/// @source RFC 1321; [Ying19], graph_util.hash_module

#include <cstdint>

#include "space/hash_kernel.hpp"

// NOLINTBEGIN(modernize-avoid-c-arrays, cppcoreguidelines-avoid-c-arrays)
namespace ecnas::space {
namespace {

using Word = std::uint32_t;

// --- Words side by side --------------------------------------------------------------------------

/// Two words that go through the same steps. MD5 is a chain of dependent steps: one chain alone
/// leaves most of the processor waiting, so several run interleaved.
template <typename W>
struct Pair {
  W first;
  W second;
};

#define ECNAS_PAIR_OPERATOR(op)                                             \
  template <typename W>                                                     \
  [[gnu::always_inline]] inline Pair<W> operator op(Pair<W> a, Pair<W> b) { \
    return {a.first op b.first, a.second op b.second};                      \
  }                                                                         \
  template <typename W>                                                     \
  [[gnu::always_inline]] inline Pair<W> operator op(Pair<W> a, Word b) {    \
    return {a.first op b, a.second op b};                                   \
  }
ECNAS_PAIR_OPERATOR(+)
ECNAS_PAIR_OPERATOR(-)
ECNAS_PAIR_OPERATOR(^)
ECNAS_PAIR_OPERATOR(&)
ECNAS_PAIR_OPERATOR(|)
ECNAS_PAIR_OPERATOR(<<)
ECNAS_PAIR_OPERATOR(>>)
#undef ECNAS_PAIR_OPERATOR
template <typename W>
[[gnu::always_inline]] inline Pair<W> operator~(Pair<W> a) {
  return {~a.first, ~a.second};
}

// --- MD5 -----------------------------------------------------------------------------------------

constexpr unsigned kDigestWords = 4;
constexpr unsigned kBlockWords = 16;

constexpr Word kInitial[kDigestWords] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

constexpr Word kSine[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

/// The four rounds: how three state words are mixed, which message word each step takes, how far it
/// rotates.
struct Round1 {
  static constexpr unsigned kFactor = 1, kOffset = 0, kShifts[4] = {7, 12, 17, 22};
  template <typename W>
  [[gnu::always_inline]] static W mix(W b, W c, W d) {
    return d ^ (b & (c ^ d));
  }
};
struct Round2 {
  static constexpr unsigned kFactor = 5, kOffset = 1, kShifts[4] = {5, 9, 14, 20};
  template <typename W>
  [[gnu::always_inline]] static W mix(W b, W c, W d) {
    return c ^ (d & (b ^ c));
  }
};
struct Round3 {
  static constexpr unsigned kFactor = 3, kOffset = 5, kShifts[4] = {4, 11, 16, 23};
  template <typename W>
  [[gnu::always_inline]] static W mix(W b, W c, W d) {
    return b ^ c ^ d;
  }
};
struct Round4 {
  static constexpr unsigned kFactor = 7, kOffset = 0, kShifts[4] = {6, 10, 15, 21};
  template <typename W>
  [[gnu::always_inline]] static W mix(W b, W c, W d) {
    return c ^ (b | ~d);
  }
};

template <typename Round, unsigned kStep, typename W, typename Block>
[[gnu::always_inline]] inline void md5_step(W& a, W b, W c, W d, const Block& block,
                                            const Word* sine) {
  constexpr unsigned kWord = (Round::kFactor * kStep + Round::kOffset) % kBlockWords;
  constexpr unsigned kShift = Round::kShifts[kStep % 4];
  const W sum = a + (block(kWord) + sine[kStep]) + Round::mix(b, c, d);
  a = b + (sum << kShift | sum >> (32 - kShift));
}

template <typename Round, unsigned kStep, typename W, typename Block>
[[gnu::always_inline]] inline void md5_steps(W* state, const Block& block, const Word* sine) {
  W &a = state[0], &b = state[1], &c = state[2], &d = state[3];
  md5_step<Round, kStep>(a, b, c, d, block, sine);
  md5_step<Round, kStep + 1>(d, a, b, c, block, sine);
  md5_step<Round, kStep + 2>(c, d, a, b, block, sine);
  md5_step<Round, kStep + 3>(b, c, d, a, block, sine);
}

template <typename Round, typename W, typename Block>
[[gnu::always_inline]] inline void md5_round(W* state, const Block& block, const Word* sine) {
  md5_steps<Round, 0>(state, block, sine);
  md5_steps<Round, 4>(state, block, sine);
  md5_steps<Round, 8>(state, block, sine);
  md5_steps<Round, 12>(state, block, sine);
}

/// @param block  block(i) is word i of the block
template <typename W, typename Block>
[[gnu::always_inline]] inline void md5_block(W* digest, const Block& block) {
  // Hides that the constants are known: adding them from memory is cheaper than building them.
  const Word* sine = kSine;
  __asm__("" : "+r"(sine));
  W state[kDigestWords] = {digest[0], digest[1], digest[2], digest[3]};
  md5_round<Round1>(state, block, sine);
  md5_round<Round2>(state, block, sine + 16);
  md5_round<Round3>(state, block, sine + 32);
  md5_round<Round4>(state, block, sine + 48);
  for (unsigned i = 0; i < kDigestWords; ++i)
    digest[i] = digest[i] + state[i];
}

template <typename W>
void start_digest(W* digest) {
  for (unsigned i = 0; i < kDigestWords; ++i)
    digest[i] = W{} + kInitial[i];
}

template <typename W>
void hash_message(W* digest, const W* message, unsigned blocks) {
  start_digest(digest);
  for (unsigned i = 0; i < blocks; ++i, message += kBlockWords)
    md5_block(digest, [=](unsigned word) { return message[word]; });
}

// --- Messages ------------------------------------------------------------------------------------

constexpr unsigned kTextWords = 8;                    // 32 hexadecimal digits
constexpr unsigned kMaxRoundWords = 4 * kBlockWords;  // of 6 neighbours at most
constexpr unsigned kMaxListWords = 5 * kBlockWords;   // of 7 vertices

/// The hexadecimal digits of the two low bytes of each word, in a vector of words.
template <typename V>
[[gnu::always_inline]] inline V hexadecimal_digits(V words) {
  using Bytes [[gnu::vector_size(sizeof(V))]] = std::int8_t;
  const V apart = (words & 0xffU) | (words << 8 & 0xff0000U);
  const V nibbles = (apart >> 4 | apart << 8) & 0x0f0f0f0fU;
  // Not auto, with which g++ 12 forgets that Bytes is a vector. NOLINTNEXTLINE(modernize-use-auto)
  const Bytes values = reinterpret_cast<Bytes>(nibbles);
  return reinterpret_cast<V>(values + '0' + ((values > 9) & ('a' - '9' - 1)));
}

template <typename V>
[[gnu::always_inline]] inline Pair<V> hexadecimal_digits(Pair<V> words) {
  return {hexadecimal_digits(words.first), hexadecimal_digits(words.second)};
}

/// The 32 hexadecimal digits of a digest.
template <typename W>
[[gnu::always_inline]] inline void write_hexadecimal(const W* digest, W* text) {
  for (unsigned i = 0; i < kDigestWords; ++i) {
    text[2 * i] = hexadecimal_digits(digest[i]);
    text[2 * i + 1] = hexadecimal_digits(digest[i] >> 16);
  }
}

template <typename W>
[[gnu::always_inline]] inline W byte_swapped(W x) {
  x = (x & 0x00ff00ffU) << 8 | (x >> 8 & 0x00ff00ffU);
  return x << 16 | x >> 16;
}

/// Writes a message, byte by byte or digest by digest, as little-endian words, one every `stride`.
/// In a vector of lanes all messages are equally long.
template <typename W>
class Writer {
 public:
  Writer(W* words, unsigned stride) : words_(words), stride_(stride) {}

  [[gnu::always_inline]] void append_byte(W byte) {
    partial_ = partial_ | byte << (8 * phase_);
    if (++phase_ == 4) flush();
  }

  [[gnu::always_inline]] void append(const char* text) {
    for (; *text != '\0'; ++text)
      append_byte(W{} + static_cast<Word>(*text));
  }

  /// @param text  text(i) is word i of 8
  template <typename Text>
  [[gnu::always_inline]] void append_digest(const Text& text) {
    // Locals, because the compiler must assume that the words written overlap the members.
    W* const words = words_ + count_ * stride_;
    const unsigned stride = stride_;
    count_ += kTextWords;
    if (phase_ == 0) {
      for (unsigned i = 0; i < kTextWords; ++i)
        words[i * stride] = text(i);
      return;
    }
    const unsigned shift = 8 * phase_;
    W partial = partial_;
    for (unsigned i = 0; i < kTextWords; ++i) {
      const W word = text(i);
      words[i * stride] = partial | word << shift;
      partial = word >> (32 - shift);
    }
    partial_ = partial;
  }

  /// Pads as MD5 asks. @return number of blocks
  [[gnu::always_inline]] unsigned finish() {
    const Word bits = 8 * (4 * count_ + phase_);
    append_byte(W{} + 0x80U);
    if (phase_ != 0) flush();
    while (count_ % kBlockWords != kBlockWords - 2)
      push(W{});
    push(W{} + bits);
    push(W{});
    return count_ / kBlockWords;
  }

 private:
  void push(W word) { words_[count_++ * stride_] = word; }
  void flush() {
    push(partial_);
    partial_ = W{};
    phase_ = 0;
  }

  W* words_;
  unsigned stride_;
  unsigned count_ = 0;
  unsigned phase_ = 0;  // bytes in partial_
  W partial_ = {};
};

/// A vertex at the start as Python prints it: "(out, in, label)".
template <typename W>
void write_vertex(Writer<W>& writer, const HashGraph& graph, unsigned vertex, W operation) {
  writer.append("(");
  writer.append_byte(W{} + ('0' + graph.out_count[vertex]));
  writer.append(", ");
  writer.append_byte(W{} + ('0' + graph.in_count[vertex]));
  writer.append(", ");
  if (vertex == 0) {
    writer.append("-1");
  } else if (vertex == graph.vertices - 1) {
    writer.append("-2");
  } else {
    writer.append_byte(operation + '0');
  }
  writer.append(")");
}

/// The last message: the sorted texts as Python prints a list of strings.
/// @param append_text  append_text(i) appends the i-th of them
template <typename W, typename AppendText>
void write_list(Writer<W>& writer, unsigned count, const AppendText& append_text) {
  writer.append("[");
  for (unsigned i = 0; i < count; ++i) {
    writer.append(i > 0 ? ", '" : "'");
    append_text(i);
    writer.append("'");
  }
  writer.append("]");
}

}  // namespace
}  // namespace ecnas::space
// NOLINTEND(modernize-avoid-c-arrays, cppcoreguidelines-avoid-c-arrays)
