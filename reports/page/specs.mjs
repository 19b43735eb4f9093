// Reads a folder of chart specifications: every NAME.vl.json, in the order that they ask for.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

const suffix = '.vl.json';

// [{name, spec}]. Throws an Error whose message names the file that is not a specification.
export function readCharts(folder) {
  const files = readdirSync(folder).filter((file) => file.endsWith(suffix)).sort();
  if (!files.length) throw new Error(`${folder} has no file that ends in ${suffix}`);
  const charts = files.map((file) => ({name: file.slice(0, -suffix.length), spec: readSpec(join(folder, file))}));
  const order = (chart) => chart.spec.usermeta.sockmark.order ?? Infinity;
  // Infinity - Infinity is NaN, which sort takes for equal: those without an order stay by name.
  return charts.sort((a, b) => order(a) - order(b) || 0);
}

export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path}: ${error.message}`);
  }
}

function readSpec(path) {
  const spec = readJson(path);
  if (!Array.isArray(spec?.usermeta?.sockmark?.tables)) throw new Error(`${path}: usermeta.sockmark.tables is missing`);
  return spec;
}
