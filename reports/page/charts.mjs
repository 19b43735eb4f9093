// From a chart's specification and a report's chart data to a whole Vega-Lite specification, the same in the
// page and in scripts/plot: rows of one group, one look per series in all charts, the theme. Pure; knows
// neither a browser nor node. docs/charts.md says what a specification may rely on.

// What a specification says of itself: {order, per, about, tables}.
export const about = (chart) => chart.spec.usermeta.sockmark;

// --- rows ---------------------------------------------------------------------------------------------------

// The rows of a table as objects, of one group, or of all where `group` is null; without the series in `hidden`.
export function rowsOf(data, name, group, hidden = new Set()) {
  const table = data.tables[name];
  if (!table) return [];
  const at = (column) => table.columns.findIndex((one) => one.name === column);
  const [groupAt, seriesAt] = [at('group'), at('series')];
  return table.rows
    .filter((row) => (group === null || row[groupAt] === group) && !hidden.has(row[seriesAt]))
    .map((row) => Object.fromEntries(table.columns.map((column, i) => [column.name, row[i]])));
}

// What a chart draws first; the others accompany it.
const mainTable = (chart) => about(chart).tables[0];

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

// The series that a chart of this group has rows of, in the order of all legends.
export function seriesOf(data, chart, group) {
  const present = new Set(about(chart).tables.flatMap((name) => rowsOf(data, name, group)).map((row) => row.series));
  return data.series.filter((one) => present.has(one.name));
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
const positions = ['x', 'y', 'xOffset', 'yOffset', 'row', 'column', 'facet'];

// A copy of `encoding` in which the field "series" has its scale, its legend and its order.
function encodingOfSeries(encoding, series, looks, alone) {
  const domain = series.map((one) => one.name);
  const columns = Math.max(1, Math.min(6, Math.floor(85 / (4 + Math.max(...domain.map((name) => name.length))))));
  return Object.fromEntries(Object.entries(encoding).map(([channel, definition]) => {
    if (definition?.field !== 'series') return [channel, definition];
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

// The theme's configuration for Vega-Lite in one mode, "light" or "dark", for a picture of about this width.
export function configOf(theme, mode, width) {
  const {background, text, quiet, axis, grid} = theme.modes[mode];
  const {config} = theme;
  return {
    ...config,
    background,
    axis: {labelColor: text, titleColor: quiet, tickColor: axis, domainColor: axis, gridColor: grid, labelLimit: Math.round(0.3 * width), ...config.axis},
    header: {labelColor: text, titleColor: quiet, labelLimit: Math.round(0.95 * width), ...config.header},
    legend: {labelColor: text, titleColor: quiet, ...config.legend},
    title: {color: text, subtitleColor: quiet, ...config.title},
    text: {color: text, limit: Math.round(0.65 * width), ...config.text},
    // The figures are in a table beside the chart; a thousand labelled points would be no help to a screen reader.
    mark: {aria: false, ...config.mark},
    rule: {color: quiet, ...config.rule},
    style: {note: {fill: quiet, fontStyle: 'italic'}, ...config.style},
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

// `group`: one of groupsOf(). options: {theme, mode, width, hidden, alone}; `alone`: a picture by itself, with
// title and legend and without what answers to a pointer, rather than a part of the page, which has its own.
// `width`: of the picture, in pixels; `plot`: of the part between the axes, see fitted().
export function fill(chart, data, group, {theme, mode = 'light', width = 720, plot = width - usualMargin, hidden = new Set(), alone = true}) {
  const series = seriesOf(data, chart, group && group.name);
  const {value} = about(chart);
  const rows = rowsOf(data, mainTable(chart), group && group.name, hidden);
  const valueless = value && rows.every((row) => row[value] === null);
  const many = rows.length > mostHoverRows;
  const looks = series.map((one) => look(one, theme, mode));
  const {usermeta, $schema, title, description, ...rest} = chart.spec;
  const spec = mapViews(rest, (view) => {
    if (view.name === 'hover' && (alone || many)) return null;
    if (valueless && view.name?.startsWith('values')) return null;
    if (view.encoding) view.encoding = encodingOfSeries(view.encoding, series, looks, alone);
    if (view.params && alone) view.params = view.params.filter((one) => !one.select);
    if (view.width === 'container') view.width = plot;
    return view;
  });
  return {
    $schema, ...spec,
    description: [title, group?.name, description].filter(Boolean).join('. '),
    ...(alone && {title: {text: title, subtitle: [subtitle(data, chart, group), ...dashesInWords(series)]}}),
    datasets: Object.fromEntries(usermeta.sockmark.tables.map((name) => [name, rowsOf(data, name, group && group.name, hidden)])),
    config: mergeConfig(configOf(theme, mode, width), spec.config),
  };
}

// Draws so that the whole picture is `width` wide: draw(width of the plot) says how wide the picture became, of
// which axes and words beside the plot are a part that is known only then. `margin`: what they took the last time;
// returns what they took now.
export async function fitted(width, margin, draw) {
  const plot = Math.max(width - margin, leastPlot);
  const picture = await draw(plot);
  const better = Math.max(Math.round(plot + width - picture), leastPlot);
  if (better !== plot) await draw(better);
  return width - better;
}
const leastPlot = 110;
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
