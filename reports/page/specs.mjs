// Reads a folder of chart specifications: every NAME.vl.json, in the order that they specify.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

const suffix = '.vl.json';

// Returns [{name, spec}]. Throws an Error with the name of the file if one is not a specification.
export function readCharts(folder) {
  const files = readable(folder, () => readdirSync(folder)).filter((file) => file.endsWith(suffix)).sort();
  if (!files.length) throw new Error(`${folder} has no file that ends in ${suffix}`);
  const charts = files.map((file) => ({name: file.slice(0, -suffix.length), spec: readSpec(join(folder, file))}));
  const order = (chart) => chart.spec.usermeta.sockmark.order ?? Infinity;
  // Charts without an order stay sorted by name: Infinity - Infinity is NaN, which sort treats as equal.
  return charts.sort((a, b) => order(a) - order(b) || 0);
}

export function readJson(path) {
  const text = readable(path, () => readFileSync(path, 'utf8'));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path}: ${error.message}`);
  }
}

// Returns what `read` returns. Its error has the path and the reason without the system's error code.
function readable(path, read) {
  try {
    return read();
  } catch (error) {
    const words = /^[A-Z0-9]+: (.*?), \w+/.exec(error.message);
    throw new Error(`${path}: ${words ? words[1] : error.message}`);
  }
}

function readSpec(path) {
  const spec = readJson(path);
  if (!Array.isArray(spec?.usermeta?.sockmark?.tables)) throw new Error(`${path}: usermeta.sockmark.tables is missing`);
  return spec;
}
