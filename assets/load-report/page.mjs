/* global uPlot */
// Shows the report whose data is in the page.
const { report, problems, comparison } = JSON.parse(document.getElementById('data').textContent);
const earlier = comparison?.report;

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const threeDigits = (value) => (value >= 100 ? number.format(value) : String(+value.toPrecision(3)));
const ms = (value) =>
  value === null ? 'none' : value >= 100 ? number.format(value) : value.toPrecision(3).replace(/e.*/, '');
const seconds = (value) => `${+value.toFixed(2)} s`;
const withUnit = (value, unit) =>
  value === null ? 'none' : unit === 'ms' ? `${ms(value)} ms` : `${threeDigits(value)}${unit && ` ${unit}`}`;
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

/** A metric by its path in the report, `rtt_ms.p99`. Its element names the path, so that tests can compare the page with the data. */
const metric = (path, show = ms) => {
  const value = path.split('.').reduce((node, key) => node?.[key] ?? null, report);
  return { path, value, text: show(value) };
};

function showHead() {
  const { target, started, version } = report;
  const { clients, duration_s: duration, messages: each } = report.settings;
  const { shards, workers } = report;
  document.title = `Load test of ${target}`;
  document.querySelector('h1').textContent = document.title;
  const amount = duration === null ? `${number.format(each)} message${each === 1 ? '' : 's'} each` : `${duration} s`;
  const when = new Date(started).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'medium' });
  document.getElementById('when').textContent =
    `${when} · ${number.format(clients)} client${clients === 1 ? '' : 's'}, ${amount}${drivenBy(shards, workers)} · trustctl ${version}`;
  const result = document.getElementById('result');
  result.textContent =
    problems.length > 0 ? problems.join(', ') : report.interrupted ? 'interrupted' : 'all came back right';
  result.className = problems.length > 0 ? 'bad' : 'good';
}

/** Which part of a run this is, and how many processes ran it, where it is not one. */
function drivenBy({ of, reports }, { count }) {
  const shards = reports.length === of ? `${of} shards` : `shard ${reports[0].index} of ${of}`;
  return `${of > 1 ? ` · ${shards}` : ''}${count > reports.length ? ` · ${count} workers` : ''}`;
}

function showNotes() {
  const {
    interrupted,
    gave_up: gaveUp,
    not_run: notRun,
    open_loop: openLoop,
    self,
    settings,
    workers,
    shards,
  } = report;
  const notes = [
    interrupted && 'The run was interrupted: the report covers it up to then.',
    report.ended_early && 'The run was ended at the first stage that did not hold.',
    ...workers.lost.map((lost) => `${lost[0].toUpperCase()}${lost.slice(1)}: its part is missing.`),
    ...shards.reports.map(
      ({ index, late_ms: late }) => late > 100 && `Shard ${index} started ${duration(late)} after --start-at.`,
    ),
    gaveUp && 'The run was given up: client after client ran into the timeout.',
    notRun > 0 && `${number.format(notRun)} clients did not run.`,
    openLoop?.unsent > 0 &&
      settings.duration_s !== null &&
      `The rate was not reached: ${number.format(openLoop.unsent)} messages could not be sent when due.`,
    self.limit && `${self.limit[0].toUpperCase()}${self.limit.slice(1)}.`,
    comparison?.differing.length > 0 && `The settings of the two runs differ: ${comparison.differing.join('; ')}.`,
  ].filter(Boolean);
  document.getElementById('notes').append(...notes.map((note) => element('li', {}, note)));
}

function showTiles() {
  const count = (value) => number.format(value);
  const tiles = [
    ['Rate', metric('rate_per_s', threeDigits), '/s'],
    ['Median', metric('rtt_ms.p50'), 'ms'],
    ['99th percentile', metric('rtt_ms.p99'), 'ms'],
    ['Slowest', metric('rtt_ms.max'), 'ms'],
    ['Came back right', metric('messages.ok', count), ''],
    ['Failed', metric('messages.failed', count), ''],
  ];
  document.getElementById('tiles').append(
    ...tiles.map(([name, { path, value, text }, unit]) => {
      const shown = element('dd', { 'data-metric': path, 'data-value': String(value) }, text);
      if (unit && value !== null) shown.append(element('small', {}, unit));
      if (path === 'messages.failed' && value > 0) shown.className = 'bad';
      return element('div', {}, element('dt', {}, name), shown);
    }),
  );
}

function showTables() {
  const value = ({ path, value, text }) => element('td', { 'data-metric': path, 'data-value': String(value) }, text);
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
    '#metrics table',
    ['ms', 'round trip', 'connect'],
    rows.map(([name, key]) => [name, value(metric(`rtt_ms.${key}`)), value(metric(`connect_ms.${key}`))]),
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
    ['rate', settings.rate === null ? 'as replies come' : `${wantedRate(settings.rate)}, sent when due`],
    ...(lateness ? [['sent late', `p99 ${ms(lateness.p99)} ms, max ${ms(lateness.max)} ms`]] : []),
    ...(settings.hold_s === 0 ? [] : [['silence between messages', `${settings.hold_s} s`]]),
    ...(settings.think_s === 0 ? [] : [['silence between messages', `${settings.think_s} s on average`]]),
    ...(settings.local_addresses.length === 0 ? [] : [['connects from', settings.local_addresses.join(', ')]]),
    ...(settings.connect_rate === null ? [] : [['new connections', `${settings.connect_rate} /s`]]),
    ['warm-up', settings.warmup_s === 0 ? 'none' : `${settings.warmup_s} s, ${number.format(warmup.sent)} messages`],
    ['timeout', settings.timeout_s === 0 ? 'none' : `${settings.timeout_s} s`],
    ['measured for', seconds(duration / 1000)],
    ['bytes received', number.format(bytes)],
    ...(fds ? [['descriptors of the server', `${fds.before} before, ${orNone(fds.after)} after`]] : []),
    ['this tool', `${self.cpu_percent} % of a core, loop delay p99 ${ms(self.loop_delay_ms.p99)} ms`],
  ]);
  showIfAny(
    'errors',
    ['error', 'count', 'first'],
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
  showStages();
  if (!comparison) return;
  document.querySelector('#comparison .hint').textContent =
    `${comparison.file}, of ${new Date(earlier.started).toLocaleString('en-GB')}. Its curves are dashed.`;
  showIfAny(
    'comparison',
    ['metric', 'then', 'now', 'change', ''],
    comparison.metrics.map(({ name, unit, before, now, change, trend }) => [
      name,
      withUnit(before, unit),
      withUnit(now, unit),
      changed(change),
      trend === 'same' ? 'same' : mark(trend, trend === 'better'),
    ]),
  );
}

const wantedRate = (rate) => (typeof rate === 'number' ? `${threeDigits(rate)} /s` : rate.replaceAll(',', ', '));

function showStages() {
  const { stages, knee, expectations } = report;
  const isJudged = expectations.length > 0;
  if (knee && isJudged) {
    document.getElementById('knee').textContent =
      (knee.held_per_s === null ? 'No stage held' : `${threeDigits(knee.held_per_s)} /s held`) +
      (knee.broke_stage === null
        ? ', the highest.'
        : `; stage ${knee.broke_stage}, up to ${threeDigits(knee.broke_per_s)} /s, did not.`);
  }
  const rates = ({ from, to }) => (from === to ? threeDigits(to) : `${threeDigits(from)} to ${threeDigits(to)}`);
  showIfAny(
    'stages',
    [
      'stage',
      'wanted /s',
      'for',
      'came /s',
      '50 % ms',
      '99 % ms',
      'slowest ms',
      'unsent',
      'failed',
      ...(isJudged ? [''] : []),
    ],
    stages.map((stage, index) => [
      String(index + 1),
      rates(stage),
      seconds(stage.duration_s),
      threeDigits(stage.rate_per_s),
      ...['p50', 'p99', 'max'].map((key) => ms(stage.rtt_ms[key])),
      number.format(stage.due - stage.sent),
      number.format(stage.sent - stage.ok),
      ...(isJudged ? [stageVerdict(stage)] : []),
    ]),
  );
}

function stageVerdict({ held, expectations, due, ok }) {
  if (held === null) return 'not complete';
  if (held) return mark('held', true);
  const unmet = expectations.filter(({ holds }) => !holds).map(({ expect }) => expect);
  return mark(unmet.length > 0 ? unmet.join(', ') : `${number.format(due - ok)} did not come back right`, false);
}

const changed = (percent) =>
  percent === null
    ? ''
    : percent >= 900
      ? `× ${number.format(percent / 100 + 1)}`
      : `${percent >= 0.05 ? '+' : ''}${percent.toFixed(1).replace('-0.0', '0.0')} %`;
const words = (text) => element('td', { class: 'words' }, text);
const mark = (text, good) => element('td', { class: good ? 'good' : 'bad' }, text);

function showIfAny(id, head, rows) {
  if (rows.length === 0) return;
  document.getElementById(id).hidden = false;
  fillTable(`#${id} table`, head, rows);
}

// Charts. All are redrawn when the colour scheme changes.

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const HEIGHT = 300;

const axis = (more) => ({
  stroke: color('muted'),
  grid: { stroke: color('line'), width: 1 },
  ticks: { stroke: color('line'), width: 1 },
  font: '12px system-ui',
  ...more,
});
/**
 * A curve. Its legend shows the value under the pointer.
 * @param whole what the legend shows while the pointer is elsewhere
 */
const line = (label, name, whole, { show = duration, ...more } = {}) => ({
  label,
  stroke: color(name),
  width: 2,
  points: { show: false },
  value: (_, value, __, index) => (index == null ? whole : value == null ? 'none' : show(value)),
  ...more,
});
const dashed = { dash: [5, 5], width: 1.5 };
/** The x axis in the legend. */
const across = (label, show) => ({
  label,
  value: (_, value, __, index) => (index == null || value == null ? 'point at the chart to read it' : show(value)),
});
const range = (values) => {
  const known = values.filter((value) => value !== null && value !== undefined);
  if (known.length === 0) return 'none';
  const [low, high] = [Math.min(...known), Math.max(...known)].map(duration);
  return low === high ? low : `${low} to ${high}`;
};

/** The steps 1, 2, 5, 10, 20 … of a logarithmic scale, from the one below the values to the one above them. */
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
/** Grid lines: at 1, 2 and 5 on a short scale, at powers of ten on a long one. */
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
/** Keeps the labels between powers of ten, which uPlot would drop. */
const all = (_, ticks) => ticks;
const logTime = { scale: 'ms', filter: all, splits: logSplits, values: (_, ticks) => ticks.map(duration), size: 70 };

function byPercentile() {
  // x is 10 at 90 %, 100 at 99 %: on a logarithmic scale each further nine takes the same width.
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
  const one = (value) => `${+(100 - 100 / value).toPrecision(6)} %`;
  const whole = ({ rtt_ms: { p50, p99, max } }) =>
    max === null ? 'none' : `50 % ${duration(p50)}, 99 % ${duration(p99)}, slowest ${duration(max)}`;
  const series = [across('percentile', one), line('this run', 'p99', whole(report))];
  let data = table(report);
  if (earlier) {
    series.push(line('the earlier run (dashed)', 'p99', whole(earlier), { ...dashed, spanGaps: true }));
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
        splits: (_, __, low, high) => stepsAround(low, high).filter((step) => isPower(step) && step <= high),
        values: (_, ticks) => ticks.map(one),
      }),
      axis(logTime),
    ],
    series,
  };
}

/** Adds to each interval its middle, in seconds, and its length in ms: the last one ends with the run. */
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
const time = () => across('time', seconds);
const few = (points) => (points.length < 40 ? { points: { show: true, size: 4 } } : {});

function latencyOverTime() {
  const points = intervals(report);
  const more = few(points);
  return {
    data: [points.map(({ x }) => x), ...['max', 'p99', 'p50'].map((key) => points.map((point) => point[key]))],
    scales: { ...overTime, ms: { distr: 3, range: logRange } },
    axes: [timeAxis(), axis(logTime)],
    series: [
      time(),
      line('slowest', 'max', range(points.map(({ max }) => max)), { ...more, width: 1 }),
      line('99 % within', 'p99', range(points.map(({ p99 }) => p99)), more),
      line('50 % within', 'p50', range(points.map(({ p50 }) => p50)), more),
    ],
  };
}

/**
 * The top of the rate's scale. After a stall many replies come in one interval. One that is several times as high as the rest would flatten
 * the chart, so the scale is cut below it, and the page says so.
 */
function topOf(rates, wanted) {
  const sorted = rates.filter((rate) => rate > 0).sort((a, b) => a - b);
  const highest = Math.max(sorted.at(-1) ?? 0, wanted ?? 0);
  const usual = Math.max(
    sorted[Math.floor((sorted.length - 1) * 0.9)] ?? 0,
    sorted[Math.floor(sorted.length / 2)] ?? 0,
    wanted ?? 0,
  );
  return highest > 3 * usual ? 1.5 * usual : Math.max(1e-3, highest * 1.05);
}

/** The rate that was wanted at that second. */
function wantedAt(second) {
  const { rate } = report.settings;
  if (typeof rate !== 'string') return rate;
  const stage = report.stages.find(({ start_s: start, duration_s: length }) => second < start + length);
  if (stage === undefined) return null;
  const { from, to, start_s: start, duration_s: length } = stage;
  return from + (to - from) * Math.max(0, Math.min(1, (second - start) / length));
}

function rateOverTime() {
  const rates = (points) => [points.map(({ x }) => x), points.map(({ ok, length }) => (ok * 1000) / length)];
  const show = (value) => `${threeDigits(value)} /s`;
  const perSecond = { show, scale: 'rate' };
  const points = intervals(report);
  const wanted = points.map(({ x }) => wantedAt(x));
  const most = Math.max(0, ...wanted);
  const average = ({ rate_per_s: rate }) => `${show(rate)} on average`;
  const series = [
    time(),
    line('came back right', 'rate', average(report), { ...perSecond, ...few(points), fill: `${color('rate')}22` }),
  ];
  const axes = [timeAxis(), axis({ scale: 'rate', size: 70, values: (_, ticks) => ticks.map(threeDigits) })];
  let data = rates(points);
  const all = [...data[1], ...(earlier ? rates(intervals(earlier))[1] : [])];
  const top = topOf(all, most);
  const cut = Math.max(...all, 0);
  document.getElementById('cut').textContent =
    cut > top ? ` The scale is cut: the highest interval had ${show(cut)}.` : '';
  const scales = { ...overTime, rate: { range: [0, top] } };
  if (report.settings.rate !== null) {
    data.push(wanted);
    series.push(
      line('wanted (dotted)', 'muted', wantedRate(report.settings.rate), {
        ...perSecond,
        dash: [2, 4],
        width: 1.5,
        spanGaps: true,
      }),
    );
  }
  if (points.some(({ errors }) => errors > 0)) {
    data.push(points.map(({ errors }) => errors || null));
    scales.errors = { range: (_, low, high) => [0, Math.max(1, high * 1.05)] };
    const bars = uPlot.paths.bars({ size: [0.5, 12] });
    const total = report.errors.reduce((sum, { count }) => sum + count, 0);
    series.push({
      ...line('errors (bars, right scale)', 'error', number.format(total), { show: number.format }),
      scale: 'errors',
      fill: color('error'),
      paths: bars,
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
    for (const each of series.slice(1)) each.spanGaps = true;
    series.push(
      line('the earlier run (dashed)', 'rate', average(earlier), { ...perSecond, ...dashed, spanGaps: true }),
    );
    data = uPlot.join([data, rates(intervals(earlier))]);
  }
  return { data, scales, axes, series };
}

/** The histogram as a stepped line, which the last edge closes. */
function histogram() {
  const { histogram: bars, messages } = report;
  const counts = bars.map(([, , count]) => count);
  const most = Math.max(...counts, 1);
  const steps = uPlot.paths.stepped({ align: 1 });
  const show = (count) => `${number.format(count)} (${threeDigits((100 * count) / Math.max(1, messages.ok))} %)`;
  return {
    data: [
      [...bars.map(([from]) => from), ...bars.slice(-1).map(([, to]) => to)],
      [...counts, ...(counts.length > 0 ? [0] : [])],
    ],
    scales: {
      x: { time: false, distr: 3, range: (_, low, high) => (bars.length > 0 ? [low, high] : [0.1, 1]) },
      count: { range: [0, most * 1.05] },
    },
    axes: [
      axis({
        filter: all,
        splits: (_, __, low, high) => logSplits(_, __, low, high).filter((step) => step >= low && step <= high),
        values: (_, ticks) => ticks.map(duration),
      }),
      axis({
        scale: 'count',
        size: 70,
        values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? number.format(tick) : '')),
      }),
    ],
    series: [
      across('took from', duration),
      line('messages', 'p50', number.format(messages.ok), {
        show,
        scale: 'count',
        width: 1,
        fill: `${color('p50')}55`,
        paths: steps,
      }),
    ],
  };
}

const charts = {
  'by-percentile': byPercentile,
  histogram,
  'latency-over-time': latencyOverTime,
  'rate-over-time': rateOverTime,
};
const drawn = new Map();

function draw() {
  for (const [id, chart] of Object.entries(charts)) {
    const place = document.getElementById(id);
    drawn.get(id)?.destroy();
    const { data, scales, axes, series } = chart();
    for (const each of series.slice(1)) each.scale ??= 'ms';
    const size = { width: place.clientWidth, height: HEIGHT };
    const plot = new uPlot({ ...size, scales, axes, series, cursor: { drag: { x: true, y: false } } }, data, place);
    plot.setLegend({ idx: null }); // the pointer is over no chart yet
    drawn.set(id, plot);
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
