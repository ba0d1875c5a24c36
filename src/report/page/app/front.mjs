// Pareto front, knee and extrema of many cells, as ecnas::moo has them: cost is minimised, merit
// (an accuracy) maximised.

const kBuckets = 4096;

// Positions on the front in order of cost; of equal points the first. Cells whose mask is 0, or
// with a number that is not there, do not count.
export function frontOf(cost, merit, mask) {
  let low = Infinity;
  let high = 0;
  for (let i = 0; i < cost.length; ++i) {
    if (!mask[i] || !(cost[i] > 0) || Number.isNaN(merit[i])) continue;
    if (cost[i] < low) low = cost[i];
    if (cost[i] > high) high = cost[i];
  }
  if (low === Infinity) return [];
  // What a cheaper bucket surpasses is not on the front; few cells are left to sort.
  const scale = high > low ? (kBuckets - 1) / Math.log(high / low) : 0;
  const bucketOf = (value) => Math.min(kBuckets - 1, Math.max(0, Math.floor(scale * Math.log(value / low))));
  const best = new Float64Array(kBuckets + 1).fill(-Infinity);
  const bucket = new Uint16Array(cost.length);
  for (let i = 0; i < cost.length; ++i) {
    if (!mask[i] || !(cost[i] > 0) || Number.isNaN(merit[i])) continue;
    bucket[i] = bucketOf(cost[i]);
    if (merit[i] > best[bucket[i] + 1]) best[bucket[i] + 1] = merit[i];
  }
  for (let k = 1; k <= kBuckets; ++k) best[k] = Math.max(best[k], best[k - 1]);
  const candidates = [];
  for (let i = 0; i < cost.length; ++i) {
    if (mask[i] && cost[i] > 0 && merit[i] > best[bucket[i]]) candidates.push(i);
  }
  candidates.sort((a, b) => cost[a] - cost[b] || merit[b] - merit[a] || a - b);
  let reached = -Infinity;
  return candidates.filter((i) => merit[i] > reached && ((reached = merit[i]), true));
}

// Place in the front of the largest bend on the min–max normalised front; −1 for fewer than three.
export function kneeOf(front, cost, merit) {
  if (front.length < 3) return -1;
  const first = front[0];
  const last = front[front.length - 1];
  const x = (i) => (cost[i] - cost[first]) / (cost[last] - cost[first]);
  const y = (i) => (merit[last] - merit[i]) / (merit[last] - merit[first]);
  let knee = -1;
  let widest = -Infinity;
  for (let k = 1; k + 1 < front.length; ++k) {
    const [left, here, right] = [front[k - 1], front[k], front[k + 1]];
    const angle = Math.atan2(y(left) - y(here), x(here) - x(left)) -
        Math.atan2(y(here) - y(right), x(right) - x(here));
    if (angle > widest) {
      widest = angle;
      knee = k;
    }
  }
  return knee;
}
