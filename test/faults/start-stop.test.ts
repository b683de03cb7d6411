import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { BIN, ServerProcess, cleanEnvironment } from '../support/trustctl';

const STOPS = 60;
/** The stops are spread over this many times what a start takes here and now. */
const SPREAD = 1.2;

/** Milliseconds from the start of a server to its `server_start`. */
async function startTime(flags: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const server = await ServerProcess.start(flags);
  const took = performance.now() - startedAt;
  await server.stop();
  return took;
}

describe('a server that is stopped while it starts', () => {
  for (const workers of ['1', '2']) {
    it(`ends well at any moment, with ${workers} workers`, async function () {
      this.timeout(600_000); // that many starts and stops
      const latest = SPREAD * (await startTime(['--workers', workers]));
      for (let stop = 0; stop < STOPS; stop++) {
        const delay = (latest * stop) / (STOPS - 1);
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
