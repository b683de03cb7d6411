import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadResult, LoadSpec } from './load-spec';
import { mebibytes, whole } from './numbers';
import { openDescriptors, residentBytes } from './process-stats';
import { benchmark, progress } from './program';
import { runMeasurement } from './run-measurement';
import { BenchServer } from './server-process';
import { trustctl } from './servers';
import { settledMemory } from './settle';
import { type Column, table } from './table';

/** Clients that connect at the same time. */
const SLOTS = 8;

interface Sample {
  /** Connections that there were so far. */
  readonly connections: number;
  readonly perSecond: number | undefined;
  readonly memory: number;
  readonly descriptors: number;
}

const columns: readonly Column<Sample>[] = [
  { title: 'connections', cell: ({ connections }) => whole(connections) },
  { title: 'connections/s', cell: ({ perSecond }) => whole(perSecond) },
  { title: 'RSS', cell: ({ memory }) => mebibytes(memory) },
  { title: 'descriptors', cell: ({ descriptors }) => String(descriptors) },
];

/** As logrotate does, so that hours of log do not fill the disk: the file goes, and the server is told to open a new one. */
function rotateLog(server: BenchServer): void {
  rmSync(join(server.home, 'logs/trustctl.log'), { force: true });
  process.kill(server.pid, 'SIGHUP');
}

benchmark(
  {
    connections: { default: 500_000, doc: 'connections in all: connect, one frame, its echo, close' },
    samples: { default: 10, doc: 'how often memory and descriptors are looked at' },
  },
  async ({ numbers: { connections, samples: looks } }) => {
    const server = await BenchServer.start(trustctl());
    const { host, port, pid } = server;
    const samples: Sample[] = [];
    const sample = (memory: number, perSecond?: number): void => {
      const done = Math.round((connections * samples.length) / looks);
      samples.push({ connections: done, perSecond, memory, descriptors: openDescriptors(pid) });
    };
    try {
      sample(residentBytes(pid));
      const spec = { name: 'churn', mode: 'churn', connections: SLOTS, payload: 64, inFlight: 1 } as const;
      while (samples.length <= looks) {
        const count = Math.round((connections * samples.length) / looks) - (samples.at(-1)?.connections ?? 0);
        const load: LoadSpec = { ...spec, host, port, pid, seconds: 0, count };
        const { seconds } = await runMeasurement<LoadResult>('load', load);
        sample(residentBytes(pid), count / seconds);
        rotateLog(server);
        progress(`${samples.at(-1)?.connections ?? 0} connections`);
      }
      const settled = await settledMemory(pid);
      const [first] = samples.slice(1);
      const words = `Settled after the last: ${mebibytes(settled)}, ${openDescriptors(pid)} descriptors; after the first row of load ${mebibytes(first?.memory)}.`;
      return { name: 'bench:churn', body: `${table(columns, samples)}\n\n${words}` };
    } finally {
      await server.stop();
    }
  },
);
