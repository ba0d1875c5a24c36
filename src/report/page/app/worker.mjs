// What runs beside the page: decoding, and hashing all cells to find one. Messages are
// {id, task, …}; answers {id, result} or {id, error}.
import {decode} from './cloud.mjs';
import {Hasher} from './hash.mjs';

const kTasks = {
  async decode({header, text}) {
    const result = await decode(header, text);
    const buffers = [...result.columns, result.vertices, result.parameters, result.flops];
    return [result, [...new Set(buffers.map((array) => array.buffer))]];
  },
  hash({adjacency, code}) {
    const hasher = new Hasher();
    const words = new Int32Array(4 * adjacency.length);
    for (let i = 0; i < adjacency.length; ++i) hasher.hash(adjacency[i], code[i], words, 4 * i);
    return [words, [words.buffer]];
  },
};

export async function perform(message) {
  return kTasks[message.task](message);
}

const insideWorker = typeof WorkerGlobalScope !== 'undefined' && self instanceof WorkerGlobalScope;
if (insideWorker) {
  self.addEventListener('message', async ({data}) => {
    try {
      const [result, moved] = await perform(data);
      self.postMessage({id: data.id, result}, moved);
    } catch (error) {
      self.postMessage({id: data.id, error: String(error?.message ?? error)});
    }
  });
}
