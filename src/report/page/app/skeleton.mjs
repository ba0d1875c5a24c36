// Trainable parameters and FLOPs, exactly as src/space/skeleton.cpp counts them: on the
// representative, so every labelling gives the same.
import {edgeBit, incoming, verticesOf} from './cell.mjs';

function splitChannels(adjacency, vertices, inChannels, outChannels) {
  const last = vertices - 1;
  const channels = new Array(vertices).fill(0);
  channels[0] = inChannels;
  channels[last] = outChannels;
  const feeding = incoming(adjacency, last) & ~1;
  if (feeding === 0) return channels;
  let count = 0;
  for (let v = 1; v < last; ++v) count += (feeding >>> v) & 1;
  const share = Math.floor(outChannels / count);
  let remainder = outChannels % count;
  for (let v = 1; v < last; ++v) {
    if ((feeding >>> v) & 1) channels[v] = share + (remainder-- > 0 ? 1 : 0);
  }
  for (let v = last - 1; v > 0; --v) {
    if ((feeding >>> v) & 1) continue;
    for (let target = v + 1; target < last; ++target) {
      if ((adjacency >>> edgeBit(v, target)) & 1) channels[v] = Math.max(channels[v], channels[target]);
    }
  }
  return channels;
}

function convolution(kernel, inChannels, outChannels, size, flops) {
  const weights = kernel * kernel * inChannels * outChannels;
  return flops ? weights * size * size : weights + 2 * outChannels;
}

// What a graph costs apart from its operations, and what a convolution at each vertex adds.
function graphCost(adjacency, skeleton, flops) {
  const vertices = verticesOf(adjacency);
  const cost = {fixed: 0, vertex: Array.from({length: vertices - 2}, () => [0, 0, 0])};
  const addCells = (copies, inChannels, outChannels, size) => {
    const channels = splitChannels(adjacency, vertices, inChannels, outChannels);
    for (let v = 1; v < vertices; ++v) {
      if ((adjacency >>> edgeBit(0, v)) & 1)
        cost.fixed += copies * convolution(1, inChannels, channels[v], size, flops);
    }
    for (let v = 1; v < vertices - 1; ++v) {
      cost.vertex[v - 1][0] += copies * convolution(3, channels[v], channels[v], size, flops);
      cost.vertex[v - 1][1] += copies * convolution(1, channels[v], channels[v], size, flops);
    }
  };
  cost.fixed += convolution(3, skeleton.image_channels, skeleton.stem_width, skeleton.image_size, flops);
  let channels = skeleton.stem_width;
  let size = skeleton.image_size;
  let width = skeleton.stem_width;
  for (let stack = 0; stack < skeleton.stacks; ++stack) {
    addCells(1, channels, width, size);
    addCells(skeleton.cells_per_stack - 1, width, width, size);
    channels = width;
    width *= 2;
    size = Math.floor(size / 2);
  }
  cost.fixed += channels * skeleton.classes + (flops ? 0 : skeleton.classes);
  return cost;
}

// Of many representatives, neighbours in the list sharing graphs. @return Float64Array (n)
export function counts(adjacency, code, skeleton, flops) {
  const result = new Float64Array(adjacency.length);
  let graph = 0;
  let cost = null;
  for (let i = 0; i < adjacency.length; ++i) {
    if (adjacency[i] !== graph) {
      graph = adjacency[i];
      cost = graphCost(graph, skeleton, flops);
    }
    let sum = cost.fixed;
    let digits = code[i];
    for (let v = cost.vertex.length - 1; v >= 0; --v) {
      sum += cost.vertex[v][digits % 3];
      digits = Math.floor(digits / 3);
    }
    result[i] = sum;
  }
  return result;
}

