import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Socket, createServer } from 'node:net';
import { expect } from 'chai';
import { type ConnectOptions, type Lookup, connectSocket } from '../../lib/net/connect';
import { connectFailure } from '../../lib/net/connect-failure';
import { ConnectError } from '../../lib/net/connect-error';
import { standStill } from '../support/busy';
import { freePort } from '../support/free-port';
import { echo, scriptedServer } from '../support/scripted-server';
import { hexPort } from '../support/tcp-row';
import { ServerProcess } from '../support/trustctl';
import { until } from '../support/until';

/** A name that has these addresses. */
const named =
  (...addresses: string[]): Lookup =>
  (_, __, done) =>
    setImmediate(() =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
    );

function connected(options: Partial<ConnectOptions> & { port: number }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    connectSocket({ host: '127.0.0.1', timeoutMs: 10_000, ...options }, { connected: resolve, failed: reject });
  });
}

async function refusal(options: Partial<ConnectOptions> & { port: number }): Promise<ConnectError> {
  const error = await connected(options).catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(ConnectError);
  return error as ConnectError;
}

/** Whether a connection to that port waits for the answer to its SYN. */
const isConnecting = (port: number): boolean =>
  readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .some((row) => row.includes(`:${hexPort(port)} 02 `));

/** A server that stands still, and accepts nothing: its backlog is full, so that the kernel drops what comes, and a client asks again a second later. */
async function fullServer(): Promise<{ server: ServerProcess; end: () => Promise<void> }> {
  const server = await ServerProcess.start(['--backlog', '1']);
  server.child.kill('SIGSTOP');
  const fillers: Socket[] = [];
  for (let unanswered = 0; unanswered < 2;) {
    const filler = await connected({ port: server.port, timeoutMs: 200 }).catch(() => undefined);
    if (filler === undefined) unanswered += 1;
    else fillers.push(filler);
  }
  const end = async (): Promise<void> => {
    for (const filler of fillers) filler.destroy();
    await server.stop('SIGKILL');
  };
  return { server, end };
}

describe('connectSocket', () => {
  it('connects to an address, and leaves nothing behind that keeps the process alive', async () => {
    await using server = await scriptedServer(echo);
    const socket = await connected({ port: server.port });
    socket.write('x');
    expect(String((await once(socket, 'data'))[0])).to.equal('x');
    socket.destroy();
  });

  it('takes a connection that came about while this process was busy past its deadline', async () => {
    await using server = await scriptedServer(echo);
    const connecting = connected({ port: server.port, timeoutMs: 20 });
    standStill(40);
    (await connecting).destroy();
  });

  it('tries the next address of a name at once where one refuses', async () => {
    await using server = await scriptedServer(echo);
    const socket = await connected({ host: 'two', port: server.port, lookup: named('127.0.0.9', '127.0.0.1') });
    expect(socket.remoteAddress).to.equal('127.0.0.1');
    socket.destroy();
  });

  it('gives a slow address the whole time, though the next one refuses', async () => {
    const { server, end } = await fullServer();
    try {
      const host = { host: 'two', lookup: named('127.0.0.1', '127.0.0.9') };
      const connecting = connected({ ...host, port: server.port, timeoutMs: 0 });
      await until(() => isConnecting(server.port));
      server.child.kill('SIGCONT');
      const socket = await connecting;
      expect(socket.remoteAddress).to.equal('127.0.0.1');
      socket.destroy();
    } finally {
      await end();
    }
  });

  it('tells each address with its own cause', async () => {
    const port = await freePort();
    const error = await refusal({ host: 'two', port, lookup: named('127.0.0.1', '::1') });
    expect(error.message).to.match(
      new RegExp(
        `^cannot connect to two:${port}: 127\\.0\\.0\\.1:${port} connection refused \\(ECONNREFUSED\\), \\[::1\\]:${port} [^,]+ \\(E[A-Z]+\\)$`,
      ),
    );
    expect(error.code).to.equal('ECONNREFUSED');
    expect(error.attempts).to.have.length(2);
  });

  it('says of one address what came of it, and what to do', async () => {
    const port = await freePort();
    const error = await refusal({ port });
    expect(error.message).to.equal(`cannot connect to 127.0.0.1:${port}: connection refused (ECONNREFUSED)`);
    expect(connectFailure(error).message).to.include('trustctl echo-server');
    expect(error.isLocal).to.equal(false);
  });

  it('says that a name leads nowhere', async () => {
    const lookup: Lookup = (_, __, done) =>
      setImmediate(() => done(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), []));
    const error = await refusal({ host: 'nowhere', port: 9, lookup });
    expect(error.message).to.equal('cannot connect to nowhere:9: no such host (ENOTFOUND)');
    expect(error.code).to.equal('ENOTFOUND');
  });

  it('is not connected to itself where nothing listens: that is refused', async () => {
    const port = await freePort();
    const error = await refusal({ port, local: { localAddress: '127.0.0.1', localPort: port } });
    expect(error.message).to.equal(`cannot connect to 127.0.0.1:${port}: connection refused (ECONNREFUSED)`);
    expect(error.code).to.equal('ECONNREFUSED');
    // The port is free at once, for the server that is about to take it.
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  it('ends when the time is up, and tells what each address did until then', async () => {
    const { server, end } = await fullServer();
    try {
      const { port } = server;
      const error = await refusal({ host: 'two', port, timeoutMs: 700, lookup: named('127.0.0.1', '127.0.0.9') });
      expect(error.message).to.equal(
        `cannot connect to two:${port} within 0.7 s: 127.0.0.1:${port} did not answer, 127.0.0.9:${port} connection refused (ECONNREFUSED)`,
      );
      expect(error.code).to.equal('ETIMEDOUT');
    } finally {
      await end();
    }
  });

  it('can be given up', async () => {
    const reason = new Error('enough');
    const error = await new Promise((resolve) => {
      const abort = connectSocket(
        { host: 'two', port: 9, timeoutMs: 0, lookup: () => undefined },
        { connected: () => resolve('connected'), failed: resolve },
      );
      abort(reason);
      abort(new Error('twice'));
    });
    expect(error).to.equal(reason);
  });
});

describe('ConnectError', () => {
  const failed = (code: string, syscall: string, address = '127.0.0.1'): ConnectError =>
    new ConnectError({ host: address, port: 9 }, [
      { address, error: Object.assign(new Error(`${syscall} ${code}`), { code, syscall }) },
    ]);

  it('knows what this machine has run out of from what the server did', () => {
    expect(failed('EADDRNOTAVAIL', 'connect')).to.include({ isLocal: true });
    expect(failed('EADDRNOTAVAIL', 'connect').message).to.equal(
      'cannot connect to 127.0.0.1:9: this machine has no free port left for a connection to it (EADDRNOTAVAIL)',
    );
    expect(failed('EMFILE', 'connect')).to.include({ isLocal: true });
    expect(failed('EADDRNOTAVAIL', 'bind')).to.include({ isLocal: false });
    expect(failed('ECONNREFUSED', 'connect')).to.include({ isLocal: false });
    expect(failed('EHOSTUNREACH', 'connect')).to.include({ isLocal: false });
  });
});
