import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { FrameClient, type FrameClientOptions } from '../../lib/client/frame-client';
import { FrameClientError } from '../../lib/client/client-error';
import { errorCode } from '../../lib/errors/error-code';
import { FrameBatch } from '../../lib/framing';
import { freePort } from '../support/free-port';
import {
  type Script,
  announces,
  changesByte,
  closesUnanswered,
  deaf,
  echo,
  echoesUntil,
  resets,
  scriptedServer,
  silent,
} from '../support/scripted-server';
import { until, untilStill } from '../support/until';

/** Runs `use` with a client of a server that follows the script. */
async function withClient(
  script: Script,
  options: Partial<FrameClientOptions>,
  use: (client: FrameClient) => Promise<void>,
): Promise<void> {
  await using server = await scriptedServer(script);
  const client = await FrameClient.connect({ port: server.port, ...options });
  try {
    await use(client);
  } finally {
    client.close();
  }
}

const cutsShort = echoesUntil(5, (socket) => socket.end());
const stopsHalfway = echoesUntil(5, () => undefined);

/** A process that listens and never accepts. */
async function fullListener(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const program = `
    const server = require('node:net').createServer().listen(0, '127.0.0.1', 1, () => {
      require('node:fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    port: Number(port),
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** The error that a promise is rejected with. */
async function rejection(promise: Promise<unknown>): Promise<FrameClientError> {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(FrameClientError);
    return error as FrameClientError;
  }
  throw new Error('it was not rejected');
}

describe('FrameClient', () => {
  it('gets back what it sends', () =>
    withClient(echo, {}, async (client) => {
      expect((await client.request('Grüße')).toString()).to.equal('Grüße');
      expect(await client.request(Buffer.alloc(0))).to.have.length(0);
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      expect((await client.request(bytes)).equals(bytes)).to.equal(true);
    }));

  it('pairs requests with replies in order when several are under way', () =>
    withClient(echo, {}, async (client) => {
      const words = Array.from({ length: 50 }, (_, index) => `word ${index}`);
      const replies = await Promise.all(words.map((word) => client.request(word)));
      expect(replies.map(String)).to.deep.equal(words);
    }));

  it('sends and receives whole batches', () =>
    withClient(echo, {}, async (client) => {
      await client.send(FrameBatch.of('one', 'two', 'three'));
      expect(String(await client.receive())).to.equal('one');
      const rest: string[] = [];
      while (rest.length < 2) for (const payload of (await client.receiveBatch()) ?? []) rest.push(String(payload));
      expect(rest).to.deep.equal(['two', 'three']);
    }));

  it('gets every reply after its own FIN, then the end', () =>
    withClient(echo, {}, async (client) => {
      for (let number = 0; number < 5000; number++) void client.send(`message ${number}`);
      client.end();
      let received = 0;
      for await (const payload of client) expect(String(payload)).to.equal(`message ${received++}`);
      expect(received).to.equal(5000);
      expect(await client.receive()).to.equal(undefined);
    }));

  it('writes 64 MB before it receives any, against a server that echoes as it reads', () =>
    withClient(echo, { maxPayload: 1_000_000 }, async (client) => {
      const payload = Buffer.alloc(1_000_000, 'x');
      for (let number = 0; number < 64; number++) await client.send(payload);
      client.end();
      let received = 0;
      for await (const reply of client) if (reply.equals(payload)) received += 1;
      expect(received).to.equal(64);
    }));

  it('stops reading from a server that sends on and on to nobody', async () => {
    let flooding: Socket | undefined;
    const frame = Buffer.concat([Buffer.from([0, 0, 0xff, 0xfc]), Buffer.alloc(0xfffc)]);
    const floods: Script = (socket) => {
      const pour = (): void => {
        while (socket.write(frame));
      };
      flooding = socket.on('drain', pour);
      pour();
    };
    await withClient(floods, {}, async (client) => {
      await until(() => flooding !== undefined);
      await untilStill(() => flooding!.bytesWritten);
      for (let number = 0; number < 1000; number++) expect(await client.receive()).to.have.length(0xfffc);
    });
  });

  it('shows the wire bytes both ways', () => {
    const seen = { sent: [] as Buffer[], received: [] as Buffer[] };
    return withClient(echo, { onWire: (direction, bytes) => seen[direction].push(bytes) }, async (client) => {
      await client.request('AB');
      const wire = Buffer.from([0, 0, 0, 2, 0x41, 0x42]);
      expect(Buffer.concat(seen.sent).equals(wire)).to.equal(true);
      expect(Buffer.concat(seen.received).equals(wire)).to.equal(true);
    });
  });

  describe('fails by cause', () => {
    const faults: [name: string, script: Script, event: string, code: string, cause: string | undefined][] = [
      ['silence', silent, 'recv_timeout', 'ERR_RECV_TIMEOUT', undefined],
      ['a close without a reply', closesUnanswered, 'reply_missing', 'ERR_REPLY_MISSING', undefined],
      ['a reset', resets, 'client_reset', 'ERR_CONNECTION_RESET', 'ECONNRESET'],
      ['a reply cut short', cutsShort, 'frame_truncated', 'ERR_FRAME_TRUNCATED', 'ERR_FRAME_TRUNCATED'],
      ['a reply that stops halfway', stopsHalfway, 'recv_timeout', 'ERR_RECV_TIMEOUT', undefined],
      ['an oversize announced', announces(65_537), 'frame_oversize', 'ERR_FRAME_OVERSIZE', 'ERR_FRAME_OVERSIZE'],
      ['a header changed', changesByte(0), 'frame_oversize', 'ERR_FRAME_OVERSIZE', 'ERR_FRAME_OVERSIZE'],
    ];
    for (const [name, script, event, code, cause] of faults) {
      it(`${name}: ${code}`, () =>
        withClient(script, { timeout: 0.3 }, async (client) => {
          const error = await rejection(client.request('hello'));
          expect(error).to.include({ name: 'FrameClientError', event, code }).and.not.have.property('exit');
          expect(errorCode(error.cause)).to.equal(cause);
        }));
    }

    it('a server that takes nothing: ERR_SEND_TIMEOUT, within the deadline', () =>
      withClient(deaf, { timeout: 0.3 }, async (client) => {
        const sent = client.send(Buffer.alloc(50_000_000));
        expect(await rejection(sent)).to.include({ event: 'send_timeout', code: 'ERR_SEND_TIMEOUT' });
        expect(await rejection(client.receive())).to.include({ code: 'ERR_SEND_TIMEOUT' });
      }));

    it('a refused connection: ERR_CONNECT_FAILED, with the system’s error as its cause', async () => {
      const error = await rejection(FrameClient.connect({ port: await freePort() }));
      expect(error).to.include({ event: 'connect_failed', code: 'ERR_CONNECT_FAILED' });
      expect(error.message).to.match(/^cannot connect to 127\.0\.0\.1:\d+: connection refused \(ECONNREFUSED\)$/);
      expect(error.cause).to.include({ name: 'ConnectError', code: 'ECONNREFUSED' });
      expect((error.cause as Error).cause).to.include({ code: 'ECONNREFUSED', syscall: 'connect' });
    });

    it('a host name that nobody has: ERR_CONNECT_FAILED', async () => {
      const error = await rejection(FrameClient.connect({ host: 'no-such-host.invalid', port: 9, timeout: 0 }));
      expect(error).to.include({ event: 'connect_failed', code: 'ERR_CONNECT_FAILED' });
    });

    it('a server that does not accept: ERR_CONNECT_TIMEOUT', async () => {
      const full = await fullListener();
      const clients: FrameClient[] = [];
      try {
        let error: FrameClientError | undefined;
        // How many the kernel takes for a backlog of 1 is its own affair.
        while (error === undefined && clients.length < 16) {
          try {
            clients.push(await FrameClient.connect({ port: full.port, timeout: 0.3 }));
          } catch (reason) {
            error = reason as FrameClientError;
          }
        }
        expect(error).to.include({ event: 'connect_timeout', code: 'ERR_CONNECT_TIMEOUT' });
        expect(error?.message).to.match(/^cannot connect to 127\.0\.0\.1:\d+ within 0\.3 s$/);
      } finally {
        for (const client of clients) client.close();
        await full.stop();
      }
    });
  });

  it('delivers what came whole before it tells of the fault', () =>
    withClient(
      echoesUntil(20, (socket) => socket.end()),
      {},
      async (client) => {
        void client.send(FrameBatch.of('AAAA', 'BBBB', 'CCCC'));
        expect(String(await client.receive())).to.equal('AAAA');
        expect(String(await client.receive())).to.equal('BBBB');
        expect(await rejection(client.receive())).to.include({ event: 'frame_truncated' });
        expect(await rejection(client.send('more'))).to.include({ event: 'frame_truncated' });
      },
    ));

  it('waits as long as it takes where nothing is owed', () => {
    let speak: () => void = () => undefined;
    const speaksLate: Script = (socket) => (speak = () => socket.write(Buffer.from([0, 0, 0, 1, 0x21])));
    return withClient(speaksLate, { timeout: 0.1 }, async (client) => {
      await withClient(silent, { timeout: 0.1 }, async (owed) => {
        expect(await rejection(owed.receive())).to.include({ event: 'recv_timeout' });
      });
      speak();
      expect(String(await client.receive())).to.equal('!');
    });
  });

  it('does not give up on a server that is slow but moves', () => {
    const drips: Script = (socket) => {
      socket.once('data', (chunk: Buffer) => {
        let at = 0;
        const drip = setInterval(() => {
          socket.write(chunk.subarray(at, ++at));
          if (at === chunk.length) clearInterval(drip);
        }, 25);
      });
    };
    return withClient(drips, { timeout: 0.3 }, async (client) => {
      expect(String(await client.request('0123456789abcdef'))).to.equal('0123456789abcdef'); // 20 drips, half a second
    });
  });

  it('without a deadline waits until the server closes', async () => {
    let accepted: (socket: Socket) => void = () => undefined;
    const socket = new Promise<Socket>((resolve) => (accepted = resolve));
    await withClient(
      (each) => accepted(each.resume()),
      { timeout: 0 },
      async (client) => {
        const reply = client.receive();
        (await socket).end();
        expect(await reply).to.equal(undefined);
      },
    );
  });

  it('ends when its signal is aborted, and leaves no listener behind', async () => {
    await using server = await scriptedServer(silent);
    const stop = new AbortController();
    const client = await FrameClient.connect({ port: server.port, signal: stop.signal });
    const reply = client.receive().catch((error: unknown) => error);
    stop.abort();
    expect(await reply).to.have.property('name', 'AbortError');
    expect(getEventListeners(stop.signal, 'abort')).to.have.length(0);
    const late = await FrameClient.connect({ port: server.port, signal: stop.signal }).catch((error: unknown) => error);
    expect(late).to.have.property('name', 'AbortError');
  });

  it('tells every client of one signal', async () => {
    await using server = await scriptedServer(silent);
    const stop = new AbortController();
    const connect = (): Promise<FrameClient> => FrameClient.connect({ port: server.port, signal: stop.signal });
    const [first, ...others] = await Promise.all([connect(), ...Array.from({ length: 19 }, connect)]);
    await first[Symbol.asyncDispose]();
    expect(getEventListeners(stop.signal, 'abort')).to.have.length(1);
    const replies = others.map((client) => client.receive().catch((error: unknown) => error));
    stop.abort();
    for (const reply of await Promise.all(replies)) expect(reply).to.have.property('name', 'AbortError');
    expect(getEventListeners(stop.signal, 'abort')).to.have.length(0);
  });

  it('refuses options before it connects', async () => {
    await using server = await scriptedServer(echo);
    const { port } = server;
    const refused: [options: object, name: string, words: RegExp][] = [
      [{ port: 1.5 }, 'RangeError', /^port must be .*, not 1\.5$/],
      [{ port, timeout: NaN }, 'RangeError', /^timeout must be .*, not NaN$/],
      [{ port, timeout: Infinity }, 'RangeError', /^timeout must be .*, not Infinity$/],
      [{ port, timeout: 2_147_484 }, 'RangeError', /^timeout must be .*, not 2147484$/],
      [{ port, maxPayload: NaN }, 'RangeError', /^maxPayload must be .*, not NaN$/],
      [{ port, maxPayload: 2 ** 32 }, 'RangeError', /^maxPayload must be .*, not 4294967296$/],
      [{ port, host: 42 }, 'TypeError', /^host must be .*, not 42$/],
      [{ port, signal: 'stop' }, 'TypeError', /^signal must be .*, not 'stop'$/],
      [{ port, onWire: {} }, 'TypeError', /^onWire must be .*, not {}$/],
      [{ port, tiemout: 3 }, 'TypeError', /^there is no option tiemout \(3\)/],
    ];
    for (const [options, name, words] of refused) {
      const error: unknown = await FrameClient.connect(options as FrameClientOptions).catch(
        (reason: unknown) => reason,
      );
      expect(error).to.have.property('name', name);
      expect((error as Error).message).to.match(words);
    }
    expect(server.connections).to.equal(0);
  });

  it('takes undefined for the default', () =>
    withClient(
      echo,
      { host: undefined, timeout: undefined, maxPayload: undefined, signal: undefined, onWire: undefined },
      async (client) => {
        expect(client.peer).to.match(/^127\.0\.0\.1:/);
        expect(await client.request(Buffer.alloc(65_536))).to.have.length(65_536);
        expect(await rejection(client.request(Buffer.alloc(65_537)))).to.include({ code: 'ERR_FRAME_OVERSIZE' });
      },
    ));

  it('takes the longest timeout without a warning', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error): number => warnings.push(warning);
    process.on('warning', warn);
    await withClient(echo, { timeout: 2_147_483.647 }, async (client) => {
      expect(String(await client.request('hello'))).to.equal('hello');
    });
    await new Promise(setImmediate);
    process.off('warning', warn);
    expect(warnings).to.deep.equal([]);
  });

  describe('end', () => {
    it('lets nothing be sent after it, and everything be received', () =>
      withClient(echo, {}, async (client) => {
        await client.send('before');
        client.end();
        client.end();
        expect(await rejection(client.send('after'))).to.include({ event: 'client_ended', code: 'ERR_CLIENT_ENDED' });
        expect(await rejection(client.request('after'))).to.include({ code: 'ERR_CLIENT_ENDED' });
        expect(String(await client.receive())).to.equal('before');
        expect(await client.receive()).to.equal(undefined);
      }));
  });

  describe('close', () => {
    const CLOSED = { event: 'client_closed', code: 'ERR_CLIENT_CLOSED' };

    it('rejects all that waits to be received, and what is called later', () =>
      withClient(silent, {}, async (client) => {
        const waiting = [client.receive(), client.receiveBatch(), client.request('hello'), client.receive()];
        client.close();
        client.close();
        for (const each of waiting) expect(await rejection(each)).to.include(CLOSED);
        for (const late of [client.receive(), client.receiveBatch(), client.request('hello'), client.send('hello')]) {
          expect(await rejection(late)).to.include(CLOSED);
        }
        client.end();
        client.close();
      }));

    it('rejects all that waits to be sent', () =>
      withClient(deaf, {}, async (client) => {
        const waiting = [client.send(Buffer.alloc(50_000_000)), client.send('behind it')];
        client.close();
        for (const each of waiting) expect(await rejection(each)).to.include(CLOSED);
      }));

    it('drops what was read ahead', () =>
      withClient(echo, {}, async (client) => {
        await client.send(FrameBatch.of('one', 'two', 'three'));
        expect(String(await client.receive())).to.equal('one');
        client.close();
        expect(await rejection(client.receive())).to.include(CLOSED);
      }));

    it('leaves what ended the connection before as the reason', () =>
      withClient(resets, {}, async (client) => {
        expect(await rejection(client.request('hello'))).to.include({ event: 'client_reset' });
        client.close();
        expect(await rejection(client.receive())).to.include({ event: 'client_reset' });
      }));

    it('is what disposal does, which waits for the socket', async () => {
      await using server = await scriptedServer(silent);
      let reply: Promise<unknown> | undefined;
      {
        await using client = await FrameClient.connect({ port: server.port });
        reply = rejection(client.receive());
        await client[Symbol.asyncDispose](); // and once more at the end of the block
      }
      expect(await reply).to.include(CLOSED);
    });
  });

  it('connects over IPv6', async function () {
    const { createServer } = await import('node:net');
    const server = createServer((socket) => echo(socket, 1)).listen(0, '::1');
    const [outcome] = (await Promise.race([once(server, 'listening').then(() => ['up']), once(server, 'error')])) as [
      unknown,
    ];
    if (outcome !== 'up') return; // this machine has no IPv6
    const { port } = server.address() as { port: number };
    const client = await FrameClient.connect({ host: '::1', port });
    expect(client.peer).to.equal(`[::1]:${port}`);
    expect(String(await client.request('six'))).to.equal('six');
    client.end();
    expect(await client.receive()).to.equal(undefined);
    server.close();
  });
});
