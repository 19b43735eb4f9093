// Makes a complete Vega-Lite specification from a chart's specification and the chart data of a report, for the page
// and for scripts/plot: the rows of one group, one look per series in all charts, and the theme. Also makes the texts
// for undefined values. Pure functions, independent of a browser and node. docs/charts.md describes specifications.

import {rate} from './formats.mjs';
import {widthOfText} from './text_width.mjs';

// The properties that a specification has for sockmark: {order, per, tables, about, value, of, words, most}.
export const about = (chart) => chart.spec.usermeta.sockmark;

// --- rows ---------------------------------------------------------------------------------------------------

const rowsOfTables = new WeakMap();

// The rows of a table as objects, by group. They are kept, because charts read them many times.
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

// The rows of a table as objects: of one group, or of all groups if `group` is null.
export function rowsOf(data, name, group) {
  const table = data.tables[name];
  return (table && rowsByGroup(table).get(group)) ?? [];
}

// The table that a chart needs; without rows in it the chart is not drawn.
const mainTable = (chart) => about(chart).tables[0];

// The rows that a chart draws from one of its tables: from the main table those with a value.
function drawnRows(data, chart, name, group) {
  const {value} = about(chart);
  const rows = rowsOf(data, name, group && group.name);
  return value && name === mainTable(chart) ? rows.filter((row) => row[value] !== null) : rows;
}

// The groups with rows for a chart, each of which is a drawing; [null] for a chart of the whole report. Empty if
// there is nothing to draw; whyEmpty() is the reason.
export function groupsOf(data, chart) {
  const rows = rowsOf(data, mainTable(chart), null);
  if (about(chart).per === 'report') return rows.length ? [null] : [];
  const present = new Set(rows.map((row) => row.group));
  return data.groups.filter((group) => present.has(group.name));
}

export function whyEmpty(data, chart) {
  return data.tables[mainTable(chart)]?.why_empty ?? `The report has no table "${mainTable(chart)}".`;
}

// The series that a chart of this group draws, in the order of all legends. Empty if every value is undefined; the
// reasons are then all that is shown.
export function seriesOf(data, chart, group) {
  const present = new Set(about(chart).tables.flatMap((name) => drawnRows(data, chart, name, group)).map((row) => row.series));
  return data.series.filter((one) => present.has(one.name));
}

// The number of series that are drawn at first. A chart with more is unreadable and takes seconds to draw.
const seriesMax = (chart) => about(chart).most ?? 40;

// The series that are hidden at first.
export const hiddenInitially = (data, chart, group) => new Set(seriesOf(data, chart, group).slice(seriesMax(chart)).map((one) => one.name));

// "The first 40 of 200 series are drawn", or null if all are.
export function limitText(data, chart, group) {
  const all = seriesOf(data, chart, group).length;
  return all > seriesMax(chart) ? `The first ${seriesMax(chart)} of ${all} series are drawn` : null;
}

// --- reasons ------------------------------------------------------------------------------------------------

const list = (words, most) => (words.length > most ? `${words.slice(0, most).join(', ')} and ${words.length - most} more` : words.join(', '));
// Isolates a name with right-to-left characters, so that it does not reverse the text around it.
const isolated = (name) => (/[\u0590-\u08ff\u202a-\u202e\u2066-\u2069\ufb1d-\ufefc]/.test(name) ? `\u2068${name}\u2069` : name);
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// The part of a series that a row is about, from the columns `of`: "p99 at 5 k/s".
function partText(row, {of = [], words = {}}) {
  const wordOf = (value) => (Object.hasOwn(words, value) ? words[value] : value);
  return of.filter((column) => (row[column] ?? null) !== null)
    .map((column) => (column === 'rate_per_s' ? `at ${rate(row[column])}` : wordOf(row[column]))).join(' ');
}

// The reasons why values of a group are undefined, one text per reason: "tcp, udp (p99): too few samples". Series and
// parts are named unless the reason applies to all of them.
export function reasonTexts(data, chart, group) {
  const parts = new Map();  // series -> its parts
  const reasons = new Map();  // reason -> series -> the parts with this reason
  const add = (map, key, word) => map.set(key, (map.get(key) ?? new Set()).add(word));
  for (const row of rowsOf(data, mainTable(chart), group && group.name)) {
    const part = partText(row, about(chart));
    add(parts, row.series, part);
    if (row.reason === null || row.reason === undefined) continue;
    if (!reasons.has(row.reason)) reasons.set(row.reason, new Map());
    add(reasons.get(row.reason), row.series, part);
  }
  return [...reasons].flatMap(([reason, of]) => {
    const alike = new Map();  // parts -> the series in which these have the reason
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

// The text in lines of at most `width` pixels.
function wrapped(text, width, size) {
  const lines = [];
  for (const word of text.split(' ')) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (!lines.length || widthOfText(longer, size) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

// Whether a chart has a legend; otherwise an axis names the series.
export function hasLegend(chart) {
  let found = false;
  mapViews(chart.spec, (view) => {
    found ||= ['color', 'fill', 'stroke'].some((channel) => view.encoding?.[channel]?.field === 'series' && view.encoding[channel].legend !== null);
    return view;
  });
  return found;
}

// Whether a chart can zoom: it has a selection.
export function zooms(chart) {
  let found = false;
  mapViews(chart.spec, (view) => {
    found ||= (view.params ?? []).some((one) => one.select);
    return view;
  });
  return found;
}

// --- looks --------------------------------------------------------------------------------------------------

// How a series is drawn: colour and shape are those of its transport, dashes distinguish the sides of a comparison.
export function look(one, theme, mode) {
  const pick = (list, index) => list[(index ?? 0) % list.length];
  return {
    colour: pick(theme.palettes[mode], one.colour), shape: pick(theme.shapes, one.colour), dash: pick(theme.dashes, one.dash),
  };
}

const looksOfChannels = {color: 'colour', fill: 'colour', stroke: 'colour', shape: 'shape', strokeDash: 'dash'};
// Without a type, Vega-Lite would treat a value with a format as text and not format it.
function typed(definition) {
  if (Array.isArray(definition)) return definition.map(typed);
  return definition?.formatType || definition?.format ? {type: 'quantitative', ...definition} : definition;
}

const positions = ['x', 'y', 'xOffset', 'yOffset', 'row', 'column', 'facet'];

// A copy of `encoding` with scale, legend and order for the field "series", and with a type for formatted values.
function encodingOfSeries(encoding, series, looks, alone) {
  const domain = series.map((one) => one.name);
  const columns = Math.max(1, Math.min(6, Math.floor(85 / (4 + Math.max(...domain.map((name) => name.length))))));
  return Object.fromEntries(Object.entries(encoding).map(([channel, definition]) => {
    if (definition?.field !== 'series') return [channel, typed(definition)];
    if (positions.includes(channel)) return [channel, {sort: domain, ...definition}];
    const of = looksOfChannels[channel];
    if (!of) return [channel, definition];
    const own = {scale: {domain, range: looks.map((one) => one[of])}, title: null, ...definition};
    // Not for dashes: they are invisible on the outline of a small symbol.
    const shown = alone && definition.legend !== null && channel !== 'strokeDash';
    return [channel, {...own, legend: shown ? {symbolOpacity: 1, columns, ...definition.legend} : null}];
  }));
}

// A copy of a specification in which each view is replaced by the result of `change`, innermost views first.
function mapViews(view, change) {
  const copy = {...view};
  for (const list of ['layer', 'hconcat', 'vconcat', 'concat']) {
    if (copy[list]) copy[list] = copy[list].map((one) => mapViews(one, change)).filter(Boolean);
  }
  if (copy.spec) copy.spec = mapViews(copy.spec, change);
  return change(copy);
}

// The theme's configuration for Vega-Lite in one mode, "light" or "dark". `width`: of the picture; `plot`: of the area
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
    // The values are in a table below the chart; a thousand labelled points would not help a screen reader.
    mark: {aria: false, ...config.mark},
    rule: {color: quiet, ...config.rule},
  };
}

// With more rows than this, tooltips would make the browser slow, and their marks overlap.
const hoverRowsMax = 4000;

// --- the whole ----------------------------------------------------------------------------------------------

// The subtitle of a chart: its cases, and what their latency is.
export function subtitle(data, chart, group) {
  return group ? [group.name, latencyText(data, chart, group)].filter(Boolean).join('; ') : data.title;
}

export function latencyText(data, chart, group) {
  const hasLatency = data.tables[mainTable(chart)].columns.some(({name}) => name === 'latency_ns' || name === 'p99_ns');
  return hasLatency && group?.latency ? `latency is ${group.latency}` : '';
}

// The sides of a comparison whose lines are dashed, by the end of their names. Legends do not show dashes.
function dashesText(series) {
  const sides = new Set(series.filter((one) => one.dash).map((one) => /\(([^()]*)\)$/.exec(one.name)?.[1] ?? one.name));
  return sides.size ? [`dashed: ${[...sides].slice(0, 4).join(', ')}${sides.size > 4 ? ', ...' : ''}`] : [];
}

// The lines below the title of a picture outside the page. `shown`: the series that it draws.
function subtitleLines(data, chart, group, shown, plot) {
  const all = seriesOf(data, chart, group).length;
  const limit = shown.length < all ? [`${shown.length} of ${all} series are drawn`] : [];
  return [subtitle(data, chart, group), ...dashesText(shown), ...limit, ...reasonTexts(data, chart, group)]
    .flatMap((text) => wrapped(text, Math.max(plot, subtitleWidthMin), 12));
}
const subtitleWidthMin = 420;

// In a picture that is narrower than this, the names of a vertical axis of series and the texts of a view named
// `beside` are above their rows instead of beside them.
const compactBelow = 560;
const lineOfText = 18;

// A view with rows of series, with a line for the name above each row. `plot`: its width.
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

// The complete specification. `group`: one of groupsOf() for which seriesOf() is not empty. Options: {theme, mode,
// width, plot, hidden, alone}. `width`: of the picture, in pixels; `plot`: of the area between the axes, see fitted().
// `alone`: a picture outside the page, with title, reasons and legend, and without tooltips and zoom.
export function fill(chart, data, group, {theme, mode = 'light', width = 720, plot = width - marginDefault, hidden = hiddenInitially(data, chart, group), alone = true}) {
  const series = seriesOf(data, chart, group);
  const shown = series.filter((one) => !hidden.has(one.name));
  const {tables} = about(chart);
  // Copies, because Vega writes to the rows.
  const rowsShown = (name) => drawnRows(data, chart, name, group).filter((row) => !hidden.has(row.series)).map((row) => ({...row}));
  const datasets = Object.fromEntries(tables.map((name) => [name, rowsShown(name)]));
  const rows = datasets[mainTable(chart)];
  const {text, quiet} = theme.modes[mode];
  const compact = width < compactBelow;
  // In the page, hidden series keep their place in the scales, because the legend can show them again.
  const scaled = alone ? shown : series;
  const looks = scaled.map((one) => look(one, theme, mode));
  const {usermeta, $schema, title, description, ...rest} = chart.spec;
  const spec = mapViews(rest, (view) => {
    if (view.name === 'hover' && (alone || rows.length > hoverRowsMax)) return null;
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

// Draws so that the whole picture is `width` pixels wide. draw(width of the plot) returns the width of the picture:
// the width of the axes and of the text beside the plot is known only after drawing, and varies with the plot.
// `margin`: their width in the last drawing; returns their width in this one.
export async function fitted(width, margin, draw) {
  let plot = Math.max(Math.floor(width - margin), plotWidthMin);
  for (let turn = 0; ; ++turn) {
    const over = Math.ceil(await draw(plot)) - width;
    // Only a picture that is too wide is drawn again; a little too narrow is good enough.
    const better = Math.max(plot - over, plotWidthMin);
    if (over === 0 || better === plot || turn === 3 || (turn > 0 && over < 0)) return width - plot;
    plot = better;
  }
}
const plotWidthMin = 90;
export const marginDefault = 90;

// The width of an SVG file, from its text.
export const widthOfSvg = (svg) => Number(/ width="([\d.]+)"/.exec(svg)[1]);

// Merges one level deep, as Vega-Lite does.
function mergeConfig(base, own = {}) {
  return Object.fromEntries([...new Set([...Object.keys(base), ...Object.keys(own)])].map((key) => {
    const both = [base[key], own[key]];
    return [key, both.every((one) => one && typeof one === 'object') ? {...both[0], ...both[1]} : (both[1] ?? both[0])];
  }));
}
