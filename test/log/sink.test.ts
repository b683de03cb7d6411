import { expect } from 'chai';
import { LogBatch } from '../../lib/log/batch';
import { LogQueue } from '../../lib/log/queue';
import type { Destination, DestinationObserver } from '../../lib/log/destination';
import { LogSink } from '../../lib/log/sink';

/** A destination that does what the test tells it to. */
class ScriptedDestination implements Destination {
  isBusy = false;
  state: Destination['state'] = 'good';
  hasRoom = true;
  retries = 0;
  ended = false;
  readonly chunks: string[] = [];

  constructor(readonly observer: DestinationObserver) {}

  write(chunk: Buffer): boolean {
    if (!this.hasRoom) return false;
    this.isBusy = true;
    this.chunks.push(chunk.toString());
    return true;
  }

  retry(): void {
    this.retries += 1;
  }

  end(): void {
    this.ended = true;
  }

  drains(): void {
    this.isBusy = false;
    this.state = 'good';
    this.observer.drained();
  }

  fails(code: string, state: 'failing' | 'lost'): void {
    const again = this.state !== 'good';
    this.state = state;
    this.observer.failed(Object.assign(new Error(code), { code }), again);
  }
}

describe('LogSink', () => {
  let opened: ScriptedDestination[];
  let told: string[];
  let sink: LogSink;

  const open = (format?: (lines: string) => string): LogSink => {
    opened = [];
    told = [];
    return new LogSink(
      (observer) => {
        const destination = new ScriptedDestination(observer);
        opened.push(destination);
        return destination;
      },
      {
        unavailable: ({ code }) => told.push(`unavailable ${code ?? ''}`),
        dropped: (lines) => told.push(`dropped ${lines}`),
        flush: () => told.push('flush'),
      },
      format,
    );
  };
  const write = (text: string, lines = 1): void => sink.write(text, Buffer.from(text), lines);
  const settled = async (promise: Promise<void>): Promise<boolean> => {
    let done = false;
    void promise.then(() => (done = true));
    await new Promise(setImmediate);
    return done;
  };

  beforeEach(() => (sink = open()));

  it('writes what it is given, in order', () => {
    write('a\n');
    write('b\n');
    expect(opened[0]!.chunks).to.deep.equal(['a\n', 'b\n']);
  });

  it('writes what its format makes of the lines', () => {
    sink = open((lines) => lines.toUpperCase());
    write('a\n');
    expect(opened[0]!.chunks).to.deep.equal(['A\n']);
  });

  it('counts the lines that its destination has no room for, and tells once that takes lines again', () => {
    write('first');
    opened[0]!.hasRoom = false;
    write('second', 3);
    write('third', 4);
    expect(told).to.deep.equal([]);
    opened[0]!.drains();
    expect(told).to.deep.equal(['dropped 7']);
    opened[0]!.drains();
    expect(told).to.deep.equal(['dropped 7']);
  });

  it('tells trouble once, and again after it had worked', () => {
    write('a');
    opened[0]!.fails('ENOSPC', 'failing');
    opened[0]!.fails('ENOSPC', 'failing');
    expect(told).to.deep.equal(['unavailable ENOSPC']);
    opened[0]!.drains();
    opened[0]!.fails('EIO', 'failing');
    expect(told).to.deep.equal(['unavailable ENOSPC', 'unavailable EIO']);
  });

  it('hands no lines to a destination that is lost', () => {
    opened[0]!.fails('EPIPE', 'lost');
    write('a');
    expect(opened[0]!.chunks).to.deep.equal([]);
  });

  it('writes to the old destination until the new one is open, and then to the new one', () => {
    sink.reopen();
    write('before');
    opened[1]!.observer.ready();
    write('after');
    expect(opened.map(({ chunks }) => chunks)).to.deep.equal([['before'], ['after']]);
    expect(opened.map(({ ended }) => ended)).to.deep.equal([true, false]);
    expect(told).to.deep.equal(['flush']);
  });

  it('stays with the old destination when the new one cannot be opened, and says so', () => {
    sink.reopen();
    opened[1]!.fails('EACCES', 'lost');
    write('still');
    expect(opened[0]!.chunks).to.deep.equal(['still']);
    expect(told).to.deep.equal(['unavailable EACCES']);
  });

  it('counts what a lost destination missed once a new one is open', () => {
    opened[0]!.fails('ENOTDIR', 'lost');
    write('a', 2);
    sink.reopen();
    opened[1]!.observer.ready();
    expect(told).to.deep.equal(['unavailable ENOTDIR', 'flush', 'dropped 2']);
  });

  it('drains at once with nothing pending, else when the last byte is out', async () => {
    expect(await settled(sink.drain())).to.equal(true);
    write('a');
    const drained = sink.drain();
    expect(await settled(drained)).to.equal(false);
    opened[0]!.drains();
    expect(await settled(drained)).to.equal(true);
  });

  it('waits for a destination that was replaced, too', async () => {
    write('a');
    sink.reopen();
    opened[1]!.observer.ready();
    const drained = sink.drain();
    expect(await settled(drained)).to.equal(false);
    opened[0]!.drains();
    expect(await settled(drained)).to.equal(true);
  });

  it('tries once more at the end what failed, and does not wait for more than that', async () => {
    write('a');
    opened[0]!.fails('ENOSPC', 'failing');
    const drained = sink.drain();
    expect(opened[0]!.retries).to.equal(1);
    expect(await settled(drained)).to.equal(false);
    opened[0]!.fails('ENOSPC', 'failing');
    expect(await settled(drained)).to.equal(true);
  });

  it('does not wait for a destination that is lost', async () => {
    write('a');
    opened[0]!.fails('EPIPE', 'lost');
    expect(await settled(sink.drain())).to.equal(true);
  });
});

describe('LogQueue', () => {
  const handed: number[][] = [];
  let queue: LogQueue<number>;

  beforeEach(() => {
    handed.length = 0;
    queue = new LogQueue((items) => handed.push([...items]));
  });

  it('hands over what one turn of the loop brought together', async () => {
    queue.push(1);
    queue.push(2);
    expect(handed).to.deep.equal([]);
    await new Promise(setImmediate);
    expect(handed).to.deep.equal([[1, 2]]);
  });

  it('gathers for a moment what follows closely, and loses none of it', async () => {
    const all = [...Array(50).keys()];
    for (const item of all) {
      queue.push(item);
      await new Promise(setImmediate);
    }
    queue.flush();
    expect(handed.flat()).to.deep.equal(all);
    expect(handed.length).to.be.below(50);
  });

  it('hands over at once what has become many', () => {
    for (let item = 0; item < 1000; item++) queue.push(item);
    expect(handed.map(({ length }) => length)).to.deep.equal([256, 256, 256]);
  });

  it('hands over nothing where there is nothing', () => {
    queue.flush();
    expect(handed).to.deep.equal([]);
  });
});

describe('LogBatch', () => {
  const writes: [text: string, lines: number][] = [];
  const sink = { write: (text: string, _bytes: Buffer, lines: number) => writes.push([text, lines]) };

  beforeEach(() => {
    writes.length = 0;
  });

  it('hands over at once what has grown long', () => {
    new LogBatch([sink as unknown as LogSink]).write('x'.repeat(70_000));
    expect(writes.map(([, lines]) => lines)).to.deep.equal([1]);
  });

  it('hands over nothing where there is nothing', () => {
    new LogBatch([sink as unknown as LogSink]).flush();
    expect(writes).to.deep.equal([]);
  });

  it('gives all its sinks the same lines, once', () => {
    const both = new LogBatch([sink, sink] as unknown as LogSink[]);
    both.write('a\n');
    both.write('b\n');
    both.flush();
    both.flush();
    expect(writes).to.deep.equal([
      ['a\nb\n', 2],
      ['a\nb\n', 2],
    ]);
  });
});
