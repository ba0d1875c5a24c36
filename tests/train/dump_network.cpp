// dump_network CELL WIDTH DIRECTORY: a network's beginning, its gradients on one batch, and the
// same network for PyTorch, for twin_test.py.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <span>
#include <string>

#include "ecnas/core/file.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/space/pytorch.hpp"
#include "ecnas/train/network.hpp"

namespace {

using torch::Tensor;

std::string bytes_of(const Tensor& any) {
  const Tensor tensor = any.detach().contiguous();
  return {
      static_cast<const char*>(tensor.data_ptr()),
      static_cast<std::size_t>(tensor.numel() * static_cast<std::int64_t>(tensor.element_size()))};
}

void dump(const std::string& cell_text, int width, const std::filesystem::path& directory) {
  const ecnas::space::Cell cell = ecnas::space::parse_cell(cell_text);
  // Small: where a number behind a convolution is as near to 0 as rounding reaches, its gradient
  // passes in one order of addition and not in the other, and the more numbers the likelier that.
  constexpr std::int64_t kSize = 8;
  const ecnas::space::Skeleton skeleton{
      .stem_width = width, .cells_per_stack = 1, .image_size = kSize};
  ecnas::train::Network network(cell, skeleton, 42, {.batch_norm_momentum = 0.997});
  ecnas::Rng rng(4);
  constexpr std::int64_t kImages = 16;
  Tensor images = torch::empty({kImages, 3, kSize, kSize});
  for (float& value : std::span(images.data_ptr<float>(), static_cast<std::size_t>(images.numel())))
    value = static_cast<float>(rng.normal());
  const Tensor labels = torch::arange(kImages).remainder(10);

  std::string parameters;
  for (const Tensor& parameter : network.parameters())
    parameters += bytes_of(parameter);
  const Tensor logits = network.forward(images);
  torch::cross_entropy_loss(logits, labels).backward();
  std::string gradients;
  for (const Tensor& parameter : network.parameters())
    gradients += bytes_of(parameter.grad());
  std::string buffers;
  for (const Tensor& buffer : network.buffers())
    buffers += bytes_of(buffer);
  network.eval();
  const torch::NoGradGuard no_gradients;
  const Tensor evaluated = network.forward(images);

  ecnas::write_file(directory / "network.py", ecnas::space::to_pytorch(cell, skeleton));
  ecnas::write_file(directory / "images", bytes_of(images));
  ecnas::write_file(directory / "parameters", parameters);
  ecnas::write_file(directory / "logits", bytes_of(logits));
  ecnas::write_file(directory / "gradients", gradients);
  ecnas::write_file(directory / "buffers", buffers);
  ecnas::write_file(directory / "evaluated", bytes_of(evaluated));
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::cerr << "usage: dump_network CELL WIDTH DIRECTORY\n";
    return 2;
  }
  dump(words[1], std::stoi(words[2]), words[3]);
  return 0;
}
