#include "train/checkpoint.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/table/safetensors.hpp"

namespace ecnas::train {

// Where nlohmann-json looks for them: in the types' own namespace.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Spent, training_time_s, training_energy_kwh, run_time_s,
                                   run_energy_kwh, component_energy_j)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Evaluation, epochs, steps, train_accuracy, validation_accuracy,
                                   test_accuracy, evaluation_time_s, spent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Standing, steps, evaluations, spent, mean_loss, mean_accuracy)

namespace {

using nlohmann::json;
using torch::Tensor;

constexpr std::string_view kFormat = "ecnas-checkpoint-1";
constexpr std::size_t kLargestFile = std::size_t{8} << 30;

/// Names and tensors of all that training changes.
std::vector<std::pair<std::string, Tensor>> changing(const Network& network,
                                                     const Descent& descent) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const auto& item : network.named_parameters())
    tensors.emplace_back(item.key(), item.value());
  for (const auto& item : network.named_buffers())
    tensors.emplace_back(item.key(), item.value());
  for (std::size_t i = 0; i < descent.state().size(); ++i)
    tensors.emplace_back(fmt::format("optimizer.{}", i), descent.state()[i]);
  return tensors;
}

/// Of the tensors and of everything that the metadata say.
std::string checksum(std::span<const std::byte> data, std::string_view identity,
                     std::string_view standing) {
  const std::string said = fmt::format("{}\n{}\n", identity, standing);
  return fmt::format("{:016x}{:016x}", XXH3_64bits(data.data(), data.size()),
                     XXH3_64bits(said.data(), said.size()));
}

/// A read file's parts, after its checksum.
class Reader {
 public:
  Reader(const std::filesystem::path& file, std::string_view identity)
      : file_(file.string()),
        mapped_(MappedFile::open(file)),
        parsed_(table::parse_safetensors(mapped_.bytes(), file_)) {
    if (mapped_.bytes().size() > kLargestFile) damaged();
    if (entry("format") != kFormat ||
        entry("checksum") != checksum(parsed_.data, entry("task"), entry("standing"))) {
      damaged();
    }
    if (entry("task") != identity) {
      fail(ErrorCode::invalid_data,
           "{}: is of another training: {}; this one is {}; remove it, or leave out --resume",
           file_, entry("task"), identity);
    }
  }

  [[nodiscard]] Standing standing() const {
    try {
      return json::parse(entry("standing")).get<Standing>();
    } catch (const json::exception&) {
      damaged();
    }
  }

  void copy_into(const std::string& name, Tensor& target) const {
    const auto found = parsed_.tensors.find(name);
    const auto bytes = static_cast<std::size_t>(target.numel()) * sizeof(float);
    if (found == parsed_.tensors.end() || found->second.dtype != table::Dtype::f32 ||
        found->second.bytes.size() != bytes) {
      damaged();
    }
    const Tensor values = torch::empty(target.sizes());
    std::memcpy(values.data_ptr<float>(), found->second.bytes.data(), bytes);
    target.copy_(values);
  }

 private:
  [[noreturn]] void damaged() const {
    fail(ErrorCode::invalid_data,
         "{}: is no whole checkpoint; remove it, or leave out --resume to begin anew", file_);
  }

  [[nodiscard]] const std::string& entry(std::string_view key) const {
    const auto found = parsed_.metadata.find(key);
    if (found == parsed_.metadata.end()) damaged();
    return found->second;
  }

  std::string file_;
  MappedFile mapped_;
  table::Safetensors parsed_;
};

}  // namespace

void write_checkpoint(const std::filesystem::path& file, const std::string& identity,
                      const Network& network, const Descent& descent, const Standing& standing) {
  std::vector<Tensor> kept;  // what `tensors` look into
  std::vector<table::TensorData> tensors;
  for (const auto& [name, tensor] : changing(network, descent)) {
    kept.push_back(tensor.detach().to(torch::kCPU).contiguous());
    const Tensor& values = kept.back();
    tensors.push_back({name,
                       table::Dtype::f32,
                       {static_cast<std::size_t>(values.numel())},
                       std::as_bytes(std::span(values.data_ptr<float>(),
                                               static_cast<std::size_t>(values.numel())))});
  }
  const std::string stands = json(standing).dump();
  std::map<std::string, std::string> metadata{
      {"format", std::string(kFormat)}, {"task", identity}, {"standing", stands}};
  const auto unsigned_bytes = table::write_safetensors(tensors, metadata);
  const auto data = table::parse_safetensors(unsigned_bytes, "checkpoint").data;
  metadata.emplace("checksum", checksum(data, identity, stands));
  OutputFile output(file);
  output.write(table::write_safetensors(tensors, metadata));
  output.commit();
}

Standing read_checkpoint(const std::filesystem::path& file, const std::string& identity,
                         Network& network, Descent& descent) {
  const Reader reader(file, identity);
  const torch::NoGradGuard no_gradients;
  Standing standing = reader.standing();
  for (auto& [name, tensor] : changing(network, descent))
    reader.copy_into(name, tensor);
  descent.set_steps(standing.steps);
  return standing;
}

std::string identity_of(const Task& task, const ImageSet& images, const Split& split) {
  const space::Skeleton& skeleton = task.skeleton;
  const Recipe& recipe = task.recipe;
  return fmt::format(
      "cell {} width {} stacks {} cells {} classes {} image {}x{} data {} images {}+{}+{} epochs "
      "{} batch {} seed {} {} lr {} momentum {} decay {} epsilon {} weight decay {} batch norm {} "
      "{} {} augmentation {} {} precision {} threads {}",
      space::to_text(space::canonical(task.cell)), skeleton.stem_width, skeleton.stacks,
      skeleton.cells_per_stack, skeleton.classes, skeleton.image_size, skeleton.image_channels,
      images.checksum, split.train.size(), split.validation.size(), split.test.size(),
      recipe.epochs, recipe.batch_size, recipe.seed, name(recipe.optimizer), recipe.learning_rate,
      recipe.momentum, recipe.decay, recipe.epsilon, recipe.weight_decay,
      recipe.batch_norm_momentum, recipe.batch_norm_epsilon, recipe.reestimation_batches,
      recipe.crop_padding, recipe.flip, recipe.mixed_precision ? "mixed" : "single",
      task.device.threads);
}

}  // namespace ecnas::train
