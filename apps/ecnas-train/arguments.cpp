#include "arguments.hpp"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <thread>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

/// Where `--data auto` looks: what the user says, what lies here, what packages install.
std::vector<fs::path> places() {
  std::vector<fs::path> places;
  if (const char* given = std::getenv("ECNAS_IMAGES"); given != nullptr && *given != '\0')
    places.emplace_back(given);
  places.emplace_back("data");
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    places.push_back(fs::path(home) / ".cache" / "ecnas" / "images");
  places.emplace_back("/usr/share/datasets");
  return places;
}

fs::path found_data() {
  const std::vector<fs::path> looked_in = places();
  const auto sources = train::find_image_data(looked_in);
  if (!sources.empty()) return sources.front().path;
  std::string names;
  for (const fs::path& place : looked_in)
    names += (names.empty() ? "" : ", ") + place.string();
  fail(ErrorCode::not_found,
       "--data auto: no known images in {}; install dataset-fashion-mnist, or give a path", names);
}

void add_network(CLI::App& app, Arguments& arguments) {
  const auto group = "Network";
  app.add_option("--width", arguments.width, "Channels of the stem")
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app.add_option("--stacks", arguments.stacks, "Stacks of cells; channels double between them")
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app.add_option("--cells-per-stack", arguments.cells_per_stack, "Cells in each")
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
}

void add_data(CLI::App& app, Arguments& arguments) {
  const auto group = "Data";
  app.add_option("--data", arguments.data,
                 "Images: CIFAR-10 binary files, IDX files, or a folder of folders; auto: found")
      ->type_name("PATH")
      ->capture_default_str()
      ->group(group);
  app.add_option("--image-size", arguments.image_size, "Scale images to so many pixels a side")
      ->type_name("N")
      ->group(group);
  app.add_option("--images", arguments.images, "Use only so many, 4 : 1 : 1 (default: all)")
      ->type_name("N")
      ->group(group);
  app.add_option("--split-seed", arguments.split_seed,
                 "Which images train, validate and test is drawn with it")
      ->type_name("S")
      ->capture_default_str()
      ->group(group);
}

void add_recipe(CLI::App& app, Arguments& arguments) {
  const auto group = "Training";
  train::Recipe& recipe = arguments.recipe;
  const auto add = [&](const char* name, auto& value, const char* text) {
    app.add_option(name, value, text)->type_name("X")->capture_default_str()->group(group);
  };
  add("--epochs", recipe.epochs, "How often every training image is seen");
  add("--seed", recipe.seed, "Of weights, order and augmentation");
  add("--batch-size", recipe.batch_size, "Images a step");
  app.add_option("--optimizer", arguments.optimizer, "rmsprop (TensorFlow 1's), sgd or adam")
      ->type_name("NAME")
      ->capture_default_str()
      ->group(group);
  add("--learning-rate", recipe.learning_rate, "At the start; falls as half a cosine");
  add("--momentum", recipe.momentum, "Of the optimizer");
  add("--decay", recipe.decay, "Of RMSProp's mean square");
  add("--epsilon", recipe.epsilon, "Beneath RMSProp's root");
  add("--weight-decay", recipe.weight_decay, "L2 term over all trainable parameters");
  add("--batch-norm-momentum", recipe.batch_norm_momentum, "Share of statistics that a step keeps");
  add("--reestimate", recipe.reestimation_batches,
      "Batches to take batch norm's statistics from anew before an evaluation");
  add("--crop-padding", recipe.crop_padding,
      "Pixels around an image that crops may reach; 0: none");
  app.add_flag("--no-flip", arguments.no_flip, "Do not mirror images")->group(group);
  app.add_flag("--mixed-precision", recipe.mixed_precision, "Convolutions in 16 bits")
      ->group(group);
  app.add_option("--device", arguments.device, "cpu, cuda or cuda:N")
      ->type_name("NAME")
      ->capture_default_str()
      ->group(group);
  app.add_option("--threads", arguments.threads, "Threads to use (default: one per core)")
      ->type_name("N")
      ->check(CLI::Range(0U, 1024U))
      ->group(group);
}

void add_run(CLI::App& app, Arguments& arguments) {
  const auto group = "Run";
  app.add_option("-o,--output", arguments.output,
                 "Directory for results.json, measurement.json and checkpoints; with --proxies a "
                 "CSV file")
      ->type_name("PATH")
      ->group(group);
  app.add_flag("--resume", arguments.resume, "Go on with the checkpoint there, if there is one")
      ->group(group);
  app.add_option("--checkpoint-every", arguments.checkpoint_s, "Seconds between checkpoints")
      ->type_name("S")
      ->capture_default_str()
      ->group(group);
  app.add_option("--pue", arguments.pue, "Power usage effectiveness of the data centre")
      ->type_name("X")
      ->capture_default_str()
      ->group(group);
  app.add_option("--zone", arguments.zone, "Whose electricity: a country's code (default: WORLD)")
      ->type_name("ZONE")
      ->group(group);
  app.add_option("--carbon-intensity", arguments.intensity_g_per_kwh,
                 "Carbon intensity, gCO2eq/kWh")
      ->type_name("G")
      ->excludes("--zone")
      ->group(group);
  app.add_flag("--shared-machine", arguments.shared_machine,
               "Others work on this machine: mark energies as theirs too")
      ->group(group);
  app.add_flag("--json", arguments.json, "Print results.json to standard output")->group(group);
  app.add_flag("--quiet", arguments.quiet, "Print no summary")->group(group);
  app.add_flag("--proxies", arguments.proxies,
               "Do not train: write zero-cost proxies at initialisation, as CSV")
      ->group(group);
  app.add_option("--max-vertices", arguments.max_vertices,
                 "With --proxies: of all cells of at most so many vertices")
      ->type_name("V")
      ->check(CLI::Range(2U, 7U))
      ->group(group);
}

}  // namespace

void Arguments::add_to(CLI::App& app) {
  app.add_option("cell", cell, "A hash, a prefix of it, or ADJACENCY:OPS")->type_name("CELL");
  add_data(app, *this);
  add_network(app, *this);
  add_recipe(app, *this);
  add_run(app, *this);
}

train::Task beginning_of(const Arguments& arguments) {
  const auto optimizer = train::parse_optimizer(arguments.optimizer);
  if (!optimizer) {
    fail(ErrorCode::invalid_argument, "--optimizer {}: unknown; give rmsprop, sgd or adam",
         ecnas::quoted(arguments.optimizer));
  }
  const unsigned threads =
      arguments.threads > 0 ? arguments.threads : std::max(1U, std::thread::hardware_concurrency());
  train::Task task{.cell = space::Cell::trivial(),
                   .skeleton = {.stem_width = arguments.width,
                                .stacks = arguments.stacks,
                                .cells_per_stack = arguments.cells_per_stack},
                   .recipe = arguments.recipe,
                   .device = train::parse_device(arguments.device, threads)};
  task.recipe.optimizer = *optimizer;
  task.recipe.flip = !arguments.no_flip;
  space::validate(task.skeleton);
  train::validate(task.recipe);
  train::expect_usable(task.device);
  return task;
}

Data read_data(const Arguments& arguments) {
  const fs::path path = arguments.data == "auto" ? found_data() : fs::path(arguments.data);
  Data data{train::read_images(path, {.image_size = arguments.image_size}), {}};
  data.split =
      train::split_images(data.images, {.seed = arguments.split_seed, .images = arguments.images});
  return data;
}

train::Task task_of(train::Task beginning, const space::Cell& cell, const train::ImageSet& images) {
  if (images.height != images.width) {
    fail(ErrorCode::invalid_data, "{}: {} × {} images; give --image-size to cut them to squares",
         images.name, images.height, images.width);
  }
  beginning.cell = cell;
  beginning.skeleton.classes = images.classes;
  beginning.skeleton.image_size = images.height;
  beginning.skeleton.image_channels = images.channels;
  space::validate(beginning.skeleton);
  return beginning;
}

}  // namespace ecnas::app
