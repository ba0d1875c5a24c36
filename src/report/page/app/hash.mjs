// NAS-Bench-101's hash of a cell: iterated MD5 over sorted texts of neighbours' hashes.
// @source [Ying19], graph_util.hash_module, as tests/oracles/space_hash.hpp writes it
import {edgeBit, kMaxVertices, kOperations, verticesOf} from './cell.mjs';
import {compress} from './md5.mjs';

// Two hexadecimal digits of a byte, as the lower half of a little-endian word.
const kDigits = Int32Array.from({length: 256}, (_, byte) => {
  const text = byte.toString(16).padStart(2, '0');
  return text.charCodeAt(0) | (text.charCodeAt(1) << 8);
});
const kBar = 124;  // |
const kStart = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];

// A text under construction as little-endian words, then its MD5. Texts are ASCII.
class Digester {
  #words = new Int32Array(512);
  #length = 0;  // whole words
  #rest = 0;    // the bytes after them
  #bits = 0;    // of the rest: 0, 8, 16, 24

  byte(value) {
    this.#rest |= value << this.#bits;
    this.#bits += 8;
    if (this.#bits < 32) return;
    this.#words[this.#length++] = this.#rest;
    this.#rest = 0;
    this.#bits = 0;
  }
  text(value) {
    for (let i = 0; i < value.length; ++i) this.byte(value.charCodeAt(i));
  }
  // 32 digits, 8 words from `place`.
  digits(words, place) {
    const bits = this.#bits;
    const target = this.#words;
    let at = this.#length;
    if (bits === 0) {
      for (let k = place; k < place + 8; ++k) target[at++] = words[k];
    } else {
      let rest = this.#rest;
      for (let k = place; k < place + 8; ++k) {
        const word = words[k];
        target[at++] = rest | (word << bits);
        rest = word >>> (32 - bits);
      }
      this.#rest = rest;
    }
    this.#length = at;
  }
  // Writes the digest's 4 words and begins anew.
  finish(digest, place) {
    const words = this.#words;
    const bytes = 4 * this.#length + (this.#bits >> 3);
    const end = (((bytes + 8) >>> 6) + 1) << 4;
    words[this.#length] = this.#rest | (0x80 << this.#bits);
    for (let k = this.#length + 1; k < end; ++k) words[k] = 0;
    words[end - 2] = bytes * 8;
    for (let k = 0; k < 4; ++k) digest[place + k] = kStart[k];
    for (let block = 0; block < end; block += 16) compress(digest, place, words, block);
    this.#length = 0;
    this.#rest = 0;
    this.#bits = 0;
  }
}

function swapped(word) {
  return ((word & 255) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

// Digests of the vertices, with their texts and what their texts are sorted by.
class Digests {
  words = new Int32Array(4 * kMaxVertices);
  texts = new Int32Array(8 * kMaxVertices);
  keys = new Uint32Array(4 * kMaxVertices);

  spell(vertex) {
    for (let k = 4 * vertex; k < 4 * vertex + 4; ++k) {
      const word = this.words[k];
      this.texts[2 * k] = kDigits[word & 255] | (kDigits[(word >>> 8) & 255] << 16);
      this.texts[2 * k + 1] = kDigits[(word >>> 16) & 255] | (kDigits[word >>> 24] << 16);
      this.keys[k] = swapped(word);
    }
  }
  isLess(a, b) {
    for (let k = 0; k < 4; ++k) {
      if (this.keys[4 * a + k] !== this.keys[4 * b + k]) return this.keys[4 * a + k] < this.keys[4 * b + k];
    }
    return false;
  }
  // @param vertices  sorted in place
  sort(vertices) {
    for (let i = 1; i < vertices.length; ++i) {
      const vertex = vertices[i];
      let j = i;
      for (; j > 0 && this.isLess(vertex, vertices[j - 1]); --j) vertices[j] = vertices[j - 1];
      vertices[j] = vertex;
    }
  }
}

export class Hasher {
  #digester = new Digester();
  #now = new Digests();
  #next = new Digests();
  #adjacency = 0;
  #vertices = 0;
  #in = [];
  #out = [];
  #all = [];

  #setGraph(adjacency) {
    this.#adjacency = adjacency;
    this.#vertices = verticesOf(adjacency);
    this.#all = Array.from({length: this.#vertices}, (_, v) => v);
    this.#in = this.#all.map(() => []);
    this.#out = this.#all.map(() => []);
    for (let target = 1; target < this.#vertices; ++target) {
      for (let source = 0; source < target; ++source) {
        if (((adjacency >>> edgeBit(source, target)) & 1) === 0) continue;
        this.#in[target].push(source);
        this.#out[source].push(target);
      }
    }
  }

  #appendSorted(vertices) {
    this.#now.sort(vertices);
    for (let k = 0; k < vertices.length; ++k) this.#digester.digits(this.#now.texts, 8 * vertices[k]);
  }

  // Hash of the pruned graph `adjacency` with the operations of `code` (cell.mjs), written as 4
  // words whose bytes in memory are the hash's.
  // @param result  Int32Array
  hash(adjacency, code, result, place) {
    if (adjacency !== this.#adjacency) this.#setGraph(adjacency);
    this.#begin(code);
    for (let round = 0; round < this.#vertices; ++round) {
      for (let v = 0; v < this.#vertices; ++v) {
        this.#appendSorted(this.#in[v]);
        this.#digester.byte(kBar);
        this.#appendSorted(this.#out[v]);
        this.#digester.byte(kBar);
        this.#digester.digits(this.#now.texts, 8 * v);
        this.#digester.finish(this.#next.words, 4 * v);
        this.#next.spell(v);
      }
      [this.#now, this.#next] = [this.#next, this.#now];
    }
    this.#end(result, place);
  }

  #begin(code) {
    for (let v = this.#vertices - 1; v >= 0; --v) {
      let label = v === 0 ? -1 : -2;
      if (v > 0 && v < this.#vertices - 1) {
        label = code % kOperations.length;
        code = Math.floor(code / kOperations.length);
      }
      this.#digester.text(`(${this.#out[v].length}, ${this.#in[v].length}, ${label})`);
      this.#digester.finish(this.#now.words, 4 * v);
      this.#now.spell(v);
    }
  }

  #end(result, place) {
    this.#now.sort(this.#all);
    for (let k = 0; k < this.#vertices; ++k) {
      this.#digester.text(k === 0 ? "['" : "', '");
      this.#digester.digits(this.#now.texts, 8 * this.#all[k]);
    }
    this.#digester.text("']");
    this.#digester.finish(result, place);
  }
}

// 32 hexadecimal digits of the 4 words at `place`.
export function hashText(words, place = 0) {
  let text = '';
  for (let k = place; k < place + 4; ++k) {
    for (let shift = 0; shift < 32; shift += 8)
      text += ((words[k] >>> shift) & 255).toString(16).padStart(2, '0');
  }
  return text;
}

export function hashOf(adjacency, code) {
  const words = new Int32Array(4);
  new Hasher().hash(adjacency, code, words, 0);
  return hashText(words);
}
