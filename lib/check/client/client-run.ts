import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { untilAborted } from '../abort';
import type { Clock } from '../clock';
import type { Answer, ClientNeed } from './client-case';
import type { ClientEnd, StartClient } from './client-command';
import { Conversation } from './conversation';

const HOST = '127.0.0.1';
/** Seconds to wait for what a client that has ended sent last: more only if a process outside its group holds its connection. */
const LAST_BYTES = 2;

/** What a client did in one run. */
export interface ClientRun {
  /** How it ended; undefined if it still ran when its time was over, and was killed. */
  readonly end: ClientEnd | undefined;
  readonly conversations: readonly Conversation[];
  /** What was missing for the answer, on each connection whose answer was finished. */
  readonly needs: readonly (ClientNeed | undefined)[];
}

export interface ClientRunOptions {
  /** Bytes: the largest payload that the client may send. */
  readonly maxPayload: number;
  /** Seconds in which it must end. */
  readonly seconds: number;
  readonly clock: Clock;
  readonly stop?: AbortSignal | undefined;
}

/**
 * Starts a client against a server of its own, on a free port of the loopback, that gives this answer on every connection, and waits for the
 * client's end. Nothing is left of either afterwards.
 */
export async function runClient(
  start: StartClient,
  answer: Answer | 'refused',
  { maxPayload, seconds, clock, stop }: ClientRunOptions,
): Promise<ClientRun> {
  const conversations: Conversation[] = [];
  const answered: Promise<ClientNeed | undefined>[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const conversation = new Conversation(socket, maxPayload, clock);
    conversations.push(conversation);
    if (answer !== 'refused') answered.push(answer(conversation));
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  if (answer === 'refused') await close(server);

  const client = start(HOST, port);
  let end: ClientEnd | undefined;
  try {
    end = await within(stop ? untilAborted(client.ended, stop) : client.ended, seconds, clock);
    await clock.sleep(0); // a connection may wait to be accepted
    if (end) await within(Promise.all(conversations.map(({ received }) => received)), LAST_BYTES, clock);
  } finally {
    client.kill();
    for (const conversation of conversations) conversation.destroy();
    if (answer !== 'refused') await close(server);
  }
  await client.ended;
  return { end, conversations, needs: await Promise.all(answered) };
}

function close(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}

/** What `work` resolves to; undefined if that takes longer. */
async function within<T>(work: Promise<T>, seconds: number, clock: Clock): Promise<T | undefined> {
  let cancel: () => void = () => undefined;
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.timeout(seconds, () => resolve(undefined));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}
