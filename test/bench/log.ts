import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { LineCounter, type LinesRead, type Reading, readings } from './log-reader';
import type { LoadResult, LoadSpec } from './load-spec';
import { median } from './median';
import { mebibytes, whole } from './numbers';
import { residentBytes } from './process-stats';
import { benchmark, progress } from './program';
import { runMeasurement } from './run-measurement';
import { BenchServer } from './server-process';
import { trustctl } from './servers';
import { type Column, table } from './table';
import { type Workload, workloads } from './workloads';

const QUIET_MS = 500;

/** Where a server's standard output goes, besides its log file. */
const destinations: readonly { readonly name: string; readonly reading?: Reading }[] = [
  { name: '/dev/null' },
  { name: 'pipe, read at once', reading: readings.fast },
  { name: 'pipe, 256 KiB/s', reading: readings.slow },
  { name: 'pipe, never read', reading: readings.never },
];

const workload = (part: string): Workload => workloads.find(({ name }) => name.startsWith(part)) as Workload;

/** At `debug` a line for each frame in and out; at `info` four for each connection. */
const loads = [
  { level: 'info', workload: workload('connect, one frame') },
  { level: 'info', workload: workload('ping-pong 64 B') },
  { level: 'debug', workload: workload('ping-pong 64 B') },
] as const;

interface Seen {
  readonly load: LoadResult;
  /** Bytes resident when the load was over. */
  readonly memory: number;
  /** Lines of the log file. */
  readonly inFile: number;
  /** Of standard output; undefined for /dev/null. */
  readonly stdout: LinesRead | undefined;
}

interface Row {
  readonly level: string;
  readonly workload: Workload;
  readonly destination: string;
  readonly rounds: readonly Seen[];
}

const middle = ({ rounds }: Row, of: (seen: Seen) => number | undefined): number =>
  median(rounds.map((seen) => of(seen) ?? NaN));

const columns: readonly Column<Row>[] = [
  { title: 'level', cell: ({ level }) => level, align: 'left' },
  { title: 'workload', cell: ({ workload: { name } }) => name, align: 'left' },
  { title: 'standard output', cell: ({ destination }) => destination, align: 'left' },
  { title: 'frames/s', cell: (row) => whole(middle(row, ({ load }) => load.frames / load.seconds)) },
  { title: 'p50 µs', cell: (row) => whole(middle(row, ({ load }) => load.latency?.p50)) },
  { title: 'p99 µs', cell: (row) => whole(middle(row, ({ load }) => load.latency?.p99)) },
  { title: 'max µs', cell: (row) => whole(middle(row, ({ load }) => load.latency?.max)) },
  { title: 'RSS', cell: (row) => mebibytes(middle(row, ({ memory }) => memory)) },
  { title: 'lines in file', cell: (row) => whole(middle(row, ({ inFile }) => inFile)) },
  { title: 'on stdout', cell: (row) => whole(middle(row, ({ stdout }) => stdout?.lines)) },
  { title: 'dropped, and told', cell: (row) => whole(middle(row, ({ stdout }) => stdout?.dropped)) },
];

/** Resolves when nothing has come for a while. */
async function quiet(stream: Readable): Promise<void> {
  for (let read = true; read;) {
    read = false;
    const seen = (): boolean => (read = true);
    stream.on('data', seen);
    await setTimeout(QUIET_MS);
    stream.off('data', seen);
  }
}

async function linesOf(file: string): Promise<number> {
  const counter = new LineCounter();
  for await (const bytes of createReadStream(file)) counter.take(bytes as Buffer);
  return counter.read.lines;
}

async function measureOnce(level: string, load: Workload, seconds: number, reading?: Reading): Promise<Seen> {
  const stdout = reading === undefined ? 'ignore' : 'pipe';
  const server = await BenchServer.start({ ...trustctl('--log-level', level), stdout });
  try {
    const { host, port, pid, child } = server;
    const counter = new LineCounter();
    const take = (bytes: Buffer): void => counter.take(bytes);
    const over = new AbortController();
    const pipe = child.stdout;
    const read = pipe && reading?.(pipe, take, over.signal);
    const spec: LoadSpec = { ...load, host, port, pid, seconds };
    const result = await runMeasurement<LoadResult>('load', spec);
    const memory = residentBytes(pid);
    over.abort();
    await read;
    if (pipe) {
      pipe.off('data', take).on('data', take);
      await quiet(pipe); // what was dropped is told when all that waited has been read
    }
    const exited = once(child, 'close');
    child.kill('SIGTERM');
    await exited;
    const inFile = await linesOf(join(server.home, 'logs/trustctl.log'));
    return { load: result, memory, inFile, stdout: pipe ? counter.read : undefined };
  } finally {
    await server.stop();
  }
}

benchmark(
  {
    rounds: { default: 3, doc: 'rounds; in each, every destination has its turn' },
    seconds: { default: 3, doc: 'seconds that a turn is measured, after a warm-up' },
  },
  async ({ numbers: { rounds, seconds }, wanted }) => {
    const rows: Row[] = [];
    for (const { level, workload: load } of loads) {
      const ofLoad = destinations
        .filter(({ name }) => wanted(name))
        .map((destination) => ({ destination, rounds: [] as Seen[] }));
      progress(`${level}, ${load.name}`);
      for (let round = 0; round < rounds; round++) {
        for (const row of ofLoad) row.rounds.push(await measureOnce(level, load, seconds, row.destination.reading));
      }
      for (const row of ofLoad) {
        rows.push({ level, workload: load, destination: row.destination.name, rounds: row.rounds });
      }
    }
    return { name: 'bench:log', body: table(columns, rows) };
  },
);
