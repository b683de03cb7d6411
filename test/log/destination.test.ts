import { execFileSync } from 'node:child_process';
import fs, { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Destination } from '../../lib/log/destination';
import { SonicDestination } from '../../lib/log/sonic-destination';
import { StreamDestination } from '../../lib/log/stream-destination';
import { temporaryFolder } from '../support/trustctl';

/** Records what a destination reports, and lets a test wait for it. */
class Recorder {
  readonly reports: string[] = [];
  private wake: () => void = () => undefined;

  readonly observer = {
    ready: () => this.report('ready'),
    drained: () => this.report('drained'),
    failed: ({ code = '' }: NodeJS.ErrnoException, again: boolean) => this.report(`${code}${again ? ' again' : ''}`),
  };

  async until(report: string): Promise<void> {
    while (!this.reports.includes(report)) await new Promise<void>((resolve) => (this.wake = resolve));
    this.reports.length = 0;
  }

  private report(what: string): void {
    this.reports.push(what);
    this.wake();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const bytes = (text: string): Buffer => Buffer.from(text);

describe('a log destination', () => {
  let recorder: Recorder;
  let path: string;
  beforeEach(() => {
    recorder = new Recorder();
    path = join(temporaryFolder(), 'log');
  });

  describe('that is a file', () => {
    const systemWrite = fs.write;
    afterEach(() => {
      fs.write = systemWrite;
    });
    const diskIsFull = (): void => {
      const full = ((...args: unknown[]) =>
        setImmediate(
          args.at(-1) as (error: Error) => void,
          Object.assign(new Error('full'), { code: 'ENOSPC' }),
        )) as unknown;
      fs.write = full as typeof fs.write;
    };

    it('drops whole what does not fit beside what waits, and takes more once that is out', async () => {
      const destination = new SonicDestination(path, 100, recorder.observer);
      expect(destination.isBusy).to.equal(false);
      expect(destination.write(bytes('x'.repeat(60)))).to.equal(true);
      expect(destination.write(bytes('y'.repeat(41)))).to.equal(false);
      expect(destination.write(bytes('z'.repeat(40)))).to.equal(true);
      expect(destination.isBusy).to.equal(true);
      await recorder.until('drained');
      expect(destination.isBusy).to.equal(false);
      expect(destination.write(bytes('!'))).to.equal(true);
      await recorder.until('drained');
      expect(readFileSync(path, 'utf8')).to.equal(`${'x'.repeat(60)}${'z'.repeat(40)}!`);
    });

    it('keeps what a full disk refuses, and writes it when there is room again', async () => {
      const destination = new SonicDestination(path, 100, recorder.observer);
      await recorder.until('ready');
      diskIsFull();
      destination.write(bytes('a'));
      await recorder.until('ENOSPC');
      expect(destination.state).to.equal('failing');
      destination.retry();
      await recorder.until('ENOSPC again');
      fs.write = systemWrite;
      destination.write(bytes('b'));
      await recorder.until('drained');
      expect(destination.state).to.equal('good');
      expect(readFileSync(path, 'utf8')).to.equal('ab');
    });

    it('tries again although it has no room left', async () => {
      const destination = new SonicDestination(path, 10, recorder.observer);
      await recorder.until('ready');
      diskIsFull();
      destination.write(bytes('0123456789'));
      await recorder.until('ENOSPC');
      fs.write = systemWrite;
      expect(destination.write(bytes('more'))).to.equal(false);
      await recorder.until('drained');
      expect(readFileSync(path, 'utf8')).to.equal('0123456789');
    });

    it('is lost when it cannot be opened', async () => {
      const destination = new SonicDestination(join(path, 'below'), 100, recorder.observer);
      destination.write(bytes('a'));
      await recorder.until('ENOENT');
      expect(destination.state).to.equal('lost');
      destination.end();
    });

    it('writes what waits before it is closed', async () => {
      const destination = new SonicDestination(path, 100, recorder.observer);
      destination.write(bytes('a'));
      destination.end();
      await recorder.until('drained');
      expect(destination.isBusy).to.equal(false);
      expect(readFileSync(path, 'utf8')).to.equal('a');
    });
  });

  describe('that is a pipe', () => {
    let reader: number;
    let destination: Destination;
    const room = 1 << 17;

    beforeEach(() => {
      execFileSync('mkfifo', [path]);
      reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      destination = new StreamDestination(new Socket({ fd, readable: false }), room, recorder.observer);
    });
    afterEach(() => closeSync(reader));

    it('drops whole what does not fit beside what waits, and tells when all of that is out', async () => {
      expect(destination.isBusy).to.equal(false);
      expect(destination.write(Buffer.alloc(room, 'x'))).to.equal(true);
      expect(destination.write(Buffer.alloc(room, 'y'))).to.equal(false);
      expect(destination.isBusy).to.equal(true);
      const drained = recorder.until('drained');
      const read = Buffer.alloc(2 * room);
      for (let length = 0; length < room;) {
        await turn();
        try {
          length += readSync(reader, read, length, room, null);
        } catch (error) {
          expect((error as NodeJS.ErrnoException).code).to.equal('EAGAIN');
        }
      }
      await drained;
      expect(read.subarray(0, room).equals(Buffer.alloc(room, 'x'))).to.equal(true);
      expect(destination.write(bytes('more'))).to.equal(true);
      destination.end();
    });

    it('is lost when its reader leaves', async () => {
      closeSync(reader);
      destination.write(bytes('a'));
      await recorder.until('EPIPE');
      expect(destination.state).to.equal('lost');
      reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    });
  });
});
