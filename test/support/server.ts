import type { EventName } from '../../lib/log/events';
import { createEchoServer } from '../../lib/server/create-echo-server';
import type { FrameServer } from '../../lib/server/frame-server';
import type { ServerOptions } from '../../lib/server/server-options';

export type ServerEvent = { event: EventName } & Record<string, unknown>;

/** A server in this process on a free port, with the events it logged. */
export class TestServer {
  readonly events: ServerEvent[] = [];
  private readonly waiters = new Set<() => void>();

  private constructor(
    readonly server: FrameServer,
    readonly port: number,
  ) {}

  static async start(options: Partial<ServerOptions> = {}, debugEnabled = false): Promise<TestServer> {
    const log = {
      debugEnabled,
      event: (event: EventName, fields: object = {}): void => {
        started.events.push({ ...fields, event });
        const waiting = [...started.waiters];
        started.waiters.clear();
        waiting.forEach((resolve) => resolve());
      },
    };
    const server = createEchoServer({ port: 0, ...options }, log);
    const { port } = await server.listen();
    const started = new TestServer(server, port);
    running.add(started);
    return started;
  }

  /** The events of one name that came so far. */
  all(event: EventName): ServerEvent[] {
    return this.events.filter((line) => line.event === event);
  }

  /** The n-th event of that name, counted from 1, from the past or awaited. */
  async waitFor(event: EventName, nth = 1): Promise<ServerEvent> {
    for (;;) {
      const found = this.all(event)[nth - 1];
      if (found) return found;
      await new Promise<void>((resolve) => this.waiters.add(resolve));
    }
  }

  async stop(): Promise<{ cut: number }> {
    running.delete(this);
    return this.server.stop();
  }
}

const running = new Set<TestServer>();

/** Stops every server that a test left running. */
export async function stopServers(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop()));
}
