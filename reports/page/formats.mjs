// Formats numbers with three significant digits and a suitable unit. A specification uses these functions as the
// formatType of an axis, a tooltip or a text, or in an expression.

// "12", "1.5", "0.85": no trailing zeros, no exponent.
function digits(value) {
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1e-6 || rounded === 0 ? String(rounded) : rounded.toExponential();
}

function scaled(value, units) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return '-';
  // The unit of the rounded value: 999 999 ns is "1 ms", not "1000 µs".
  const size = Math.abs(Number(value.toPrecision(3)));
  const [factor, unit] = units.find(([least]) => size >= least) ?? units.at(-1);
  return `${digits(value / factor)} ${unit}`.trimEnd();
}

const durations = [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs'], [1, 'ns']];
const thousands = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, '']];

// Nanoseconds: "850 ns", "10 µs", "1.5 ms".
export const duration = (ns) => scaled(ns, durations);

// "12 k", "1.5 M".
export const count = (value) => scaled(value, thousands);

// A rate per second: "12 k/s".
export function rate(perSecond) {
  const text = count(perSecond);
  if (text === '-' || text === '0') return text;
  return /[a-zA-Z]$/.test(text) ? `${text}/s` : `${text} /s`;
}

// Bytes per second: "2.4 MB/s".
export const bytesRate = (perSecond) => scaled(perSecond, [[1e9, 'GB/s'], [1e6, 'MB/s'], [1e3, 'kB/s'], [1, 'B/s']]);

// A ratio as a percentage: "0.02 %".
export const percent = (share) => (typeof share === 'number' ? `${digits(100 * share)} %` : '-');

// A ratio as a factor: "0.62×".
export const times = (ratio) => (typeof ratio === 'number' ? `${digits(ratio)}×` : '-');

// The probability of a difference by chance: "0.034".
export const probability = (p) => (typeof p !== 'number' ? '-' : p < 0.001 ? 'below 0.001' : digits(p));

// The name of a percentile, rounded to two significant digits of the share above it: "p25.0106" is "p25", "p99.8222"
// is "p99.82". Any other name is unchanged.
export function percentile(name) {
  const above = 100 - Number(/^p(\d+(\.\d+)?)$/.exec(name)?.[1] ?? 100);
  if (above <= 0) return name;
  return `p${Number((100 - above).toFixed(Math.max(0, 1 - Math.floor(Math.log10(above) + 1e-9))))}`;
}

// Seconds: "1.5 s".
export const seconds = (value) => (typeof value === 'number' ? `${digits(value)} s` : '-');

// The percentile q of a position -log10(1 - q) on an axis of nines: "50 %", "99.9 %".
export function nines(value) {
  const tail = 10 ** -value;
  const places = Math.max(0, Math.ceil(value - 1e-9) - 2);
  return `${Number((100 * (1 - tail)).toFixed(places))} %`;
}

// Whether a value has a label on a log axis of this domain; the range is in pixels, and that of a vertical axis starts
// at the bottom. Labels are at 1, 2 and 5 times a power of ten; at every digit if the domain is less than about one
// decade; only at the powers if 5 and 10 would be too close.
export function onLogAxis(value, [from, to], [start, end] = [0, Infinity]) {
  const decades = Math.log10(to / from);
  const room = Math.abs(end - start) / decades;
  const digit = Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
  const least = end < start ? 70 : 160;
  return (decades <= 0.7 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : room >= least ? [1, 2, 5] : [1]).includes(digit);
}

export const formats = {bytesRate, duration, count, rate, percent, times, probability, percentile, seconds, nines, onLogAxis};
