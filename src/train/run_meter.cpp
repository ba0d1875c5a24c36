#include "ecnas/train/run_meter.hpp"

namespace ecnas::train {
namespace {

using std::chrono::steady_clock;

constexpr const char* kTraining = "training";

double seconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

}  // namespace

RunMeter::RunMeter(energy::Tracker* tracker, double pue)
    : tracker_(tracker), pue_(pue), start_(steady_clock::now()) {}

void RunMeter::begin(const std::string& region) {
  end();
  if (tracker_ != nullptr) region_.emplace(tracker_->span(region));
  region_start_ = steady_clock::now();
  is_training_ = region == kTraining;
}

void RunMeter::end() {
  if (is_training_) training_time_s_ += seconds_since(region_start_);
  is_training_ = false;
  region_.reset();
}

Spent RunMeter::spent() const {
  Spent spent = earlier_;
  spent.training_time_s += training_time_s_ + (is_training_ ? seconds_since(region_start_) : 0);
  spent.run_time_s += seconds_since(start_);
  if (tracker_ == nullptr) return spent;
  energy::Measurement measured = tracker_->so_far();
  measured.pue = pue_;
  spent.run_energy_kwh += measured.energy_kwh();
  for (const energy::Component& component : measured.components)
    spent.component_energy_j[component.source.name] += component.energy.energy_j;
  for (const energy::Span& span : measured.spans) {
    if (span.name == kTraining) spent.training_energy_kwh += measured.energy_kwh(span);
  }
  return spent;
}

}  // namespace ecnas::train
