import type { LoadResult, LoadSpec } from './load-spec';
import { median } from './median';
import { fixed, percent, ratio, whole } from './numbers';
import { benchmark, progress } from './program';
import { runMeasurement } from './run-measurement';
import { BenchServer, type ServerCommand } from './server-process';
import { servers } from './servers';
import { type Column, table } from './table';
import { type Workload, workloads } from './workloads';

/** One server under one workload: what was seen in each round. */
interface Row {
  readonly workload: Workload;
  readonly server: string;
  readonly rounds: readonly LoadResult[];
  /** Ours under the same workload, round by round. */
  readonly ours: readonly LoadResult[];
}

const rate = ({ frames, seconds }: LoadResult): number => frames / seconds;
const cpuPerFrame = ({ serverCpu, frames }: LoadResult): number => (serverCpu / frames) * 1e6;

const middle = (row: Row, of: (result: LoadResult) => number | undefined): number =>
  median(row.rounds.map((round) => of(round) ?? NaN));

/** The median of the rounds' ratios: what disturbs a round disturbs both. */
const against = (row: Row, of: (theirs: LoadResult, ours: LoadResult) => number): number =>
  median(row.rounds.map((theirs, n) => of(theirs, row.ours[n] as LoadResult)));

const columns: readonly Column<Row>[] = [
  { title: 'workload', cell: ({ workload }) => workload.name, align: 'left' },
  { title: 'server', cell: ({ server }) => server, align: 'left' },
  { title: 'frames/s', cell: (row) => whole(middle(row, rate)) },
  { title: 'CPU µs/frame', cell: (row) => fixed(2)(middle(row, cpuPerFrame)) },
  { title: 'server busy', cell: (row) => percent(middle(row, ({ serverCpu, seconds }) => serverCpu / seconds)) },
  { title: 'p50 µs', cell: (row) => whole(middle(row, ({ latency }) => latency?.p50)) },
  { title: 'p99 µs', cell: (row) => whole(middle(row, ({ latency }) => latency?.p99)) },
  {
    title: 'ours: CPU',
    cell: (row) => ratio(against(row, (theirs, ours) => cpuPerFrame(theirs) / cpuPerFrame(ours))),
  },
  { title: 'ours: rate', cell: (row) => ratio(against(row, (theirs, ours) => rate(ours) / rate(theirs))) },
];

/** A turn in which other processes used more of a core than this is taken again, so often at most in the whole run. */
const DISTURBED = 0.1;
const MOST_AGAIN = 30;

const others = ({ otherCpu, seconds }: LoadResult): number => otherCpu / seconds;

async function measureOnce(command: ServerCommand, workload: Workload, seconds: number): Promise<LoadResult> {
  const server = await BenchServer.start(command);
  try {
    const { host, port, pid } = server;
    const spec: LoadSpec = { ...workload, host, port, pid, seconds };
    return await runMeasurement<LoadResult>('load', spec);
  } finally {
    await server.stop();
  }
}

benchmark(
  {
    rounds: { default: 3, doc: 'rounds; in each, every server has its turn' },
    seconds: { default: 1.2, doc: 'seconds that a turn is measured, after a warm-up' },
  },
  async ({ numbers: { rounds, seconds }, wanted }) => {
    const rows: Row[] = [];
    let again = 0;
    const turn = async (command: ServerCommand, workload: Workload): Promise<LoadResult> => {
      for (;;) {
        const result = await measureOnce(command, workload, seconds);
        if (others(result) < DISTURBED || again === MOST_AGAIN) return result;
        again += 1;
      }
    };
    for (const workload of workloads.filter(({ name }) => wanted(name))) {
      progress(workload.name);
      const results = new Map<string, LoadResult[]>([...servers.keys()].map((name) => [name, []]));
      for (let round = 0; round < rounds; round++) {
        for (const [name, command] of servers) results.get(name)?.push(await turn(command, workload));
      }
      const [ours = []] = results.values();
      for (const [server, ofServer] of results) rows.push({ workload, server, rounds: ofServer, ours });
    }
    const busy = rows.flatMap((row) => row.rounds.map(others));
    const words = `Meanwhile other processes used ${percent(median(busy))} of a core at the median, ${percent(Math.max(...busy))} at most; ${again} turns were taken again for it.`;
    return {
      name: 'bench',
      packages: ['frame-stream', 'it-length-prefixed'],
      body: `${table(columns, rows)}\n\n${words}`,
    };
  },
);
