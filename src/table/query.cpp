// Looking things up in a table: by hash, by cell, entries and their values.

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "table/hash_order.hpp"
#include "table/mean.hpp"
#include "table/noise_model.hpp"
#include "table/table_impl.hpp"

namespace ecnas::table {
namespace {

constexpr float kAbsent = std::numeric_limits<float>::quiet_NaN();

// Hashes are uniform, so interpolation is right within a few steps; hostile ones are not, so it
// then gives way to bisection.
constexpr int kMaxInterpolations = 8;
// Below this a range is bisected: its hashes share a few cache lines.
constexpr std::size_t kSmallRange = 16;

/// Narrows [first, last) around the first hash not below `target`.
struct HashRange {
  std::size_t first;
  std::size_t last;

  void interpolate(std::span<const space::Hash> hashes, const space::Hash& target) {
    const std::uint64_t low = leading_bits(hashes[first]);
    const std::uint64_t high = leading_bits(hashes[last - 1]);
    const std::uint64_t wanted = std::clamp(leading_bits(target), low, high);
    const double share =
        high == low ? 0.0 : static_cast<double>(wanted - low) / static_cast<double>(high - low);
    const auto guess =
        first + static_cast<std::size_t>(share * static_cast<double>(last - 1 - first));
    // Cut on both sides of the guess, so that a good guess leaves next to nothing.
    const std::size_t margin = kSmallRange / 2;
    const std::size_t left = guess > first + margin ? guess - margin : first;
    const std::size_t right = std::min(guess + margin, last - 1);
    if (hash_less(hashes[right], target)) {
      first = right + 1;
    } else if (left > first && !hash_less(hashes[left - 1], target)) {
      last = left;
    } else {
      first = left;
      last = right + 1;
    }
  }
};

std::size_t lower_bound(std::span<const space::Hash> hashes, const space::Hash& target) {
  HashRange range{0, hashes.size()};
  for (int i = 0; i < kMaxInterpolations && range.last - range.first > kSmallRange; ++i) {
    range.interpolate(hashes, target);
  }
  const auto begin = hashes.begin();
  const auto found =
      std::lower_bound(begin + static_cast<std::ptrdiff_t>(range.first),
                       begin + static_cast<std::ptrdiff_t>(range.last), target, hash_less);
  return static_cast<std::size_t>(found - begin);
}

void check_conversion(const Conversion& conversion) {
  if (conversion.pue && !(std::isfinite(*conversion.pue) && *conversion.pue >= 1)) {
    fail(ErrorCode::invalid_argument, "PUE {}: expected a number from 1", *conversion.pue);
  }
  const auto& intensity = conversion.carbon_intensity_g_per_kwh;
  if (intensity && !(std::isfinite(*intensity) && *intensity >= 0)) {
    fail(ErrorCode::invalid_argument, "carbon intensity {}: expected a number from 0, in g/kWh",
         *intensity);
  }
}

/// `co2eq_g` → `energy_kwh`, `co2eq_g_halfway` → `energy_kwh_halfway`, `run_co2eq_g` → …
std::string energy_beside(std::string_view co2eq_name) {
  constexpr std::string_view kCo2eq = "co2eq_g";
  std::string energy_name(co2eq_name);
  energy_name.replace(energy_name.find(kCo2eq), kCo2eq.size(), "energy_kwh");
  return energy_name;
}

}  // namespace

std::optional<Row> Table::find(const space::Hash& hash) const {
  const std::size_t row = lower_bound(impl_->hashes, hash);
  if (row == cells() || impl_->hashes[row] != hash) return std::nullopt;
  return static_cast<Row>(row);
}

std::optional<Row> Table::find(const space::Cell& cell) const {
  const RankIndex& index = impl_->rank_index();
  const std::optional<space::Rank> rank = index.space->rank(cell);
  if (!rank || index.rows[*rank] == kNoRow) return std::nullopt;
  return index.rows[*rank];
}

std::vector<Row> Table::find_prefix(std::string_view digits) const {
  constexpr std::size_t kDigits = 2 * sizeof(space::Hash);
  std::string padded(digits);
  padded.resize(kDigits, '0');
  const std::optional<space::Hash> least = space::parse_hash(padded);
  if (digits.empty() || digits.size() > kDigits || !least) {
    fail(ErrorCode::invalid_argument, "hash {}: expected 1 to {} hexadecimal digits",
         ecnas::quoted(digits), kDigits);
  }
  std::ranges::fill(padded.begin() + static_cast<std::ptrdiff_t>(digits.size()), padded.end(), 'f');
  const space::Hash greatest = space::parse_hash(padded).value();

  std::vector<Row> rows;
  for (std::size_t row = lower_bound(impl_->hashes, *least);
       row < cells() && !hash_less(greatest, impl_->hashes[row]); ++row) {
    rows.push_back(static_cast<Row>(row));
  }
  return rows;
}

bool Table::has_entry(Row row, std::size_t budget) const {
  return query(row, budget).has_value();
}

std::optional<Entry> Table::query(const space::Cell& cell, std::int32_t epochs, Repeat repeat,
                                  const Conversion& conversion,
                                  std::optional<std::uint64_t> noise_seed) const {
  const std::optional<std::size_t> budget = budget_index(epochs);
  if (!budget) return std::nullopt;
  const std::optional<Row> row = find(cell);
  if (!row) return std::nullopt;
  return query(*row, *budget, repeat, conversion, noise_seed);
}

std::optional<Entry> Table::query(Row row, std::size_t budget, Repeat repeat,
                                  const Conversion& conversion,
                                  std::optional<std::uint64_t> noise_seed) const {
  ECNAS_ASSERT(row < cells() && budget < impl_->budgets.size());
  check_conversion(conversion);
  if (!repeat.is_mean() && repeat.index() >= impl_->repeats) {
    fail(ErrorCode::invalid_argument, "{}: no repeat {}; the table has repeats 1 to {}", name(),
         repeat.index() + 1, impl_->repeats);
  }
  if (noise_seed && !repeat.is_mean()) {
    fail(ErrorCode::invalid_argument,
         "{}: repeat {} and a noise seed; a draw is around the mean of the repeats, so choose one "
         "of the two",
         name(), repeat.index() + 1);
  }
  const std::size_t first = impl_->position(row, budget) + (repeat.is_mean() ? 0 : repeat.index());
  const std::size_t count = repeat.is_mean() ? impl_->repeats : 1;
  // Which metrics are asked for next is not known yet, but where their values lie is: all cache
  // misses at once.
  for (const Column& column : impl_->columns)
    __builtin_prefetch(&column.values[first]);
  for (const Column& column : impl_->columns) {
    for (const float value : column.values.subspan(first, count)) {
      if (std::isnan(value)) continue;
      return std::optional<Entry>(std::in_place, Entry::Maker(), *this, row, budget, repeat,
                                  conversion, noise_seed);
    }
  }
  return std::nullopt;
}

void Table::query_batch(std::span<const space::Cell> cells, std::size_t budget,
                        const Column& column, std::span<float> values) const {
  ECNAS_ASSERT(cells.size() == values.size() && budget < impl_->budgets.size());
  // Every step touches memory that the next one needs, so a block goes through step by step and
  // its cache misses overlap.
  constexpr std::size_t kBlock = 32;
  const RankIndex& index = impl_->rank_index();
  std::array<space::Rank, kBlock> ranks;
  std::array<const float*, kBlock> stored;
  for (std::size_t start = 0; start < cells.size(); start += kBlock) {
    const std::size_t count = std::min(kBlock, cells.size() - start);
    for (std::size_t i = 0; i < count; ++i) {
      ranks[i] = index.space->rank(cells[start + i]).value_or(kNoRow);
      if (ranks[i] != kNoRow) __builtin_prefetch(&index.rows[ranks[i]]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Row row = ranks[i] == kNoRow ? kNoRow : index.rows[ranks[i]];
      stored[i] = row == kNoRow ? nullptr : &column.values[impl_->position(row, budget)];
      __builtin_prefetch(stored[i]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      values[start + i] =
          stored[i] == nullptr ? kAbsent : static_cast<float>(mean_of({stored[i], impl_->repeats}));
    }
  }
}

std::int32_t Entry::epochs() const {
  return table_->budgets()[budget_];
}

std::span<const float> Entry::repeats(const Column& column) const {
  return column.values.subspan((row_ * table_->budgets().size() + budget_) * table_->repeats(),
                               table_->repeats());
}

std::optional<double> Entry::value(std::string_view metric_name) const {
  const Column* column = table_->column(metric_name);
  if (column == nullptr) return std::nullopt;
  return value(*column);
}

std::span<const float> Entry::chosen(std::span<const float> tensor) const {
  const std::size_t first = (row_ * table_->budgets().size() + budget_) * table_->repeats();
  if (repeat_.is_mean()) return tensor.subspan(first, table_->repeats());
  return tensor.subspan(first + repeat_.index(), 1);
}

bool Entry::needs_energy(const Column& column) const {
  return column.info.kind == MetricKind::co2eq && conversion_.carbon_intensity_g_per_kwh;
}

double Entry::converted(double stored, const Column& column) const {
  const bool includes_pue =
      column.info.kind == MetricKind::energy || column.info.kind == MetricKind::co2eq;
  if (!conversion_.pue || !includes_pue) return stored;
  const std::optional<double>& included = table_->metadata().pue;
  if (!included) {
    fail(ErrorCode::invalid_argument,
         "{}: does not state the PUE of its energies, so they cannot be converted; import it with "
         "--data-pue",
         table_->name());
  }
  return stored * *conversion_.pue / *included;
}

double Entry::drawn(double expected, const Column& column) const {
  const std::string& metric = column.info.name;
  const auto& noise = table_->metadata().noise;
  const auto model = noise.find(metric);
  if (model == noise.end()) {
    fail(ErrorCode::not_found, "{}: this table has no noise model of {}; it has {}", table_->name(),
         metric,
         noise.empty() ? std::string("none")
                       : fmt::format("{}", fmt::join(std::views::keys(noise), ", ")));
  }
  const auto deviation = model->second.standard_deviation.find(epochs());
  if (deviation == model->second.standard_deviation.end()) {
    fail(ErrorCode::not_found, "{}: this table has no noise model of {} at {} epochs",
         table_->name(), metric, epochs());
  }
  const double z = chance_of(*noise_seed_, table_->hashes()[row_], epochs(), metric);
  return with_noise(expected, model->second.kind, deviation->second, z);
}

std::optional<double> Entry::value(const Column& column) const {
  const double stored = mean_of(chosen(column.values));
  if (std::isnan(stored)) return std::nullopt;
  if (needs_energy(column)) {
    const std::optional<double> energy = value(energy_beside(column.info.name));
    if (!energy) return std::nullopt;
    return *energy * *conversion_.carbon_intensity_g_per_kwh;
  }
  const double expected = converted(stored, column);
  return noise_seed_ ? drawn(expected, column) : expected;
}

std::optional<Interval> Entry::interval(const Column& column) const {
  const std::span<const float> values = chosen(column.values);
  const auto there = [](float value) { return !std::isnan(value); };
  if (std::ranges::count_if(values, there) != 1) return std::nullopt;
  if (needs_energy(column)) {
    const Column* energy = table_->column(energy_beside(column.info.name));
    const auto around = energy == nullptr ? std::nullopt : interval(*energy);
    if (!around) return std::nullopt;
    const double intensity = *conversion_.carbon_intensity_g_per_kwh;
    return Interval{around->lower * intensity, around->upper * intensity};
  }
  if (column.lower90.empty()) return std::nullopt;
  const auto place = static_cast<std::size_t>(std::ranges::find_if(values, there) - values.begin());
  const auto lower = static_cast<double>(chosen(column.lower90)[place]);
  const auto upper = static_cast<double>(chosen(column.upper90)[place]);
  if (std::isnan(lower) || std::isnan(upper)) return std::nullopt;
  return Interval{converted(lower, column), converted(upper, column)};
}

bool Entry::out_of_range(const Column& column) const {
  if (column.out_of_range.empty() || column.out_of_range[row_] == 0) return false;
  return provenance(column) > Provenance::measured;
}

Provenance Entry::provenance(const Column& column) const {
  const std::span<const float> all = repeats(column);
  const auto first = static_cast<std::size_t>(all.data() - column.values.data());
  Provenance weakest = Provenance::absent;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!repeat_.is_mean() && i != repeat_.index()) continue;
    if (!std::isnan(all[i])) weakest = std::max(weakest, column.provenance[first + i]);
  }
  if (weakest > Provenance::predicted) {
    fail(ErrorCode::invalid_data, "{}: row {} has provenance {} in '{}'; the file is damaged",
         table_->name(), row_, static_cast<int>(weakest), column.info.name);
  }
  return weakest;
}

}  // namespace ecnas::table
