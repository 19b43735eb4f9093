// Makes what the binary embeds and what scripts/plot runs. Run by the build:
//
//     node bundle.mjs PACKAGES CHARTS OUT
//
// PACKAGES: the folder in which `npm ci` put node_modules beside the lock file; CHARTS: that of the
// specifications. Writes into OUT: page.js, page.css, specs.json, theme.json, licences.txt, plot.mjs.
//
// page.js, specs.json and theme.json stand inside <script> elements, page.css inside <style>, so none of them
// may hold what ends such an element or begins a comment: JSON is escaped, the rest is checked.
import {readFileSync, writeFileSync, mkdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {licences} from './licences.mjs';
import {readCharts, readJson} from './specs.mjs';

const [packages, charts, out] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const modules = join(packages, 'node_modules');
const esbuild = createRequire(join(modules, 'any.js'))('esbuild');

// Our sources stay where they are; what they import is looked for in the build's node_modules.
const bundle = (entry, outfile, options) => esbuild.build({
  entryPoints: [join(here, entry)],
  outfile: join(out, outfile), bundle: true, minify: true, charset: 'utf8', nodePaths: [modules],
  legalComments: 'none', logLevel: 'warning', ...options,
});

function checkForElement(file, element) {
  const end = new RegExp(`</${element}|<!--`, 'i').exec(readFileSync(join(out, file), 'utf8'));
  if (end) throw new Error(`${file} holds "${end[0]}", which would end or comment out the element it stands in`);
}

const inScript = (value) => JSON.stringify(value).replaceAll('<', '\\u003c');

mkdirSync(out, {recursive: true});
await bundle('page.js', 'page.js', {format: 'iife', platform: 'browser', target: 'es2020'});
await bundle('page.css', 'page.css', {target: 'es2020'});
await bundle('plot.mjs', 'plot.mjs', {format: 'esm', platform: 'node', target: 'node18'});

checkForElement('page.js', 'script');
checkForElement('page.css', 'style');
writeFileSync(join(out, 'specs.json'), inScript(readCharts(charts)));
writeFileSync(join(out, 'theme.json'), inScript(readJson(join(charts, 'theme.json'))));
writeFileSync(join(out, 'licences.txt'), licences(packages));
