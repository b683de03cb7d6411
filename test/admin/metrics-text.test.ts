import { expect } from 'chai';
import { dashboard, queries } from '../support/dashboard';
import { labelsOf, metrics } from '../../lib/admin/metric-table';
import { metricsText } from '../../lib/admin/metrics-text';
import { events } from '../../lib/log/events';
import { sum, zeroStats } from '../../lib/server/stats/server-stats';

/** Every number is 1, so that nothing is left out. */
const ones = JSON.parse(JSON.stringify(zeroStats).replaceAll(':0', ':1')) as typeof zeroStats;
const sources = { stats: ones, isReady: true, workers: 1, version: '1.2.3', startedAt: 1_500 };

/** The labels of each metric as they stand in the text, by the metric's name. */
async function labelsInText(): Promise<Map<string, Set<string>>> {
  const { text } = await metricsText(sources);
  const labels = new Map<string, Set<string>>();
  for (const [, name = '', list = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const known = labels.get(name) ?? new Set();
    for (const [, label = ''] of list.matchAll(/(\w+)="/g)) known.add(label);
    labels.set(name, known);
  }
  return labels;
}

describe('the metrics', () => {
  it('are named once each, and explained', () => {
    expect(new Set(metrics.map(({ name }) => name)).size).to.equal(metrics.length);
    for (const { help } of metrics) expect(help).to.match(/^[A-Z0-9].*\.$/);
  });

  it('have a label for each reason that a connection can close for, and these are events', () => {
    const closed = metrics.find(({ name }) => name === 'trustctl_connections_closed_total')!;
    const reasons = labelsOf(closed).get('reason')!;
    for (const reason of reasons) expect([...Object.keys(events), 'disconnect']).to.include(reason);
    expect(reasons).to.include.members(['disconnect', 'recv_timeout', 'frame_oversize', 'shutdown', 'worker_exit']);
  });

  it('are the same series whatever was counted', async () => {
    const names = (text: string): string[] => text.split('\n').map((line) => line.slice(0, line.lastIndexOf(' ')));
    const once = await metricsText(sources);
    const twice = await metricsText({ ...sources, stats: sum(ones, ones) });
    expect(names(twice.text)).to.deep.equal(names(once.text));
    expect(twice.text).to.not.equal(once.text);
  });

  it('count the buckets of a histogram as Prometheus does: each holds those below it', async () => {
    const { text } = await metricsText(sources);
    const counts = [...text.matchAll(/_lag_seconds_bucket\{le="(.+)"\} (\d+)/g)].map(([, le, count]) => [le, count]);
    expect(counts.map(([, count]) => Number(count))).to.deep.equal(counts.map((_, index) => index + 1));
    expect(counts.at(-1)).to.deep.equal(['+Inf', '13']);
    expect(text).to.match(/^trustctl_event_loop_lag_seconds_count 13$/m);
  });
});

describe('the dashboard', () => {
  it('asks for metrics and labels that are told', async () => {
    const told = await labelsInText();
    const asked = [
      ...queries.map(({ expr }) => expr),
      ...dashboard.templating.list.map((each) => each.definition ?? ''),
    ];
    for (const expr of asked.filter(Boolean)) {
      const names = [...expr.matchAll(/\b(?:trustctl|process|nodejs)_\w+/g)].map(([name]) => name);
      expect(names, expr).to.have.length.of.at.least(1);
      const labels = new Set(['job', 'instance']); // those that Prometheus adds
      for (const name of names) {
        expect([...told.keys()], expr).to.include(name);
        told.get(name)!.forEach((label) => labels.add(label));
      }
      const inMatchers = [...expr.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label]) => label!);
      const inGroups = [...expr.matchAll(/\b(?:by|without) \(([\w, ]+)\)/g)].flatMap(([, list]) => list!.split(', '));
      for (const label of [...inMatchers, ...inGroups]) expect([...labels], expr).to.include(label);
    }
  });

  it('shows every metric but for parts of a histogram', () => {
    const asked = queries.map(({ expr }) => expr).join(' ');
    for (const { name } of metrics) expect(asked).to.contain(name);
  });
});
