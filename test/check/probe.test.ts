import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { Probe } from '../../lib/check/probe';
import { freePort } from '../support/free-port';

/** A server whose every connection a test handles itself. */
async function listening(onClient: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    onClient(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('Probe', () => {
  let server: Server | undefined;
  let probe: Probe | undefined;

  async function open(onClient: (socket: Socket) => void): Promise<Probe> {
    server = await listening(onClient);
    return (probe = await Probe.open({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, 10));
  }

  afterEach(() => {
    probe?.close();
    server?.close();
  });

  it('takes what came, and not more than asked for', async () => {
    const peer = await open((socket) => socket.write('abcdef'));
    expect((await peer.take(2))?.toString()).to.equal('ab');
    expect((await peer.take(100))?.toString()).to.equal('cdef');
    expect(peer.ending).to.equal('open');
  });

  it('tells a FIN', async () => {
    const peer = await open((socket) => socket.end('last'));
    expect((await peer.take(100))?.toString()).to.equal('last');
    expect(await peer.take(100)).to.equal(undefined);
    expect(peer.ending).to.equal('fin');
  });

  it('tells a reset from a FIN, also when bytes come with it', async () => {
    const peer = await open((socket) => {
      socket.once('data', () => {
        socket.write('last', () => {
          socket.resetAndDestroy();
          socket.destroy(); // else Node sends a FIN first
        });
      });
    });
    peer.send(Buffer.from('go'));
    expect((await peer.take(100))?.toString()).to.equal('last');
    expect(await peer.take(100)).to.equal(undefined);
    expect(peer.ending).to.equal('reset');
  });

  it('gives up on a silent server at its deadline, with the stream open', async () => {
    const peer = await open(() => undefined);
    expect(await peer.take(1, 0.05)).to.equal(undefined);
    expect(peer.ending).to.equal('open');
  });

  it('resets: the server gets ECONNRESET, and no end of the stream', async () => {
    const seen = new Promise<string>((resolve) => {
      void open((socket) => {
        socket.resume();
        socket.on('end', () => resolve('end'));
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        socket.write('hello');
      }).then(async (peer) => {
        await peer.take(1);
        peer.reset();
      });
    });
    expect(await seen).to.equal('ECONNRESET');
  });

  it('does not read while nobody takes: a server that writes without end is held back', async () => {
    let written = 0;
    const held = new Promise<void>((resolve) => {
      void open((socket) => {
        const chunk = Buffer.alloc(1 << 20);
        const more = (): void => {
          written += chunk.length;
          if (written > 64 << 20) return;
          const timer = setTimeout(resolve, 500);
          socket.write(chunk, () => {
            clearTimeout(timer);
            more();
          });
        };
        more();
      });
    });
    await held;
    expect(written).to.be.below(64 << 20);
  });

  it('says when the kernel takes no more, and sends the rest later', async () => {
    let client: Socket | undefined;
    const peer = await open((socket) => (client = socket.pause()));
    const bytes = Buffer.alloc(32 << 20, 'x');
    expect(await peer.push(bytes, 0.3)).to.equal('stalled');
    peer.finish();
    let received = 0;
    for await (const chunk of client!) received += (chunk as Buffer).length;
    expect(received).to.equal(bytes.length);
  });

  it('rejects with the code of a connection that is refused', async () => {
    const error = await Probe.open({ host: '127.0.0.1', port: await freePort() }, 10).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.have.property('code', 'ECONNREFUSED');
  });
});
