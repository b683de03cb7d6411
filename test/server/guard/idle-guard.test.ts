import { expect } from 'chai';
import { mock } from 'node:test';
import type { Activity } from '../../../lib/server/guard/idle-clock';
import { IdleGuard } from '../../../lib/server/guard/idle-guard';

const silentSince = (receivedAt: number): Activity => ({
  receivedAt,
  frameStartedAt: undefined,
  sending: undefined,
  isWorking: false,
});

describe('IdleGuard', () => {
  it('hears what arrived in the turn in which its limit passed before it calls a client silent', async () => {
    const started = performance.now();
    let receivedAt = started;
    let isHeard = false;
    const ended = new Promise<void>((resolve) => {
      const guard = new IdleGuard(
        { idle: 40, frame: 0 },
        () => {
          if (!isHeard && performance.now() - started >= 40) {
            // As the event loop does: timers first, then what the sockets hold.
            isHeard = true;
            setImmediate(() => (receivedAt = performance.now()));
          }
          return silentSince(receivedAt);
        },
        () => {
          guard.stop();
          resolve();
        },
      );
    });
    await ended;
    expect(isHeard).to.equal(true);
    expect(performance.now() - receivedAt).to.be.at.least(39);
    expect(receivedAt - started).to.be.at.least(39);
  });

  it('asks for a look that decides before it ends a client', async () => {
    const asked: boolean[] = [];
    await new Promise<void>((resolve) => {
      const since = performance.now();
      new IdleGuard(
        { idle: 20, frame: 0 },
        (decides) => (asked.push(decides), silentSince(since)),
        () => resolve(),
      );
    });
    expect(asked.at(-1)).to.equal(true);
    expect(asked.slice(0, -1)).not.to.include(true);
  });

  it('tells nothing after it was stopped, in the very turn of its limit either', async () => {
    let told = 0;
    const since = performance.now();
    await new Promise<void>((resolve) => {
      const stop = (): void => {
        guard.stop();
        setImmediate(resolve); // after what the guard itself would have done in this turn
      };
      const guard = new IdleGuard(
        { idle: 20, frame: 0 },
        () => {
          if (performance.now() - since >= 20) setImmediate(stop);
          return silentSince(since);
        },
        () => (told += 1),
      );
    });
    expect(told).to.equal(0);
  });

  /** The times at which a guard with a limit of 40 ms checks a silent client, in ms since it was made. */
  function checksOf(during: (guard: IdleGuard, pass: (ms: number) => void) => void): number[] {
    const checks: number[] = [];
    let now = 0;
    const clock = mock.method(performance, 'now', () => now);
    mock.timers.enable({ apis: ['setTimeout'] });
    const guard = new IdleGuard(
      { idle: 40, frame: 0 },
      () => (checks.push(now), silentSince(0)),
      () => undefined,
    );
    try {
      during(guard, (ms) => {
        for (const end = now + ms; now < end;) {
          now += 1;
          mock.timers.tick(1);
        }
      });
    } finally {
      guard.stop();
      mock.timers.reset();
      clock.mock.restore();
    }
    return checks;
  }

  it('checks four times within the limit, and no more often', () => {
    expect(checksOf((_guard, pass) => pass(100))).to.deep.equal([10, 20, 30, 40]);
  });

  it('checks no more once it was stopped', () => {
    const checks = checksOf((guard, pass) => {
      pass(15);
      guard.stop();
      pass(100);
    });
    expect(checks).to.deep.equal([10]);
  });
});
