#include "energy/meter.hpp"

#include <utility>

#include "ecnas/core/error.hpp"

namespace ecnas::energy {

Meter::Meter(std::vector<std::unique_ptr<Source>> sources, AccountOptions options) {
  for (std::unique_ptr<Source>& source : sources) {
    const SourceDescription& description = source->description();
    Account account(description, options);
    entries_.push_back({std::move(source), std::move(account)});
  }
}

void Meter::sample(Instant now) {
  ECNAS_ASSERT(!begin_ || now >= last_);
  if (!begin_) begin_ = now;
  last_ = now;
  for (Entry& entry : entries_)
    entry.account.observe(now, entry.source->read(now));
}

Sample Meter::now() const {
  Sample sample{.time_s = begin_ ? seconds(last_ - *begin_) : 0};
  for (const Entry& entry : entries_)
    sample.components.push_back(entry.account.energy());
  return sample;
}

std::vector<Component> Meter::components() const {
  std::vector<Component> components;
  for (const Entry& entry : entries_)
    components.push_back({entry.source->description(), entry.account.energy(), {}});
  return components;
}

std::vector<std::string> Meter::notes() const {
  std::vector<std::string> notes;
  for (const Entry& entry : entries_) {
    for (std::string& note : entry.account.notes())
      notes.push_back(std::move(note));
  }
  return notes;
}

}  // namespace ecnas::energy
