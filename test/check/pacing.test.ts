import { expect } from 'chai';
import { allCases, type Verdict } from '../../lib/check';
import { timeoutInsideFrame, allowsSlowFrames, tricklePace } from '../../lib/check/pacing';
import { runCheck } from '../../lib/check/run-case';
import { ReferenceServer } from '../fixtures/reference-server';
import { processClock } from '../support/process-clock';

const SECONDS = [1, 1.5, 2, 5, 9, 30, 60, 300, 3600];
const pairs = SECONDS.flatMap((frame) => [undefined, ...SECONDS].map((idle) => ({ idle, frame })));

describe('the pace of a trickle', () => {
  for (const room of [35, 1027, 16387])
    it(`is silent for no idle timeout, and sends no whole frame of ${room} bytes, whatever is promised`, () => {
      for (const { idle, frame } of pairs) {
        const seconds = frame * 2 + 5;
        const pace = tricklePace({ idle, frame }, room, seconds);
        if (pace === undefined) continue;
        expect(pace, `idle ${idle}`).to.be.at.most((idle ?? 1) / 2);
        expect(seconds / pace, `frame ${frame}`).to.be.at.most(room + 1e-6);
        expect(pace, 'some bytes within the frame timeout').to.be.at.most(frame / 2);
      }
    });

  it('is there for the promises that servers make', () => {
    for (const { idle, frame } of pairs)
      if (frame <= 60) expect(tricklePace({ idle, frame }, 1027, frame * 2 + 5), `${idle} ${frame}`).to.be.a('number');
    expect(tricklePace({ idle: 1, frame: 3600 }, 35, 7205)).to.equal(undefined);
  });
});

describe('other promises', () => {
  it('that leave a client no time to be slow are no failure of the server', () => {
    expect(allowsSlowFrames({ idle: 1, frame: 2 })).to.equal(true);
    expect(allowsSlowFrames({ idle: 1 })).to.equal(true);
    expect(allowsSlowFrames({ idle: 2, frame: 3 })).to.equal(false);
  });

  it('end a client that is silent inside a frame by whichever comes first', () => {
    expect(timeoutInsideFrame({ idle: 9, frame: 1 })).to.equal(1);
    expect(timeoutInsideFrame({ idle: 1, frame: 9 })).to.equal(1);
    expect(timeoutInsideFrame({ idle: 3 })).to.equal(3);
  });
});

describe('a right server fails no timed case', function () {
  this.timeout(60_000);
  const timed = allCases.filter(({ id }) => id.startsWith('timeouts/'));
  const promises: [idle: number, frame: number][] = [
    [1, 9],
    [1, 1],
    [3, 1],
    [2, 3],
    [1.5, 4],
  ];
  const runs = new Map<string, Promise<Verdict[]>>();
  const run = async (idle: number, frame: number): Promise<Verdict[]> => {
    const server = await ReferenceServer.start({ idleTimeout: idle, frameTimeout: frame }, 0, processClock);
    const target = {
      host: '127.0.0.1',
      port: server.port,
      patience: 5,
      serverTimeout: idle,
      serverFrameTimeout: frame,
    };
    try {
      return await Promise.all(timed.map((check) => runCheck(check, target, { clock: processClock })));
    } finally {
      server.end();
    }
  };
  before(() => {
    for (const [idle, frame] of promises) runs.set(`${idle} ${frame}`, run(idle, frame));
  });

  for (const [idle, frame] of promises)
    it(`that gives its clients ${idle} s, and a frame ${frame} s`, async () => {
      const verdicts = await runs.get(`${idle} ${frame}`)!;
      const failed = verdicts.filter(({ status }) => status === 'failed');
      expect(failed.map(({ case: { id }, failure }) => `${id}: ${failure!.got}`)).to.deep.equal([]);
    });
});
