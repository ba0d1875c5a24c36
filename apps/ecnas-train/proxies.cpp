#include "ecnas/train/proxies.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "arguments.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/find_cell.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/terminal.hpp"

namespace ecnas::app {
namespace {

std::vector<space::Cell> chosen_cells(const Arguments& arguments) {
  if (arguments.max_vertices == 0) {
    if (arguments.cell.empty())
      fail(ErrorCode::invalid_argument, "--proxies: of which cell? Give one, or --max-vertices");
    return {find_cell(arguments.cell)};
  }
  const space::Space& space = space::Space::shared(arguments.max_vertices);
  std::vector<space::Cell> cells;
  for (space::Rank rank = 0; rank < space.size(); ++rank)
    cells.push_back(space.cell(rank));
  return cells;
}

}  // namespace

void run_proxies(const Arguments& arguments) {
  const train::Task beginning = beginning_of(arguments);
  const std::vector<space::Cell> cells = chosen_cells(arguments);
  const Data data = read_data(arguments);
  std::string csv =
      "hash,trainable_parameters,flops,grad_norm,snip,synflow,jacob_cov,proxies_time_s\n";
  ProgressBar bar("proxies", cells.size(), arguments.quiet);
  for (const space::Cell& cell : cells) {
    const train::Task task = task_of(beginning, cell, data.images);
    const train::Proxies proxies = train::proxies(task, data.images, data.split);
    csv += fmt::format("{},{},{},{},{},{},{},{}\n", space::to_text(space::hash_of(cell)),
                       space::trainable_parameters(cell, task.skeleton),
                       space::flops(cell, task.skeleton), shortest(proxies.grad_norm),
                       shortest(proxies.snip), shortest(proxies.synflow),
                       shortest(proxies.jacob_cov), shortest(proxies.time_s));
    bar.advance();
  }
  if (arguments.output.empty()) {
    print(csv);
  } else {
    write_file(arguments.output, csv);
  }
}

}  // namespace ecnas::app
