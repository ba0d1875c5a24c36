#pragma once

#include "ecnas/table/import.hpp"

namespace ecnas::table {

/// The first import with the accuracies of the second, all repeats of them, in place of its own:
/// NAS-Bench-101's accuracies beside EC-NAS's energies. Cells and budgets stay those of the first.
/// Everything else of the second is left out: its times are another machine's.
/// @throws Error{invalid_data} if the second has no accuracy of any cell and budget of the first
[[nodiscard]] Imported join_accuracies(Imported first, const Imported& second);

}  // namespace ecnas::table
