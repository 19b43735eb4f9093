// Invented chart data in the format of `sockmark export --to charts`, for the tests of the charts: every table and
// every kind of row. It is the same at every call.

// mulberry32, a random generator.
function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const column = (name, title, unit) => (unit ? {name, title, unit} : {name, title});
const common = [column('group', 'Case group'), column('series', 'Series'), column('case', 'Case')];
const reason = column('reason', 'Why there is none');
const runs = column('runs', 'Valid runs');
const interval = [column('low_ns', 'Lowest run', 'ns'), column('high_ns', 'Highest run', 'ns')];

// The columns of each table after group, series and case.
const columns = {
  percentiles: [column('quantile', 'Quantile', 'ratio'), column('nines', 'Nines'), column('label', 'Percentile'),
                column('latency_ns', 'Latency', 'ns'), ...interval, runs, reason],
  distribution: [column('latency_ns', 'Latency', 'ns'), column('fraction', 'Messages as fast', 'ratio'), reason],
  rates: [column('rate_per_s', 'Rate', 'messages/s'), column('goodput_messages_per_s', 'Goodput', 'messages/s'),
          column('percentile', 'Percentile'), column('latency_ns', 'Latency', 'ns'), ...interval, runs,
          column('source', 'Measured by'), reason],
  buffers: [column('option', 'Option'), column('label', 'Buffer'), column('buffer_bytes', 'Size', 'bytes'), column('place', 'Place on the axis'),
            column('goodput_bytes_per_s', 'Goodput', 'bytes/s'), column('low_bytes_per_s', 'Lowest run', 'bytes/s'),
            column('high_bytes_per_s', 'Highest run', 'bytes/s'), runs, column('p50_ns', 'p50', 'ns'), column('p99_ns', 'p99', 'ns'), reason],
  over_time: [column('run', 'Run'), column('valid', 'Valid'), column('t_s', 'Time in the run', 's'),
              column('messages_per_s', 'Messages', 'messages/s'), column('p50_ns', 'p50', 'ns'), column('p99_ns', 'p99', 'ns'),
              column('max_ns', 'Largest', 'ns'), column('retransmits', 'Retransmits'), reason],
  events: [column('run', 'Run'), column('t_s', 'From', 's'), column('until_s', 'Until', 's'), column('kind', 'Event'),
           column('text', 'What happened')],
  load: [column('load', 'Load'), column('phase', 'Phase'), column('at_s', 'Time', 's'), column('p50_ns', 'p50', 'ns'), column('p99_ns', 'p99', 'ns'),
         column('forward_bytes_per_s', 'Load, forward', 'bytes/s'), column('reverse_bytes_per_s', 'Load, reverse', 'bytes/s'), reason],
  faults: [column('kind', 'What happened'), column('ratio', 'Share of messages', 'ratio'), column('low_ratio', 'Lowest run', 'ratio'),
           column('high_ratio', 'Highest run', 'ratio'), runs, reason],
  extents: [column('extent', 'Reordering extent', 'messages'), column('extent_to', 'Up to', 'messages'),
            column('label', 'Reordering extent', 'messages'), column('messages', 'Reordered messages', 'messages'),
            column('share', 'Share of the reordered', 'ratio'), reason],
  comparisons: [column('metric', 'Metric'), column('label', 'Compared'), column('baseline', 'Baseline'), column('candidate', 'Candidate'),
                column('ratio', 'Candidate over baseline', 'ratio'), column('low', 'Interval from', 'ratio'), column('high', 'Interval to', 'ratio'),
                column('confidence', 'Level of the interval', 'ratio'), column('verdict', 'Difference'), column('gate', 'Gate'),
                column('margin', 'Margin of the gate', 'ratio'), column('orientation', 'Orientation'), column('blocks', 'Blocks'), reason],
  throughput: [column('goodput_messages_per_s', 'Goodput', 'messages/s'), column('low_messages_per_s', 'Lowest run', 'messages/s'),
               column('high_messages_per_s', 'Highest run', 'messages/s'), runs, reason],
  cpu: [column('end', 'End'), column('cpu_ns_per_message', 'CPU per message', 'ns'), ...interval, runs, reason],
  lag: [column('percentile', 'Percentile'), column('lag_ns', 'Send lag of the generator', 'ns'), ...interval, runs, reason],
  overhead: [column('metric', 'Metric'), column('overhead_ratio', 'Ours over the floor', 'ratio'), column('low', 'Interval from', 'ratio'),
             column('high', 'Interval to', 'ratio'), column('blocks', 'Blocks'), reason],
};

const byTransport = [['tcp', 0, 21e3], ['tcp6', 1, 22e3], ['udp', 2, 17e3], ['udp6', 3, 17.6e3], ['unix-stream', 4, 12e3], ['unix-dgram', 5, 11e3]];

export const transports = byTransport.map(([name, colour]) => ({name, colour, dash: 0}));

// {series: [...], groups: [names], empty: [table names without rows]}
export function sampleData({series = transports, groups = ['rr 64 B', 'stream 1 KiB'], empty = [], title = 'quick suite'} = {}) {
  const rows = Object.fromEntries(Object.keys(columns).map((name) => [name, []]));
  groups.forEach((group, g) => series.forEach((one, s) => addCase(rows, group, one.name, s, series, generator(1 + s + 100 * g))));
  const tables = Object.fromEntries(Object.entries(columns).map(([name, own]) => {
    const kept = empty.includes(name) ? [] : rows[name];
    return [name, {columns: [...common, ...own], rows: kept, ...(kept.length ? {} : {why_empty: `No case of this report has ${name}.`})}];
  }));
  return {
    schema_version: '1.0.0', title, series, tables,
    groups: groups.map((name, index) => ({name, file: `group-${index}`})),
  };
}

function addCase(rows, group, name, s, series, random) {
  const start = [group, name, `${name}/${group}`];
  const add = (table, ...values) => rows[table].push([...start, ...values]);
  const base = (byTransport[s]?.[2] ?? 10e3 + 500 * s) * (group.startsWith('rr') ? 1 : 2.5);
  const latency = (nines) => base * (0.8 + 0.18 * nines + 0.09 * nines ** 2.6 * (1 + 0.3 * random()));
  const reliable = /tcp|stream/.test(name);

  if (/ failed$/.test(name)) {
    failed(add);
    return;
  }
  const inNines = [...Array.from({length: 37}, (_, i) => i / 8), -Math.log10(0.5)].sort((a, b) => a - b);
  let last = 0;
  for (const nines of inNines) {
    last = Math.max(last * 1.001, latency(nines));
    const label = `p${Number((100 * (1 - 10 ** -nines)).toFixed(4))}`;
    add('percentiles', 1 - 10 ** -nines, nines, label, last, last * (0.97 - 0.02 * random()), last * (1.03 + 0.1 * random()), 5, null);
  }
  const max = last * (1.5 + 4 * random());
  add('percentiles', 1, 5.2 + 0.3 * random(), 'max', max, max * 0.7, max * 2.2, 5, null);
  for (let i = 1; i <= 120; ++i) add('distribution', latency(-Math.log10(1 - i / 121)) * 0.9, i / 120, null);
  const capacity = 2.6e9 / base;
  for (let i = 1; i <= 8; ++i) {
    const load = (i * 1.5e4) / capacity;
    for (const [percentile, factor] of [['p50', 1], ['p99', 2.4]]) {
      const value = base * factor * (load < 0.97 ? 1 / (1 - load) ** 0.7 : 40 * load ** 3);
      add('rates', i * 1.5e4, Math.min(i * 1.5e4, capacity), percentile, value, value * 0.94, value * 1.08, 5, 'runs', null);
    }
  }
  for (let run = 1; run <= 3; ++run) {
    const valid = !(run === 3 && s === 1);
    for (let t = 0; t < 20; ++t) {
      const stalled = s === 2 && run === 2 && t >= 8 && t < 11;
      const p50 = base * (0.95 + 0.1 * random());
      add('over_time', run, valid, t / 10, stalled ? 0 : 0.9e9 / p50, ...(stalled ? [null, null, null] : [p50, p50 * (2 + 0.4 * random()), p50 * (6 + 9 * random())]), stalled ? 3 : 0, null);
    }
    if (s === 2 && run === 2) add('events', run, 0.8, 1.1, 'stall', 'nothing arrived for 300 ms');
    if (!valid) add('events', run, 0, 2, 'invalid', 'the generator was late: send lag p99 is 1.2 ms');
  }
  ['idle', '4 × tcp, forward', '4 × tcp, reverse', '4 × tcp, both'].forEach((load, phase) => {
    for (let t = 0; t < 20; ++t) {
      const p50 = base * (phase ? 40 : 1) * (0.95 + 0.1 * random());
      add('load', load, phase, 2 * phase + t / 10, p50, p50 * (1.2 + 0.4 * random()), phase % 2 ? 2.4e6 : null, phase > 1 ? 2.3e6 : null, null);
    }
  });
  for (const [kind, ratio] of [['lost', 2e-4], ['duplicated', 3e-5], ['reordered', 4e-3]]) {
    if (reliable) add('faults', kind, null, null, null, 0, 'the transport promises that it cannot occur');
    else if (kind === 'duplicated') add('faults', kind, 0, 0, 0, 5, null);
    else add('faults', kind, ratio * (1 + random()), ratio * 0.6, ratio * 2.4, 5, null);
  }
  if (reliable) add('extents', null, null, null, null, null, 'the transport promises that it cannot occur');
  else for (let extent = 1; extent <= 14; ++extent) add('extents', extent, extent, String(extent), Math.ceil(9e3 * 0.55 ** extent), 0.45 * 0.55 ** (extent - 1), null);
  if (s > 0) {
    for (const [metric, orientation] of [['p50_ns', 'less_is_better'], ['p99_ns', 'less_is_better'], ['goodput_messages_per_s', 'more_is_better']]) {
      const ratio = (orientation === 'less_is_better' ? base / 21e3 : 21e3 / base) * (0.9 + 0.2 * random()) / (group.startsWith('rr') ? 1 : 2.5);
      const better = orientation === 'less_is_better' ? ratio < 0.93 : ratio > 1.07;
      const verdict = Math.abs(Math.log(ratio)) < 0.065 ? 'no_difference_shown' : s === 2 ? 'may_be_chance' : better ? 'faster' : 'slower';
      const label = `${name}/${group} against ${series[0].name}/${group}`;
      if (s === 3 && metric === 'p99_ns') add('comparisons', metric, label, series[0].name, name, ratio, null, null, 0.95, null, null, null, orientation, 3, 'no interval: it takes six blocks');
      else add('comparisons', metric, label, series[0].name, name, ratio, ratio * 0.94, ratio * 1.07, 0.95, verdict, null, null, orientation, 10, null);
    }
  }
  [['16 KiB', 16384, 0.4], ['64 KiB', 65536, 0.8], ['default', null, 1]].forEach(([label, bytes, share], place) => {
    const goodput = share * 64e9 / base;
    add('buffers', 'sndbuf', label, bytes, place, goodput, 0.9 * goodput, 1.1 * goodput, 5, base / share, 4 * base / share, null);
  });
  add('throughput', 1e9 / base, 0.9e9 / base, 1.05e9 / base, 5, null);
  for (const [end, factor] of [['generator', 0.22], ['responder', 0.19]]) add('cpu', end, base * factor, base * factor * 0.95, base * factor * 1.06, 5, null);
  for (const [percentile, lag] of [['p50', 400], ['p99', 2.1e3], ['max', 4e4]]) {
    if (s === 0) add('lag', percentile, null, null, null, 0, 'it belongs to an open loop');
    else if (s === 1 && percentile === 'p99') add('lag', percentile, null, null, null, 5, 'too few samples for this percentile');
    else add('lag', percentile, lag * (0.8 + 0.5 * random()), lag * 0.7, lag * 1.6, 5, null);
  }
  const overhead = 1.08 + 0.2 * random();
  if (s === 4 || group.startsWith('stream')) add('overhead', null, null, null, null, null, 'the floor was not measured');
  else add('overhead', 'p50_ns', overhead, overhead - 0.05, overhead + 0.07, 10, null);
}

// A case without a valid run.
function failed(add) {
  const reason = 'no run of the case came to its end';
  for (const table of ['percentiles', 'distribution', 'over_time', 'load', 'faults', 'extents', 'throughput', 'cpu', 'lag', 'overhead'])
    add(table, ...columns[table].map(({name}) => (name === 'reason' ? reason : name === 'kind' ? 'lost' : name === 'end' ? 'generator' : name === 'percentile' ? 'p50' : null)));
}
