#include "ecnas/train/neighbours.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

namespace ecnas::train {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

Neighbours::Neighbours(std::filesystem::path proc) : proc_(std::move(proc)), start_(read()) {}

/// The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, in ticks.
std::optional<Neighbours::Reading> Neighbours::read() const {
  std::ifstream file(proc_ / "stat");
  std::string label;
  std::array<double, 7> ticks{};
  file >> label;
  for (double& value : ticks)
    file >> value;
  if (!file || label != "cpu") return std::nullopt;
  constexpr std::size_t kIdle = 3;
  constexpr std::size_t kWaiting = 4;
  double busy = 0;
  for (std::size_t i = 0; i < ticks.size(); ++i)
    busy += i == kIdle || i == kWaiting ? 0 : ticks.at(i);
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  return Reading{.busy_s = busy / static_cast<double>(::sysconf(_SC_CLK_TCK)),
                 .own_s = seconds(own.ru_utime) + seconds(own.ru_stime),
                 .time = std::chrono::steady_clock::now()};
}

double Neighbours::share() const {
  const auto now = read();
  if (!start_ || !now) return 0;
  const double elapsed_s = std::chrono::duration<double>(now->time - start_->time).count();
  const double all_s = elapsed_s * std::max(1U, std::thread::hardware_concurrency());
  const double others_s = (now->busy_s - start_->busy_s) - (now->own_s - start_->own_s);
  return all_s > 0 ? std::clamp(others_s / all_s, 0.0, 1.0) : 0;
}

}  // namespace ecnas::train
