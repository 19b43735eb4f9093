// Draws the charts of the page into <section id="charts">, from the JSON in the page. Tables, verdicts and warnings
// are in the page without this script; it adds the charts, their tables and the downloads.
//
// Every text of a report is set as text, never as markup. Nothing is fetched. Expressions of the charts are
// interpreted, not compiled, because the page's policy forbids eval.
import embed from 'vega-embed';
import {expressionInterpreter} from 'vega-interpreter';
import * as vega from 'vega';
import {compile} from 'vega-lite';
import {about, fill, fitted, groupsOf, hasLegend, hiddenInitially, latencyText, limitText, look, reasonTexts, rowsOf, seriesOf, subtitle, marginDefault, whyEmpty, widthOfSvg, zooms} from './charts.mjs';
import {formats} from './formats.mjs';

for (const [name, format] of Object.entries(formats)) vega.expressionFunction(name, format);

// The JSON of an element; null if the page has no such element.
function embedded(id) {
  const element = document.getElementById(id);
  return element && JSON.parse(element.textContent);
}

// element('p', {class: 'about'}, 'text', child)
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

// `content`: a text or a Blob.
function save(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], {type}));
  const link = element('a', {href: url, download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60e3);
}

const noLoader = {
  load: () => Promise.reject(new Error('a chart may not load anything')),
  sanitize: () => Promise.reject(new Error('a chart may not refer to anything')),
};

// --- light and dark -----------------------------------------------------------------------------------------

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const mode = () => document.documentElement.dataset.theme ?? (prefersDark.matches ? 'dark' : 'light');

function themeButton(onChange) {
  const next = () => (mode() === 'dark' ? 'light' : 'dark');
  const label = () => (next() === 'dark' ? 'Dark theme' : 'Light theme');
  const button = element('button', {type: 'button', id: 'theme-toggle', onclick: () => {
    document.documentElement.dataset.theme = next();
    button.textContent = label();
    onChange();
  }}, label());
  prefersDark.addEventListener('change', () => {
    button.textContent = label();
    onChange();
  });
  return button;
}

// --- a chart ------------------------------------------------------------------------------------------------

// The rows of a chart as a table. It is built when it is opened first, because some have more than a thousand rows.
function tableOf(data, name, title, group) {
  const {columns} = data.tables[name];
  const shown = columns.filter((column) => column.name !== 'group' || group === null);
  const head = shown.map(({title, unit}) => element('th', {scope: 'col'}, unit ? `${title} (${unit})` : title));
  const text = (value) => (typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : String(value ?? ''));
  const lines = rowsOf(data, name, group).map((row) => element('tr', {}, ...shown.map((column) => element(
    'td', {class: typeof row[column.name] === 'number' && 'number'}, text(row[column.name])))));
  return element('table', {}, element('caption', {}, group === null ? title : `${title}: ${group}`),
                 element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...lines));
}

// A line with the symbol of a series, for its legend entry.
function sampleOf(one, theme) {
  const {colour, shape, dash} = look(one, theme, mode());
  const path = svgPath();
  vega.pathSymbols(shape).draw(path, 60);
  const picture = svg('svg', {width: 28, height: 12, viewBox: '-14 -6 28 12', 'aria-hidden': 'true'});
  picture.append(svg('path', {d: 'M-14 0H14', stroke: colour, 'stroke-width': 2, 'stroke-dasharray': dash.join(' ')}),
                 svg('path', {d: path.toString(), fill: colour}));
  return picture;
}

function svg(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// A context for Vega's symbols that builds an SVG path.
function svgPath() {
  const steps = [];
  const step = (letter) => (...numbers) => { steps.push(letter + numbers.map((n) => n.toFixed(2)).join(' ')); };
  return {
    moveTo: step('M'), lineTo: step('L'), closePath: step('Z'),
    rect: (x, y, w, h) => { steps.push(`M${x} ${y}h${w}v${h}h${-w}Z`); },
    arc: (x, y, r) => { steps.push(`M${x + r} ${y}A${r} ${r} 0 1 1 ${x - r} ${y}A${r} ${r} 0 1 1 ${x + r} ${y}Z`); },
    toString: () => steps.join(''),
  };
}

// The SVG file of a chart, with title and legend.
async function fileOf(chart, data, group, options) {
  let text;
  await fitted(720, marginDefault, async (plot) => {
    const spec = compile(fill(chart, data, group, {...options, plot, alone: true}), {logger: vega.logger(vega.Error)}).spec;
    const view = new vega.View(vega.parse(spec, null, {ast: true}), {expr: expressionInterpreter, renderer: 'none', loader: noLoader});
    text = await view.toSVG();
    view.finalize();
    return widthOfSvg(text);
  });
  return text;
}

// A chart in the page: {node, draw(), show(name of a group)}. It calls `choose` with the name of a group that is
// selected in it.
function figureOf(chart, {data, theme, choose}) {
  const groups = groupsOf(data, chart);
  let group = groups[0];
  let hidden = hiddenInitially(data, chart, group);
  let view = null;
  let margin = marginDefault;
  let turn = 0;  // number of the last draw(); an older one stops

  const id = `chart-${chart.name}`;
  const cases = element('p', {class: 'cases'});
  const select = element('select', {id: `${id}-group`, onchange: () => choose(select.value)},
                         ...groups.map((one) => element('option', {}, one?.name ?? '')));
  const legend = element('div', {class: 'series', role: 'group', 'aria-label': 'Show or hide series'});
  const drawing = element('div', {class: 'drawing'});
  const reasons = element('ul', {class: 'reasons'});
  const figures = element('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Values: ${chart.spec.title}`});
  const details = element('details', {class: 'figures', ontoggle: fillFigures}, element('summary', {}, 'Values as a table'), figures);
  const tools = element('p', {class: 'tools'},
    zooms(chart) ? element('button', {type: 'button', class: 'reset', onclick: () => draw()}, 'Reset zoom') : null,
    element('button', {type: 'button', class: 'save', onclick: saveSvg}, 'Save as SVG'),
    zooms(chart) ? element('span', {class: 'hint'}, 'Drag to pan, Ctrl and wheel to zoom') : null);
  const nothing = element('p', {class: 'nothing', role: 'status'});
  const node = element('figure', {class: 'chart', id, 'aria-labelledby': `${id}-title`},
    element('h3', {id: `${id}-title`}, chart.spec.title), element('p', {class: 'about'}, about(chart).about ?? ''),
    groups.length > 1 ? element('p', {class: 'choice'}, element('label', {for: select.id}, 'Cases'), select) : null,
    cases, hasLegend(chart) ? legend : null, nothing, drawing, reasons, tools, details);

  const groupName = () => group && group.name;
  const options = () => ({theme, mode: mode(), hidden});

  async function saveSvg() {
    const suffix = group && groups.length > 1 ? `-${group.file}` : '';
    save(`${chart.name}${suffix}.svg`, 'image/svg+xml', await fileOf(chart, data, group, options()));
  }

  function fillFigures() {
    if (!details.open) return;
    const full = about(chart).tables.filter((name) => rowsOf(data, name, groupName()).length);
    figures.replaceChildren(...full.map((name) => tableOf(data, name, chart.spec.title, groupName())));
  }

  function fillTexts() {
    cases.textContent = groups.length > 1 ? latencyText(data, chart, group) : subtitle(data, chart, group);
    cases.hidden = !cases.textContent;
    const limit = limitText(data, chart, group);
    const others = hasLegend(chart) ? '; the legend shows the others, and the table has all.' : '; the table has all.';
    reasons.replaceChildren(...[...(limit ? [limit + others] : []), ...reasonTexts(data, chart, group)].map((text) => element('li', {}, text)));
    reasons.hidden = !reasons.childElementCount;
    fillLegend();
    showDrawing();
    fillFigures();
  }

  // Shows the drawing, or the reason why there is none.
  function showDrawing() {
    const series = seriesOf(data, chart, group);
    const visible = series.some((one) => !hidden.has(one.name));
    legend.hidden = !series.length;
    for (const part of [drawing, tools]) part.hidden = !visible;
    nothing.textContent = series.length && !visible ? 'Every series is hidden; the legend shows them again.' : '';
  }

  function fillLegend() {
    legend.replaceChildren(...seriesOf(data, chart, group).map((one) => {
      const button = element('button', {type: 'button', 'aria-pressed': String(!hidden.has(one.name)), onclick: () => {
        if (!hidden.delete(one.name)) hidden.add(one.name);
        button.setAttribute('aria-pressed', String(!hidden.has(one.name)));
        showDrawing();
        draw();
      }}, sampleOf(one, theme), element('bdi', {}, one.name));
      return button;
    }));
  }

  async function draw() {
    const mine = ++turn;
    if (drawing.hidden) {
      node.dataset.drawn = 'yes';
      return;
    }
    const width = drawing.clientWidth;
    margin = await fitted(width, margin, async (plot) => {
      if (mine !== turn) return width;
      const spec = fill(chart, data, group, {...options(), width, plot, alone: false});
      view?.finalize();
      const result = await embed(drawing, spec, {
        mode: 'vega-lite', renderer: 'svg', actions: false, ast: true, expr: expressionInterpreter, loader: noLoader,
        logLevel: vega.Error, tooltip: {theme: mode()},
      });
      view = result.view;
      return drawing.querySelector('svg').getBoundingClientRect().width;
    });
    // A part that scrolls must be reachable by keyboard.
    const scrolls = drawing.scrollWidth > drawing.clientWidth;
    for (const [name, value] of [['tabindex', 0], ['role', 'group'], ['aria-label', chart.spec.title]]) {
      if (scrolls) drawing.setAttribute(name, value);
      else drawing.removeAttribute(name);
    }
    node.dataset.mode = mode();
    if (mine === turn) node.dataset.drawn = 'yes';
  }

  fillTexts();
  return {
    node, draw,
    // Selects a group if this chart has it, and updates everything except the drawing.
    show(name) {
      const found = groups.find((one) => one && one.name === name);
      if (found && found !== group) {
        group = found;
        hidden = hiddenInitially(data, chart, group);
      }
      if (groups.length > 1) select.value = groupName();
      fillTexts();
    },
  };
}

// --- the page -----------------------------------------------------------------------------------------------

function emptyOf(chart, data) {
  return element('div', {class: 'chart empty', id: `chart-${chart.name}`},
                 element('h3', {}, chart.spec.title), element('p', {}, whyEmpty(data, chart)));
}

// Draws figures one after the other, so that the page responds in between: those on or near the screen at once, the
// others when the browser is idle. Calls `onDrawn` when those on the screen are drawn. redrawAll() draws all again.
function drawQueue(figures, onDrawn) {
  const stale = new Set(figures);
  const near = new Set();
  let busy = false;
  let wake = () => {};  // ends the wait for an idle browser
  const nearest = () => figures.find((figure) => stale.has(figure) && near.has(figure));

  async function draw(figure) {
    stale.delete(figure);
    figure.node.querySelector('.failure')?.remove();
    // A chart that cannot be drawn does not prevent the others.
    try {
      await figure.draw();
    } catch (error) {
      figure.node.append(element('p', {class: 'bad failure'}, `This chart could not be drawn: ${error.message}`));
    }
  }

  async function work() {
    if (busy) return;
    busy = true;
    while (stale.size) {
      let mayDrawAll = false;
      if (nearest()) {
        await pause();
      } else {
        onDrawn();
        await Promise.race([idle().then(() => { mayDrawAll = true; }), new Promise((resolve) => { wake = resolve; })]);
      }
      const next = nearest() ?? (mayDrawAll && figures.find((figure) => stale.has(figure)));
      if (next) await draw(next);
    }
    busy = false;
    onDrawn();
  }

  const observer = new IntersectionObserver((entries) => {
    for (const {target, isIntersecting} of entries) {
      const figure = figures.find(({node}) => node === target);
      if (isIntersecting) near.add(figure);
      else near.delete(figure);
    }
    wake();
    work();
  }, {rootMargin: '50% 0px'});
  for (const {node} of figures) observer.observe(node);
  // A printed page shows every chart. Drawing is finished when this event is, as it waits for nothing else.
  addEventListener('beforeprint', () => { for (const figure of stale) draw(figure); });
  if (!figures.length) onDrawn();
  return {
    redrawAll() {
      for (const figure of figures) stale.add(figure);
      wake();
      work();
    },
  };
}

const pause = () => new Promise((resolve) => { setTimeout(resolve); });
const idle = () => new Promise((resolve) => { globalThis.requestIdleCallback?.(resolve, {timeout: 2000}) ?? setTimeout(resolve, 200); });

const canDecompress = typeof DecompressionStream === 'function';

// The content of an element for saving: its text, or a Blob if the text is compressed. It is decoded here because the
// page's policy forbids to fetch even a data: URL.
async function contentOf(source) {
  if (source.dataset.encoding !== 'gzip+base64') return source.textContent;
  const bytes = Uint8Array.from(atob(source.textContent), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).blob();
}

function addDownloads() {
  const section = document.getElementById('downloads');
  const list = section?.querySelector('ul');
  if (!list) return;
  for (const [id, label, file] of [['report', 'Report', 'report.json'], ['baseline-report', 'Report of the baseline', 'baseline.json'],
                                   ['chart-data', 'Chart data', 'charts.json']]) {
    const source = document.getElementById(id);
    if (!source || (source.dataset.encoding && !canDecompress)) continue;
    const saveIt = async () => save(file, 'application/json', await contentOf(source));
    list.append(element('li', {}, element('button', {type: 'button', onclick: saveIt}, `${label} (JSON)`)));
  }
  section.hidden = false;
}

function main() {
  const [data, charts, theme] = [embedded('chart-data'), embedded('chart-specs'), embedded('theme')];
  const section = document.getElementById('charts');
  addDownloads();
  if (!data || !charts || !theme || !section) return;

  const drawables = charts.filter((chart) => groupsOf(data, chart).length > 0);
  let figures = [];
  const choose = (name) => {
    for (const figure of figures) figure.show(name);
    queue.redrawAll();
  };
  figures = drawables.map((chart) => figureOf(chart, {data, theme, choose}));
  const queue = drawQueue(figures, () => { section.dataset.drawn = 'yes'; });
  section.append(...charts.map((chart) => figures[drawables.indexOf(chart)]?.node ?? emptyOf(chart, data)));
  document.querySelector('header.page-header')?.append(themeButton(() => choose(null)));

  let width = section.clientWidth;
  let waiting = null;
  addEventListener('resize', () => {
    if (section.clientWidth === width) return;
    width = section.clientWidth;
    clearTimeout(waiting);
    waiting = setTimeout(queue.redrawAll, 150);
  });
}

main();
