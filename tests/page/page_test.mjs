// The HTML page in a browser: of a measurement by this build's sockmark, and of invented chart data.
//
// Environment: SOCKMARK, the binary; BUNDLES, what reports/page/bundle.mjs wrote; PACKAGES, the folder of this
// folder's node_modules; CHROMIUM, the browser. SHOTS, where given, is a folder for pictures of the pages.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {launch} from './browser.mjs';
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

// On a loaded machine a run may be invalid, which is exit status 4: the page must be right all the same.
function measure(...words) {
  try {
    sockmark(...words);
  } catch (error) {
    assert.equal(error.status, 4, String(error.stderr));
  }
}

function pageFile(name, data) {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, pageOf(data, BUNDLES));
  return file;
}

async function shoot(page, name) {
  if (SHOTS) await page.screenshot({path: join(SHOTS, `${name}.png`), fullPage: true});
}

// Of each chart, the series that it has rows of for the group that is shown but neither a mark in their colour nor
// their name. Names of axes and notes stand in the drawing as text, lines are found by the colour of the legend.
const seriesWithoutMark = (page) => page.evaluate(() => {
  const data = JSON.parse(document.getElementById('chart-data').textContent);
  const specs = JSON.parse(document.getElementById('chart-specs').textContent);
  const lost = [];
  for (const {name, spec} of specs) {
    const node = document.getElementById(`chart-${name}`);
    const table = data.tables[spec.usermeta.sockmark.tables[0]];
    if (!table.rows.length) {
      if (!node.textContent.includes(table.why_empty)) lost.push(`${name} does not say why it is empty`);
      continue;
    }
    const drawing = node.querySelector('.drawing svg');
    const at = (column) => table.columns.findIndex((one) => one.name === column);
    const first = data.groups.find((group) => table.rows.some((row) => row[at('group')] === group.name)).name;
    const shown = node.querySelector('select')?.value ?? first;
    const texts = new Set([...drawing.querySelectorAll('text')].map((text) => text.textContent));
    for (const series of new Set(table.rows.filter((row) => row[at('group')] === shown).map((row) => row[at('series')]))) {
      const button = [...node.querySelectorAll('.series button')].find((one) => one.textContent === series);
      const colour = button?.querySelector('path[stroke]').getAttribute('stroke');
      const marked = colour && drawing.querySelector(`[stroke="${colour}"], [fill="${colour}"]`);
      const named = [...texts].some((text) => text === series || text.startsWith(`${series} `));
      if (!marked && !named) lost.push(`${name}: ${series}`);
    }
  }
  return lost;
});

for (const width of [390, 1280]) {
  for (const dark of [false, true]) {
    test(`the quick suite's page is drawn and fit for everybody, ${width} px, ${dark ? 'dark' : 'light'}`, async () => {
      await browser.open(quick.page, {width, dark}, async (page) => {
        await shoot(page, `quick-${width}-${dark ? 'dark' : 'light'}`);
        assert.deepEqual(await seriesWithoutMark(page), []);
        assert.deepEqual(await browser.violations(page), []);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the screen');
        assert.equal(await page.locator('#charts .chart').count(), JSON.parse(readFileSync(join(BUNDLES, 'specs.json'), 'utf8')).length);
      });
    });
  }
}

test('the page is below 2 MB', () => {
  assert.ok(statSync(quick.page).size < 2e6, String(statSync(quick.page).size));
});

// The middle of a mark of a chart.
async function middleOf(page, selector) {
  const mark = page.locator(selector).first();
  await mark.scrollIntoViewIfNeeded();
  const {x, y, width, height} = await mark.boundingBox();
  return [x + width / 2, y + height / 2];
}

test('a mark that is pointed at is told in words', async () => {
  await browser.open(pageFile('tooltip', sampleData()), {}, async (page) => {
    for (const [selector, word] of [['#chart-latency-by-percentile .mark-symbol path', 'Latency'], ['#chart-reordering-extents .mark-rect path', 'Extent']]) {
      await page.mouse.move(...await middleOf(page, selector));
      await page.waitForSelector('#vg-tooltip-element.visible');
      const told = await page.textContent('#vg-tooltip-element');
      assert.match(told, new RegExp(`Series.*${word}`, 's'));
      await page.mouse.move(2, 2);
    }
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

test('choosing cases changes every chart that has them, and the tables behind them', async () => {
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

test('the wheel scrolls the page; with Ctrl it zooms, and the zoom can be taken back', async () => {
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
    assert.deepEqual(JSON.parse(report.text).cases.length, JSON.parse(readFileSync(quick.report, 'utf8')).cases.length);
  });
});

test('the theme can be switched against what the system prefers', async () => {
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
const hostileNames = [script, `quote" '&amp; <b>bold</b>`, 'long '.repeat(40), '\u202eright to left עברית', 'javascript:alert(1)', '${1+1} {{2}} %s'];
const named = (names) => names.map((name, colour) => ({name, colour, dash: 0}));

test('names of a report are text, whatever they hold', async () => {
  const data = sampleData({series: named(hostileNames), groups: [script, 'two'], title: script});
  await browser.open(pageFile('hostile', data), {width: 390}, async (page) => {
    await shoot(page, 'hostile');
    assert.equal(await page.locator('#charts script, #charts img, #charts b').count(), 0);
    assert.ok((await page.locator('.series').first().textContent()).includes(script));
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the screen');
    await page.mouse.move(...await middleOf(page, '#chart-latency-by-percentile .mark-symbol path'));
    await page.waitForSelector('#vg-tooltip-element.visible');
    assert.equal(await page.locator('#vg-tooltip-element script, #vg-tooltip-element img, #vg-tooltip-element b').count(), 0);
    assert.deepEqual(await browser.violations(page), []);
  });
});

test('a report whose texts are hostile makes a page in which they are text', async () => {
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

test('one case, no valid run, and an empty report are drawn and said', async () => {
  await browser.open(pageFile('one', sampleData({series: transports.slice(2, 3), groups: ['rr 64 B']})), {}, async (page) => {
    assert.deepEqual(await seriesWithoutMark(page), []);
    assert.equal(await page.locator('.choice').count(), 0, 'there is nothing to choose');
  });
  await browser.open(pageFile('failed', sampleData({series: named(['udp failed', 'tcp failed']), groups: ['rr 64 B']})), {}, async (page) => {
    await shoot(page, 'failed');
    assert.deepEqual(await seriesWithoutMark(page), []);
    assert.ok((await page.textContent('#chart-latency-by-percentile')).includes('no run of the case came to its end'));
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
  // One beside the other in one chart: each is in the legend, and the page no wider.
  const series = Array.from({length: 40}, (_, i) => ({name: `${i} KiB`, colour: i % 8, dash: Math.floor(i / 8) % 4}));
  await browser.open(pageFile('long', sampleData({series, groups: ['rr']})), {width: 390}, async (page) => {
    await shoot(page, 'many-series');
    assert.equal(await page.locator('#chart-latency-by-percentile .series button').count(), 40);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the screen');
  });
});
