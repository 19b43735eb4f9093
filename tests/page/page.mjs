// A page around chart data, with the outline and the policy of reports/render/html.cc, for data that no measurement
// gives on demand: hostile names, no valid run, two hundred cases.
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';

const json = (id, text) => `<script type="application/json" id="${id}">${text.replaceAll('<', '\\u003c')}</script>`;

// A compressed report, as in the pages of reports.
const compressed = (id, text) => `<script type="application/octet-stream" id="${id}" data-encoding="gzip+base64">${gzipSync(text).toString('base64')}</script>`;

// `bundles`: the output folder of reports/page/bundle.mjs. `change` may change the specifications.
export function pageOf(data, bundles, change = () => {}) {
  const read = (file) => readFileSync(join(bundles, file), 'utf8');
  const specs = JSON.parse(read('specs.json'));
  change(specs);
  const script = read('page.js');
  const hash = createHash('sha256').update(script).digest('base64');
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A page of charts</title><style>${read('page.css')}</style></head>
<body><a class="skip" href="#content">To the content</a>
<header class="page-header"><p class="kind">sockmark report</p><h1>A page of charts</h1></header>
<main id="content"><section id="charts" aria-labelledby="charts-heading"><h2 id="charts-heading">Charts</h2></section>
<section id="downloads" aria-labelledby="downloads-heading" hidden><h2 id="downloads-heading">Downloads</h2><ul></ul></section></main>
${compressed('report', '{"cases": ["µs"]}')}${json('baseline-report', '{"cases": ["ns"]}')}${json('chart-data', JSON.stringify(data))}${json('chart-specs', JSON.stringify(specs))}${json('theme', read('theme.json'))}
<script>${script}</script></body></html>
`;
}
