// Axes of the explorer: how a number becomes a place, and where ticks stand.
import {percent, tick} from './format.mjs';

// Costs: logarithmic where they span more than a factor of two.
export function costScale(low, high, length) {
  const a = Math.log(low);
  const b = Math.log(high);
  const pad = Math.max(0.03 * (b - a), 0.01);
  const scale = length / (b - a + 2 * pad);
  return {
    offset: a - pad,
    scale,
    place: (value) => (Math.log(value) - a + pad) * scale,
    ticks: () => logTicks(Math.exp(a - pad), Math.exp(b + pad), length),
  };
}

function logTicks(low, high, length) {
  const most = Math.max(3, Math.floor(length / 80));
  for (const steps of [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]) {
    const ticks = [];
    for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); ++decade) {
      for (const step of steps) {
        const value = step * 10 ** decade;
        if (value >= low && value <= high) ticks.push(value);
      }
    }
    if (ticks.length <= most) return ticks.length > 1 ? labelled(ticks) : labelled(linearTicks(low, high, most));
  }
  return labelled(decadeTicks(low, high, most));
}

// Of many decades as many as there is room for.
function decadeTicks(low, high, most) {
  const first = Math.ceil(Math.log10(low));
  const last = Math.floor(Math.log10(high));
  const step = Math.ceil((last - first + 1) / most);
  const ticks = [];
  for (let decade = first; decade <= last; decade += step) ticks.push(10 ** decade);
  return ticks;
}

function labelled(values) {
  return values.map((value) => ({value, label: tick(value)}));
}

function linearTicks(low, high, most) {
  if (low === high) return [low];
  const rough = (high - low) / most;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * decade).find((size) => size >= rough);
  const ticks = [];
  for (let k = Math.ceil(low / step); k * step <= high; ++k) ticks.push(k * step);
  return ticks;
}

function accuracyTicks(values) {
  const decimals = Math.max(0, ...values.map((value) => (String(Number((100 * value).toFixed(6))).split('.')[1] ?? '').length));
  return values.map((value) => ({value, label: `${percent(value, Math.min(decimals, 2))} %`}));
}

const kErrors = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.005, 0.002, 0.001];

// Accuracies, upwards: linear, or by the logarithm of the error, which spreads good cells out.
export function accuracyScale(low, high, length, byError) {
  const transform = byError ? (value) => -Math.log(Math.max(1e-4, 1 - value)) : (value) => value;
  const a = transform(low);
  const b = transform(high);
  const pad = Math.max(0.04 * (b - a), 1e-4);
  const scale = length / (b - a + 2 * pad);
  const place = (value) => length - (transform(value) - a + pad) * scale;
  const ticks = () => {
    if (!byError) return accuracyTicks(linearTicks(low, high, Math.max(3, Math.floor(length / 55))));
    const kept = [];
    for (const error of kErrors) {
      const at = place(1 - error);
      if (at < 0 || at > length) continue;
      if (kept.length === 0 || place(1 - kept[kept.length - 1]) - at > 26) kept.push(error);
    }
    if (kept.length < 3) return accuracyTicks(linearTicks(low, high, Math.max(3, Math.floor(length / 55))));
    return accuracyTicks(kept.map((error) => 1 - error));
  };
  return {offset: a - pad, scale, transform, place, ticks};
}
