#include "energy/account.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace ecnas::energy {

Account::Account(const SourceDescription& source, AccountOptions options)
    : kind_(source.kind),
      name_(source.name),
      wrap_j_(source.wrap_j),
      power_bound_w_(source.power_bound_w),
      // A model of somebody who does nothing stands still, and so does a card that is asleep.
      may_be_stuck_(source.kind == Kind::counter && source.quality == Quality::counter &&
                    source.domain != Domain::gpu),
      options_(options) {}

void Account::observe(Instant time, const Result<double, ReadFailure>& reading) {
  if (!reading.has_value()) {
    last_failure_ = reading.reason().text;
    note(Event::lost);
    return;
  }
  if (!last_) {
    moved_ = {time, *reading};
  } else if (kind_ == Kind::counter) {
    add_counter(time, *reading);
  } else {
    add_power(time, *reading);
  }
  last_ = {time, *reading};
}

void Account::add_counter(Instant time, double value) {
  const double elapsed_s = seconds(time - last_->time);
  const auto is_plausible = [&](double difference_j) {
    // A reading may lag by a moment, so that a short interval seems to hold more than its time's.
    constexpr double kLagSeconds = 0.05;
    return !power_bound_w_ || difference_j <= *power_bound_w_ * (elapsed_s + kLagSeconds);
  };
  if (value != last_->value) {
    moved_ = {time, value};
    is_stuck_ = false;
  }
  double difference_j = value - last_->value;
  if (difference_j < 0) {
    if (!wrap_j_) return note(Event::reset);
    difference_j += *wrap_j_;
    if (difference_j < 0 || !is_plausible(difference_j)) return note(Event::reset);
    // Without a bound, what is nearly a whole wrap is a counter that jumped back.
    if (!power_bound_w_ && difference_j > *wrap_j_ / 2) return note(Event::reset);
  } else if (!is_plausible(difference_j)) {
    return note(Event::implausible);
  }
  energy_.energy_j += difference_j;
  if (wrap_j_ && power_bound_w_ && is_plausible(difference_j + *wrap_j_))
    return note(Event::several_wraps);
  energy_.covered_s += elapsed_s;
  if (may_be_stuck_ && difference_j == 0) look_for_stuck(time);
}

/// Takes back the coverage of the time in which a counter did not move, once that is too long.
void Account::look_for_stuck(Instant time) {
  const double still_s = seconds(time - moved_.time);
  if (still_s < options_.stuck_s) return;
  energy_.covered_s -= is_stuck_ ? seconds(time - last_->time) : still_s;
  energy_.covered_s = std::max(energy_.covered_s, 0.0);
  if (!is_stuck_) note(Event::stuck);
  is_stuck_ = true;
}

void Account::add_power(Instant time, double value) {
  const double elapsed_s = seconds(time - last_->time);
  if (elapsed_s > options_.hold_s) return note(Event::gap);
  energy_.energy_j += (last_->value + value) / 2 * elapsed_s;
  energy_.covered_s += elapsed_s;
}

void Account::note(Event event) {
  ++counts_[static_cast<std::size_t>(event)];
}

std::vector<std::string> Account::notes() const {
  constexpr std::array<std::string_view, kEvents> kTexts = {
      "could not be read",
      "was reset or jumped back; the time between two readings is not covered",
      "rose by more than can be drawn; the time between two readings is not covered",
      "may have passed its end more than once between two readings; the least is counted",
      "did not move for seconds; that time is not covered",
      "was not read for too long to join two powers; the time between is not covered",
  };
  std::vector<std::string> notes;
  for (std::size_t event = 0; event < kEvents; ++event) {
    if (counts_[event] == 0) continue;
    std::string text = fmt::format("{}: {}", name_, kTexts[event]);
    if (event == static_cast<std::size_t>(Event::lost)) text += fmt::format(" ({})", last_failure_);
    if (counts_[event] > 1) text += fmt::format(" [{} times]", counts_[event]);
    notes.push_back(std::move(text));
  }
  return notes;
}

}  // namespace ecnas::energy
