import { spawn } from 'node:child_process';
import { expect } from 'chai';
import { freePort } from '../support/free-port';
import { Ping } from '../support/ping';
import { type Script, changesByte, deaf, echo, scriptedServer, silent } from '../support/scripted-server';
import { BIN, ServerProcess, cleanEnvironment, runTrustctl } from '../support/trustctl';
import { until } from '../support/until';

describe('echo-ping, the process', () => {
  it('prints a line a reply and a summary', async () => {
    await using server = await scriptedServer(echo);
    const { code, stdout, stderr } = await runTrustctl([
      'echo-ping',
      `127.0.0.1:${server.port}`,
      '--count',
      '3',
      '--interval',
      '10ms',
    ]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).to.match(/^seq=1 bytes=56 time=\d+\.\d{3} ms connect=\d+\.\d{3} ms$/);
    expect(lines[2]).to.match(/^seq=3 bytes=56 time=\d+\.\d{3} ms$/);
    expect(lines[3]).to.equal(`--- 127.0.0.1:${server.port} echo-ping ---`);
    expect(lines[4]).to.match(/^3 sent, 3 received, 0% loss, time /);
    expect(lines[5]).to.match(/^rtt min\/avg\/max\/mdev = [\d./]+ ms, p50 [\d.]+ ms, p99 [\d.]+ ms$/);
    expect(server.connections).to.equal(1);
  });

  for (const size of [0, 1, 100_000]) {
    it(`sends payloads of ${size} bytes`, async () => {
      await using server = await scriptedServer(echo);
      const args = ['--port', String(server.port), '--count', '2', '--interval', '1ms', '--payload-size', String(size)];
      const ping = new Ping(args);
      expect(await ping.exited).to.equal(0);
      expect(ping.all('reply').map(({ bytes }) => bytes)).to.deep.equal([size, size]);
    });
  }

  it('keeps its interval while a reply is late, with several pings under way', async () => {
    const heldBack: Buffer[] = [];
    let stalled = true;
    let release: () => void = () => undefined;
    const stalls: Script = (socket) => {
      release = () => {
        stalled = false;
        socket.write(Buffer.concat(heldBack));
      };
      socket.on('data', (bytes: Buffer) => (stalled ? heldBack.push(bytes) : socket.write(bytes)));
    };
    await using server = await scriptedServer(stalls);
    const ping = new Ping([
      '--port',
      String(server.port),
      '--interval',
      '20ms',
      '--timeout',
      '1m',
      '--payload-size',
      '8',
    ]);
    await until(() => Buffer.concat(heldBack).length >= 25 * 12);
    release();
    await until(() => ping.all('reply').length >= 26);
    const { code, summary } = await ping.stop();
    expect(code).to.equal(0);
    expect(summary.lost).to.deep.equal({ no_connection: 0, no_echo: 0, wrong_echo: 0 });
    const times = ping.all('reply').map(({ time_ms }) => time_ms as number);
    // All 25 were answered at once. The last is never sent before its time, 480 ms after the first's; the first may be sent late.
    expect(times[0]).to.be.above(times[24]! + 100);
    expect(server.connections).to.equal(1);
  });

  it('goes on through a restart, and tells an outage by failed connects', async () => {
    const port = await freePort();
    const flags = ['--port', String(port)];
    const first = await ServerProcess.start(flags);
    const ping = new Ping([...flags, '--interval', '20ms']);
    await until(() => ping.all('reply').length >= 2);
    await first.stop();
    await until(() => ping.all('lost').some(({ cause }) => cause === 'no_connection'));
    const second = await ServerProcess.start(flags);
    const lost = ping.all('lost').length;
    await until(() => ping.lines.at(-1)!.type === 'reply');
    const { code, summary } = await ping.stop();
    await second.stop();

    expect(code).to.equal(0);
    expect(lost).to.be.at.least(1);
    expect(summary.outages).to.deep.include({ count: 1 });
    const [outage] = (summary.outages as { latest: Record<string, unknown>[] }).latest;
    // The first to be lost met the end of the connection, or the closed port, or an attempt that was still under way.
    expect(outage!.message).to.match(/connection refused \(ECONNREFUSED\)$|closed the connection$|^still connecting$/);
    expect(outage!.duration_ms).to.be.above(0);
    expect(ping.all('reply').filter(({ connect_ms }) => connect_ms !== undefined)).to.have.length(2);
  });

  it('tells a server that stops answering, and connects again once it does', async () => {
    const server = await ServerProcess.start(['--timeout', '0']);
    const ping = new Ping(['--port', String(server.port), '--interval', '50ms', '--timeout', '300ms']);
    await until(() => ping.all('reply').length >= 1);
    server.child.kill('SIGSTOP');
    await until(() => ping.all('lost').length >= 1);
    server.child.kill('SIGCONT');
    await until(() => ping.lines.at(-1)!.type === 'reply');
    const { code, summary } = await ping.stop();
    await server.stop();
    expect(code).to.equal(0);
    expect(ping.all('lost')[0]).to.deep.include({ cause: 'no_echo', message: 'nothing came back within 0.3 s' });
    expect(summary.lost).to.deep.include({ wrong_echo: 0 });
  });

  it('tells an echo that is wrong, and connects again', async () => {
    await using server = await scriptedServer((socket, connection) =>
      (connection === 1 ? changesByte(20) : echo)(socket, connection),
    );
    const ping = new Ping(['--port', String(server.port), '--interval', '10ms']);
    await until(() => server.connections === 2);
    await ping.stop();
    const wrong = ping.all('lost').filter(({ cause }) => cause === 'wrong_echo');
    expect(wrong).to.have.length(1);
    expect(wrong[0]).to.include({ seq: 1 });
    expect(wrong[0]!.message).to.include('byte 16');
  });

  it('exits 1 if it connects and no reply comes', async () => {
    for (const script of [silent, deaf]) {
      await using server = await scriptedServer(script);
      const ping = new Ping(['--port', String(server.port), '--count', '2', '--interval', '1ms', '--timeout', '50ms']);
      expect(await ping.exited).to.equal(1);
      expect(ping.all('lost').map(({ cause }) => cause)).to.deep.equal(['no_echo', 'no_echo']);
    }
  });

  it('exits 69 if it never connects, and says why', async () => {
    const port = await freePort();
    const args = ['echo-ping', '--port', String(port), '--count', '2', '--interval', '1ms'];
    const { code, stdout, stderr } = await runTrustctl(args);
    expect(code).to.equal(69);
    expect(stdout).to.include('seq=2 no connection: ');
    expect(stdout).to.include('2 sent, 0 received, 100% loss (2 no connection)');
    expect(stderr).to.match(/^trustctl echo-ping: cannot connect to .*ECONNREFUSED/);
  });

  it('ends at once if the host is unknown', async () => {
    // Longer than the system's resolver takes to ask again when an answer is lost.
    const { code, stdout } = await runTrustctl(['echo-ping', 'no-such-host.invalid:1', '--timeout', '50s']);
    expect(code).to.equal(68);
    expect(stdout).to.equal('');
  });

  it('refuses what makes no sense', async () => {
    for (const flags of [
      ['--interval', '0'],
      ['--timeout', '0'],
      ['--count', '0'],
      ['a:1', 'b:2'],
    ]) {
      expect((await runTrustctl(['echo-ping', ...flags])).code, flags.join(' ')).to.equal(64);
    }
  });

  it('ends when the reader of its output leaves', async () => {
    await using server = await scriptedServer(echo);
    const child = spawn('/bin/sh', ['-c', `"${BIN}" echo-ping 127.0.0.1:${server.port} --interval 1ms | head -n 1`], {
      env: cleanEnvironment(),
      stdio: 'ignore',
    });
    const [code] = await new Promise<unknown[]>((resolve) => child.once('close', (...args) => resolve(args)));
    expect(code).to.equal(0);
  });
});
