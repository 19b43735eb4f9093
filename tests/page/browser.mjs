// A headless browser for pages that must neither send a request nor report an error.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

// `packages`: the folder with the node_modules of these tests.
export async function launch(packages, executablePath) {
  const {chromium} = createRequire(join(packages, 'any.js'))('playwright-core');
  const axe = readFileSync(join(packages, 'node_modules/axe-core/axe.min.js'), 'utf8');
  // Chromium's own sandbox does not work for root.
  const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({executablePath, args});

  // Opens a file, waits until its charts are drawn, calls `use` with the page, and asserts that nothing went wrong.
  // Without `idle` the browser is never idle, so that charts far from the screen are not drawn. `without`: the name of
  // a feature that this browser lacks.
  async function open(file, {width = 1280, dark = false, idle = true, without = null} = {}, use = async () => {}) {
    const context = await browser.newContext({viewport: {width, height: 800}, colorScheme: dark ? 'dark' : 'light', acceptDownloads: true});
    context.setDefaultTimeout(60e3);
    const wrong = [];
    const address = pathToFileURL(file).href;
    await context.route('**/*', (route) => {
      const url = route.request().url();
      if (url === address) return route.continue();
      wrong.push(`request: ${url.slice(0, 200)}`);
      return route.abort();
    });
    const page = await context.newPage();
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) wrong.push(`console: ${message.text()}`); });
    page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    if (!idle) await page.addInitScript(() => { globalThis.requestIdleCallback = () => 1; });
    if (without) await page.addInitScript((name) => { delete globalThis[name]; }, without);
    await page.goto(address);
    await page.waitForSelector('#charts[data-drawn]');
    if (idle) await page.waitForFunction(() => !document.querySelector('figure.chart:not([data-drawn])'));
    await use(page);
    assert.deepEqual(wrong, []);
    await context.close();
  }

  // The serious accessibility violations that axe-core finds.
  async function violations(page) {
    await page.evaluate(axe);
    const {violations: found} = await page.evaluate(() => globalThis.axe.run(document, {resultTypes: ['violations']}));
    return found.filter(({impact}) => impact === 'serious' || impact === 'critical')
      .map(({id, nodes}) => `${id}: ${nodes.slice(0, 3).map(({target}) => target.join(' ')).join(', ')}`);
  }

  return {open, violations, close: () => browser.close()};
}
