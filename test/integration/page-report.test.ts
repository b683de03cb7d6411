import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { judgeReport } from '../../lib/load/report/judge-report';
import { parseExpectation } from '../../lib/load/report/expectation';
import { pageReport } from '../../lib/load/report/page-report';
import type { Plan } from '../../lib/load/plan';
import { type LoadReport, makeReport } from '../../lib/load/report/load-report';
import { runLoad } from '../../lib/load/load-run';
import { startChromium } from '../support/chromium';
import { plainPlan } from '../support/load-plan';
import { type Script, echo, resets, scriptedServer } from '../support/scripted-server';
import { temporaryFolder } from '../support/trustctl';

/** Two clients for a second. */
const plan: Plan = {
  ...plainPlan,
  timeout: 2,
  clients: 2,
  concurrency: 2,
  messages: undefined,
  durationMs: 1000,
  pipeline: 4,
};

async function reportOf(port: number, changes: Partial<Plan> = {}): Promise<LoadReport> {
  const outcome = await runLoad({ ...plan, ...changes, port }, new AbortController().signal);
  const report = makeReport(outcome, { version: '1.2.3', fds: { before: 20, after: 20 } });
  return {
    ...report,
    expectations: ['p99<1us', 'ok>0'].map((text) => parseExpectation(text)(report, outcome.measurement)),
  };
}

/** Echoes; its second connection is reset at the first message. */
const flaky: Script = (socket, connection) => {
  echo(socket, connection);
  if (connection === 2) socket.once('data', () => socket.resetAndDestroy());
};

/** Ten intervals in which every curve can be seen, however fast this machine is. */
const timeline: LoadReport['timeline'] = {
  interval_ms: 25,
  points: Array.from({ length: 10 }, (_, i) => ({
    t: i * 25,
    ok: 100 + 10 * i,
    errors: i % 3,
    p50: 0.1 + 0.01 * i,
    p99: 0.5 + 0.1 * i,
    max: 2,
    rtt: null,
  })),
};

/** A page that is open, and all that it complained of or asked for. */
interface Opened extends AsyncDisposable {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

describe('pageReport, in a browser', () => {
  let browser: Browser | undefined;

  before(async () => {
    browser = await startChromium();
  });
  after(() => browser?.close());

  async function open(html: string, options: { colorScheme: 'light' | 'dark'; width?: number }): Promise<Opened> {
    const file = join(temporaryFolder(), 'report.html');
    writeFileSync(file, html);
    const page = await browser!.newPage({
      colorScheme: options.colorScheme,
      viewport: { width: options.width ?? 1200, height: 900 },
    });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    return { page, complaints, requests, [Symbol.asyncDispose]: () => page.close() };
  }

  /** How many pixels of a chart have the colour that the page calls so. */
  const pixels = (page: Page, chart: string, color: string): Promise<number> =>
    page.evaluate(
      `(() => {
        const canvas = document.querySelector('#${chart} canvas');
        const wanted = getComputedStyle(document.documentElement).getPropertyValue('--${color}').trim();
        const [r, g, b] = [1, 3, 5].map((at) => parseInt(wanted.slice(at, at + 2), 16));
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let at = 0; at < data.length; at += 4) {
          if (data[at] === r && data[at + 1] === g && data[at + 2] === b && data[at + 3] === 255) count += 1;
        }
        return count;
      })()`,
    );

  const curves = [
    ['by-percentile', 'p99'],
    ['histogram', 'p50'],
    ['latency-over-time', 'p50'],
    ['latency-over-time', 'p99'],
    ['rate-over-time', 'rate'],
    ['rate-over-time', 'error'],
  ] as const;

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`shows the report’s own numbers and charts that are not empty, ${colorScheme}, without a complaint or a network`, async () => {
      await using server = await scriptedServer(flaky);
      const report = { ...(await reportOf(server.port)), timeline };
      await using opened = await open(pageReport(report, undefined), { colorScheme });
      const { page, complaints, requests } = opened;

      expect(complaints).to.deep.equal([]);
      expect(requests).to.have.length(1); // the file itself
      expect(await page.title()).to.equal(`Load test of 127.0.0.1:${server.port}`);
      const metrics = await page.evaluate<[path: string, value: string, text: string][]>(
        `[...document.querySelectorAll('[data-metric]')].map(({ dataset, textContent }) => [dataset.metric, dataset.value, textContent])`,
      );
      expect(metrics.length).to.equal(24);
      for (const [path, value, text] of metrics) {
        const own = path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], report);
        expect(value, path).to.equal(String(own));
        const shown = Number(text.replace(/ms$|\/s$/, '').replaceAll(',', ''));
        expect(shown, path).to.be.closeTo(own as number, Math.max(0.5, (own as number) / 100));
      }
      for (const [chart, color] of curves)
        expect(await pixels(page, chart, color), `${chart}: ${color}`).to.be.greaterThan(20);

      expect(await page.textContent('#result')).to.match(/^\d+ failed, 1 unmet expectation$/);
      expect(await page.textContent('#errors')).to.include(report.errors[0]!.first);
      expect(await page.$$eval('#expectations td.bad', (all) => all.length)).to.equal(1);
      expect(await page.isVisible('#comparison')).to.equal(false);
      const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      expect(background).to.equal(colorScheme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(18, 22, 28)');
    });
  }

  it('puts an earlier run beside this one, and follows the colour scheme', async () => {
    await using server = await scriptedServer(echo);
    const baseline = { file: 'old <b>.json', report: await reportOf(server.port, { pipeline: 1 }) };
    await using opened = await open(pageReport(await reportOf(server.port), baseline), { colorScheme: 'light' });
    const { page, complaints } = opened;
    const alone = await pixels(page, 'by-percentile', 'p99');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
    expect(await pixels(page, 'by-percentile', 'p99')).to.be.greaterThan(alone / 2); // in the other scheme's colour
    expect(await page.textContent('#comparison')).to.include('old <b>.json');
    expect(await page.$$eval('#comparison tr', (all) => all.length)).to.equal(11);
    expect(await page.textContent('#by-percentile .u-legend')).to.include('the earlier run (dashed)');
    expect(await page.textContent('#notes')).to.include('pipeline 1, now 4');
    expect(complaints).to.deep.equal([]);
  });

  it('says in its legends what each curve is while nothing is pointed at, and its values when something is', async () => {
    await using server = await scriptedServer(echo);
    const report = { ...(await reportOf(server.port, { rate: 200, pipeline: Infinity })), timeline };
    await using opened = await open(pageReport(report, undefined), { colorScheme: 'light' });
    const { page } = opened;
    const legends = async (): Promise<string> =>
      page.evaluate(`[...document.querySelectorAll('.u-legend')].map(({ textContent }) => textContent).join('\\n')`);
    expect(await legends()).to.not.match(/--|–/);
    expect(await legends())
      .to.match(/99 % within.*500 µs to 1\.4 ms/)
      .and.match(/wanted \(dotted\).*200 \/s/);
    expect(await legends()).to.match(/errors \(bars, right scale\)/);
    await page.hover('#latency-over-time .u-over');
    expect(await page.textContent('#latency-over-time .u-legend')).to.match(/time.*0\.\d+ s.*slowest.*2 ms/s);
    expect(await pixels(page, 'rate-over-time', 'muted')).to.be.greaterThan(20);
  });

  it('does not let what comes at once after a stall flatten the rest of the rate', async () => {
    await using server = await scriptedServer(echo);
    const points = timeline.points.map((point, i) => ({ ...point, errors: 0, ok: i === 5 ? 4000 : i === 4 ? 0 : 100 }));
    const report = { ...(await reportOf(server.port)), timeline: { interval_ms: 25, points } };
    const heights = async (html: string): Promise<number> => {
      await using opened = await open(html, { colorScheme: 'light' });
      expect(await opened.page.textContent('#cut')).to.equal(' The scale is cut: the highest interval had 160,000 /s.');
      // The filled area under the usual rate: all but flat where the scale goes up to the highest.
      return await pixels(opened.page, 'rate-over-time', 'rate');
    };
    expect(await heights(pageReport(report, undefined))).to.be.greaterThan(20);
  });

  it('has a row for each stage of a schedule, and tells which rate held', async () => {
    await using server = await scriptedServer(echo);
    const changes = { rate: '100@0.3s,100..400@0.5s', pipeline: Infinity, durationMs: 800 };
    const measured = await reportOf(server.port, changes);
    const report = judgeReport(measured, ['p99<60s', 'errors=0'].map(parseExpectation));
    await using opened = await open(pageReport(report, undefined), { colorScheme: 'dark', width: 400 });
    const { page, complaints } = opened;
    expect(complaints).to.deep.equal([]);
    expect(await page.$$eval('#stages tr', (all) => all.length)).to.equal(1 + report.stages.length);
    expect(await page.$$eval('#stages td.good', (all) => all.length)).to.equal(3);
    expect(await page.textContent('#stages')).to.include('400 /s held, the highest.');
    expect(await pixels(page, 'rate-over-time', 'muted')).to.be.greaterThan(20);
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(400);
  });

  it('fits a narrow window', async () => {
    await using server = await scriptedServer(flaky);
    await using opened = await open(pageReport(await reportOf(server.port), undefined), {
      colorScheme: 'light',
      width: 400,
    });
    expect(await opened.page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(400);
  });

  it('shows a run of which nothing came back', async () => {
    await using server = await scriptedServer(resets);
    const report = await reportOf(server.port, { durationMs: undefined, messages: 3 });
    await using opened = await open(pageReport(report, { file: 'old.json', report }), { colorScheme: 'dark' });
    expect(opened.complaints).to.deep.equal([]);
    expect(await opened.page.textContent('#result')).to.equal('6 failed, 2 unmet expectations');
    expect(await opened.page.textContent('#tiles')).to.match(/Median\s*none/);
  });
});
