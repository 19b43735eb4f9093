// The licences of the bundled packages, from the packages themselves.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

// One text with each licence once, under the names of its packages. `folder`: the folder with the lock file and
// node_modules. All packages of the lock file except those for development are listed, not only the files that esbuild
// read: a published file may contain another package (vega-embed's contains semver). A package without a licence text
// is an error, because its terms could not be kept.
export function licences(folder) {
  const {packages} = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const packagesByText = new Map();
  for (const [path, {version, license, dev}] of Object.entries(packages)) {
    if (!path || dev) continue;
    const name = `${path.replace(/^.*node_modules\//, '')} ${version}`;
    const file = readdirSync(join(folder, path)).sort().find((entry) => /^(licen[sc]e|copying)/i.test(entry));
    if (!file) throw new Error(`${name} has no licence text`);
    const text = readFileSync(join(folder, path, file), 'utf8').replaceAll('\r\n', '\n').trim();
    packagesByText.set(text, [...(packagesByText.get(text) ?? []), `${name} (${license})`]);
  }
  return [...packagesByText].map(([text, names]) => `${names.join(', ')}\n\n${text}\n`).join(`\n${'-'.repeat(72)}\n\n`);
}
