import { setTimeout } from 'node:timers/promises';
import type { ClientsSpec } from './clients';
import { HeldClients } from './held-clients';
import { liveHeap, snapshotEnv } from './live-heap';
import type { LoadResult, LoadSpec } from './load-spec';
import { kibibytes, mebibytes, whole } from './numbers';
import { openDescriptors } from './process-stats';
import { benchmark, progress } from './program';
import { runMeasurement } from './run-measurement';
import { BenchServer } from './server-process';
import { trustctl } from './servers';
import { settledMemory } from './settle';
import { type Column, table } from './table';

/** Live heap is a difference of snapshots: of so many connections at most, as V8 writes a line for each object of them. */
const SNAPSHOT_CONNECTIONS = 1_000;
const LOOK_MS = 100;
/** A client that has been silent for so long is idle: the server holds no streams for it any more. */
const IDLE_AFTER_MS = 7_000;

/** Ordinary clients: they make a server as large as any use of it does, and give V8 a reason to collect. */
const ordinary = { name: 'churn', mode: 'churn', connections: 8, payload: 64, inFlight: 1, count: 30_000 } as const;

/** Clients whose cost is asked for. */
interface Held {
  readonly name: string;
  readonly does: ClientsSpec['does'];
  readonly payload: number;
}

const idle: readonly Held[] = [
  { name: 'silent', does: 'silent', payload: 64 },
  { name: 'idle after one echo', does: 'echoed', payload: 64 },
];
const stalled: readonly Held[] = [
  { name: 'stalled, 64 B frames', does: 'pump', payload: 64 },
  { name: 'stalled, 64 KiB frames', does: 'pump', payload: 65_536 },
];

/** What was seen of one server. Bytes. */
interface Row {
  readonly held: Held;
  readonly connections: number;
  /** Live heap of a connection. */
  readonly live: number;
  /** Sent by each client before it could send no more. */
  readonly sent: number;
  /** Resident, in order. */
  readonly started: number;
  readonly open: number;
  readonly gone: number;
  /** After an ordinary load then, and after one that a new server had. */
  readonly after: number;
  readonly warm: number;
}

const columns: readonly Column<Row>[] = [
  { title: 'clients', cell: ({ held, connections }) => `${whole(connections)} ${held.name}`, align: 'left' },
  { title: 'each sent', cell: ({ sent }) => mebibytes(sent) },
  { title: 'live heap each', cell: ({ live }) => kibibytes(live) },
  { title: 'RSS each', cell: ({ open, started, connections }) => kibibytes((open - started) / connections) },
  { title: 'RSS at start', cell: ({ started }) => mebibytes(started) },
  { title: 'connected', cell: ({ open }) => mebibytes(open) },
  { title: 'gone', cell: ({ gone }) => mebibytes(gone) },
  { title: 'after churn', cell: ({ after }) => mebibytes(after) },
  { title: 'churn alone', cell: ({ warm }) => mebibytes(warm) },
];

/** As by default, but for its limits, and a guard that would end what is to be looked at. */
const unlimited = (connections: number): readonly string[] => [
  ...['--timeout', '0', '--frame-timeout', '0'],
  ...['--concurrency', String(connections * 2), '--max-connections', String(connections * 2)],
];

async function withServer<T>(connections: number, use: (server: BenchServer) => Promise<T>, env = {}): Promise<T> {
  const server = await BenchServer.start({ ...trustctl(...unlimited(connections)), env });
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

async function connect(
  { host, port }: BenchServer,
  { does, payload }: Held,
  connections: number,
): Promise<HeldClients> {
  const clients = await HeldClients.connect({ host, port, connections, does, payload });
  await setTimeout(IDLE_AFTER_MS);
  return clients;
}

/** The ordinary load, and what is resident after it. */
async function afterChurn({ host, port, pid }: BenchServer): Promise<number> {
  const spec: LoadSpec = { ...ordinary, host, port, pid, seconds: 0 };
  await runMeasurement<LoadResult>('load', spec);
  return settledMemory(pid);
}

async function residentOf(
  held: Held,
  connections: number,
): Promise<Omit<Row, 'held' | 'connections' | 'live' | 'warm'>> {
  return withServer(connections, async (server) => {
    const started = await settledMemory(server.pid);
    const clients = await connect(server, held, connections);
    const open = await settledMemory(server.pid);
    await clients.letGo();
    const gone = await settledMemory(server.pid);
    return { sent: clients.sent / connections, started, open, gone, after: await afterChurn(server) };
  });
}

/** The difference that connections make to a heap that has seen such connections before. */
async function liveOf(held: Held, connections: number): Promise<number> {
  const use = async (server: BenchServer): Promise<number> => {
    const descriptors = openDescriptors(server.pid);
    await (await connect(server, held, connections)).letGo();
    while (openDescriptors(server.pid) > descriptors) await setTimeout(LOOK_MS);
    const without = await liveHeap(server);
    const clients = await connect(server, held, connections);
    const within = await liveHeap(server);
    await clients.letGo();
    return (within - without) / connections;
  };
  return withServer(connections, use, snapshotEnv);
}

benchmark(
  {
    idle: { default: 10_000, doc: 'idle connections' },
    stalled: { default: 200, doc: 'connections whose clients send for ever and never read' },
  },
  async ({ numbers, wanted }) => {
    const rows: Row[] = [];
    progress('churn alone');
    const warm = await withServer(numbers.idle, afterChurn);
    const measure = async (held: Held, connections: number): Promise<void> => {
      if (!wanted(held.name)) return;
      progress(held.name);
      const live = await liveOf(held, Math.min(connections, SNAPSHOT_CONNECTIONS));
      rows.push({ held, connections, live, warm, ...(await residentOf(held, connections)) });
    };
    for (const held of idle) await measure(held, numbers.idle);
    for (const held of stalled) await measure(held, numbers.stalled);
    return { name: 'bench:memory', body: table(columns, rows) };
  },
);
