import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { FrameClient, type FrameClientOptions } from '../../lib/client/frame-client';
import type { FrameOversizeError } from '../../lib/framing';
import { frames } from '../support/peer';
import { type Script, scriptedServer } from '../support/scripted-server';

/** How much may be unread: what is read ahead, and a chunk each for the frame that is coming, the batch in hand and the last step. */
const BOUND = 1_048_576 + 4 * 65_536;

/** A client of a server that follows the script, and the server's side of their connection. */
async function withClient(
  script: Script,
  use: (client: FrameClient, served: Socket) => Promise<void>,
  options: Partial<FrameClientOptions> = {},
): Promise<void> {
  let accepted: (socket: Socket) => void = () => undefined;
  const served = new Promise<Socket>((resolve) => (accepted = resolve));
  await using server = await scriptedServer((socket, connection) => {
    accepted(socket);
    script(socket, connection);
  });
  await using client = await FrameClient.connect({ port: server.port, ...options });
  await use(client, await served);
}

/** Sends frames on and on, as fast as they are taken, and reads nothing. */
const floods: Script = (socket) => {
  const frame = frames(Buffer.alloc(996));
  const pour = (): void => {
    while (!socket.destroyed && socket.write(frame));
  };
  socket.on('drain', pour);
  pour();
};

/** The other side has closed: FIN, or RST where it had not read all. */
function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('end', resolve).once('close', () => resolve()));
}

/** What a loop over the client saw, and how it failed. */
async function loop(
  client: FrameClient,
  step: (payload: string) => unknown = () => undefined,
): Promise<{ seen: string[]; error: unknown }> {
  const seen: string[] = [];
  try {
    for await (const payload of client) {
      seen.push(String(payload));
      await step(String(payload));
    }
  } catch (error) {
    return { seen, error };
  }
  return { seen, error: undefined };
}

/** Counts what came and was not yet given to the loop, in wire bytes. */
class Unread {
  most = 0;
  private bytes = 0;

  readonly onWire = (direction: 'sent' | 'received', { length }: Buffer): void => {
    if (direction === 'received') this.add(length);
  };

  add(bytes: number): void {
    this.bytes += bytes;
    this.most = Math.max(this.most, this.bytes);
  }
}

describe('for await over a FrameClient', () => {
  const speaks: Script = (socket) => void socket.resume().write(frames('one', 'two', 'three'));

  it('closes the client when it is left with break', () =>
    withClient(speaks, async (client, served) => {
      const closed = gone(served);
      for await (const payload of client) {
        expect(String(payload)).to.equal('one');
        break;
      }
      await closed;
      expect(await client.receive().catch((error: unknown) => error)).to.include({ code: 'ERR_CLIENT_CLOSED' });
    }));

  it('closes the client when it is left with return', () =>
    withClient(speaks, async (client, served) => {
      const closed = gone(served);
      const first = async (): Promise<string> => {
        for await (const payload of client) return String(payload);
        return 'nothing';
      };
      expect(await first()).to.equal('one');
      await closed;
    }));

  it('closes the client when it throws, and throws what it threw', () =>
    withClient(speaks, async (client, served) => {
      const closed = gone(served);
      const { seen, error } = await loop(client, (payload) => {
        throw new Error(`no use for ${payload}`);
      });
      expect(seen).to.deep.equal(['one']);
      expect(error).to.have.property('message', 'no use for one');
      await closed;
    }));

  it('rejects what was still to be sent when it is left', () =>
    withClient(
      (socket) => void socket.write(frames('one')),
      async (client) => {
        const sent = client.send(Buffer.alloc(50_000_000));
        for await (const payload of client) if (payload.length > 0) break;
        expect(await sent.catch((error: unknown) => error)).to.include({ code: 'ERR_CLIENT_CLOSED' });
      },
    ));

  it('tells of a reset after every frame that came whole', () =>
    withClient(
      (socket) => {
        socket.write(Buffer.concat([frames('one', 'two', 'three'), Buffer.from([0, 0, 0, 9, 0x41])]));
        socket.once('data', () => socket.resetAndDestroy());
      },
      async (client) => {
        const { seen, error } = await loop(client, (payload) => {
          if (payload === 'three') void client.send('now');
        });
        expect(seen).to.deep.equal(['one', 'two', 'three']);
        expect(error).to.include({ event: 'client_reset', code: 'ERR_CONNECTION_RESET' });
        expect((error as Error).cause).to.include({ code: 'ECONNRESET' });
      },
    ));

  it('is not the end of the process where what nobody awaits fails in a reset', () =>
    withClient(
      (socket) => void socket.once('data', () => socket.resetAndDestroy()),
      async (client) => {
        for (let number = 0; number < 100; number++) void client.send(Buffer.alloc(1_000_000));
        expect((await loop(client)).error).to.have.property('name', 'FrameClientError');
        void client.send('late');
        await setImmediate(); // an unhandled rejection would fail this test
      },
    ));

  it('tells of a header over the limit after every frame before it, and closes', () =>
    withClient(
      (socket) => void socket.resume().write(Buffer.concat([frames('one', 'two'), Buffer.from([0, 1, 0, 1, 0x41])])),
      async (client, served) => {
        const closed = gone(served);
        const { seen, error } = await loop(client);
        expect(seen).to.deep.equal(['one', 'two']);
        expect(error).to.include({ event: 'frame_oversize', code: 'ERR_FRAME_OVERSIZE' });
        expect((error as { cause: FrameOversizeError }).cause).to.include({ announced: 65_537, maxPayload: 65_536 });
        await closed;
      },
    ));

  it('gets everything from a server that half-closes, still sends to it, and then ends its own side', async () => {
    const got: Buffer[] = [];
    await withClient(
      (socket) => {
        socket.on('data', (chunk: Buffer) => got.push(chunk));
        socket.end(frames('one', 'two', 'three'));
      },
      async (client, served) => {
        const ended = once(served, 'end');
        const { seen, error } = await loop(client, (payload) => client.send(payload.toUpperCase()));
        expect(error).to.equal(undefined);
        expect(seen).to.deep.equal(['one', 'two', 'three']);
        expect(await client.receive()).to.equal(undefined);
        await ended;
        expect(Buffer.concat(got).equals(frames('ONE', 'TWO', 'THREE'))).to.equal(true);
      },
    );
  });

  it('tells of a server that ends its side inside a frame', () =>
    withClient(
      (socket) => void socket.resume().end(Buffer.concat([frames('one'), Buffer.from([0, 0, 0, 9, 0x41])])),
      async (client) => {
        const { seen, error } = await loop(client);
        expect(seen).to.deep.equal(['one']);
        expect(error).to.include({ event: 'frame_truncated', code: 'ERR_FRAME_TRUNCATED' });
      },
    ));

  it('reads at most 1 MiB ahead of a slow loop from a server that floods', async () => {
    const unread = new Unread();
    await withClient(
      floods,
      async (client) => {
        let taken = 0;
        for await (const payload of client) {
          unread.add(-(4 + payload.length));
          taken += 1;
          if (taken > 5000 && unread.most > 1_048_576) break;
          await setImmediate(); // a whole chunk can come meanwhile
        }
        expect(unread.most).to.be.within(1_048_576, BOUND);
      },
      { onWire: unread.onWire },
    );
  });

  it('reads no more than that where the loop waits to send to a server that floods and never reads', async () => {
    const unread = new Unread();
    await withClient(
      floods,
      async (client) => {
        const { error } = await loop(client, async (payload) => {
          unread.add(-(4 + payload.length));
          await client.send(payload);
        });
        expect(error).to.include({ event: 'send_timeout', code: 'ERR_SEND_TIMEOUT' });
        expect(unread.most).to.be.below(BOUND);
      },
      { timeout: 0.3, onWire: unread.onWire },
    );
  });
});
