/**
 * Runs echo-check and idle-probe through each proxy and writes what breaks into docs/check-a-path.md. Takes a few minutes; needs
 * HAProxy, nginx with its stream module, and socat.
 *
 *     npm run docs:paths
 */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { pathAspects } from '../lib/check/path-aspects';
import { formatDuration } from '../lib/text/quantities';
import { type Flaw, type Path, paths } from '../test/fixtures/paths';
import { freePort } from '../test/support/free-port';
import { LATE_REPLY, lateReplyComes } from '../test/support/late-reply';
import { env, stopProxies } from '../test/support/proxy-process';
import { BIN, ServerProcess, cleanEnvironment } from '../test/support/trustctl';
import { replaced, table } from './generated-part';

const FILE = resolve(__dirname, '../docs/check-a-path.md');
/** Seconds: what the server promises. */
const PROMISES = { timeout: 3, frameTimeout: 6.4 };
/** How often the check is run through each path. */
const RUNS = 2;
/** Seconds: the longest rest that is tried. */
const LONGEST_REST = 60;

/** What was seen of a path. */
interface Seen {
  readonly path: Path;
  /** Ids of cases. */
  readonly failed: readonly string[];
  readonly lateReply: boolean;
  /** Seconds, or undefined if there is none up to LONGEST_REST; null if nothing comes through. */
  readonly idleLimit: number | undefined | null;
}

/** Runs a command of ours and returns its JSON; undefined if it printed none. */
function run(...args: string[]): Promise<Record<string, unknown> | undefined> {
  return new Promise((done) => {
    execFile(BIN, [...args, '--json'], { env: cleanEnvironment(), maxBuffer: 1 << 28 }, (_, stdout) =>
      done(stdout === '' ? undefined : (JSON.parse(stdout) as Record<string, unknown>)),
    );
  });
}

/** The cases that fail in any of several runs, as some depend on what comes first. */
async function failedCases(path: Path): Promise<string[]> {
  const failed = new Set<string>();
  for (let run = 0; run < RUNS; run++) for (const id of await failedOnce(path)) failed.add(id);
  return [...failed];
}

async function failedOnce(path: Path): Promise<string[]> {
  const { timeout, frameTimeout } = PROMISES;
  const server = await ServerProcess.start(['--timeout', String(timeout), '--frame-timeout', String(frameTimeout)]);
  const port = await freePort();
  await path.start(port, server.port);
  const report = await run(
    ...['echo-check', '--port', String(port), '--max-payload', '65536', '--server-timeout', String(timeout)],
    ...['--server-frame-timeout', String(frameTimeout), '--server-pid', String(server.pid)],
  );
  await server.stop();
  if (report === undefined) throw new Error(`echo-check told nothing of ${path.name}`);
  const cases = report.cases as { id: string; status: string }[];
  return cases.filter(({ status }) => status === 'failed').map(({ id }) => id);
}

async function idleLimit(path: Path): Promise<number | undefined | null> {
  const server = await ServerProcess.start(['--timeout', '0', '--frame-timeout', '0']);
  const port = await freePort();
  await path.start(port, server.port);
  const found = await run('idle-probe', `127.0.0.1:${port}`, '--max', String(LONGEST_REST));
  await server.stop();
  if (found === undefined) return null;
  return (found.cut_sec as number | null) ?? undefined;
}

const good = 'passes';

function idleWords({ idleLimit: limit }: Seen): string {
  if (limit === null) return '-';
  return limit === undefined ? `none up to ${LONGEST_REST} s` : `cut after ${formatDuration(limit * 1000)}`;
}

function resultsTable(seen: readonly Seen[]): string {
  const rows = seen.map((one) => {
    const { path, failed, lateReply } = one;
    const aspects = pathAspects.map(({ cases }) => {
      const broken = cases.filter((id) => failed.includes(id));
      if (broken.length > 2) return `${broken.length} of ${cases.length} fail`;
      return broken.length === 0 ? good : `${broken.join(', ')} fail${broken.length === 1 ? 's' : ''}`;
    });
    return [path.name, ...aspects, lateReply ? good : 'lost', idleWords(one)];
  });
  // A row for each aspect reads better than a column.
  const head = ['', ...rows.map(([name]) => name ?? '')];
  const names = [...pathAspects.map(({ name }) => name), 'late reply', 'idle limit'];
  return table(
    head,
    names.map((name, index) => [name, ...rows.map((row) => row[index + 1] ?? '')]),
  );
}

const brokenWords = ({ breaks }: Flaw): string =>
  breaks.includes('framing/2.1') ? 'framing/2.1, and with it almost all' : breaks.join(', ');

const flawsTable = (seen: readonly Seen[]): string =>
  table(
    ['path', 'may break', 'why', 'what mends it'],
    seen.flatMap(({ path }) => path.flaws.map((flaw) => [path.name, brokenWords(flaw), flaw.why, flaw.mend])),
  );

const configurationsTable = (): string =>
  table(
    ['path', 'configuration'],
    paths.map(({ name, shown }) => [name, `\`${shown}\``]),
  );

/** Whether a flaw that the document explains shows. */
function shows(breaks: Flaw['breaks'][number], { failed, lateReply, idleLimit: limit }: Seen): boolean {
  if (breaks === 'late reply') return !lateReply;
  return breaks === 'idle limit' ? typeof limit === 'number' : failed.includes(breaks);
}

/** What was seen and is explained nowhere, or is explained and was not seen. */
function unexplained(seen: Seen): string[] {
  const { path, failed, lateReply } = seen;
  const explained = path.flaws.flatMap(({ breaks }) => breaks);
  const certain = path.flaws.filter(({ sometimes }) => !sometimes).flatMap(({ breaks }) => breaks);
  if (explained.includes('framing/2.1')) return []; // nothing comes through
  const known: readonly string[] = explained;
  return [
    ...certain.filter((breaks) => !shows(breaks, seen)).map((breaks) => `${path.name}: ${breaks} does not show`),
    ...failed.filter((id) => !known.includes(id)).map((id) => `${path.name}: ${id} is not explained`),
    ...(lateReply || known.includes('late reply') ? [] : [`${path.name}: the late reply is not explained`]),
  ];
}

function versions(): string {
  const first = (program: string, flag: string): string => {
    const { stdout, stderr } = spawnSync(program, [flag], { env, encoding: 'utf8' });
    return /\d+\.\d+(\.\d+)*/.exec(stdout + stderr)?.[0] ?? '?';
  };
  return `HAProxy ${first('haproxy', '-v')}, nginx ${first('nginx', '-v')}, socat ${first('socat', '-V')}`;
}

async function main(): Promise<void> {
  // Connections that rest need no processor: all paths at once. The check has timed cases: one path after another.
  const limits = Promise.all(paths.map(idleLimit));
  const seen: Seen[] = [];
  for (const [index, path] of paths.entries()) {
    const failed = await failedCases(path);
    const lateReply = await lateReplyComes(path);
    process.stderr.write(`${path.name}: ${failed.length} cases fail; late reply ${lateReply ? 'comes' : 'is lost'}\n`);
    seen.push({ path, failed, lateReply, idleLimit: (await limits)[index] });
  }
  await stopProxies();
  const surprises = seen.flatMap(unexplained);
  let text = readFileSync(FILE, 'utf8');
  text = replaced(text, 'configurations', configurationsTable());
  text = replaced(
    text,
    'results',
    `${resultsTable(seen)}\n\nMade with ${versions()}; the late reply takes ${LATE_REPLY} s.`,
  );
  text = replaced(text, 'flaws', flawsTable(seen));
  writeFileSync(FILE, await format(text, { ...(await resolveConfig(FILE)), parser: 'markdown' }));
  for (const surprise of surprises) process.stderr.write(`${surprise}\n`);
  process.exitCode = surprises.length === 0 ? 0 : 1;
}

void main();
