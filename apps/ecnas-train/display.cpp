#include "display.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "ecnas/energy/measurement.hpp"
#include "ecnas/quantity_text.hpp"

namespace ecnas::app {
namespace {

constexpr int kBarWidth = 24;
constexpr std::chrono::milliseconds kRedraw{250};
void write_error(const std::string& text) {
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Display::Display(const train::RunMeter& meter, bool quiet)
    : meter_(meter), is_shown_(!quiet && ::isatty(STDERR_FILENO) == 1), next_(Clock::now()) {}

Display::~Display() {
  if (is_drawn_) write_error("\r\x1b[K");
}

void Display::show(const train::Progress& progress) {
  if (!is_shown_ || Clock::now() < next_) return;
  next_ = Clock::now() + kRedraw;
  is_drawn_ = true;
  const train::Spent spent = meter_.spent();
  const double share = static_cast<double>(progress.step) / static_cast<double>(progress.steps);
  const double left_s = spent.training_time_s * (1 - share) / share;
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i)
    bar += i < static_cast<int>(share * kBarWidth) ? "━" : "─";
  std::string line =
      fmt::format("\r\x1b[K{} {:3.0f} %  loss {:.3f}  accuracy {:.3f}  {:.0f} images/s", bar,
                  100 * share, progress.loss, progress.accuracy, progress.images_per_s);
  if (spent.run_energy_kwh > 0) {
    const double power_w = spent.run_energy_kwh * energy::kJoulesPerKwh / spent.run_time_s;
    line += fmt::format(
        "  {:.0f} W  {} at the end", power_w,
        energy_text(spent.run_energy_kwh + spent.training_energy_kwh * (1 - share) / share));
  }
  write_error(line + fmt::format("  {} left", duration_text(left_s)));
}

}  // namespace ecnas::app
