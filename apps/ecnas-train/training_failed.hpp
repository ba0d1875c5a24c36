#pragma once

namespace ecnas::app {

/// Beside those of exit_status.hpp: the training itself failed; failure.json says how.
inline constexpr int kTrainingFailed = 7;

}  // namespace ecnas::app
