// Draws chart data as SVG files, without a browser. Run by scripts/plot:
//
//     sockmark export r.json --to charts | node plot.mjs CHARTS THEME OUT [--only NAME]... [--dark]
//
// CHARTS: a folder of specifications; THEME: a theme.json. The same data gives the same bytes. Prints the name of each
// file, and on standard error a line for each chart without values to draw. Exit status: 0, or 2 after a line with the
// error; if no chart can be drawn, after a line with the reason for each chart.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {compile} from 'vega-lite';
import * as vega from 'vega';
import {fill, fitted, groupsOf, reasonTexts, seriesOf, marginDefault, whyEmpty, widthOfSvg} from './charts.mjs';
import {formats} from './formats.mjs';
import {readCharts, readJson} from './specs.mjs';
import {widthOfText} from './text_width.mjs';

// Without a canvas Vega assumes that every letter is wide. The result must not depend on the fonts of the machine.
vega.textMetrics.width = (item, text) => widthOfText(String(text ?? ''), item.fontSize ?? 11);
for (const [name, format] of Object.entries(formats)) vega.expressionFunction(name, format);

const quiet = {level: () => quiet, error: (message) => { throw new Error(message); }, warn: () => quiet, info: () => quiet, debug: () => quiet};

async function svgOf(spec) {
  // If loading fails, Vega only warns and draws the rest.
  let wanted = null;
  const refuse = (address) => {
    wanted = address;
    return Promise.reject(new Error('refused'));
  };
  vega.resetSVGDefIds();  // otherwise they depend on the charts before
  const view = new vega.View(vega.parse(compile(spec, {logger: quiet}).spec),
                             {renderer: 'none', loader: {load: refuse, sanitize: refuse}, logger: quiet});
  const svg = await view.toSVG();
  view.finalize();
  if (wanted !== null) throw new Error(`a chart may not load anything: ${wanted}`);
  return `${svg}\n`;
}

async function drawn(chart, data, group, options) {
  let svg;
  try {
    await fitted(720, marginDefault, async (plot) => {
      svg = await svgOf(fill(chart, data, group, {...options, plot}));
      return widthOfSvg(svg);
    });
  } catch (error) {
    throw new Error(`the chart ${chart.name}: ${error.message.split('\n')[0]}`);
  }
  return svg;
}

// The reason why a chart has nothing to draw, in a line.
function whyNot(data, chart) {
  const groups = groupsOf(data, chart);
  if (!groups.length) return whyEmpty(data, chart);
  return [...new Set(groups.flatMap((group) => reasonTexts(data, chart, group)))].slice(0, 3).join('; ');
}

async function main([charts, themeFile, out, ...options]) {
  const only = options.flatMap((option, i) => (options[i - 1] === '--only' ? [option] : []));
  const mode = options.includes('--dark') ? 'dark' : 'light';
  const theme = readJson(themeFile);
  const all = readCharts(charts);
  for (const name of only) {
    if (!all.some((chart) => chart.name === name)) throw new Error(`no chart "${name}" in ${charts}; it has ${all.map((chart) => chart.name).join(', ')}`);
  }
  const data = JSON.parse(readFileSync(0, 'utf8'));
  const files = [];
  const empty = [];  // [name, reason] of charts that are not drawn
  const wanted = all.filter(({name}) => !only.length || only.includes(name));
  for (const chart of wanted) {
    const groups = groupsOf(data, chart).filter((one) => seriesOf(data, chart, one).length);
    if (!groups.length) empty.push([chart.name, whyNot(data, chart)]);
    for (const group of groups) {
      const suffix = group && data.groups.length > 1 ? `-${group.file}` : '';
      files.push([`${chart.name}${suffix}.svg`, await drawn(chart, data, group, {theme, mode})]);
    }
  }
  if (!files.length) throw new Error(['nothing can be drawn', ...empty.map(([name, why]) => `  ${name}: ${why}`)].join('\n'));
  mkdirSync(out, {recursive: true});
  for (const [name, svg] of files) writeFileSync(join(out, name), svg);
  process.stderr.write(empty.map(([name, why]) => `${name}: nothing to draw: ${why}\n`).join(''));
  process.stdout.write(files.map(([name]) => `${name}\n`).join(''));
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
});
