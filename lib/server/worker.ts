import type { Admission, Client } from './admission';
import { limitStackTraces } from './stack-depth';
import { createEchoServer, type EchoServer } from './echo-server';
import type { ServerLog } from './options';
import type { ForwardedEvent, FromWorker, ToWorker } from './worker-messages';

/**
 * The program of one worker process: serves, and leaves to the process that forked it who is admitted and what is logged,
 * so that the limits, the connections' numbers and the log are those of the whole.
 */
const tell = (message: FromWorker): void => {
  if (process.connected) process.send?.(message);
};

/** Gathers the events of one turn of the loop into one message. */
function forwardingLog(debugEnabled: boolean): ServerLog {
  let events: ForwardedEvent[] = [];
  const flush = (): void => {
    tell({ did: 'log', events });
    events = [];
  };
  return {
    debugEnabled,
    event(name, fields = {}) {
      if (events.push([name, fields as Record<string, unknown>]) === 1) setImmediate(flush);
    },
  };
}

class ForwardingAdmission implements Admission {
  private entered = 0;
  private readonly numbers = new Map<Client, number>();
  private readonly clients = new Map<number, Client>();

  enter(client: Client): void {
    const number = ++this.entered;
    this.numbers.set(client, number);
    this.clients.set(number, client);
    tell({ did: 'enter', client: number });
  }

  leave(client: Client): void {
    const number = this.numbers.get(client);
    if (number === undefined) return;
    this.numbers.delete(client);
    this.clients.delete(number);
    // After the events of its end, which go out first: the number of its successor in its place is the greater one.
    setImmediate(() => tell({ did: 'leave', client: number }));
  }

  /** The client of that number, unless it is gone by now. */
  client(number: number): Client | undefined {
    return this.clients.get(number);
  }
}

const admission = new ForwardingAdmission();
let server: EchoServer | undefined;
let listening: Promise<void> = Promise.resolve();

async function listen({ options, debugEnabled }: Extract<ToWorker, { do: 'listen' }>): Promise<void> {
  if (!debugEnabled) limitStackTraces();
  server = createEchoServer(options, forwardingLog(debugEnabled), admission);
  const { address, port } = await server.listen();
  tell({ did: 'listen', address, port });
}

async function stop(): Promise<void> {
  await listening; // node:cluster's primary fails on a worker that goes while it starts to listen
  const { cut } = (await server?.stop()) ?? { cut: 0 };
  setImmediate(() => tell({ did: 'stop', cut })); // after the last events
}

process.on('message', (message: ToWorker) => {
  switch (message.do) {
    case 'listen':
      listening = listen(message).catch((error: unknown) => {
        tell({ did: 'fail', error: { ...(error as object) }, message: (error as Error).message });
      });
      break;
    case 'accepted':
      admission.client(message.client)?.accepted(message.conn);
      break;
    case 'serve':
      admission.client(message.client)?.serve();
      break;
    case 'refused':
      admission.client(message.client)?.refused(message.limit);
      break;
    case 'stop':
      void stop();
      break;
  }
});

// A terminal sends these to every process of the group; the one that forked this one says what follows from them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0)); // nobody is left to log for
