#include "ecnas/table/gather.hpp"

#include <algorithm>

#include "ecnas/core/error.hpp"
#include "table/mean.hpp"

namespace ecnas::table {

void gather(const Table& table, const Column& column, std::span<const Row> rows, std::size_t budget,
            Repeat repeat, std::span<float> values) {
  ECNAS_ASSERT(rows.size() == values.size() && budget < table.budgets().size());
  ECNAS_ASSERT(repeat.is_mean() || repeat.index() < table.repeats());
  constexpr std::size_t kAhead = 16;
  const std::size_t slots = table.repeats();
  const std::size_t first = repeat.is_mean() ? 0 : repeat.index();
  const std::size_t count = repeat.is_mean() ? slots : 1;
  const float* const tensor = column.values.data();
  const auto place = [&](Row row) {
    return (row * table.budgets().size() + budget) * slots + first;
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + kAhead < rows.size() && rows[i + kAhead] != kNoRow)
      __builtin_prefetch(tensor + place(rows[i + kAhead]));
    values[i] = rows[i] == kNoRow ? std::numeric_limits<float>::quiet_NaN()
                                  : static_cast<float>(mean_of({tensor + place(rows[i]), count}));
  }
}

}  // namespace ecnas::table
