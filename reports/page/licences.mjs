// The licences of the packages that the bundles are made of, from the packages themselves.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

// `folder`: where `npm ci` put node_modules beside the lock file. One text: every licence once, under the
// packages that it is for. Of the lock file all packages that are not for development, rather than the files
// that esbuild read: published files may hold other packages (vega-embed's holds semver), which those files do
// not tell. A package without a licence text is an error: its terms could not be kept.
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
