import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { BoundSocket } from '../../lib/server/workers/bound-socket';
import { Peer, frames } from '../support/peer';
import { BIN, type Started, ServerProcess, childrenOf, runTrustctl, temporaryFolder } from '../support/trustctl';

const descriptorOf = (holder: unknown): number => (holder as { _handle: { fd: number } })._handle.fd;

/** How a service manager starts a program: it knows the pid before the program runs. */
const passing = (descriptor3?: number, count = '1'): Started => ({
  ...(descriptor3 !== undefined && { descriptor3 }),
  argv0: ['sh', '-c', `LISTEN_PID=$$ LISTEN_FDS='${count}' LISTEN_FDNAMES=echo exec "$0" "$@"`, BIN],
});

describe('echo-server, given a listening socket', () => {
  let held: BoundSocket;
  let descriptor: number;
  const servers: ServerProcess[] = [];
  const start = async (flags: readonly string[] = [], options = passing(descriptor)): Promise<ServerProcess> => {
    const server = await ServerProcess.start(flags, options);
    servers.push(server);
    return server;
  };

  beforeEach(async () => {
    held = await BoundSocket.bind('127.0.0.1', 0);
    descriptor = (held.handle as { fd: number }).fd;
  });

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop('SIGKILL')));
    held.close();
  });

  for (const workers of ['1', '2']) {
    it(`serves on it instead of binding, with ${workers} workers, and tells its address`, async () => {
      const server = await start(['--host', 'localhost', '--workers', workers]);
      expect(server.all('server_start')[0]).to.include({ host: '127.0.0.1', port: held.address.port });
      const peer = await Peer.connect(held.address.port);
      await peer.send(frames('hello'));
      expect(await peer.read(9)).to.deep.equal(frames('hello'));
      peer.close();
      expect(await server.stop()).to.equal(0);
    });

    it(`leaves to the next server who comes while none runs, with ${workers} workers`, async () => {
      const first = await start(['--workers', workers]);
      expect(await first.stop()).to.equal(0);
      const peer = await Peer.connect(held.address.port);
      await peer.send(frames('early'));
      await start(['--workers', workers]);
      expect(await peer.read(9)).to.deep.equal(frames('early'));
      peer.close();
    });

    it(`is restarted on it under connects, none of them refused, with ${workers} workers`, async () => {
      let server = await start(['--workers', workers]);
      let running = true;
      let echoed = 0;
      const client = async (): Promise<void> => {
        while (running) {
          const peer = await Peer.connect(held.address.port);
          await peer.send(frames('again'));
          peer.halfClose();
          const got = await peer.readToEnd();
          peer.close();
          if (got.length === 0) continue; // the server was told to stop before this client had sent its frame
          expect(got).to.deep.equal(frames('again'));
          echoed += 1;
        }
      };
      const clients = Promise.all(Array.from({ length: 8 }, client));
      const ended = clients.catch(() => undefined);
      for (let restart = 0; restart < 3; restart++) {
        await Promise.race([server.waitFor('client_close'), clients]);
        expect(await server.stop()).to.equal(0);
        server = await start(['--workers', workers]);
      }
      running = false;
      await ended;
      await clients;
      expect(echoed).to.be.greaterThan(8 * 3);
    });
  }

  it('tells the address of an IPv6 socket', async () => {
    const any = await BoundSocket.bind('::', 0);
    const server = await start([], passing((any.handle as { fd: number }).fd));
    expect(server.all('server_start')[0]).to.include({ host: '::', port: any.address.port });
    any.close();
  });

  it('hides from its workers what was passed', async () => {
    const server = await start(['--workers', '2']);
    const workers = childrenOf(server.pid);
    expect(workers).to.have.length(2);
    for (const pid of workers) expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.to.include('LISTEN_');
  });

  for (const [what, env, words] of [
    ['another process', { LISTEN_PID: '1', LISTEN_FDS: '1' }, /^LISTEN_PID is 1, another process: .* with exec$/],
    ['nobody', { LISTEN_FDS: '1' }, /^LISTEN_PID is missing: /],
  ] as const) {
    it(`binds its own where ${what} was meant, and says so`, async () => {
      const server = await start([], { env, descriptor3: descriptor });
      expect(server.port).not.to.equal(held.address.port);
      expect(server.all('passed_socket_ignored')[0]!.message).to.match(words);
    });
  }

  it('binds its own where none was passed, and says so', async () => {
    const server = await start([], passing(descriptor, '0'));
    expect(server.port).not.to.equal(held.address.port);
    expect(server.all('passed_socket_ignored')[0]).to.include({ message: 'LISTEN_FDS is 0: no socket was passed' });
  });

  for (const [count, words] of [
    ['2', 'LISTEN_FDS is 2: pass one socket, a single ListenStream= in the .socket unit'],
    ['one', 'LISTEN_FDS must be a number, not "one"'],
  ] as const) {
    it(`refuses LISTEN_FDS=${count}`, async () => {
      const { code, stderr } = await runTrustctl(['echo-server', '--port', '0'], passing(descriptor, count));
      expect(stderr).to.equal(`trustctl echo-server: ${words}\n`);
      expect(code).to.equal(78);
    });
  }

  describe('of another kind', () => {
    const open: { close: () => void }[] = [];
    const closing = <T extends { close: () => void }>(holder: T): T => {
      open.push(holder);
      return holder;
    };
    afterEach(() => open.splice(0).forEach((holder) => holder.close()));

    const listening = async (server: Server, ...where: [string] | [number, string]): Promise<Server> => {
      closing(server).listen(...(where as [number, string]));
      await once(server, 'listening');
      return server;
    };

    const kinds: Record<string, () => Promise<number | undefined>> = {
      'a file': async () => {
        const file = openSync(join(temporaryFolder(), 'file'), 'w');
        closing({ close: () => closeSync(file) });
        return Promise.resolve(file);
      },
      'a UNIX socket': async () => descriptorOf(await listening(createServer(), join(temporaryFolder(), 'socket'))),
      nothing: () => Promise.resolve(undefined),
      'a connection': async () => {
        const server = await listening(
          createServer((socket) => socket.on('error', () => undefined)),
          0,
          '127.0.0.1',
        );
        const socket: Socket = connect((server.address() as { port: number }).port, '127.0.0.1');
        closing({ close: () => socket.destroy() });
        await once(socket, 'connect');
        return descriptorOf(socket);
      },
      'a pipe': async () => {
        const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
        closing({ close: () => child.stdin.end() });
        return Promise.resolve(descriptorOf(child.stdin));
      },
    };
    for (const [kind, descriptor3] of Object.entries(kinds)) {
      it(`refuses ${kind}`, async () => {
        const { code, stderr } = await runTrustctl(['echo-server', '--port', '0'], passing(await descriptor3()));
        expect(stderr).to.equal(
          'trustctl echo-server: descriptor 3, passed with LISTEN_FDS, is not a listening TCP socket: check ListenStream= in the .socket unit\n',
        );
        expect(code).to.equal(78);
      });
    }
  });
});
