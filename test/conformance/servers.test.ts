import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { allCases, type Verdict } from '../../lib/check';
import { BIN, temporaryFolder } from '../support/trustctl';
import { processOf, runAgainstCommand } from '../support/mutant-run';

const EXAMPLES = resolve(__dirname, '../../docs/examples');
/** What the servers are told, and promise: a pause of over a second is no silence yet, also where they all run at once. */
const promises = { maxPayload: 65536, serverTimeout: 3, serverFrameTimeout: 6.4 };
const { serverTimeout, serverFrameTimeout } = promises;

/** Builds an example and tells the program. */
function build(tool: string, ...args: string[]): string {
  const program = join(temporaryFolder(), 'echo_server');
  const { error, status, stderr } = spawnSync(
    tool,
    args.map((arg) => (arg === 'PROGRAM' ? program : arg)),
    {
      env: { ...process.env, GOCACHE: temporaryFolder(), GOFLAGS: '-mod=mod' },
    },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`${tool}: ${stderr.toString()}`);
  return program;
}

interface RightServer {
  readonly name: string;
  readonly command: () => string;
}

const servers: readonly RightServer[] = [
  { name: 'the reference server', command: () => processOf('right', promises) },
  {
    name: 'trustctl echo-server',
    command: () =>
      `env TRUST_HOME=${temporaryFolder()} ${BIN} echo-server --port {port} --timeout ${serverTimeout} --frame-timeout ${serverFrameTimeout}`,
  },
  {
    name: 'the example in Python',
    command: () => `python3 ${EXAMPLES}/echo_server.py {port} ${serverTimeout} ${serverFrameTimeout}`,
  },
  {
    name: 'the example in C',
    command: () => {
      const program = build(
        'gcc',
        '-O2',
        '-Wall',
        '-Wextra',
        '-Werror',
        '-pthread',
        '-o',
        'PROGRAM',
        `${EXAMPLES}/echo_server.c`,
      );
      return `${program} {port} ${serverTimeout} ${serverFrameTimeout}`;
    },
  },
  {
    name: 'the example in Go',
    command: () => {
      const program = build('go', 'build', '-o', 'PROGRAM', `${EXAMPLES}/echo_server.go`);
      return `${program} {port} ${serverTimeout} ${serverFrameTimeout}`;
    },
  },
];

/** What did not pass, in words. */
function complaints(verdicts: readonly Verdict[]): string[] {
  return verdicts
    .filter(({ status }) => status !== 'passed')
    .map(({ case: { id }, status, reason, failure }) => `${id} ${status}: ${reason ?? failure?.got ?? ''}`);
}

const ONE_AT_A_TIME = 'trustctl echo-server --concurrency 1';
const needTwo = ['stream/3.5', 'stream/3.7', 'endurance/6.2'];

describe('against a right server', function () {
  this.timeout(60_000);
  const runs = new Map<string, Promise<Verdict[]>>();

  before(() => {
    const start = (name: string, run: () => Promise<Verdict[]>): void => {
      const running = run();
      running.catch(() => undefined); // its test tells
      runs.set(name, running);
    };
    for (const { name, command } of servers)
      start(name, async () => runAgainstCommand(command(), allCases, { ...promises, patience: 10 }));
    const quick = allCases.filter(({ pace }) => pace !== 'timed');
    const command = `env TRUST_HOME=${temporaryFolder()} ${BIN} echo-server --port {port} --concurrency 1`;
    start(ONE_AT_A_TIME, () =>
      runAgainstCommand(command, quick, { maxPayload: 65536, patience: 10, concurrent: false }),
    );
  });

  for (const { name } of servers)
    it(`every case passes: ${name}`, async () => {
      const verdicts = await runs.get(name)!;
      expect(complaints(verdicts)).to.deep.equal([]);
      expect(verdicts).to.have.length(allCases.length);
    });

  it(`every case passes that needs no second client: ${ONE_AT_A_TIME}`, async () => {
    const verdicts = await runs.get(ONE_AT_A_TIME)!;
    expect(complaints(verdicts)).to.deep.equal(
      needTwo.map((id) => `${id} skipped: the server serves one client at a time`),
    );
  });
});
