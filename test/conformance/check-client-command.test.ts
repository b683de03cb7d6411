import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { clientCases, groupOf } from '../../lib/check';
import { clientGroups } from '../../lib/check/client/client-case';
import { until } from '../support/until';
import { BIN, cleanEnvironment, type Finished, runTrustctl, temporaryFolder } from '../support/trustctl';

const RIGHT = `python3 ${resolve(__dirname, '../../docs/examples/echo_client.py')} {host} {port}`;
const ONE_RECV = `python3 ${resolve(__dirname, '../fixtures/clients/one_recv.py')} {host} {port}`;

const check = (command: string, ...args: string[]): Promise<Finished> =>
  runTrustctl(['echo-check', '--client-command', command, ...args]);

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`);
const pidsIn = (file: string): number[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map(Number) : [];

describe('the cases for clients', () => {
  it('each have an id of their own that starts with the number of their group', () => {
    expect(new Set(clientCases.map(({ id }) => id)).size).to.equal(clientCases.length);
    for (const check of clientCases)
      expect(check.id).to.match(new RegExp(`^${groupOf(check)}/${clientGroups[groupOf(check)]}\\.\\d+$`));
    expect(new Set(clientCases.map(groupOf))).to.deep.equal(new Set(Object.keys(clientGroups)));
  });

  it('say in sentences what is sent, what the client must do, and why it matters', () => {
    for (const { rule, sends, expects, why } of clientCases)
      for (const sentence of [rule, sends, expects, why]) expect(sentence).to.match(/^[A-Z].*\.$/);
  });

  it('follow only cases that stand before them', () => {
    const ids = clientCases.map(({ id }) => id);
    for (const { id, follows = [] } of clientCases)
      for (const base of follows)
        expect(ids.indexOf(base), `${id} follows ${base}`).to.be.within(0, ids.indexOf(id) - 1);
  });
});

describe('trustctl echo-check --client-command', function () {
  this.timeout(60_000);

  it('exits with 0 when a client passes, and writes JUnit XML', async () => {
    const junit = join(temporaryFolder(), 'report.xml');
    const { code, stdout, stderr } = await check(RIGHT, 'framing', 'replies/8.1', '--junit', junit);
    expect(stderr).to.equal('');
    expect(stdout).to.match(/^framing\n {2}✓ framing\/7\.1 /);
    expect(stdout).to.match(/\n9 passed, 0 failed, 0 skipped in [\d.]+ s\n$/);
    expect(readFileSync(junit, 'utf8')).to.include('<testsuite name="framing" tests="8" failures="0"');
    expect(code).to.equal(0);
  });

  it('exits with 1 when a client fails, and tells one cause for what has the same', async () => {
    const { code, stdout } = await check(ONE_RECV, '7.1', '7.3', '8.1', '8.3', '9.1', '10.3', '--client-timeout', '3');
    expect(stdout).to.match(/✓ framing\/7\.1 /);
    expect(stdout).to.match(/✗ time\/10\.3 .*\n.*\n.*\n +got +no end within 3 s\n +likely +there is no timeout: /);
    expect(stdout).to.include('likely    as replies/8.1');
    expect(stdout).to.match(/got +exit code 0: received /);
    expect(stdout).to.match(/\n2 passed, 4 failed, 0 skipped in [\d.]+ s\n$/);
    expect(code).to.equal(1);
  });

  it('skips what needs more than the client sends, and says what it needs', async () => {
    const { code, stdout } = await check(`${RIGHT} hello`, '8.1', '8.11', '8.12', '--json');
    const report = JSON.parse(stdout) as { cases: { id: string; status: string; reason?: string }[] };
    expect(report).to.include({ passed: 1, failed: 0, skipped: 2, interrupted: false });
    expect(report.cases.map(({ reason }) => reason)).to.deep.equal([
      undefined,
      'needs two different frames on one connection',
      'needs a second, different frame that is sent before the first reply comes',
    ]);
    expect(code).to.equal(0);
  });

  it('tells the bytes of what is no frame, and the likely bug', async () => {
    const send =
      'import socket, sys; s = socket.create_connection(("{host}", {port})); s.sendall(b"hello world"); s.recv(9)';
    const { code, stdout } = await check(`python3 -c '${send}'`, '7.1');
    expect(stdout).to.include('got       a header that announces 1751477356 bytes, more than 65536: 68 65 6c 6c 6f 20');
    expect(stdout).to.include('likely    the payload was sent without a header');
    expect(code).to.equal(1);
  });

  it('takes the largest payload from --max-payload', async () => {
    const { code, stdout } = await check(`${RIGHT} ${'x'.repeat(100)}`, '7.1', '--max-payload', '99');
    expect(stdout).to.include('a header that announces 100 bytes, more than 99');
    expect(code).to.equal(1);
  });

  it('lists the cases for clients', async () => {
    const { code, stdout } = await check(RIGHT, '--list');
    expect(stdout.trimEnd().split('\n')).to.have.length(clientCases.length);
    expect(code).to.equal(0);
  });

  it('exits with 69 when the client cannot be started, with the reason', async () => {
    const { code, stdout, stderr } = await check('/no/such/client {port}');
    expect(stdout).to.equal('');
    expect(stderr).to.match(
      /^trustctl echo-check: --client-command: the client cannot be started: .*\/no\/such\/client.*\n$/,
    );
    expect(code).to.equal(69);
  });

  it('exits with 64 for flags about a server, a timeout that is too short, and an unknown case', async () => {
    const ofServers = [
      '--server-timeout 2',
      '--via nginx',
      '--host 127.0.0.1',
      '--port 9000',
      '--timeout 3',
      '--tls',
      '--send-proxy v1',
    ];
    for (const [args, words] of [
      ...ofServers.map(
        (flag) =>
          [
            flag.split(' '),
            new RegExp(`${flag.split(' ')[0]} is about a server, and --client-command checks a client: remove one\\n$`),
          ] as const,
      ),
      [['--client-timeout', '1'], /--client-timeout 1: must be at least 2 s, as replies are up to a second late\n$/],
      [['framing/2.1'], /unknown case or group "framing\/2\.1"; did you mean framing\/7\.1\? --list shows all\n$/],
    ] as const) {
      const { code, stderr } = await check(RIGHT, ...args);
      expect(stderr).to.match(words);
      expect(code).to.equal(64);
    }
  });

  it('exits with 64 for one of its cases without a client', async () => {
    for (const name of ['replies', '8.1', 'time/10.3']) {
      const { code, stderr } = await runTrustctl(['echo-check', name]);
      expect(stderr).to.match(/: this is about clients: name yours with --client-command\n$/);
      expect(code).to.equal(64);
    }
  });

  it('ends what a client leaves running', async () => {
    const pids = join(temporaryFolder(), 'pids');
    const { code } = await check(`sh -c 'sleep 600 & echo $! >> ${pids}; ${RIGHT}'`, '7.1', '8.1');
    expect(code).to.equal(0);
    await until(() => !pidsIn(pids).some(isRunning));
    expect(pidsIn(pids)).to.have.length.greaterThan(1);
  });

  describe('with a client that hangs', () => {
    const pids = (): string => join(temporaryFolder(), 'pids');
    const hanging = (file: string): string => {
      const code = 'import os, socket, time; s = socket.create_connection(("{host}", {port})); ';
      return `python3 -c '${code}print(os.getpid(), file=open("${file}", "a")); time.sleep(600)'`;
    };

    it('ends at its deadline, does not pass, and leaves no process', async () => {
      const file = pids();
      const { code, stdout } = await check(hanging(file), '7.1', '--deadline', '4', '--client-timeout', '60');
      expect(stdout).to.include('skipped: the deadline of 4 s passed');
      expect(stdout).to.match(/\ninterrupted: 0 passed, 0 failed, 1 skipped in [\d.]+ s\n$/);
      expect(code).to.equal(75);
      await until(() => !pidsIn(file).some(isRunning));
    });

    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGTERM', 75],
    ] as const)
      it(`reports as interrupted on ${signal}, exits with ${expected}, and leaves no process`, async () => {
        const file = pids();
        const args = [
          'echo-check',
          '--json',
          '--client-timeout',
          '60',
          '--client-command',
          hanging(file),
          '7.1',
          '8.1',
        ];
        const child = spawn(BIN, args, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] });
        const output: Buffer[] = [];
        child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
        await until(() => pidsIn(file).filter(isRunning).length === 2);
        child.kill(signal);
        const [code] = (await once(child, 'close')) as [number];
        const report = JSON.parse(Buffer.concat(output).toString()) as { cases: { reason: string }[] };
        expect(report).to.include({ passed: 0, failed: 0, skipped: 2, interrupted: true });
        expect(report.cases.map(({ reason }) => reason)).to.deep.equal(Array(2).fill('interrupted while it ran'));
        expect(code).to.equal(expected);
        await until(() => !pidsIn(file).some(isRunning));
      });
  });
});
