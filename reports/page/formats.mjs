// Numbers for people: three significant digits, and the unit that makes them short. A specification names
// these functions as the formatType of an axis, a tooltip or a text, or calls them in an expression.

// "12", "1.5", "0.85": no zeros that say nothing, no exponent.
function digits(value) {
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1e-6 || rounded === 0 ? String(rounded) : rounded.toExponential();
}

function scaled(value, units) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return '-';
  // By what it rounds to, so that 999 999 ns is "1 ms" and not "1000 µs".
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

// A rate in things per second: "12 k/s".
export function rate(perSecond) {
  const text = count(perSecond);
  if (text === '-' || text === '0') return text;
  return /[a-zA-Z]$/.test(text) ? `${text}/s` : `${text} /s`;
}

// A share of one: "0.02 %".
export const percent = (share) => (typeof share === 'number' ? `${digits(100 * share)} %` : '-');

// What one value is to another: "0.62×".
export const times = (ratio) => (typeof ratio === 'number' ? `${digits(ratio)}×` : '-');

// Seconds on an axis of a run: "1.5 s".
export const seconds = (value) => (typeof value === 'number' ? `${digits(value)} s` : '-');

// A place on an axis in nines, -log10(1 - q), as the percentile q: "50 %", "99.9 %".
export function nines(value) {
  const tail = 10 ** -value;
  const places = Math.max(0, Math.ceil(value - 1e-9) - 2);
  return `${Number((100 * (1 - tail)).toFixed(places))} %`;
}

// Whether a value has a label on a log axis of this domain: of many decades the powers of ten, of fewer 1, 2 and 5.
export function onLogAxis(value, [from, to]) {
  const decades = Math.log10(to / from);
  const digit = Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
  return (decades > 2.2 ? [1] : decades > 0.7 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9]).includes(digit);
}

export const formats = {duration, count, rate, percent, times, seconds, nines, onLogAxis};
