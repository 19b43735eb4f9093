// Bundles the files that the binary embeds and the program that scripts/plot runs. Run by the build:
//
//     node bundle.mjs PACKAGES CHARTS OUT
//
// PACKAGES: the folder with the lock file and node_modules; CHARTS: the folder of the specifications. Writes to OUT:
// page.js, page.css, specs.json, theme.json, licences.txt, plot.mjs.
//
// page.js, specs.json and theme.json are embedded in <script> elements, page.css in <style>. None may contain text
// that ends such an element or begins a comment: JSON is escaped, the others are checked.
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

// The sources are bundled from their folder; packages are resolved in the build's node_modules.
const bundle = (entry, outfile, options) => esbuild.build({
  entryPoints: [join(here, entry)],
  outfile: join(out, outfile), bundle: true, minify: true, charset: 'utf8', nodePaths: [modules],
  legalComments: 'none', logLevel: 'warning', ...options,
});

function checkForElement(file, element) {
  const end = new RegExp(`</${element}|<!--`, 'i').exec(readFileSync(join(out, file), 'utf8'));
  if (end) throw new Error(`${file} contains "${end[0]}", which would end or comment out the <${element}> around it`);
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
