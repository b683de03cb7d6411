import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { BIN, cleanEnvironment } from '../support/trustctl';

/** Milliseconds after the start, over which the stops are spread. */
const LATEST = 150;
const STOPS = 60;

describe('a server that is stopped while it starts', () => {
  for (const workers of ['1', '2']) {
    it(`ends well at any moment, with ${workers} workers`, async () => {
      for (let stop = 0; stop < STOPS; stop++) {
        const delay = (LATEST * stop) / (STOPS - 1);
        const child = spawn(BIN, ['echo-server', '--port', '0', '--workers', workers, '--log-file', ''], {
          env: cleanEnvironment(),
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        let stderr = '';
        child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
        const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
        await pause(delay);
        child.kill('SIGTERM');
        const [code, signal] = await closed;
        // Before anything has begun the signal itself ends the process, as it does any other.
        expect(signal ?? code, `after ${delay.toFixed(1)} ms`).to.be.oneOf(['SIGTERM', 0]);
        expect(stderr, `after ${delay.toFixed(1)} ms`).to.equal('');
      }
    });
  }
});
