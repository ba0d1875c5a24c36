#include "run_program.hpp"

#include <fmt/format.h>

#include <exception>
#include <new>

#include "ecnas/core/error.hpp"
#include "exit_status.hpp"
#include "interrupt.hpp"
#include "terminal.hpp"

namespace ecnas::app {

int run_program(std::string_view name, const std::function<int()>& body) {
  exit_on_interrupt();
  try {
    return body();
  } catch (const Error& error) {
    message(fmt::format("{}: {}", name, error.what()));
    return exit_status(error.code());
  } catch (const std::bad_alloc&) {
    message(fmt::format("{}: out of memory", name));
    return kOurFault;
  } catch (const std::exception& fault) {
    message(fmt::format("{}: internal fault: {}; please report this", name, fault.what()));
    return kOurFault;
  }
}

}  // namespace ecnas::app
