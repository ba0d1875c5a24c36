#include "ecnas/search/prior.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::search {
namespace {

/// Predictions of a model at its first budget by rank, each made once. Thread safe: two threads
/// that meet the same cell at once predict the same.
class EnergyMemo {
 public:
  explicit EnergyMemo(std::shared_ptr<const surrogate::Surrogate> model)
      : model_(std::move(model)), space_(space::Space::shared()), known_(space_.size()) {
    ECNAS_ASSERT(model_ != nullptr);
    for (std::atomic<double>& value : known_)
      value.store(kUnknown, std::memory_order_relaxed);
  }

  /// @return (n): kWh at the model's first budget
  std::vector<double> energies(std::span<const space::Cell> cells) {
    std::vector<space::Rank> ranks;
    std::vector<space::Rank> unmet;
    std::vector<space::Cell> unmet_cells;
    for (const space::Cell& cell : cells) {
      const space::Rank rank = space_.rank(cell).value();
      ranks.push_back(rank);
      if (known_[rank].load(std::memory_order_relaxed) != kUnknown) continue;
      unmet.push_back(rank);
      unmet_cells.push_back(cell);
    }
    if (!unmet.empty()) {
      const auto predictions = model_->predict(unmet_cells, model_->info().epochs.front());
      for (std::size_t i = 0; i < unmet.size(); ++i)
        known_[unmet[i]].store(predictions[i].value, std::memory_order_relaxed);
    }
    std::vector<double> energies;
    for (const space::Rank rank : ranks)
      energies.push_back(known_[rank].load(std::memory_order_relaxed));
    return energies;
  }

 private:
  static constexpr double kUnknown = 0;  // predictions are positive

  std::shared_ptr<const surrogate::Surrogate> model_;
  const space::Space& space_;
  std::vector<std::atomic<double>> known_;
};

}  // namespace

Prior energy_prior(std::shared_ptr<const surrogate::Surrogate> model) {
  auto memo = std::make_shared<EnergyMemo>(std::move(model));
  return {[memo](Objective objective, std::span<const space::Cell> cells,
                 std::int32_t epochs) -> std::optional<std::vector<double>> {
    if (objective != Objective::energy && objective != Objective::co2eq) return std::nullopt;
    std::vector<double> energies = memo->energies(cells);
    for (double& energy : energies)
      energy *= std::max(1, epochs);
    return energies;
  }};
}

}  // namespace ecnas::search
