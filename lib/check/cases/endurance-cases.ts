import type { CheckCase } from '../case';
import { countDescriptors } from '../../proc/descriptors';
import type { Exchange } from '../exchange';
import { Mismatch } from '../mismatch';
import { frame, header } from '../wire';

const CLIENTS = 50;
const MESSAGES = 5;
/** Descriptors that a runtime may open for itself meanwhile. */
const SLACK = 3;
/** ms between two counts of the descriptors. */
const POLL_MS = 50;

async function converse(exchange: Exchange, client: number): Promise<void> {
  const probe = await exchange.open();
  for (let n = 1; n <= MESSAGES; n++) await exchange.echoes(probe, `client ${client} message ${n}`);
  probe.finish();
  await exchange.ends(probe, 'fin');
  probe.close();
}

/** Ways in which a client leaves, after each of which some server has leaked its socket. */
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
    why: 'With a slot or thread that is never released, a server stops at its thirtieth client.',
    sends: `${CLIENTS} clients in turn, ${MESSAGES} frames each, every frame after the previous reply.`,
    expects: `All ${CLIENTS * MESSAGES} frames, and a FIN for each client.`,
    likely: 'something that each client takes is never released',
    pace: 'alone',
    async run(exchange) {
      for (let client = 1; client <= CLIENTS; client++) await converse(exchange, client);
    },
  },
  {
    id: 'endurance/6.2',
    level: 'SHOULD',
    rule: `${CLIENTS} clients at once are all served.`,
    why: 'A pool or backlog that is too small drops clients on the first busy day.',
    sends: `${CLIENTS} clients at once, ${MESSAGES} frames each.`,
    expects: `All ${CLIENTS * MESSAGES} frames, and a FIN for each client.`,
    likely: 'a pool of fixed size drops clients instead of letting them wait',
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
    rule: 'One connection serves a thousand messages.',
    why: 'A buffer or counter that grows with each message fails only after many.',
    sends: '1000 frames on one connection, each after the previous reply.',
    expects: 'Each frame.',
    likely: 'a counter, buffer or list grows with each message',
    pace: 'alone',
    async run(exchange) {
      const probe = await exchange.open();
      for (let n = 1; n <= 1000; n++) await exchange.echoes(probe, `message ${n}`);
    },
  },
  {
    id: 'endurance/6.4',
    level: 'MUST',
    rule: 'Clients leave no open descriptor behind, however they leave.',
    why: 'A server that leaks one descriptor per client stops after a thousand clients.',
    sends: `${CLIENTS} clients that leave in five ways: after an exchange, without sending, with a reset, inside a frame, refused.`,
    expects: `At most ${SLACK} more open descriptors than before, which a runtime may open for itself.`,
    likely: 'the socket is not closed after an error, a reset, or the end of the stream inside a frame',
    needs: ['serverPid'],
    pace: 'alone',
    async run(exchange) {
      const pid = exchange.promised('serverPid');
      for (const depart of departures) await depart(exchange); // opens what the server opens only once
      const before = await settled(exchange, pid, 0);
      for (let n = 0; n < CLIENTS; n++) await departures[n % departures.length]?.(exchange);
      const after = await settled(exchange, pid, before + SLACK);
      if (after > before + SLACK)
        throw new Mismatch(`${before} open descriptors before and ${after} after ${CLIENTS} clients`);
    },
  },
];

/** The number of open descriptors, once it is at most `limit`, or no longer falls. */
async function settled(exchange: Exchange, pid: number, limit: number): Promise<number> {
  let [fewest, since] = [Infinity, performance.now()];
  for (;;) {
    const open = countDescriptors(pid);
    if (open < fewest) [fewest, since] = [open, performance.now()];
    // Without a limit a short wait is enough; a leak is reported only after the whole patience.
    const wait = limit === 0 ? POLL_MS * 6 : exchange.patience * 1000;
    if (open <= limit || performance.now() - since > wait) return open;
    await exchange.pause(POLL_MS);
  }
}
