#pragma once

#include <chrono>

#include "ecnas/train/run_meter.hpp"
#include "ecnas/train/trainer.hpp"

namespace ecnas::app {

/// One line on the terminal that follows a training: share done, time left, loss, accuracy, images
/// a second, power, and the energy that the whole will have taken. Nothing where standard error is
/// no terminal.
class Display {
 public:
  /// @param meter  outlives this
  Display(const train::RunMeter& meter, bool quiet);
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;
  ~Display();  ///< clears the line

  void show(const train::Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  const train::RunMeter& meter_;
  bool is_shown_;
  bool is_drawn_ = false;
  Clock::time_point next_;
};

}  // namespace ecnas::app
