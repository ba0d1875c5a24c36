#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ecnas/table/table.hpp"

namespace ecnas::table {

/// What trainings would have cost. Values that a table lacks add nothing (`Ledger::missing`).
struct Cost {
  std::int64_t epochs = 0;
  double training_time_s = 0;
  double energy_kwh = 0;
  double co2eq_g = 0;
};

/// Account of a search's requests on one table. An *evaluation* is the first request of a cell at a
/// budget, and alone costs; asking again is a *repeat*; a specification that is no cell is
/// *invalid*; a cell or budget outside the table is *absent* and no evaluation.
class Ledger {
 public:
  enum class Request { evaluation, repeat };

  /// @param conversion  applied to energies and emissions
  Ledger(const Table& table, Conversion conversion = {}, Repeat repeat = Repeat::mean());

  /// Books a request of an entry that is there.
  Request book(Row row, std::size_t budget);
  void book_invalid() { ++invalid_; }
  void book_absent() { ++absent_; }

  [[nodiscard]] std::size_t requests() const { return evaluations_ + repeats_ + invalid_; }
  [[nodiscard]] std::size_t evaluations() const { return evaluations_; }
  [[nodiscard]] std::size_t repeats() const { return repeats_; }
  [[nodiscard]] std::size_t invalid() const { return invalid_; }
  [[nodiscard]] std::size_t absent() const { return absent_; }
  [[nodiscard]] const Cost& cost() const { return cost_; }
  /// Times, energies and emissions of evaluations that the table lacks, so that `cost` is less than
  /// what was spent.
  [[nodiscard]] std::size_t missing() const { return missing_; }
  [[nodiscard]] bool evaluated(Row row, std::size_t budget) const;

 private:
  const Table* table_;
  Conversion conversion_;
  Repeat repeat_;
  const Column* time_;
  const Column* energy_;
  const Column* co2eq_;
  std::vector<bool> seen_;  // (N, B)
  std::size_t evaluations_ = 0;
  std::size_t repeats_ = 0;
  std::size_t invalid_ = 0;
  std::size_t absent_ = 0;
  std::size_t missing_ = 0;
  Cost cost_;
};

}  // namespace ecnas::table
