import fc from 'fast-check';
import { Transform, Writable } from 'node:stream';

/** One thing that a user may do to a stream. */
export type Operation =
  | { readonly do: 'write'; readonly chunk: number }
  | { readonly do: 'write while read'; readonly chunk: number }
  | {
      readonly do:
        'pause' | 'resume' | 'cork' | 'uncork' | 'read' | 'turn' | 'pipe' | 'pipe slow' | 'unpipe' | 'end' | 'destroy';
    };

const plain = fc.constantFrom(
  ...(['pause', 'resume', 'cork', 'uncork', 'read', 'turn', 'turn', 'pipe', 'pipe slow', 'unpipe'] as const),
);

/** Any course of operations, over chunks that go by their number; ended by `end`, `destroy`, or not at all. */
export const courses = fc.tuple(
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), chunk: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('write while read' as const), chunk: fc.nat() }) },
      { weight: 4, arbitrary: plain.map((name) => ({ do: name })) },
    ),
    { maxLength: 30 },
  ),
  fc.constantFrom<Operation[]>([{ do: 'end' }], [{ do: 'destroy' }], []),
);

function sink(tell: (what: unknown) => void, slow: boolean): Writable {
  return new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(chunk: unknown, _encoding, callback) {
      tell(['taken', chunk]);
      if (slow) setImmediate(callback);
      else callback();
    },
  });
}

/**
 * All that is seen of a stream over a course of operations, in order: what it reads out, to whom, its events, and whether
 * each write has it ask for a pause.
 * @param chunks what is written, by number
 */
export async function trace(
  stream: Transform,
  [operations, ending]: readonly [readonly Operation[], readonly Operation[]],
  chunks: readonly unknown[],
): Promise<unknown[]> {
  const seen: unknown[] = [];
  const tell = (what: unknown): void => void seen.push(what);
  const rewrites: unknown[] = [];
  const piped: Writable[] = [];
  const chunkOf = (number: number): unknown => chunks[number % chunks.length];
  for (const event of ['drain', 'finish', 'end', 'close', 'pause', 'resume']) stream.on(event, () => tell(event));
  stream.on('error', ({ code }: NodeJS.ErrnoException) => tell(['error', code]));
  stream.pause();
  stream.on('data', (chunk: unknown) => {
    tell(['data', chunk]);
    const again = rewrites.shift();
    if (again !== undefined && stream.writable) tell(stream.write(again));
  });
  const run = async (operation: Operation): Promise<void> => {
    switch (operation.do) {
      case 'write':
        if (stream.writable) tell(stream.write(chunkOf(operation.chunk)));
        break;
      case 'write while read':
        rewrites.push(chunkOf(operation.chunk));
        break;
      case 'read':
        tell(['read', stream.read()]);
        break;
      case 'turn':
        await new Promise(setImmediate);
        break;
      case 'pipe':
      case 'pipe slow':
        piped.push(stream.pipe(sink(tell, operation.do === 'pipe slow')));
        break;
      case 'unpipe':
        if (piped.length > 0) stream.unpipe(piped.pop());
        break;
      default:
        stream[operation.do]();
    }
  };
  for (const operation of [...operations, ...ending]) await run(operation);
  while (stream.writableCorked > 0) stream.uncork();
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  stream.resume();
  for (let turn = 0; turn < 60; turn++) await new Promise(setImmediate);
  return seen;
}
