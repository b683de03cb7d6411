/* global uPlot */
// Draws the report whose data stands in the page.
const { report, comparison } = JSON.parse(document.getElementById('data').textContent);
const earlier = comparison?.report;

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const ms = (value) =>
  value === null ? '–' : value >= 100 ? number.format(value) : value.toPrecision(3).replace(/e.*/, '');
const seconds = (value) => `${+value.toFixed(2)} s`;
const withUnit = (value, unit) =>
  value === null ? '–' : unit === 'ms' ? `${ms(value)} ms` : `${number.format(value)}${unit && ` ${unit}`}`;
const orNone = (value) => (value === null ? 'none' : String(value));

/** An element with attributes and children. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function fillTable(selector, head, rows) {
  const row = (cell, cells) =>
    element('tr', {}, ...cells.map((content) => (content instanceof Node ? content : element(cell, {}, content))));
  document.querySelector(selector).append(...(head ? [row('th', head)] : []), ...rows.map((cells) => row('td', cells)));
}

/** Where the run's own data has a figure: `rtt_ms.p99`. The element says so, for whoever checks the page against the data. */
const figure = (path, show = ms) => {
  const value = path.split('.').reduce((node, key) => node?.[key] ?? null, report);
  return { path, value, text: show(value) };
};

function showHead() {
  const { target, started, version, errors, messages, expectations, fds, gave_up: gaveUp } = report;
  const { clients, duration_s: duration, messages: each } = report.settings;
  document.title = `Load test of ${target}`;
  document.querySelector('h1').textContent = document.title;
  const amount = duration === null ? `${number.format(each)} message${each === 1 ? '' : 's'} each` : `${duration} s`;
  const when = new Date(started).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'medium' });
  document.getElementById('when').textContent =
    `${when} · ${number.format(clients)} client${clients === 1 ? '' : 's'}, ${amount} · trustctl ${version}`;
  const unmet = expectations.filter(({ holds }) => !holds).length;
  const leaks = fds !== null && (fds.after === null || fds.after > fds.before);
  const faults = [
    messages.failed > 0 && `${number.format(messages.failed)} failed`,
    messages.failed === 0 && errors.length > 0 && 'errors',
    gaveUp && 'given up',
    leaks && 'descriptors leak',
    unmet > 0 && `${unmet} unmet expectation${unmet === 1 ? '' : 's'}`,
  ].filter(Boolean);
  const verdict = document.getElementById('verdict');
  verdict.textContent =
    faults.length > 0 ? faults.join(', ') : report.interrupted ? 'interrupted' : 'all came back right';
  verdict.className = faults.length > 0 ? 'bad' : 'good';
}

function showNotes() {
  const { interrupted, gave_up: gaveUp, not_run: notRun, open_loop: openLoop, self, settings } = report;
  const notes = [
    interrupted && 'The run was interrupted: this is what there was by then.',
    gaveUp && 'The run was given up: one client after another ran into the timeout.',
    notRun > 0 && `${number.format(notRun)} clients did not run.`,
    openLoop?.unsent > 0 &&
      settings.duration_s !== null &&
      `${number.format(openLoop.unsent)} messages of those due could not be sent: the rate was not reached.`,
    self.limit && `${self.limit[0].toUpperCase()}${self.limit.slice(1)}.`,
    comparison?.differing.length > 0 && `The compared runs are not alike: ${comparison.differing.join('; ')}.`,
  ].filter(Boolean);
  document.getElementById('notes').append(...notes.map((note) => element('li', {}, note)));
}

function showTiles() {
  const count = (value) => number.format(value);
  const tiles = [
    ['Rate', figure('rate_per_s', count), '/s'],
    ['Median', figure('rtt_ms.p50'), 'ms'],
    ['99th percentile', figure('rtt_ms.p99'), 'ms'],
    ['Slowest', figure('rtt_ms.max'), 'ms'],
    ['Came back right', figure('messages.ok', count), ''],
    ['Failed', figure('messages.failed', count), ''],
  ];
  document.getElementById('tiles').append(
    ...tiles.map(([name, { path, value, text }, unit]) => {
      const shown = element('dd', { 'data-figure': path, 'data-value': String(value) }, text);
      if (unit) shown.append(element('small', {}, unit));
      if (path === 'messages.failed' && value > 0) shown.className = 'bad';
      return element('div', {}, element('dt', {}, name), shown);
    }),
  );
}

function showTables() {
  const value = ({ path, value, text }) => element('td', { 'data-figure': path, 'data-value': String(value) }, text);
  const rows = [
    ['fastest', 'min'],
    ['average', 'avg'],
    ['standard deviation', 'stddev'],
    ['50 %', 'p50'],
    ['90 %', 'p90'],
    ['99 %', 'p99'],
    ['99.9 %', 'p999'],
    ['99.99 %', 'p9999'],
    ['slowest', 'max'],
  ];
  fillTable(
    '#figures table',
    ['ms', 'round trip', 'connect'],
    rows.map(([name, key]) => [name, value(figure(`rtt_ms.${key}`)), value(figure(`connect_ms.${key}`))]),
  );
  const { settings, duration_ms: duration, bytes, fds, self, warmup, open_loop: openLoop } = report;
  const lateness = openLoop?.lateness_ms;
  fillTable('#settings table', undefined, [
    ['clients, at once', `${number.format(settings.clients)}, ${number.format(settings.concurrency)}`],
    settings.messages === null
      ? ['sends for', `${settings.duration_s} s`]
      : ['messages each', number.format(settings.messages)],
    ['payload bytes', settings.payload_size],
    ['in flight per client', orNone(settings.pipeline) === 'none' ? 'no limit' : number.format(settings.pipeline)],
    ['rate', settings.rate === null ? 'as replies come' : `${number.format(settings.rate)} /s, when due`],
    ...(lateness ? [['sent late', `p99 ${ms(lateness.p99)} ms, at most ${ms(lateness.max)} ms`]] : []),
    ...(settings.connect_rate === null ? [] : [['new connections', `${settings.connect_rate} /s`]]),
    ['warm-up', settings.warmup_s === 0 ? 'none' : `${settings.warmup_s} s, ${number.format(warmup.sent)} messages`],
    ['timeout', settings.timeout_s === 0 ? 'none' : `${settings.timeout_s} s`],
    ['measured for', seconds(duration / 1000)],
    ['bytes that came', number.format(bytes)],
    ...(fds ? [['descriptors of the server', `${fds.before} before, ${orNone(fds.after)} after`]] : []),
    ['this tool', `${self.cpu_percent} % of a core, loop delay p99 ${ms(self.loop_delay_ms.p99)} ms`],
  ]);
  showIfAny(
    'errors',
    ['event', 'times', 'first'],
    report.errors.map(({ event, count, first }) => [event, number.format(count), words(first)]),
  );
  showIfAny(
    'expectations',
    ['expected', 'was', ''],
    report.expectations.map(({ expect, actual, unit, holds }) => [
      expect,
      withUnit(actual, unit),
      mark(holds ? 'holds' : 'FAILED', holds),
    ]),
  );
  if (!comparison) return;
  document.querySelector('#comparison .hint').textContent =
    `${comparison.file}, of ${new Date(earlier.started).toLocaleString('en-GB')}. Its curves are dashed.`;
  showIfAny(
    'comparison',
    ['figure', 'then', 'now', 'change', ''],
    comparison.figures.map(({ name, unit, before, now, change, verdict }) => [
      name,
      withUnit(before, unit),
      withUnit(now, unit),
      changed(change),
      verdict === 'same' ? 'same' : mark(verdict, verdict === 'better'),
    ]),
  );
}

const changed = (percent) =>
  percent === null
    ? ''
    : percent >= 900
      ? `× ${number.format(percent / 100 + 1)}`
      : `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %`;
const words = (text) => element('td', { class: 'words' }, text);
const mark = (text, good) => element('td', { class: good ? 'good' : 'bad' }, text);

function showIfAny(id, head, rows) {
  if (rows.length === 0) return;
  document.getElementById(id).hidden = false;
  fillTable(`#${id} table`, head, rows);
}

// Charts. Each is drawn anew when the colour scheme changes.

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const HEIGHT = 300;

const axis = (more) => ({
  stroke: color('muted'),
  grid: { stroke: color('line'), width: 1 },
  ticks: { stroke: color('line'), width: 1 },
  font: '12px system-ui',
  ...more,
});
const line = (label, name, more) => ({
  label,
  stroke: color(name),
  width: 2,
  points: { show: false },
  value: (_, value) => (value == null ? '–' : duration(value)),
  ...more,
});
const then = { dash: [5, 5], width: 1.5 };

/** The row 1, 2, 5, 10, 20 … around the values, also where all are alike or there are none: what a logarithmic scale begins and ends with. */
const stepsAround = (low, high) => {
  const all = [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) =>
    [1, 2, 5].map((digit) => +`${digit}e${power}`),
  );
  const from = all.findLastIndex((step) => step <= low);
  const to = all.findIndex((step) => step >= high);
  return all.slice(Math.max(0, from), Math.max(to, from + 2) + 1);
};
const logRange = (_, low, high) => {
  const steps = stepsAround(low > 0 ? low : 0.1, high > 0 ? high : 1);
  return [steps[0], steps.at(-1)];
};
const isPower = (step) => Math.abs(Math.log10(step) - Math.round(Math.log10(step))) < 1e-9;
/** Lines at 1, 2, 5 of a short scale, at powers of ten of a long one. */
const logSplits = (_, __, low, high) => {
  const steps = stepsAround(low, high);
  return steps.length > 10 ? steps.filter(isPower) : steps;
};
const duration = (value) =>
  value >= 1000
    ? `${+(value / 1000).toPrecision(3)} s`
    : value >= 1
      ? `${+value.toPrecision(3)} ms`
      : `${+(value * 1000).toPrecision(3)} µs`;
/** uPlot would drop the labels of a logarithmic scale that are no powers of ten. */
const all = (_, ticks) => ticks;
const logTime = { scale: 'ms', filter: all, splits: logSplits, values: (_, ticks) => ticks.map(duration), size: 70 };

function byPercentile() {
  // 90 % is one in ten, 99 % one in a hundred: on a logarithmic scale of that each nine has the same room.
  const table = ({ distribution }) => {
    const points = distribution.filter(([percent, value]) => percent < 100 && value > 0);
    const slowest = distribution.at(-1);
    const last = points.at(-1);
    const xs = points.map(([percent]) => 100 / (100 - percent));
    const ys = points.map(([, value]) => value);
    if (last && slowest)
      return [
        [...xs, xs.at(-1) * 2],
        [...ys, slowest[1]],
      ];
    return [xs, ys];
  };
  const one = (value) => (value == null ? '–' : `${+(100 - 100 / value).toPrecision(6)} %`);
  const series = [{ label: 'percentile', value: (_, value) => one(value) }, line('latency', 'p99')];
  let data = table(report);
  if (earlier) {
    series.push(line('then', 'p99', { ...then, spanGaps: true }));
    series[1].spanGaps = true;
    data = uPlot.join([data, table(earlier)]);
  }
  return {
    data,
    scales: {
      x: { time: false, distr: 3, range: (_, low, high) => [1, Math.max(10, high)] },
      ms: { distr: 3, range: logRange },
    },
    axes: [
      axis({
        filter: all,
        splits: (_, __, low, high) => stepsAround(low, high).filter(isPower),
        values: (_, ticks) => ticks.map(one),
      }),
      axis(logTime),
    ],
    series,
  };
}

/** The middle of each interval in seconds, and how long it was: the last one ends with the run. */
function intervals({ timeline: { interval_ms: interval, points }, duration_ms: duration }) {
  return points
    .map((point) => ({ ...point, length: Math.min(interval, Math.max(duration, 1) - point.t) }))
    .filter(({ length, ok, errors }) => length > interval / 4 || ((ok > 0 || errors > 0) && points.length === 1))
    .map((point) => ({
      ...point,
      length: point.length > 0 ? point.length : interval,
      x: (point.t + interval / 2) / 1000,
    }));
}

const overTime = { x: { time: false } };
const timeAxis = () => axis({ values: (_, ticks) => ticks.map((tick) => `${+tick.toFixed(3)} s`) });
const time = { label: 'time', value: (_, value) => (value == null ? '–' : seconds(value)) };
const few = (points) => (points.length < 40 ? { points: { show: true, size: 4 } } : {});

function latencyOverTime() {
  const points = intervals(report);
  const more = few(points);
  return {
    data: [points.map(({ x }) => x), ...['max', 'p99', 'p50'].map((key) => points.map((point) => point[key]))],
    scales: { ...overTime, ms: { distr: 3, range: logRange } },
    axes: [timeAxis(), axis(logTime)],
    series: [time, line('slowest', 'max', { ...more, width: 1 }), line('p99', 'p99', more), line('p50', 'p50', more)],
  };
}

function rateOverTime() {
  const rates = (points) => [points.map(({ x }) => x), points.map(({ ok, length }) => (ok * 1000) / length)];
  const perSecond = { value: (_, value) => (value == null ? '–' : `${number.format(value)} /s`), scale: 'rate' };
  const points = intervals(report);
  const series = [time, line('rate', 'rate', { ...perSecond, ...few(points), fill: `${color('rate')}22` })];
  const axes = [
    timeAxis(),
    axis({
      scale: 'rate',
      size: 70,
      values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? number.format(tick) : '')),
    }),
  ];
  const scales = { ...overTime, rate: { range: (_, low, high) => [0, Math.max(1, high * 1.05)] } };
  let data = rates(points);
  if (points.some(({ errors }) => errors > 0)) {
    data.push(points.map(({ errors }) => errors || null));
    scales.errors = { range: (_, low, high) => [0, Math.max(1, high * 1.05)] };
    const bars = uPlot.paths.bars({ size: [0.5, 12] });
    series.push({
      label: 'errors',
      value: (_, value) => value ?? '–',
      scale: 'errors',
      stroke: color('error'),
      fill: color('error'),
      paths: bars,
      points: { show: false },
    });
    axes.push(
      axis({
        scale: 'errors',
        side: 1,
        grid: { show: false },
        values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? tick : '')),
      }),
    );
  }
  if (earlier) {
    series[1].spanGaps = true;
    series.push(line('then', 'rate', { ...perSecond, ...then, spanGaps: true }));
    data = uPlot.join([data, rates(intervals(earlier))]);
  }
  return { data, scales, axes, series };
}

const charts = { 'by-percentile': byPercentile, 'latency-over-time': latencyOverTime, 'rate-over-time': rateOverTime };
const drawn = new Map();

function draw() {
  for (const [id, chart] of Object.entries(charts)) {
    const place = document.getElementById(id);
    drawn.get(id)?.destroy();
    const { data, scales, axes, series } = chart();
    for (const each of series.slice(1)) each.scale ??= 'ms';
    const size = { width: place.clientWidth, height: HEIGHT };
    drawn.set(id, new uPlot({ ...size, scales, axes, series, cursor: { drag: { x: true, y: false } } }, data, place));
  }
}

showHead();
showNotes();
showTiles();
showTables();
draw();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
addEventListener('resize', () => {
  for (const [id, chart] of drawn) chart.setSize({ width: document.getElementById(id).clientWidth, height: HEIGHT });
});
