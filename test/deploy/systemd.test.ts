import { execFileSync, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { BoundSocket } from '../../lib/server/workers/bound-socket';
import { Peer, frames } from '../support/peer';
import { BIN, type Started, ServerProcess, runTrustctl, temporaryFolder } from '../support/trustctl';
import { until } from '../support/until';

const UNITS = resolve(__dirname, '../../deploy/systemd');

/** The units in a folder of their own; the service starts this program. */
function unitFolder(): string {
  const folder = temporaryFolder();
  const service = readFileSync(join(UNITS, 'trustctl.service'), 'utf8');
  writeFileSync(join(folder, 'trustctl.service'), service.replace('/usr/local/bin/trustctl', BIN));
  copyFileSync(join(UNITS, 'trustctl.socket'), join(folder, 'trustctl.socket'));
  return folder;
}

describe('deploy/systemd', () => {
  it('has units in which systemd finds no mistake', () => {
    const folder = unitFolder();
    const units = ['trustctl.service', 'trustctl.socket'].map((name) => join(folder, name));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...units], { encoding: 'utf8' });
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
  });

  it('exposes the service to little: 1.5 of 10 at most', () => {
    const unit = join(unitFolder(), 'trustctl.service');
    const words = execFileSync('systemd-analyze', ['security', '--offline=true', unit], { encoding: 'utf8' });
    const [, exposure] = /Overall exposure level for trustctl\.service: ([\d.]+)/.exec(words) ?? [];
    expect(Number(exposure)).to.be.at.most(1.5);
  });

  it('makes the user of the service', () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'etc'));
    execFileSync('systemd-sysusers', [`--root=${root}`, join(UNITS, 'trustctl.sysusers.conf')], { stdio: 'pipe' });
    expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).to.match(/^trustctl:.*:\/var\/lib\/trustctl:.*nologin$/m);
  });
});

/** The system calls that the service may make, by the sets of which its unit allows and forbids some. */
function allowedCalls(): Set<string> {
  const sets = new Map<string, string[]>();
  let members: string[] = [];
  for (const line of execFileSync('systemd-analyze', ['syscall-filter'], { encoding: 'utf8', stdio: 'pipe' }).split(
    '\n',
  )) {
    if (line.startsWith('@')) sets.set(line.trim(), (members = []));
    else if (/^ +[@\w]/.test(line)) members.push(line.trim());
  }
  const expand = (name: string): string[] => sets.get(name)?.flatMap(expand) ?? [name];
  const allowed = new Set<string>();
  const unit = readFileSync(join(UNITS, 'trustctl.service'), 'utf8');
  for (const [, not, names] of unit.matchAll(/^SystemCallFilter=(~?)(.*)$/gm)) {
    for (const name of names!.split(' ').flatMap(expand)) {
      if (not === '') allowed.add(name);
      else allowed.delete(name);
    }
  }
  return allowed;
}

describe('the service in its sandbox', () => {
  it('makes no system call that the unit forbids', async () => {
    const trace = join(temporaryFolder(), 'trace');
    const server = await ServerProcess.start(['--workers', '2', '--log-file', join(temporaryFolder(), 'log')], {
      argv0: ['strace', '-f', '-qq', '-e', 'signal=none', '-o', trace, BIN],
    });
    const peer = await Peer.connect(server.port);
    await peer.send(frames('hello'));
    await peer.read(9);
    peer.close();
    await server.waitFor('client_close');
    const pid = server.all('server_start')[0]!.pid as number;
    process.kill(pid, 'SIGHUP');
    await server.waitFor('signal_received');
    process.kill(pid, 'SIGTERM');
    expect((await server.exited).code).to.equal(0);
    const made = [...readFileSync(trace, 'latin1').matchAll(/^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)/gm)];
    const allowed = allowedCalls();
    const forbidden = new Set(made.map(([, call]) => call!).filter((call) => !allowed.has(call)));
    expect(made.length).to.be.greaterThan(1000);
    expect([...forbidden]).to.deep.equal([]);
  });
});

/** systemd-socket-activate takes no port 0: a port that is free on a loopback address which nobody else uses. */
async function freeAddress(): Promise<{ host: string; port: number }> {
  const host = `127.${(process.pid >> 8) & 255}.${process.pid & 255}.2`;
  const probe = await BoundSocket.bind(host, 0);
  probe.close();
  return { host, port: probe.address.port };
}

describe('echo-server, activated by systemd', () => {
  /** What systemd does with a .socket unit: listens, and starts the service at the first connection. */
  const activated = (...flags: string[]): Started => ({ argv0: ['systemd-socket-activate', ...flags, BIN] });

  /** Connects as soon as somebody listens there. */
  async function connected(where: { host: string; port: number } | { path: string }): Promise<Socket> {
    let socket: Socket;
    await until(async () => {
      socket = connect({ ...where });
      socket.on('error', () => undefined); // who does not start resets it
      return once(socket, 'connect').then(
        () => true,
        () => false,
      );
    });
    return socket!;
  }

  for (const workers of ['1', '2']) {
    it(`answers the connection that started it, with ${workers} workers`, async () => {
      const { host, port } = await freeAddress();
      const starting = ServerProcess.start(['--workers', workers], activated('--listen', `${host}:${port}`));
      const socket = await connected({ host, port });
      socket.write(frames('hello'));
      const server = await starting;
      expect(server.all('server_start')[0]).to.include({ host, port });
      expect((await once(socket, 'data'))[0]).to.deep.equal(frames('hello'));
      socket.destroy();
      expect(await server.stop()).to.equal(0);
    });
  }

  it('refuses two sockets', async () => {
    const [first, second] = [await freeAddress(), await freeAddress()];
    const listen = [first, second].flatMap(({ host, port }) => ['--listen', `${host}:${port}`]);
    const running = runTrustctl(['echo-server', '--port', '0'], activated(...listen));
    const socket = await connected(first);
    const { code, stderr } = await running;
    socket.destroy();
    expect(stderr).to.match(/LISTEN_FDS is 2: pass one socket/);
    expect(code).to.equal(78);
  });

  it('refuses a UNIX socket', async () => {
    const path = join(temporaryFolder(), 'socket');
    const running = runTrustctl(['echo-server', '--port', '0'], activated('--listen', path));
    const socket = await connected({ path });
    const { code, stderr } = await running;
    socket.destroy();
    expect(stderr).to.match(/descriptor 3, passed with LISTEN_FDS, is not a listening TCP socket/);
    expect(code).to.equal(78);
  });

  it('refuses a datagram socket', async () => {
    const { host, port } = await freeAddress();
    const running = runTrustctl(['echo-server', '--port', '0'], activated('--datagram', '--listen', `${host}:${port}`));
    const sender = createSocket('udp4');
    const knocking = setInterval(() => sender.send('knock', port, host), 20);
    const { code, stderr } = await running;
    clearInterval(knocking);
    sender.close();
    expect(stderr).to.match(/descriptor 3, passed with LISTEN_FDS, is not a listening TCP socket/);
    expect(code).to.equal(78);
  });
});
