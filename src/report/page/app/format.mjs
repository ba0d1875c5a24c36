// Numbers for people.

export function thousands(value) {
  return Math.round(value).toLocaleString('en-US');
}

// To so many significant digits, never in exponents within what a table holds.
export function significant(value, digits = 4) {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(digits)))));
  if (magnitude >= 15 || magnitude < -12) return value.toExponential(digits - 1);
  if (magnitude >= digits - 1) return thousands(Number(value.toPrecision(digits)));
  return value.toFixed(Math.min(12, digits - 1 - magnitude));
}

export function percent(fraction, decimals = 2) {
  return Number.isFinite(fraction) ? (100 * fraction).toFixed(decimals) : '–';
}

export function signed(text, value) {
  if (value > 0) return `+${text}`;
  return text.replace('-', '−');
}

const kPrefixes = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

// 5356682 → "5.36 M"
export function prefixed(value, digits = 3) {
  for (const [scale, prefix] of kPrefixes) {
    if (value >= scale) return `${significant(value / scale, digits)} ${prefix}`;
  }
  return significant(value, digits);
}

// A tick's label: as short as the value allows.
export function tick(value) {
  if (Math.abs(value) >= 1e15) return value.toExponential();
  for (const [scale, prefix] of kPrefixes) {
    if (Math.abs(value) >= Math.max(scale, 1e4)) return `${Number((value / scale).toPrecision(6))} ${prefix}`;
  }
  return String(Number(value.toPrecision(6)));
}
