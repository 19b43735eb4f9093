// From a chart's specification and a report's chart data to a whole Vega-Lite specification, the same in the
// page and in scripts/plot: rows of one group, one look per series in all charts, the theme; and the words for
// what is undefined. Pure; knows neither a browser nor node. docs/charts.md says what a specification may rely on.

import {rate} from './formats.mjs';
import {widthOfText} from './text_width.mjs';

// What a specification says of itself: {order, per, tables, about, value, of, words, most}.
export const about = (chart) => chart.spec.usermeta.sockmark;

// --- rows ---------------------------------------------------------------------------------------------------

const rowsOfTables = new WeakMap();

// The rows of a table as objects, by group: many charts ask for them many times.
function rowsByGroup(table) {
  if (!rowsOfTables.has(table)) {
    const names = table.columns.map((column) => column.name);
    const rows = table.rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
    const groups = new Map([[null, rows]]);
    for (const row of rows) {
      if (!groups.has(row.group)) groups.set(row.group, []);
      groups.get(row.group).push(row);
    }
    rowsOfTables.set(table, groups);
  }
  return rowsOfTables.get(table);
}

// The rows of a table as objects, of one group, or of all where `group` is null.
export function rowsOf(data, name, group) {
  const table = data.tables[name];
  return (table && rowsByGroup(table).get(group)) ?? [];
}

// What a chart draws first; the others accompany it.
const mainTable = (chart) => about(chart).tables[0];

// The rows of one of its tables that a chart draws: of the main one those with a value.
function drawnRows(data, chart, name, group) {
  const {value} = about(chart);
  const rows = rowsOf(data, name, group && group.name);
  return value && name === mainTable(chart) ? rows.filter((row) => row[value] !== null) : rows;
}

// The groups that a chart has rows for, each to be drawn by itself; [null] for a chart of the whole report.
// Empty where there is nothing to draw: whyEmpty() says why.
export function groupsOf(data, chart) {
  const rows = rowsOf(data, mainTable(chart), null);
  if (about(chart).per === 'report') return rows.length ? [null] : [];
  const present = new Set(rows.map((row) => row.group));
  return data.groups.filter((group) => present.has(group.name));
}

export function whyEmpty(data, chart) {
  return data.tables[mainTable(chart)]?.why_empty ?? `The report has no table "${mainTable(chart)}".`;
}

// The series that a chart of this group draws, in the order of all legends. None where no figure is defined:
// then the reasons are all that there is to show.
export function seriesOf(data, chart, group) {
  const present = new Set(about(chart).tables.flatMap((name) => drawnRows(data, chart, name, group)).map((row) => row.series));
  return data.series.filter((one) => present.has(one.name));
}

// How many series a chart draws unasked: more would be a chart that nobody reads, and that takes seconds.
const mostSeries = (chart) => about(chart).most ?? 40;

// The series that are not drawn unasked.
export const hiddenAtFirst = (data, chart, group) => new Set(seriesOf(data, chart, group).slice(mostSeries(chart)).map((one) => one.name));

// "The first 40 of 200 are drawn", or null where all are.
export function limitInWords(data, chart, group) {
  const all = seriesOf(data, chart, group).length;
  return all > mostSeries(chart) ? `The first ${mostSeries(chart)} of ${all} are drawn` : null;
}

// --- reasons ------------------------------------------------------------------------------------------------

const list = (words, most) => (words.length > most ? `${words.slice(0, most).join(', ')} and ${words.length - most} more` : words.join(', '));
// A name that is written from right to left, or claims to be, turns nothing but itself.
const isolated = (name) => (/[\u0590-\u08ff\u202a-\u202e\u2066-\u2069\ufb1d-\ufefc]/.test(name) ? `\u2068${name}\u2069` : name);
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// What of a series a row is about, by the columns `of`: "p99 at 5 k/s".
function partInWords(row, {of = [], words = {}}) {
  const wordOf = (value) => (Object.hasOwn(words, value) ? words[value] : value);
  return of.filter((column) => (row[column] ?? null) !== null)
    .map((column) => (column === 'rate_per_s' ? `at ${rate(row[column])}` : wordOf(row[column]))).join(' ');
}

// Why figures of a group are undefined, a sentence for what has the same reason: "tcp, udp (p99): too few samples".
// Whom and what it is about stand in it unless it is everything.
export function reasonsInWords(data, chart, group) {
  const parts = new Map();  // of a series: all that its rows are about
  const reasons = new Map();  // a reason: of a series, what has it
  const add = (map, key, word) => map.set(key, (map.get(key) ?? new Set()).add(word));
  for (const row of rowsOf(data, mainTable(chart), group && group.name)) {
    const part = partInWords(row, about(chart));
    add(parts, row.series, part);
    if (row.reason === null || row.reason === undefined) continue;
    if (!reasons.has(row.reason)) reasons.set(row.reason, new Map());
    add(reasons.get(row.reason), row.series, part);
  }
  return [...reasons].flatMap(([reason, of]) => {
    const alike = new Map();  // what has the reason: of which series
    for (const [series, some] of of) {
      add(alike, some.size === parts.get(series).size ? '' : list([...some], 6), series);
    }
    return [...alike].map(([what, series]) => {
      const who = series.size === parts.size ? '' : list([...series].map(isolated), 8);
      const whom = who && what ? `${who} (${what})` : who || what;
      return whom ? `${whom}: ${reason}` : capital(reason);
    });
  });
}

// In lines of at most this many pixels.
function wrapped(text, width, size) {
  const lines = [];
  for (const word of text.split(' ')) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (!lines.length || widthOfText(longer, size) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

// Whether lines need a legend: otherwise an axis names the series.
export function hasLegend(chart) {
  let found = false;
  mapViews(chart.spec, (view) => {
    found ||= ['color', 'fill', 'stroke'].some((channel) => view.encoding?.[channel]?.field === 'series' && view.encoding[channel].legend !== null);
    return view;
  });
  return found;
}

// Whether a chart has a selection, which is what zooms.
export function zooms(chart) {
  let found = false;
  mapViews(chart.spec, (view) => {
    found ||= (view.params ?? []).some((one) => one.select);
    return view;
  });
  return found;
}

// --- looks --------------------------------------------------------------------------------------------------

// How a series is drawn: colour and shape are its transport's, dashes tell sides of a comparison apart.
export function look(one, theme, mode) {
  const pick = (list, index) => list[(index ?? 0) % list.length];
  return {
    colour: pick(theme.palettes[mode], one.colour), shape: pick(theme.shapes, one.colour), dash: pick(theme.dashes, one.dash),
  };
}

const looksOfChannels = {color: 'colour', fill: 'colour', stroke: 'colour', shape: 'shape', strokeDash: 'dash'};
// What names a format is a number for people, which Vega-Lite takes for words to be left as they are without a type.
function typed(definition) {
  if (Array.isArray(definition)) return definition.map(typed);
  return definition?.formatType || definition?.format ? {type: 'quantitative', ...definition} : definition;
}

const positions = ['x', 'y', 'xOffset', 'yOffset', 'row', 'column', 'facet'];

// A copy of `encoding` in which the field "series" has its scale, its legend and its order, and a format its type.
function encodingOfSeries(encoding, series, looks, alone) {
  const domain = series.map((one) => one.name);
  const columns = Math.max(1, Math.min(6, Math.floor(85 / (4 + Math.max(...domain.map((name) => name.length))))));
  return Object.fromEntries(Object.entries(encoding).map(([channel, definition]) => {
    if (definition?.field !== 'series') return [channel, typed(definition)];
    if (positions.includes(channel)) return [channel, {sort: domain, ...definition}];
    const of = looksOfChannels[channel];
    if (!of) return [channel, definition];
    const own = {scale: {domain, range: looks.map((one) => one[of])}, title: null, ...definition};
    // Dashes go without: on the outline of a small symbol they are not to be seen.
    const shown = alone && definition.legend !== null && channel !== 'strokeDash';
    return [channel, {...own, legend: shown ? {symbolOpacity: 1, columns, ...definition.legend} : null}];
  }));
}

// A copy of a specification in which `change` has replaced every view that it wants replaced, innermost first.
function mapViews(view, change) {
  const copy = {...view};
  for (const list of ['layer', 'hconcat', 'vconcat', 'concat']) {
    if (copy[list]) copy[list] = copy[list].map((one) => mapViews(one, change)).filter(Boolean);
  }
  if (copy.spec) copy.spec = mapViews(copy.spec, change);
  return change(copy);
}

// The theme's configuration for Vega-Lite in one mode, "light" or "dark", for a picture of about this width, and this
// between the axes.
function configOf(theme, mode, width, plot) {
  const {background, text, quiet, axis, grid} = theme.modes[mode];
  const {config} = theme;
  return {
    ...config,
    background,
    axis: {labelColor: text, titleColor: quiet, tickColor: axis, domainColor: axis, gridColor: grid, labelLimit: Math.round(0.3 * width), ...config.axis},
    header: {labelColor: text, titleColor: quiet, labelLimit: Math.max(plot, 120), ...config.header},
    legend: {labelColor: text, titleColor: quiet, ...config.legend},
    title: {color: text, subtitleColor: quiet, ...config.title},
    text: {color: text, ...config.text},
    // The figures are in a table beside the chart; a thousand labelled points would be no help to a screen reader.
    mark: {aria: false, ...config.mark},
    rule: {color: quiet, ...config.rule},
  };
}

// Beyond, marks to point at are too many for a browser to be quick, and too close to be told apart.
const mostHoverRows = 4000;

// --- the whole ----------------------------------------------------------------------------------------------

// What stands under the name of a chart: which cases it is about, and what latency is in them.
export function subtitle(data, chart, group) {
  return group ? [group.name, latencyInWords(data, chart, group)].filter(Boolean).join('; ') : data.title;
}

export function latencyInWords(data, chart, group) {
  const tellsLatency = data.tables[mainTable(chart)].columns.some(({name}) => name === 'latency_ns' || name === 'p99_ns');
  return tellsLatency && group?.latency ? `latency is ${group.latency}` : '';
}

// Which lines are dashed, as legends do not show it: the sides of a comparison, by the end of their names.
function dashesInWords(series) {
  const sides = new Set(series.filter((one) => one.dash).map((one) => /\(([^()]*)\)$/.exec(one.name)?.[1] ?? one.name));
  return sides.size ? [`dashed: ${[...sides].slice(0, 4).join(', ')}${sides.size > 4 ? ', ...' : ''}`] : [];
}

// What stands under the title of a picture by itself, in lines. `shown`: the series that it draws.
function subtitleLines(data, chart, group, shown, plot) {
  const all = seriesOf(data, chart, group).length;
  const limit = shown.length < all ? [`${shown.length} of ${all} are drawn`] : [];
  return [subtitle(data, chart, group), ...dashesInWords(shown), ...limit, ...reasonsInWords(data, chart, group)]
    .flatMap((text) => wrapped(text, Math.max(plot, leastSubtitle), 12));
}
const leastSubtitle = 420;

// Below this width the names of a vertical axis of series stand above what they name rather than beside it, and so
// do the words of a view named `beside`.
const compactBelow = 560;
const lineOfText = 18;

// A view with rows of series, made higher by a line for the names. `plot`: its width.
function withNamesAbove(view, plot) {
  const {step} = view.height;
  const parts = view.layer ?? [view];
  const wordsBeside = parts.some((part) => part.name === 'beside');
  const axis = {...view.encoding.y.axis, labelAlign: 'left', labelPadding: 0, labelOffset: -step / 2, labelLimit: plot - (wordsBeside ? widthBeside : 0)};
  const moved = ({mark, ...part}) => {
    const definition = typeof mark === 'string' ? {type: mark} : mark;
    return {...part, mark: part.name === 'beside' ? {...definition, align: 'right', dx: 0, yOffset: -step / 2} : {...definition, yOffset: lineOfText / 2}};
  };
  return {
    ...(view.layer ? {...view, layer: parts.map(moved)} : moved(view)),
    height: {step: step + lineOfText}, encoding: {...view.encoding, y: {...view.encoding.y, axis}},
  };
}
const widthBeside = 200;

// `group`: one of groupsOf(), of which seriesOf() is not empty. options: {theme, mode, width, plot, hidden, alone};
// `width`: of the picture, in pixels; `plot`: of the part between the axes, see fitted(). `alone`: a picture by itself,
// with title, reasons and legend and without what answers to a pointer, rather than a part of the page, which has its
// own.
export function fill(chart, data, group, {theme, mode = 'light', width = 720, plot = width - usualMargin, hidden = hiddenAtFirst(data, chart, group), alone = true}) {
  const series = seriesOf(data, chart, group);
  const shown = series.filter((one) => !hidden.has(one.name));
  const {tables} = about(chart);
  // Copies: Vega writes into the rows that it is given.
  const rowsShown = (name) => drawnRows(data, chart, name, group).filter((row) => !hidden.has(row.series)).map((row) => ({...row}));
  const datasets = Object.fromEntries(tables.map((name) => [name, rowsShown(name)]));
  const rows = datasets[mainTable(chart)];
  const {text, quiet} = theme.modes[mode];
  const compact = width < compactBelow;
  // Hidden series keep their place in the scales of a page, whose legend shows them again.
  const scaled = alone ? shown : series;
  const looks = scaled.map((one) => look(one, theme, mode));
  const {usermeta, $schema, title, description, ...rest} = chart.spec;
  const spec = mapViews(rest, (view) => {
    if (view.name === 'hover' && (alone || rows.length > mostHoverRows)) return null;
    if (!rows.length && view.name?.startsWith('values')) return null;
    if (tables.includes(view.data?.name) && view.data.name !== mainTable(chart) && !datasets[view.data.name].length) return null;
    if (view.encoding) view.encoding = encodingOfSeries(view.encoding, scaled, looks, alone);
    if (view.params && alone) view.params = view.params.filter((one) => !one.select);
    if (view.width === 'container') view.width = plot;
    return compact && view.encoding?.y?.field === 'series' && view.height?.step ? withNamesAbove(view, plot) : view;
  });
  return {
    $schema, ...spec,
    description: [title, group?.name, description].filter(Boolean).join('. '),
    ...(alone && {title: {text: title, subtitle: subtitleLines(data, chart, group, shown, plot)}}),
    params: [...(spec.params ?? []), {name: 'compact', value: compact}, {name: 'shown', value: shown.length}, {name: 'ink', value: text}, {name: 'quiet', value: quiet}],
    datasets,
    config: mergeConfig(configOf(theme, mode, width, plot), spec.config),
  };
}

// Draws so that the whole picture is `width` wide: draw(width of the plot) says how wide the picture became, of
// which axes and words beside the plot are a part that is known only then, and changes with it. `margin`: what they
// took the last time; returns what they took now.
export async function fitted(width, margin, draw) {
  let plot = Math.max(Math.floor(width - margin), leastPlot);
  for (let turn = 0; ; ++turn) {
    const over = Math.ceil(await draw(plot)) - width;
    // Only what is too wide is worth another turn: a picture that is a little narrower is none the worse.
    const better = Math.max(plot - over, leastPlot);
    if (over === 0 || better === plot || turn === 3 || (turn > 0 && over < 0)) return width - plot;
    plot = better;
  }
}
const leastPlot = 90;
export const usualMargin = 90;

// Of the text of an SVG file.
export const widthOfSvg = (svg) => Number(/ width="([\d.]+)"/.exec(svg)[1]);

// One level deep, as Vega-Lite's own merging of configurations.
function mergeConfig(base, own = {}) {
  return Object.fromEntries([...new Set([...Object.keys(base), ...Object.keys(own)])].map((key) => {
    const both = [base[key], own[key]];
    return [key, both.every((one) => one && typeof one === 'object') ? {...both[0], ...both[1]} : (both[1] ?? both[0])];
  }));
}
