#include "ecnas/sweep/plan.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::sweep {
namespace {

// "HASH EPOCHS REPEAT SEED\n", numbers right-aligned: a line is found by its number.
constexpr std::size_t kLineBytes = 32 + 1 + 7 + 1 + 3 + 1 + 16 + 1;
constexpr std::string_view kHeader = "# ecnas sweep runs 1 ";

std::uint64_t word_of(const space::Hash& hash, std::size_t begin) {
  std::uint64_t word = 0;
  for (std::size_t i = begin; i < begin + sizeof word; ++i)
    word = word << 8 | hash.bytes[i];
  return word;
}

std::string header(std::size_t runs, unsigned max_vertices) {
  const std::string text = fmt::format("{}{} {}", kHeader, runs, max_vertices);
  return fmt::format("{:<{}}\n", text, kLineBytes - 1);
}

}  // namespace

std::uint64_t run_seed(std::uint64_t seed, const space::Hash& hash, std::int32_t epochs,
                       std::size_t repeat) {
  std::uint64_t mixed = Rng::stream(seed, word_of(hash, 0)).next();
  mixed = Rng::stream(mixed, word_of(hash, 8)).next();
  mixed = Rng::stream(mixed, static_cast<std::uint64_t>(epochs)).next();
  mixed = Rng::stream(mixed, repeat).next();
  return mixed >> 11;
}

std::vector<Run> planned_runs(const Spec& spec, const std::vector<space::Cell>& cells) {
  std::vector<space::Hash> hashes(cells.size());
  space::hash_cells(cells, hashes);
  std::vector<Run> runs;
  runs.reserve(cells.size() * spec.budgets.size() * spec.repeats);
  for (std::size_t repeat = 1; repeat <= spec.repeats; ++repeat) {
    const std::size_t begin = runs.size();
    for (const space::Hash& hash : hashes) {
      for (const std::int32_t epochs : spec.budgets)
        runs.push_back({hash, epochs, repeat, run_seed(spec.seed, hash, epochs, repeat)});
    }
    Rng rng = Rng::stream(spec.seed, repeat);
    rng.shuffle(std::span(runs).subspan(begin));
  }
  return runs;
}

std::string to_text(const std::vector<Run>& runs, unsigned max_vertices) {
  std::string text = header(runs.size(), max_vertices);
  text.reserve(text.size() + runs.size() * kLineBytes);
  for (const Run& run : runs) {
    text += fmt::format("{} {:>7} {:>3} {:>16}\n", space::to_text(run.hash), run.epochs, run.repeat,
                        run.seed);
  }
  ECNAS_ASSERT(text.size() == (runs.size() + 1) * kLineBytes);
  return text;
}

RunList RunList::open(const std::filesystem::path& file) {
  RunList list;
  list.name_ = file.string();
  list.file_ = MappedFile::open(file);
  const auto bytes = list.file_.bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto wrong = [&](const std::string& fault) {
    fail(ErrorCode::invalid_data, "{}: {}; it is not the list that the sweep was made with",
         list.name_, fault);
  };
  if (!text.starts_with(kHeader) || text.size() < kLineBytes) wrong("no list of runs");
  const auto words = split(trimmed(text.substr(0, kLineBytes - 1)).substr(kHeader.size()), ' ');
  const auto size = parse_integer(words.front());
  const auto vertices = parse_integer(words.back());
  if (words.size() != 2 || !size || *size < 1 || !vertices || *vertices < 2 ||
      *vertices > static_cast<std::int64_t>(space::kMaxVertices)) {
    wrong("its first line makes no sense");
  }
  list.size_ = static_cast<std::size_t>(*size);
  list.max_vertices_ = static_cast<unsigned>(*vertices);
  if (list.size_ > UINT32_MAX || text.size() != (list.size_ + 1) * kLineBytes)
    wrong(fmt::format("{} bytes, which {} runs do not have", text.size(), *size));
  return list;
}

Run RunList::operator[](RunNumber number) const {
  ECNAS_ASSERT(number < size_);
  const auto bytes = file_.bytes();
  const std::string_view line(
      reinterpret_cast<const char*>(bytes.data()) + (number + std::size_t{1}) * kLineBytes,
      kLineBytes);
  const auto hash = space::parse_hash(line.substr(0, 32));
  const auto epochs = parse_integer(trimmed(line.substr(33, 7)));
  const auto repeat = parse_integer(trimmed(line.substr(41, 3)));
  const auto seed = parse_integer(trimmed(line.substr(45, 16)));
  const bool is_sound = hash && epochs && *epochs >= 1 && repeat && *repeat >= 1 && seed &&
                        *seed >= 0 && line.ends_with('\n');
  if (!is_sound)
    fail(ErrorCode::invalid_data, "{}:{}: damaged; make the sweep again", name_, number + 2);
  return {*hash, static_cast<std::int32_t>(*epochs), static_cast<std::size_t>(*repeat),
          static_cast<std::uint64_t>(*seed)};
}

}  // namespace ecnas::sweep
