import type { CheckCase } from '../case';
import { countDescriptors } from '../../proc/descriptors';
import type { Exchange } from '../exchange';
import { Mismatch } from '../mismatch';
import { frame, header } from '../wire';

const CLIENTS = 50;
const MESSAGES = 5;
/** Descriptors that a runtime may open for itself in the meantime. */
const SLACK = 3;
/** How often the descriptors are counted while they settle. */
const POLL_MS = 50;

async function converse(exchange: Exchange, client: number): Promise<void> {
  const probe = await exchange.open();
  for (let n = 1; n <= MESSAGES; n++) await exchange.echoes(probe, `client ${client} message ${n}`);
  probe.finish();
  await exchange.ends(probe, 'fin');
  probe.close();
}

/** Ways to leave, each of which has made some server forget to close. */
const departures: readonly ((exchange: Exchange) => Promise<void>)[] = [
  async (exchange) => converse(exchange, 0),
  async (exchange) => (await exchange.open()).close(),
  async (exchange) => {
    const probe = await exchange.open();
    await exchange.echoes(probe, 'reset');
    probe.reset();
  },
  async (exchange) => {
    const probe = await exchange.open();
    probe.send(frame('truncated').subarray(0, 6));
    probe.close();
  },
  async (exchange) => {
    const probe = await exchange.open();
    probe.send(header(0xffffffff));
    await exchange.pause(1);
    probe.close();
  },
];

export const endurance: readonly CheckCase[] = [
  {
    id: 'endurance/6.1',
    level: 'MUST',
    rule: `${CLIENTS} clients, one after another, are all served.`,
    why: 'A table of clients that is never cleared, a thread that is never joined: the server stops at its thirtieth client.',
    sends: `${CLIENTS} clients in turn, ${MESSAGES} frames each, every frame after the reply to the one before.`,
    expects: `All ${CLIENTS * MESSAGES} frames, and a FIN for each client.`,
    likely: 'something that each client takes is never given back',
    pace: 'alone',
    async run(exchange) {
      for (let client = 1; client <= CLIENTS; client++) await converse(exchange, client);
    },
  },
  {
    id: 'endurance/6.2',
    level: 'SHOULD',
    rule: `${CLIENTS} clients at once are all served.`,
    why: 'A pool or a backlog that is too small drops clients on the first busy day.',
    sends: `${CLIENTS} clients at once, ${MESSAGES} frames each.`,
    expects: `All ${CLIENTS * MESSAGES} frames, and a FIN for each client.`,
    likely: 'a pool or table of fixed size: clients over it are dropped instead of waiting',
    needs: ['concurrent'],
    pace: 'alone',
    async run(exchange) {
      const probes = await Promise.all(Array.from({ length: CLIENTS }, () => exchange.open()));
      await Promise.all(
        probes.map(async (probe, client) => {
          for (let n = 1; n <= MESSAGES; n++) await exchange.echoes(probe, `client ${client} message ${n}`);
          probe.finish();
          await exchange.ends(probe, 'fin');
        }),
      );
    },
  },
  {
    id: 'endurance/6.3',
    level: 'MUST',
    rule: 'One connection serves a thousand messages, the last like the first.',
    why: 'What grows or counts with each message shows only after many.',
    sends: '1000 frames on one connection, each after the reply to the one before.',
    expects: 'Each frame.',
    likely: 'a counter, a buffer or a list that each message adds to',
    pace: 'alone',
    async run(exchange) {
      const probe = await exchange.open();
      for (let n = 1; n <= 1000; n++) await exchange.echoes(probe, `message ${n}`);
    },
  },
  {
    id: 'endurance/6.4',
    level: 'MUST',
    rule: 'Clients that are gone leave no descriptor behind, whichever way they left.',
    why: 'A server that leaks one a client stops after a thousand clients, in the night.',
    sends: `${CLIENTS} clients that leave in five ways: after an exchange, without a word, by reset, inside a frame, refused.`,
    expects: `As many open descriptors as before, give or take ${SLACK} that a runtime opens for itself.`,
    likely: 'the socket is not closed on some path: after an error, a reset, the end of the stream inside a frame',
    needs: ['serverPid'],
    pace: 'alone',
    async run(exchange) {
      const pid = exchange.promised('serverPid');
      for (const depart of departures) await depart(exchange); // what is opened once is open from here on
      const before = await settled(exchange, pid, 0);
      for (let n = 0; n < CLIENTS; n++) await departures[n % departures.length]?.(exchange);
      const after = await settled(exchange, pid, before + SLACK);
      if (after > before + SLACK)
        throw new Mismatch(`${before} open descriptors before and ${after} after ${CLIENTS} clients`);
    },
  },
];

/** The open descriptors once they are at most `limit`, or at least no longer fall. */
async function settled(exchange: Exchange, pid: number, limit: number): Promise<number> {
  let [fewest, since] = [Infinity, performance.now()];
  for (;;) {
    const open = countDescriptors(pid);
    if (open < fewest) [fewest, since] = [open, performance.now()];
    // A few idle rounds tell that nothing is being closed; a leak is only called one after all of our patience.
    const wait = limit === 0 ? POLL_MS * 6 : exchange.patience * 1000;
    if (open <= limit || performance.now() - since > wait) return open;
    await exchange.pause(POLL_MS);
  }
}
