import { type FramingCase, framingCases } from './framing-cases';
import type { FramingResult, FramingSpec } from './framing-pass';
import { median } from './median';
import { fixed, ratio, whole } from './numbers';
import { benchmark, progress } from './program';
import { runMeasurement } from './run-measurement';
import { type Column, table } from './table';

/** Sizes of payload, and how many frames of each go through in one pass: enough that a stream's own set-up does not count. */
const sizes = [
  { name: '64 B', payload: 64, frames: 40_000 },
  { name: '1 KiB', payload: 1_024, frames: 10_000 },
  { name: '64 KiB', payload: 65_536, frames: 1_000 },
] as const;

interface Row {
  readonly size: (typeof sizes)[number];
  readonly framing: FramingCase;
  /** Frames a second, in each round. */
  readonly rates: readonly number[];
  /** The same of frame-stream, in that direction and size. */
  readonly reference: readonly number[];
}

const rate = ({ rates }: Row): number => median(rates);

const columns: readonly Column<Row>[] = [
  { title: 'direction', cell: ({ framing }) => framing.direction, align: 'left' },
  { title: 'payload', cell: ({ size }) => size.name, align: 'left' },
  { title: 'by', cell: ({ framing }) => framing.name, align: 'left' },
  { title: 'frames/s', cell: (row) => whole(rate(row)) },
  { title: 'GB/s', cell: (row) => fixed(2)((rate(row) * (4 + row.size.payload)) / 1e9) },
  { title: 'against frame-stream', cell: (row) => ratio(rate(row) / median(row.reference)) },
];

benchmark(
  {
    rounds: { default: 3, doc: 'rounds; in each, every case has its turn' },
    seconds: { default: 0.5, doc: 'seconds that a turn is measured, after a warm-up of half of it' },
  },
  async ({ numbers: { rounds, seconds }, wanted }) => {
    const rows: Row[] = [];
    for (const direction of ['decode', 'encode'] as const) {
      for (const size of sizes) {
        const cases = framingCases.filter((framing) => framing.direction === direction && wanted(framing.name));
        const rates = new Map<FramingCase, number[]>(cases.map((framing) => [framing, []]));
        progress(`${direction} ${size.name}`);
        for (let round = 0; round < rounds; round++) {
          for (const [framing, ofCase] of rates) {
            const spec: FramingSpec = {
              index: framingCases.indexOf(framing),
              payload: size.payload,
              frames: size.frames,
              seconds,
            };
            const result = await runMeasurement<FramingResult>('framing-pass', spec);
            ofCase.push(result.frames / result.seconds);
          }
        }
        const reference = [...rates].find(([{ name }]) => name === 'frame-stream')?.[1] ?? [];
        for (const [framing, ofCase] of rates) rows.push({ size, framing, rates: ofCase, reference });
      }
    }
    return { name: 'bench:framing', packages: ['frame-stream', 'it-length-prefixed'], body: table(columns, rows) };
  },
);
