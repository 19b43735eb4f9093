// The HTML page in a browser: of a measurement by this build's sockmark, and of invented chart data.
//
// Environment: SOCKMARK, the binary; BUNDLES, the output folder of reports/page/bundle.mjs; PACKAGES, the folder with
// the node_modules of these tests; CHROMIUM, the browser. If SHOTS is set, it is a folder for pictures of the pages.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {launch} from './browser.mjs';
import {duration, onLogAxis, percentile, probability} from '../../reports/page/formats.mjs';
import {pageOf} from './page.mjs';
import {sampleData, transports} from './sample.mjs';

const {SOCKMARK, BUNDLES, PACKAGES, CHROMIUM, SHOTS} = process.env;
let browser, folder, quick;

const sockmark = (...words) => execFileSync(SOCKMARK, words, {stdio: ['ignore', 'ignore', 'pipe'], timeout: 120e3});

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sockmark-page-'));
  quick = {report: join(folder, 'quick.json'), page: join(folder, 'quick.html')};
  measure('run', 'quick', '--duration', '60ms', '--warmup', '20ms', '-o', quick.report);
  sockmark('report', quick.report, '--html', quick.page);
  browser = await launch(PACKAGES, CHROMIUM);
});

after(async () => {
  await browser?.close();
  rmSync(folder, {recursive: true, force: true});
});

// On a loaded machine a run may be invalid, which is exit status 4. The page must be correct in that case too.
function measure(...words) {
  try {
    sockmark(...words);
  } catch (error) {
    assert.equal(error.status, 4, String(error.stderr));
  }
}

function pageFile(name, data, change) {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, pageOf(data, BUNDLES, change));
  return file;
}

async function shoot(page, name) {
  if (SHOTS) await page.screenshot({path: join(SHOTS, `${name}.png`), fullPage: true});
}

// What the charts lack for the group that is shown: a mark for a value of a series, or the reason for an undefined
// value. A mark is identified by the row that Vega drew it from. Names on axes and in legends, invisible marks for
// tooltips and the lines at 1 are not marks.
const seriesWithoutMark = (page) => page.evaluate(() => {
  const data = JSON.parse(document.getElementById('chart-data').textContent);
  const specs = JSON.parse(document.getElementById('chart-specs').textContent);
  const lost = [];
  for (const {name, spec} of specs) {
    const node = document.getElementById(`chart-${name}`);
    const {tables, value, of = [], most = 40} = spec.usermeta.sockmark;
    const table = data.tables[tables[0]];
    if (!table.rows.length) {
      if (!node.textContent.includes(table.why_empty)) lost.push(`${name} lacks the reason why it is empty`);
      continue;
    }
    const rowsOf = ({columns, rows}) => rows.map((row) => Object.fromEntries(columns.map((column, i) => [column.name, row[i]])));
    const all = rowsOf(table);
    const shown = node.querySelector('select')?.value ?? data.groups.find((group) => all.some((row) => row.group === group.name)).name;
    const rows = all.filter((row) => row.group === shown);
    const figures = rows.filter((row) => row[value] !== null);

    const others = tables.slice(1).flatMap((other) => rowsOf(data.tables[other])).filter((row) => row.group === shown);
    const drawn = data.series.map((one) => one.name).filter((series) => [...figures, ...others].some((row) => row.series === series)).slice(0, most);
    const marks = [...node.querySelectorAll('.drawing .role-mark:not(.mark-text, [class*="reference_marks"]) *')]
      .map((element) => element.__data__).filter((item) => item?.datum && item.opacity !== 0);
    for (const row of figures.filter(({series}) => drawn.includes(series))) {
      const same = (datum) => datum.series === row.series && of.every((column) => datum[column] === row[column]);
      if (!marks.some(({datum}) => same(datum))) lost.push(`${name}: ${[row.series, ...of.map((column) => row[column])].join(' ')}`);
    }

    const reasons = [...node.querySelectorAll('.reasons li')].map((one) => one.textContent);
    for (const {series, reason} of rows.filter((row) => (row.reason ?? null) !== null)) {
      const forAll = rows.every((row) => rows.some((other) => other.series === row.series && other.reason === reason));
      const has = (text) => text.toLowerCase().includes(reason.toLowerCase()) && (forAll || text.includes(series) || / and \d+ more/.test(text));
      if (!reasons.some(has)) lost.push(`${name} lacks the reason for ${series}: ${reason}`);
    }
  }
  return [...new Set(lost)];
});

// Charts whose drawing is wider than its box and would scroll sideways.
const tooWide = (page) => page.evaluate(() => [...document.querySelectorAll('.drawing:not([hidden])')]
  .map((drawing) => [drawing.closest('.chart').id, drawing.querySelector('svg').getBoundingClientRect().width, drawing.clientWidth])
  .filter(([, drawn, box]) => drawn > box).map((one) => one.join(' ')));

for (const width of [390, 1280]) {
  for (const dark of [false, true]) {
    test(`the page of the quick suite is drawn and accessible, ${width} px, ${dark ? 'dark' : 'light'}`, async () => {
      await browser.open(quick.page, {width, dark}, async (page) => {
        await shoot(page, `quick-${width}-${dark ? 'dark' : 'light'}`);
        assert.deepEqual(await seriesWithoutMark(page), []);
        assert.deepEqual(await tooWide(page), []);
        assert.deepEqual(await browser.violations(page), []);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the screen');
        assert.equal(await page.locator('#charts .chart').count(), JSON.parse(readFileSync(join(BUNDLES, 'specs.json'), 'utf8')).length);
      });
    });
  }
}

test('on a phone every chart fits its box, for two reports and for every kind of row', async () => {
  const two = join(folder, 'two.html');
  sockmark('report', quick.report, quick.report, '--html', two);
  for (const [name, file] of [['two', two], ['everything', pageFile('everything', sampleData())]]) {
    await browser.open(file, {width: 390}, async (page) => {
      await shoot(page, `${name}-390`);
      assert.deepEqual(await tooWide(page), []);
      assert.deepEqual(await seriesWithoutMark(page), []);
    });
  }
});

test('a chart without marks is found, although its axis names every series', async () => {
  const withoutMarks = (specs) => {
    for (const {name, spec} of specs) {
      const unit = spec.spec ?? spec;
      if (['comparison', 'send-lag'].includes(name)) unit.layer = unit.layer.filter(({mark}) => mark.type === 'text' || mark.type === 'tick' || mark.opacity === 0);
    }
  };
  await browser.open(pageFile('lost', sampleData(), withoutMarks), {}, async (page) => {
    const lost = await seriesWithoutMark(page);
    assert.ok((await page.textContent('#chart-send-lag .drawing')).includes('udp'));
    for (const one of ['comparison: udp p50_ns', 'send-lag: udp max']) assert.ok(lost.includes(one), `${one} in ${lost}`);
    assert.ok(lost.every((one) => /^(comparison|send-lag): /.test(one)), String(lost));
  });
});

test('charts far from the screen are drawn when the browser is idle, when they are scrolled to, and for printing', async () => {
  await browser.open(pageFile('lazy', sampleData()), {idle: false}, async (page) => {
    const drawn = (name) => page.locator(`#chart-${name}[data-drawn] .drawing svg`).count();
    assert.equal(await drawn('latency-by-percentile'), 1);
    assert.equal(await drawn('overhead'), 0);
    await page.locator('#chart-overhead').scrollIntoViewIfNeeded();
    await page.waitForSelector('#chart-overhead[data-drawn] .drawing svg');
  });
  await browser.open(pageFile('paper', sampleData()), {idle: false}, async (page) => {
    const missing = () => page.locator('figure.chart:not([data-drawn])').count();
    assert.ok(await missing() > 0);
    await page.pdf();
    assert.equal(await missing(), 0);
    assert.deepEqual(await seriesWithoutMark(page), []);
  });
});

test('a reason names its series and parts, and replaces a chart without values', async () => {
  const data = sampleData();
  await browser.open(pageFile('reasons', data), {width: 390}, async (page) => {
    const reasons = (name) => page.locator(`#chart-${name} .reasons li`).allTextContents();
    assert.deepEqual(await reasons('send-lag'), ['tcp: it belongs to an open loop', 'tcp6 (p99): too few samples for this percentile']);
    await page.selectOption('#chart-overhead select', 'stream 1 KiB');
    await page.waitForFunction(() => document.querySelector('#chart-overhead .drawing').hidden);
    assert.deepEqual(await reasons('overhead'), ['The floor was not measured']);
    assert.equal(await page.locator('#chart-overhead svg:visible').count(), 0);
  });
});

// The constant part of every page. The report and the chart data grow with the measurement; the short measurement of
// these tests is not typical.
test('script, specifications and style leave room for a report in a page of 2 MB', () => {
  const size = ['page.js', 'page.css', 'specs.json', 'theme.json', 'licences.txt'].reduce((sum, file) => sum + statSync(join(BUNDLES, file)).size, 0);
  assert.ok(size < 1.1e6, String(size));
});

// The middle of a mark of a chart.
async function middleOf(page, selector) {
  const mark = page.locator(selector).first();
  await mark.scrollIntoViewIfNeeded();
  const {x, y, width, height} = await mark.boundingBox();
  return [x + width / 2, y + height / 2];
}

test('a mark has a tooltip', async () => {
  await browser.open(pageFile('tooltip', sampleData()), {}, async (page) => {
    for (const [selector, word] of [['#chart-latency-by-percentile .mark-symbol path', 'Latency'], ['#chart-reordering-extents .mark-rect path', 'Extent']]) {
      await page.mouse.move(...await middleOf(page, selector));
      await page.waitForSelector('#vg-tooltip-element.visible');
      assert.match(await page.textContent('#vg-tooltip-element'), new RegExp(`Series.*${word}`, 's'));
      await page.mouse.move(2, 2);
    }
  });
});

// The tooltips of the marks by chart: [{title: text}].
const tooltips = (page) => page.evaluate(() => Object.fromEntries([...document.querySelectorAll('figure.chart')].map((chart) => [
  chart.id.replace('chart-', ''),
  [...chart.querySelectorAll('.drawing .role-mark *')].map((element) => element.__data__?.tooltip).filter(Boolean),
])));

test('every chart has tooltips with units and without meaningless digits', async () => {
  await browser.open(pageFile('tooltips', sampleData()), {}, async (page) => {
    const byChart = await tooltips(page);
    assert.equal(Object.keys(byChart).length, JSON.parse(readFileSync(join(BUNDLES, 'specs.json'), 'utf8')).length);
    for (const [chart, marks] of Object.entries(byChart)) {
      assert.ok(marks.length > 0, `${chart} has tooltips`);
      assert.ok(marks.every((one) => typeof one === 'object'), `${chart} has titles in its tooltips`);
      const texts = [...new Set(marks.flatMap((one) => Object.values(one).map(String)))];
      assert.ok(texts.some((text) => /\d (?:ns|µs|ms|s|%|k\/s|\/s)$|\d×$/.test(text)), `${chart}: ${texts.slice(0, 9)}`);
      // Meaningful digits exclude the zeros of 0.0002 and the nines of p99.998.
      const raw = texts.filter((text) => (text.match(/\d+(\.\d+)?/g) ?? []).some((number) => number.replace('.', '').replace(/^[09]+/, '').length > 4));
      assert.deepEqual(raw, [], chart);
      assert.deepEqual(texts.filter((text) => /undefined|null|NaN|_/.test(text)), [], chart);
    }
  });
});

test('formats keep the significant digits only', () => {
  assert.deepEqual(['p25.0106', 'p50', 'p97.6286', 'p99', 'p99.8222', 'p99.99', 'p100', 'max'].map(percentile),
                   ['p25', 'p50', 'p97.6', 'p99', 'p99.82', 'p99.99', 'p100', 'max']);
  assert.deepEqual([0.0341234, 1e-9, null].map(probability), ['0.0341', 'below 0.001', '-']);
  const labels = (domain, range) => [10e3, 20e3, 50e3, 100e3, 200e3, 500e3, 1e6].filter((value) => onLogAxis(value, domain, range)).map(duration);
  assert.deepEqual(labels([1e4, 1e7], [320, 0]), ['10 µs', '20 µs', '50 µs', '100 µs', '200 µs', '500 µs', '1 ms'], 'three decades, upwards');
  assert.deepEqual(labels([1e4, 1e7], [0, 800]), labels([1e4, 1e7], [320, 0]), 'three decades, across a wide plot');
  assert.deepEqual(labels([1e4, 1e7], [0, 280]), ['10 µs', '100 µs', '1 ms'], 'three decades, across a phone');
  assert.deepEqual(labels([1e4, 1e10], [320, 0]), ['10 µs', '100 µs', '1 ms'], 'six decades');
});

test('when every series is hidden, a text says how to show them', async () => {
  await browser.open(pageFile('nothing-chosen', sampleData()), {}, async (page) => {
    const chart = page.locator('#chart-latency-by-percentile');
    const buttons = await chart.locator('.series button').all();
    assert.equal(await chart.getByText('Every series is hidden').count(), 0);
    for (const button of buttons) await button.click();
    await chart.getByText('Every series is hidden; the legend shows them again.').waitFor();
    assert.equal(await chart.locator('.drawing').isVisible(), false);
    await buttons[0].click();
    await chart.locator('.drawing .mark-line path').first().waitFor();
    assert.equal(await chart.getByText('Every series is hidden').count(), 0);
  });
});

test('trials of a search are drawn differently from the runs of a case', async () => {
  const data = sampleData({groups: ['rr 64 B']});
  const {columns, rows} = data.tables.rates;
  const source = columns.findIndex(({name}) => name === 'source');
  for (const row of rows.filter(([, series]) => series === 'udp')) row[source] = row[columns.findIndex(({name}) => name === 'rate_per_s')] > 6e4 ? 'search' : 'runs';
  await browser.open(pageFile('search', data), {}, async (page) => {
    await shoot(page, 'search');
    const {lines, hollow, full} = await page.evaluate(() => {
      const items = (kind) => [...document.querySelectorAll(`#chart-latency-against-rate .drawing .${kind} path`)]
        .map((element) => element.__data__).filter((item) => item?.datum?.series === 'udp' && item.opacity !== 0);
      const points = items('mark-symbol');
      const sources = (of) => [...new Set(of.map(({datum}) => datum.source))];
      return {
        lines: [...document.querySelectorAll('#chart-latency-against-rate .drawing .mark-line path')]
          .map((path) => path.__data__.mark.items).filter((line) => line[0].datum.series === 'udp').map(sources),
        hollow: sources(points.filter(({fill}) => !fill || fill === 'transparent')), full: sources(points.filter(({fill}) => fill && fill !== 'transparent')),
      };
    });
    assert.deepEqual(lines.map(String).sort(), ['runs', 'runs', 'search', 'search']);
    assert.deepEqual([hollow, full], [['search'], ['runs']]);
  });
});

test('an entry of the legend hides its series and shows it again', async () => {
  await browser.open(pageFile('legend', sampleData()), {}, async (page) => {
    const chart = page.locator('#chart-latency-by-percentile');
    const button = chart.locator('.series button').first();
    const marks = () => chart.locator('.drawing [stroke="#0072b2"]').count();
    const drawn = (want) => page.waitForFunction((some) => (document.querySelectorAll('#chart-latency-by-percentile .drawing [stroke="#0072b2"]').length > 0) === some, want);
    assert.ok(await marks() > 0);
    await button.click();
    await drawn(false);
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
    await button.press('Enter');
    await drawn(true);
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
  });
});

test('selecting cases changes every chart that has them, and their tables', async () => {
  const data = sampleData();
  await browser.open(pageFile('groups', data), {}, async (page) => {
    const [, second] = data.groups;
    await page.locator('#chart-over-time details.figures').evaluate((details) => { details.open = true; });
    await page.selectOption('#chart-latency-by-percentile select', second.name);
    await page.waitForFunction((name) => [...document.querySelectorAll('.choice select')].every((select) => select.value === name), second.name);
    await page.waitForFunction((name) => document.querySelector('#chart-over-time caption').textContent.endsWith(name), second.name);
    const rows = data.tables.over_time.rows.filter(([group]) => group === second.name).length;
    assert.equal(await page.locator('#chart-over-time table').first().locator('tbody tr').count(), rows);
    assert.ok((await page.locator('#chart-over-time thead').first().textContent()).includes('p50 (ns)'), 'units are in the head');
  });
});

test('the wheel scrolls the page; with Ctrl it zooms, and the zoom can be reset', async () => {
  await browser.open(pageFile('zoom', sampleData()), {}, async (page) => {
    const chart = '#chart-latency-distribution';
    const axis = () => page.locator(`${chart} .role-axis-label text`).allTextContents();
    const before = await axis();
    const same = (want) => page.waitForFunction(([labels, old, wanted]) =>
      ([...document.querySelectorAll(labels)].map((text) => text.textContent).join() === old) === wanted,
    [`${chart} .role-axis-label text`, before.join(), want]);
    await page.mouse.move(...await middleOf(page, `${chart} .mark-line path`));
    const scrolled = await page.evaluate(() => scrollY);
    await page.mouse.wheel(0, 100);
    await page.waitForFunction((from) => scrollY > from, scrolled);
    assert.deepEqual(await axis(), before);
    await page.mouse.move(...await middleOf(page, `${chart} .mark-line path`));
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -600);
    await page.keyboard.up('Control');
    await same(false);
    await page.click(`${chart} .reset`);
    await same(true);
  });
});

async function download(page, click) {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return {name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8')};
}

test('a chart, the report and the chart data can be saved', async () => {
  await browser.open(quick.page, {}, async (page) => {
    const svg = await download(page, () => page.click('#chart-latency-by-percentile .save'));
    assert.equal(svg.name, 'latency-by-percentile.svg');
    assert.match(svg.text, /^<svg .*Latency by percentile.*<\/svg>/s);
    const report = await download(page, () => page.locator('#downloads button').first().click());
    assert.equal(report.name, 'report.json');
    assert.deepEqual(JSON.parse(report.text), JSON.parse(readFileSync(quick.report, 'utf8')));
  });
});

test('a report is saved unchanged, whether or not it is compressed in the page', async () => {
  const file = pageFile('downloads', sampleData());
  await browser.open(file, {}, async (page) => {
    const saved = [];
    for (const button of await page.locator('#downloads button').all()) saved.push(await download(page, () => button.click()));
    assert.deepEqual(saved.map(({name}) => name), ['report.json', 'baseline.json', 'charts.json']);
    assert.deepEqual(saved.slice(0, 2).map(({text}) => text), ['{"cases": ["µs"]}', '{"cases": ["ns"]}']);
  });
  await browser.open(file, {without: 'DecompressionStream'}, async (page) => {
    assert.deepEqual(await page.locator('#downloads button').allTextContents(),
                     ['Report of the baseline (JSON)', 'Chart data (JSON)']);
  });
});

test('the theme can differ from that of the system', async () => {
  await browser.open(pageFile('theme', sampleData({groups: ['rr 64 B']})), {}, async (page) => {
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.click('#theme-toggle');
    assert.notEqual(await paper(), light);
    await page.waitForSelector('#chart-overhead .drawing rect[fill="#15191e"], #chart-overhead .drawing svg[style*="21, 25, 30"], #chart-overhead .drawing [fill="#eceff2"]');
  });
});

// --- hostile and unusual reports ----------------------------------------------------------------------------

const script = '</script><script>alert("x")</script><img src=x onerror=alert(1)>';
const hostileNames = [script, '__proto__', `quote" '&amp; <b>bold</b>`, 'long '.repeat(40), '\u202eright to left עברית', 'javascript:alert(1)', '${1+1} {{2}} %s'];
const named = (names) => names.map((name, colour) => ({name, colour, dash: 0}));

test('hostile names in chart data are text', async () => {
  const data = sampleData({series: named(hostileNames), groups: [script, 'two'], title: script});
  await browser.open(pageFile('hostile', data), {width: 390}, async (page) => {
    await shoot(page, 'hostile');
    assert.equal(await page.locator('#charts script, #charts img, #charts b').count(), 0);
    assert.ok((await page.locator('.series').first().textContent()).includes(script));
    assert.deepEqual(await tooWide(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the screen');
    await page.mouse.move(...await middleOf(page, '#chart-latency-by-percentile .mark-symbol path'));
    await page.waitForSelector('#vg-tooltip-element.visible');
    assert.equal(await page.locator('#vg-tooltip-element script, #vg-tooltip-element img, #vg-tooltip-element b').count(), 0);
    assert.deepEqual(await browser.violations(page), []);
  });
});

test('hostile texts in a report are text in the page', async () => {
  const report = JSON.parse(readFileSync(quick.report, 'utf8'));
  report.cases.forEach((one, i) => { one.id = `${hostileNames[i % hostileNames.length]}${i}`; });
  report.warnings = [{...report.warnings[0], check: 'x', message: script, advice: script}];
  writeFileSync(join(folder, 'hostile-report.json'), JSON.stringify(report));
  sockmark('report', join(folder, 'hostile-report.json'), '--html', join(folder, 'hostile-report.html'));
  await browser.open(join(folder, 'hostile-report.html'), {width: 390}, async (page) => {
    assert.equal(await page.locator('main script, main img, main b').count(), 0);
    assert.ok((await page.locator('#warnings').textContent()).includes('alert(1)'));
    assert.deepEqual(await seriesWithoutMark(page), []);
  });
});

test('one case, no valid run, and an empty report', async () => {
  await browser.open(pageFile('one', sampleData({series: transports.slice(2, 3), groups: ['rr 64 B']})), {}, async (page) => {
    assert.deepEqual(await seriesWithoutMark(page), []);
    assert.equal(await page.locator('.choice').count(), 0, 'there is one group only');
  });
  await browser.open(pageFile('failed', sampleData({series: named(['udp failed', 'tcp failed']), groups: ['rr 64 B']})), {}, async (page) => {
    await shoot(page, 'failed');
    assert.deepEqual(await seriesWithoutMark(page), []);
    assert.match(await page.textContent('#chart-latency-by-percentile .reasons'), /no run of the case came to its end/i);
  });
  const nothing = sampleData({series: [], groups: []});
  await browser.open(pageFile('nothing', nothing), {}, async (page) => {
    assert.deepEqual(await seriesWithoutMark(page), []);
    assert.equal(await page.locator('.drawing').count(), 0);
  });
});

test('two hundred cases stay readable', async () => {
  const groups = Array.from({length: 25}, (_, i) => `rr ${2 ** i} B`);
  await browser.open(pageFile('many', sampleData({series: named(Array.from({length: 8}, (_, i) => `transport ${i}`)), groups})), {}, async (page) => {
    assert.equal(await page.locator('#chart-latency-by-percentile option').count(), 25);
    assert.deepEqual(await seriesWithoutMark(page), []);
  });
  // All in one chart: each is in the legend and in the table; forty lines or twenty rows of bars are drawn.
  const series = Array.from({length: 200}, (_, i) => ({name: `${i} KiB`, colour: i % 8, dash: Math.floor(i / 8) % 4}));
  await browser.open(pageFile('long', sampleData({series, groups: ['rr']})), {width: 390}, async (page) => {
    await shoot(page, 'many-series');
    assert.deepEqual(await seriesWithoutMark(page), []);
    assert.deepEqual(await tooWide(page), []);
    const buttons = page.locator('#chart-latency-by-percentile .series button');
    assert.equal(await buttons.count(), 200);
    assert.equal(await page.locator('#chart-latency-by-percentile .series button[aria-pressed="true"]').count(), 40);
    assert.deepEqual(await page.locator('#chart-cpu-per-message .reasons li').allTextContents(), ['The first 20 of 200 series are drawn; the table has all.']);
    assert.ok(await page.evaluate(() => [...document.querySelectorAll('.drawing svg')].every((one) => one.getBoundingClientRect().height < 5000)), 'a chart is higher than 5000 px');
    await page.locator('#chart-cpu-per-message details.figures').evaluate((details) => { details.open = true; });
    await page.waitForFunction(() => document.querySelectorAll('#chart-cpu-per-message tbody tr').length === 400);
    await buttons.nth(150).click();
    await page.waitForFunction(() => [...document.querySelectorAll('#chart-latency-by-percentile .mark-line *')].some((one) => one.__data__?.datum?.series === '150 KiB'));
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the screen');
  });
});
