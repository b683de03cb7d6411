import { expect } from 'chai';
import { allCases, type Verdict } from '../../lib/check';
import { runCheck } from '../../lib/check/run-case';
import { ReferenceServer } from '../fixtures/reference-server';
import { processClock } from '../support/process-clock';

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
