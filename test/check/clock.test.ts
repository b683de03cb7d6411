import { setImmediate as immediate } from 'node:timers/promises';
import { expect } from 'chai';
import { systemClock } from '../../lib/check/clock';

/** Keeps this process from running anything else. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('systemClock', () => {
  it('counts the time in which this process could not run as one tick of a timeout', async () => {
    let isOver = false;
    const over = new Promise<void>((resolve) =>
      systemClock.timeout(0.1, () => {
        isOver = true;
        resolve();
      }),
    );
    block(200);
    await immediate();
    await immediate();
    expect(isOver).to.equal(false);
    await over;
  });

  it('does not call back after a timeout is cancelled', async () => {
    let calls = 0;
    const cancel = systemClock.timeout(0.02, () => calls++);
    cancel();
    await new Promise<void>((resolve) => systemClock.timeout(0.06, resolve));
    expect(calls).to.equal(0);
  });

  it('measures seconds', async () => {
    const started = systemClock.now();
    await systemClock.sleep(0.05);
    expect(systemClock.now() - started).to.be.at.least(0.045);
  });
});
