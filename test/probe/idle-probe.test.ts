import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { freePort } from '../support/free-port';
import { deaf, echo, scriptedServer, type Script } from '../support/scripted-server';
import { BIN, ServerProcess, cleanEnvironment, runTrustctl } from '../support/trustctl';
import { until } from '../support/until';

interface Found {
  readonly found: string;
  readonly answered_sec: number;
  readonly cut_sec: number | null;
  readonly cut: { kind: string; when: string } | null;
  readonly client_bytes_keep_open: boolean | null;
  readonly keep_alive: { sec: number; prevents: boolean | null } | null;
}

async function idleProbe(port: number, ...flags: string[]): Promise<Found & { code: number | null }> {
  const { code, stdout, stderr } = await runTrustctl(['idle-probe', `127.0.0.1:${port}`, '--json', ...flags]);
  expect(stderr).to.equal('');
  return { code, ...(JSON.parse(stdout) as Found) };
}

/** Echoes until no byte came for so many ms; then does what `cut` says, once or for each chunk that follows. */
function cutsAfter(ms: number, cut: (socket: Socket) => void, when: 'resting' | 'speaking'): Script {
  return (socket) => {
    let heard = performance.now();
    let timer: NodeJS.Timeout | undefined;
    socket.on('close', () => clearTimeout(timer));
    socket.on('data', (bytes: Buffer) => {
      clearTimeout(timer);
      const isCut = performance.now() - heard > ms;
      heard = performance.now();
      if (isCut) cut(socket);
      else socket.write(bytes);
      if (when === 'resting') timer = setTimeout(() => cut(socket), ms);
    });
  };
}

const LIMIT_MS = 600;

describe('idle-probe, the process', () => {
  it('finds the idle timeout of our own server, which a client sees at once', async () => {
    // Long enough that a process which a busy machine holds up for a moment is not late by more than the precision.
    const server = await ServerProcess.start(['--timeout', '4']);
    const found = await idleProbe(server.port, '--max', '20', '--precision', '1.2', '--keep-alive', '1');
    await server.stop();
    expect(found).to.deep.include({ code: 0, cut: { kind: 'fin', when: 'resting' } });
    expect(found.cut_sec).to.be.above(3.6);
    expect(found.answered_sec).to.be.below(found.cut_sec!);
    expect(found.client_bytes_keep_open).to.equal(true);
    expect(found.keep_alive).to.deep.equal({ sec: 1, prevents: false });
    expect(server.events.filter(({ event }) => event === 'client_connect').length).to.be.at.most(65);
  });

  it('finds a limit that drops in silence, at the price of a timeout', async () => {
    // From then on the server says nothing more, and does not end the connection.
    const drops = cutsAfter(LIMIT_MS, (socket) => socket.removeAllListeners('data').resume(), 'speaking');
    await using server = await scriptedServer(drops);
    const found = await idleProbe(server.port, '--max', '3', '--precision', '0.2', '--timeout', '1');
    expect(found).to.deep.include({ code: 0, cut: { kind: 'silence', when: 'speaking' } });
    // A machine that holds a connection up may have it rest longer than it was asked to, but not shorter.
    expect(found.cut_sec).to.be.above(LIMIT_MS / 1000 - 0.2);
  });

  it('tells a reset that comes when the client speaks', async () => {
    await using server = await scriptedServer(cutsAfter(LIMIT_MS, (socket) => socket.resetAndDestroy(), 'speaking'));
    const found = await idleProbe(server.port, '--max', '3', '--precision', '0.2');
    expect(found).to.deep.include({ code: 0, cut: { kind: 'reset', when: 'speaking' } });
  });

  it('tells a reset that comes while a connection rests', async () => {
    await using server = await scriptedServer(cutsAfter(LIMIT_MS, (socket) => socket.resetAndDestroy(), 'resting'));
    const found = await idleProbe(server.port, '--max', '3', '--precision', '0.2');
    expect(found).to.deep.include({ code: 0, cut: { kind: 'reset', when: 'resting' } });
  });

  it('tells that the silence of the server counts', async () => {
    // It looks at what it sent, not at what it received: bytes of an unfinished frame do not help.
    const looksAtReplies: Script = (socket) => {
      let timer = setTimeout(() => socket.end(), LIMIT_MS);
      let received = Buffer.alloc(0);
      socket.on('data', (bytes: Buffer) => {
        received = Buffer.concat([received, bytes]);
        if (received.length < 4 || received.length < 4 + received.readUInt32BE()) return; // the frame of the trickle never ends
        clearTimeout(timer);
        timer = setTimeout(() => socket.end(), LIMIT_MS);
        socket.write(bytes);
      });
    };
    await using server = await scriptedServer(looksAtReplies);
    const found = await idleProbe(server.port, '--max', '3', '--precision', '0.5');
    expect(found.cut).to.deep.equal({ kind: 'fin', when: 'resting' });
    expect(found.client_bytes_keep_open).to.equal(false);
  });

  it('tells that there is no limit up to the longest rest', async () => {
    await using server = await scriptedServer(echo);
    const found = await idleProbe(server.port, '--max', '1', '--precision', '0.2', '--keep-alive', '1');
    expect(found).to.deep.include({ code: 0, found: 'none', answered_sec: 1, cut: null, client_bytes_keep_open: null });
    expect(found.keep_alive).to.deep.equal({ sec: 1, prevents: null });
  });

  it('never has more than 64 connections', async () => {
    let [open, most] = [0, 0];
    await using server = await scriptedServer((socket, connection) => {
      open += 1;
      most = Math.max(most, open);
      socket.on('close', () => (open -= 1));
      echo(socket, connection);
    });
    await idleProbe(server.port, '--max', '1', '--precision', '0.001', '--keep-alive', '1');
    expect(most).to.be.at.most(64);
    expect(server.connections).to.be.above(40); // side by side, as far as the machine is fast enough
  });

  it('reports in words', async () => {
    await using server = await scriptedServer(echo);
    const probe = runTrustctl(['idle-probe', '--port', String(server.port), '--max', '0.2', '--precision', '0.1']);
    expect((await probe).stdout).to.equal(
      `127.0.0.1:${server.port}: no limit up to 0.2 s: every connection was answered after its idle time\n`,
    );
  });

  it('reports on Ctrl-C what it has', async () => {
    await using server = await scriptedServer(echo);
    const child = spawn(BIN, ['idle-probe', '--port', String(server.port), '--max', '10m'], {
      env: cleanEnvironment(),
    });
    const output = text(child.stdout);
    await until(() => server.connections > 20);
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).to.equal(130);
    expect(await output).to.match(
      /^interrupted: .*: no limit found: (a connection idle for [\d.]+ s|no idle connection) was answered, and none was cut\n$/,
    );
  });

  it('says why it cannot begin', async () => {
    const refused = await runTrustctl(['idle-probe', '--port', String(await freePort())]);
    expect([refused.code, refused.stderr.includes('ECONNREFUSED')]).to.deep.equal([69, true]);
    await using server = await scriptedServer(deaf);
    const silent = await runTrustctl(['idle-probe', '--port', String(server.port), '--timeout', '0.2']);
    expect(silent.code).to.equal(75);
    expect(silent.stderr).to.include('did not echo within 0.2 s');
    for (const flags of [
      ['--precision', '0'],
      ['--max', '1', '--precision', '2'],
      ['--timeout', '0'],
      ['--keep-alive', '0'],
    ])
      expect((await runTrustctl(['idle-probe', ...flags])).code, flags.join(' ')).to.equal(64);
  });
});
