import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import type { EventName } from '../../lib/log/events';
import { Connection } from '../../lib/server/connection';
import { echoService } from '../../lib/server/create-echo-server';
import { type ServerOptions, defaultServerOptions } from '../../lib/server/server-options';
import { Peer } from './peer';

const open = new Set<ServedConnection>();

/** One connection of a server, whose socket can be looked at, and its peer. */
export class ServedConnection {
  /** What was logged. */
  readonly events: (Record<string, unknown> & { event: EventName })[] = [];
  readonly closed: Promise<void>;
  readonly connection: Connection;

  private constructor(
    private readonly listener: Server,
    readonly peer: Peer,
    readonly socket: Socket,
    options: Partial<ServerOptions>,
  ) {
    const log = {
      debugEnabled: false,
      event: (event: EventName, fields: object = {}): number => this.events.push({ ...fields, event }),
    };
    let onClose: () => void;
    this.closed = new Promise((resolve) => (onClose = resolve));
    this.connection = new Connection(socket, { ...defaultServerOptions, ...options }, echoService, log, {
      served: () => undefined,
      opening: undefined,
      ready: () => undefined,
      closed: () => onClose(),
    });
    this.connection.accepted(1);
    this.connection.serve();
  }

  static async open(
    options: Partial<ServerOptions> = {},
    { paused = false, highWaterMark = 65_536 } = {},
  ): Promise<ServedConnection> {
    const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true, highWaterMark }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const accepted = once(listener, 'connection');
    const peer = await Peer.connect((listener.address() as AddressInfo).port, { paused });
    const [socket] = (await accepted) as [Socket];
    const served = new ServedConnection(listener, peer, socket, options);
    open.add(served);
    return served;
  }

  get names(): EventName[] {
    return this.events.map(({ event }) => event);
  }

  get last(): Record<string, unknown> | undefined {
    return this.events.at(-1);
  }

  close(): void {
    this.peer.close();
    this.socket.destroy();
    this.listener.close();
  }
}

/** Closes every connection that a test left open. */
export function closeConnections(): void {
  open.forEach((served) => served.close());
  open.clear();
}
