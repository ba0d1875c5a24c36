#include "ecnas/space/pytorch.hpp"

#include <fmt/format.h>

#include "ecnas/space/canonical.hpp"
#include "ecnas/space/hash.hpp"

namespace ecnas::space {
namespace {

/// Everything below the constants, which say the cell.
constexpr std::string_view kNetwork = R"(

def convolution(inputs, outputs, size):
    """With batch norm and ReLU behind it, as NAS-Bench-101 sets them."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-5, momentum=0.003),
        nn.ReLU(inplace=True),
    )


def operation(name, channels):
    if name == "maxpool3x3":
        return nn.MaxPool2d(3, stride=1, padding=1)
    return convolution(channels, channels, 3 if name == "conv3x3" else 1)


def vertex_channels(inputs, outputs):
    """The output's channels are split over the vertices that feed it, the first ones get the
    remainder; every other vertex has the most of those that it feeds."""
    last = len(MATRIX) - 1
    channels = [0] * last + [outputs]
    channels[0] = inputs
    feeding = [v for v in range(1, last) if MATRIX[v][last]]
    for place, v in enumerate(feeding):
        channels[v] = outputs // len(feeding) + (place < outputs % len(feeding))
    for v in range(last - 1, 0, -1):
        if not MATRIX[v][last]:
            channels[v] = max(channels[w] for w in range(v + 1, last) if MATRIX[v][w])
    return channels


class Cell(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.channels = vertex_channels(inputs, outputs)
        last = len(MATRIX) - 1
        self.projections = nn.ModuleDict(
            {str(v): convolution(inputs, self.channels[v], 1) for v in range(1, last + 1) if MATRIX[0][v]}
        )
        self.operations = nn.ModuleList(
            operation(name, self.channels[v]) for v, name in enumerate(OPERATIONS, start=1)
        )

    def forward(self, x):
        last = len(MATRIX) - 1
        values = [x]
        for v in range(1, last):
            parts = [values[u][:, : self.channels[v]] for u in range(1, v) if MATRIX[u][v]]
            if MATRIX[0][v]:
                parts.append(self.projections[str(v)](x))
            values.append(self.operations[v - 1](sum(parts[1:], parts[0])))
        feeding = [values[v] for v in range(1, last) if MATRIX[v][last]]
        if not feeding:
            return self.projections[str(last)](x)
        result = torch.cat(feeding, dim=1)
        return result + self.projections[str(last)](x) if MATRIX[0][last] else result


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [convolution(IMAGE_CHANNELS, STEM_WIDTH, 3)]
        width = STEM_WIDTH
        for stack in range(STACKS):
            if stack > 0:
                layers.append(nn.MaxPool2d(2, stride=2))
            for cell in range(CELLS_PER_STACK):
                inputs = width
                if stack > 0 and cell == 0:
                    width *= 2
                layers.append(Cell(inputs, width))
        self.layers = nn.Sequential(*layers)
        self.classifier = nn.Linear(width, CLASSES)

    def forward(self, images):
        return self.classifier(self.layers(images).mean(dim=(2, 3)))


if __name__ == "__main__":
    print(sum(parameter.numel() for parameter in Network().parameters()))
)";

std::string matrix_text(const Cell& cell) {
  std::string text = "(\n";
  for (unsigned source = 0; source < cell.vertices(); ++source) {
    text += "    (";
    for (unsigned target = 0; target < cell.vertices(); ++target)
      text += fmt::format("{}{}", target > 0 ? ", " : "",
                          target > source && cell.has_edge(source, target) ? 1 : 0);
    text += "),\n";
  }
  return text + ")";
}

std::string operations_text(const Cell& cell) {
  std::string text = "(";
  for (unsigned v = 1; v + 1 < cell.vertices(); ++v)
    text += fmt::format("\"{}\", ", short_name(cell.operation(v)));
  if (text.size() > 1) text.pop_back();
  return text + ")";
}

}  // namespace

std::string to_pytorch(const Cell& cell, const Skeleton& skeleton) {
  validate(skeleton);
  const Cell drawn = canonical(cell);
  return fmt::format(
             "\"\"\"Cell {} of NAS-Bench-101's space as a PyTorch network of {} parameters.\n\n"
             "Written by ecnas.\"\"\"\n\n"
             "import torch\nfrom torch import nn\n\n"
             "MATRIX = {}  # [source][target]\n"
             "OPERATIONS = {}  # of the vertices between input and output\n\n"
             "IMAGE_CHANNELS = {}\nSTEM_WIDTH = {}\nSTACKS = {}\nCELLS_PER_STACK = {}\nCLASSES = "
             "{}\n",
             to_text(hash_of(drawn)), trainable_parameters(drawn, skeleton), matrix_text(drawn),
             operations_text(drawn), skeleton.image_channels, skeleton.stem_width, skeleton.stacks,
             skeleton.cells_per_stack, skeleton.classes) +
         std::string(kNetwork);
}

}  // namespace ecnas::space
