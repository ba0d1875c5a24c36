// Threads for what takes long. Where none can be started the work is done here, a piece at a time.
import source from 'ecnas:worker';
import {perform} from './worker.mjs';

class Thread {
  #worker;
  #waiting = new Map();
  #count = 0;

  constructor() {
    try {
      const address = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
      this.#worker = new Worker(address);
      this.#worker.addEventListener('message', ({data}) => this.#settle(data));
      this.#worker.addEventListener('error', (event) => this.#giveUp(event));
    } catch {
      this.#worker = null;
    }
  }
  #settle({id, result, error}) {
    const {resolve, reject} = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  }
  // A browser that allows no workers says so late: then everything is done here after all.
  async #giveUp(event) {
    event.preventDefault();
    this.#worker = null;
    for (const {message, resolve, reject} of this.#waiting.values())
      perform(message).then(([result]) => resolve(result), reject);
    this.#waiting.clear();
  }
  async run(task, input) {
    const message = {id: ++this.#count, task, ...input};
    if (!this.#worker) {
      await new Promise((resolve) => setTimeout(resolve));
      return (await perform(message))[0];
    }
    return new Promise((resolve, reject) => {
      this.#waiting.set(message.id, {message, resolve, reject});
      this.#worker.postMessage(message);
    });
  }
  stop() {
    this.#worker?.terminate();
  }
}

export async function decodeBeside(header, text) {
  const thread = new Thread();
  const result = await thread.run('decode', {header, text});
  thread.stop();
  return result;
}

const kSlice = 20000;  // cells at a time: about a third of a second

// The hashes of all cells, computed when first asked for.
export class HashIndex {
  #cloud;
  #words = null;
  #work = null;
  #done = 0;

  constructor(cloud) {
    this.#cloud = cloud;
  }
  // @param progress  told which share is done  @return Int32Array (4n)
  words(progress) {
    this.#work ??= this.#hashAll(progress);
    return this.#work;
  }
  get ready() {
    return this.#words !== null;
  }
  async #hashAll(progress) {
    const {adjacency, code, size} = this.#cloud;
    const words = new Int32Array(4 * size);
    let next = 0;
    const threads = Math.max(1, Math.min(4, navigator.hardwareConcurrency ?? 1, Math.ceil(size / kSlice)));
    const hashSome = async () => {
      const thread = new Thread();
      while (next < size) {
        const begin = next;
        const end = Math.min(size, (next += kSlice));
        const part = {adjacency: adjacency.slice(begin, end), code: code.slice(begin, end)};
        words.set(await thread.run('hash', part), 4 * begin);
        this.#done += end - begin;
        progress(this.#done / size);
      }
      thread.stop();
    };
    await Promise.all(Array.from({length: threads}, hashSome));
    this.#words = words;
    return words;
  }
}
