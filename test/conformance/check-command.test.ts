import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { allCases } from '../../lib/check';
import type { Behaviour } from '../fixtures/reference-server';
import { ReferenceServer, frame } from '../fixtures/reference-server';
import { freePort } from '../support/free-port';
import { processOf, runAgainstCommand } from '../support/mutant-run';
import { scriptedServer } from '../support/scripted-server';
import { until } from '../support/until';
import { BIN, type Finished, cleanEnvironment, runTrustctl, temporaryFolder } from '../support/trustctl';

const PYTHON_SERVER = resolve(__dirname, '../../docs/examples/echo_server.py');

describe('trustctl echo-check', function () {
  this.timeout(60_000);
  let server: ReferenceServer | undefined;

  /** Runs it against a server of that behaviour. */
  async function check(behaviour: Partial<Behaviour>, ...args: string[]): Promise<Finished> {
    server = await ReferenceServer.start(behaviour);
    return runTrustctl(['echo-check', '--port', String(server.port), ...args]);
  }

  afterEach(() => server?.end());

  it('exits with 0 when all that ran passed, and says what it skipped and what it needs for it', async () => {
    const { code, stdout, stderr } = await check({}, 'framing');
    expect(stderr).to.equal('');
    expect(stdout).to.match(/^framing\n {2}✓ framing\/2\.1 /);
    expect(stdout).to.include('skipped: needs --max-payload BYTES');
    expect(stdout).to.match(/\n15 passed, 0 failed, 1 skipped in [\d.]+ s\n$/);
    expect(code).to.equal(0);
  });

  it('exits with 1 when a MUST fails, with the exchange in hex and the likely bug', async () => {
    const wrong = {
      answer: (payloads: readonly Buffer[]) =>
        payloads.map((payload) => Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload])),
    };
    const { code, stdout } = await check(wrong, 'framing/2.1');
    expect(stdout).to.include('✗ framing/2.1');
    expect(stdout).to.include('00000000  05 00 00 00 68 65 6c 6c  6f');
    expect(stdout).to.include('the length was sent in little-endian order');
    expect(code).to.equal(1);
  });

  it('warns of a SHOULD that fails, and fails on it with --strict', async () => {
    const { code, stdout } = await check({ clientsAtOnce: 10 }, 'endurance/6.2');
    expect(stdout).to.match(/0 passed, 0 failed, 1 warning, 0 skipped/);
    expect(code).to.equal(0);
    const strict = await runTrustctl(['echo-check', '--port', String(server!.port), '6.2', '--strict']);
    expect(strict.stdout).to.match(/0 passed, 1 failed, 0 skipped/);
    expect(strict.code).to.equal(1);
  });

  it('names the protocol of a server that speaks another one', async () => {
    await using web = await scriptedServer(
      (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    const { code, stdout } = await runTrustctl(['echo-check', 'framing/2.1', '--port', String(web.port)]);
    expect(stdout).to.match(/likely +the reply looks like HTTP response: another protocol, or the wrong port/);
    expect(code).to.equal(1);
  });

  it('prints one JSON object and writes JUnit XML', async () => {
    const junit = join(temporaryFolder(), 'report.xml');
    const { code, stdout } = await check({}, 'limits', '--json', '--max-payload', '65536', '--junit', junit);
    const report = JSON.parse(stdout) as { cases: unknown[]; passed: number };
    expect(report).to.include({ passed: 10, failed: 0, skipped: 0, warnings: 0 });
    expect(report.cases).to.have.length(10);
    expect(readFileSync(junit, 'utf8')).to.include('<testsuite name="limits" tests="10" failures="0"');
    expect(code).to.equal(0);
  });

  it('lists the cases without a server', async () => {
    const list = await runTrustctl(['echo-check', '--list', '--port', '1']);
    expect(list.stdout.trimEnd().split('\n')).to.have.length(allCases.length);
    expect(list.code).to.equal(0);
    const json = await runTrustctl(['echo-check', '--list', '--json', 'timeouts']);
    const { cases } = JSON.parse(json.stdout) as { cases: { id: string; needs: string[] }[] };
    expect(cases.map(({ id }) => id)).to.deep.equal(
      allCases.map(({ id }) => id).filter((id) => id.startsWith('timeouts/')),
    );
    expect(cases[0]).to.have.all.keys('id', 'level', 'rule', 'why', 'sends', 'expects', 'over_tls', 'needs');
  });

  it('starts a server itself, restarts it on its port, and stops it in the end', async () => {
    const port = String(await freePort());
    const command = `python3 ${PYTHON_SERVER} {port}`;
    const { code, stdout } = await runTrustctl([
      'echo-check',
      '--port',
      port,
      '--server-command',
      command,
      '1.8',
      '6.4',
    ]);
    expect(stdout).to.match(/2 passed, 0 failed, 0 skipped/);
    expect(code).to.equal(0);
    expect((await runTrustctl(['echo-check', '--port', port, '1.1'])).code).to.equal(69);
  });

  it('counts the descriptors of the process that runs now, also after it has restarted it', async () => {
    const promises = { serverTimeout: 30, serverFrameTimeout: 60 };
    const checks = allCases.filter(({ id }) => id === 'connection/1.8' || id === 'endurance/6.4');
    // A leak is reported after the whole patience, so the case is run again, when the server is another process.
    const verdicts = await runAgainstCommand(processOf('descriptor-leak', promises), checks, { patience: 1 });
    expect(verdicts.map(({ status }) => status)).to.deep.equal(['passed', 'failed']);
  });

  it('takes variables before the program of --server-command', async () => {
    const port = String(await freePort());
    const serve = `import os, sys; sys.argv = ["", os.environ["SERVE_ON"]]; exec(open("${PYTHON_SERVER}").read())`;
    const command = `SERVE_ON='{port}' PYTHONUNBUFFERED=1 python3 -c '${serve}'`;
    const { code, stdout, stderr } = await runTrustctl([
      'echo-check',
      '--port',
      port,
      '--server-command',
      command,
      '6.4',
    ]);
    expect(stderr).to.equal('');
    expect(stdout).to.match(/1 passed, 0 failed, 0 skipped/); // its descriptors are those of the server, not of a shell
    expect(code).to.equal(0);
  });

  describe('against a server that never answers', () => {
    /** Serves two clients at once, and answers no case. */
    const silent = {
      answer: (payloads: readonly Buffer[]) =>
        payloads.filter((payload) => String(payload) === 'second client').map((one) => frame(one)),
    };

    it('ends at its deadline, says what it did not find out, and does not pass', async () => {
      const junit = join(temporaryFolder(), 'report.xml');
      const { code, stdout } = await check(silent, 'framing/2.1', 'framing/2.2', '--deadline', '1.5', '--junit', junit);
      expect(stdout).to.include('skipped: the deadline of 1.5 s passed while it ran');
      expect(stdout).to.match(/\ninterrupted: 0 passed, 0 failed, 2 skipped in [\d.]+ s\n$/);
      const xml = readFileSync(junit, 'utf8');
      expect(xml).to.include('tests="2" failures="0" errors="2" skipped="0"');
      expect(xml).to.include('<error type="interrupted" message="the deadline of 1.5 s passed while it ran"/>');
      expect(code).to.equal(75);
    });

    it('fails at its deadline where a case had failed by then', async () => {
      const flags = ['--json', '--timeout', '0.5', '--deadline', '20', 'framing/2.1', 'connection/1.3'];
      const { code, stdout } = await check(silent, ...flags);
      expect(JSON.parse(stdout)).to.include({ passed: 0, failed: 2, interrupted: false });
      expect(code).to.equal(1);
    });

    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGTERM', 75],
    ] as const)
      it(`reports as interrupted on ${signal}, and exits with ${expected}`, async () => {
        server = await ReferenceServer.start(silent);
        const child = spawn(BIN, ['echo-check', '--port', String(server.port), '--json', '--timeout', '30', '2.1'], {
          env: cleanEnvironment(),
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        const output: Buffer[] = [];
        child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
        await until(() => server!.accepted === 3); // two to see whether it serves both, one of the case
        child.kill(signal);
        const [code] = (await once(child, 'close')) as [number];
        const report = JSON.parse(Buffer.concat(output).toString()) as { cases: { reason: string }[] };
        expect(report).to.include({ passed: 0, skipped: 1, interrupted: true });
        expect(report.cases[0]!.reason).to.equal('interrupted while it ran');
        expect(code).to.equal(expected);
      });
  });

  it('names a slow case while it runs', async () => {
    await using slow = await scriptedServer((socket) => {
      socket.on('data', (bytes: Buffer) => {
        const rest = [...bytes];
        const timer = setInterval(() => {
          const next = rest.shift();
          if (next === undefined) clearInterval(timer);
          else socket.write(Buffer.from([next]));
        }, 300);
      });
    });
    const { code, stderr } = await runTrustctl(['echo-check', '--port', String(slow.port), '--timeout', '0.8', '2.1']);
    expect(stderr).to.match(/^framing\/2\.1 has been running for \d+ s: One frame of 5 bytes in one segment\.\n$/);
    expect(code).to.equal(0);
  });

  it('refuses a promise that is shorter than its own pauses', async () => {
    const { code, stderr } = await check({}, '--server-timeout', '0.3');
    expect(stderr).to.match(/--server-timeout 0\.3: must be at least 1 s/);
    expect(code).to.equal(64);
  });

  it('exits with 69 where no server is, and says how to tell where it is', async () => {
    const port = String(await freePort());
    const { code, stdout, stderr } = await runTrustctl(['echo-check', '--port', port]);
    expect(stderr).to.match(
      new RegExp(
        `^trustctl echo-check: no server at 127\\.0\\.0\\.1:${port} \\(ECONNREFUSED\\): start it, or check --host and --port\\n$`,
      ),
    );
    expect(stdout).to.equal('');
    expect(code).to.equal(69);
  });

  it('exits with 69 where the server command ends at once, with its last words', async () => {
    const port = String(await freePort());
    const { code, stderr } = await runTrustctl([
      'echo-check',
      '--port',
      port,
      '--server-command',
      'sh -c "echo no such thing; exit 3"',
    ]);
    expect(stderr).to.match(/--server-command: the server ended \(exit code 3\): no such thing\n$/);
    expect(code).to.equal(69);
  });

  it('exits with 64 for a case that is not there, a process that is not there, a limit that leaves no room', async () => {
    const wrong: [string[], RegExp][] = [
      [['framing/2.l'], /unknown case or group "framing\/2\.l"; did you mean framing\/2\.1\? --list shows all\n$/],
      [['--server-pid', '2147483647'], /process 2147483647: no such process.*--server-pid\n$/],
      [['--max-payload', '3'], /--max-payload 3: /],
      [['--server-timeout', 'soon'], /--server-timeout.*"soon"/],
    ];
    for (const [args, words] of wrong) {
      const { code, stderr } = await check({}, ...args);
      server?.end();
      expect(stderr).to.match(words);
      expect(code, args.join(' ')).to.equal(64);
    }
  });

  for (const [where, path, cause] of [
    ['below a file', '/dev/null/report.xml', 'ENOTDIR'],
    ['in a folder that is not there', '/nowhere/report.xml', 'ENOENT'],
    ['at a folder', '/tmp', 'EISDIR'],
  ] as const) {
    it(`exits with 74 before the first connection when the JUnit file is ${where}`, async () => {
      const { code, stdout, stderr } = await runTrustctl(['echo-check', '--port', '1', '--junit', path]);
      expect({ code, stdout }).to.deep.equal({ code: 74, stdout: '' });
      expect(stderr).to.match(
        new RegExp(`^trustctl echo-check: --junit ${path}: cannot be written: [^\\n]*\\(${cause}\\)\\n$`),
      );
    });
  }

  it('exits with 74 when the JUnit file cannot be written after all, after the report', async () => {
    const { code, stdout, stderr } = await check({}, '2.1', '--junit', '/dev/full');
    expect(stdout).to.include('1 passed');
    expect(stderr).to.match(/^trustctl echo-check: --junit \/dev\/full: .*\(ENOSPC\)/);
    expect(code).to.equal(74);
  });
});
