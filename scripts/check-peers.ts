/**
 * Runs echo-check against servers on the framing of other projects and writes what they break into docs/check-peers.md. Takes a
 * few minutes. A peer that is not installed keeps its rows. Debian has the others in python3-twisted and erlang-base.
 *
 *     npm run docs:peers
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { allCases, type CheckCase } from '../lib/check';
import { MAX_PAYLOAD, type Peer, peers } from '../test/fixtures/peers';
import { freePort } from '../test/support/free-port';
import { BIN, cleanEnvironment } from '../test/support/trustctl';
import { replaced, rowsOf, table } from './generated-part';

const FILE = resolve(__dirname, '../docs/check-peers.md');
/** How often the check is run: some failures depend on how the stream is cut. */
const RUNS = 3;

interface Report {
  readonly cases: readonly { id: CheckCase['id']; status: 'passed' | 'failed' | 'skipped' }[];
}

/** What was seen of a peer. */
interface Seen {
  readonly peer: Peer;
  readonly version: string;
  /** Cases by status; a case that failed in any run has failed. */
  readonly passed: number;
  readonly failed: readonly CheckCase['id'][];
  readonly skipped: number;
}

async function check(peer: Peer): Promise<Report> {
  const timeout = peer.timeout === undefined ? [] : ['--server-timeout', String(peer.timeout)];
  const args = [
    ...['echo-check', '--json', '--port', String(await freePort()), '--server-command', peer.command()],
    ...['--max-payload', String(MAX_PAYLOAD), ...timeout],
  ];
  return new Promise((done, failed) => {
    execFile(BIN, args, { env: cleanEnvironment(), maxBuffer: 1 << 28 }, (_, stdout, stderr) => {
      if (stdout === '') failed(new Error(`echo-check has no report of ${peer.name}: ${stderr}`));
      else done(JSON.parse(stdout) as Report);
    });
  });
}

async function see(peer: Peer, version: string): Promise<Seen> {
  const failed = new Set<CheckCase['id']>();
  let skipped = 0;
  for (let run = 0; run < RUNS; run++) {
    const { cases } = await check(peer);
    for (const { id, status } of cases) if (status === 'failed') failed.add(id);
    skipped = cases.filter(({ status }) => status === 'skipped').length;
  }
  const inOrder = allCases.map(({ id }) => id).filter((id) => failed.has(id));
  return { peer, version, passed: allCases.length - skipped - failed.size, failed: inOrder, skipped };
}

const resultRow = ({ peer, version, passed, failed, skipped }: Seen): string[] => [
  peer.name,
  version,
  peer.shown,
  ...[passed, failed.length, skipped].map(String),
];

/** What a peer breaks, as it was seen. */
function flawRows({ peer, failed }: Seen): string[][] {
  return peer.flaws.map(({ rule, breaks, sometimes = [], why, remedy }) => {
    const seen = failed.filter((id) => breaks.includes(id) || sometimes.includes(id));
    const words = allCases.find(({ id }) => id === rule)?.rule ?? '';
    return [peer.name, seen.join(', '), words, why, remedy];
  });
}

/** What was seen and is explained nowhere, or is explained and was not seen. */
function unexplained({ peer, failed }: Seen): string[] {
  const certain = peer.flaws.flatMap(({ breaks }) => breaks);
  const known = [...certain, ...peer.flaws.flatMap(({ sometimes }) => sometimes ?? [])];
  return [
    ...certain.filter((id) => !failed.includes(id)).map((id) => `${peer.name}: ${id} does not fail`),
    ...failed.filter((id) => !known.includes(id)).map((id) => `${peer.name}: ${id} is not explained`),
  ];
}

async function main(): Promise<void> {
  let text = readFileSync(FILE, 'utf8');
  const seen = new Map<Peer, Seen>();
  for (const peer of peers) {
    const version = peer.version();
    if (version === undefined) {
      process.stderr.write(`${peer.name} is not installed: its rows stay as they are\n`);
      continue;
    }
    const one = await see(peer, version);
    seen.set(peer, one);
    process.stderr.write(`${peer.name} ${version}: ${one.failed.length} cases fail\n`);
  }
  /** The rows of each peer: made now, or else those of the document. */
  const rows = (name: string, make: (one: Seen) => string[][]): string[][] => {
    const old = rowsOf(text, name);
    return peers.flatMap((peer) => {
      const one = seen.get(peer);
      return one ? make(one) : old.filter(([first]) => first === peer.name);
    });
  };
  const results = rows('results', (one) => [resultRow(one)]);
  const flaws = rows('flaws', flawRows);
  text = replaced(text, 'results', table(['peer', 'version', 'the echo', 'passed', 'failed', 'skipped'], results));
  text = replaced(text, 'flaws', table(['peer', 'fails', 'the rule', 'why', 'what to do'], flaws));
  writeFileSync(FILE, await format(text, { ...(await resolveConfig(FILE)), parser: 'markdown' }));
  const surprises = [...seen.values()].flatMap(unexplained);
  for (const surprise of surprises) process.stderr.write(`${surprise}\n`);
  process.exitCode = surprises.length === 0 ? 0 : 1;
}

void main();
