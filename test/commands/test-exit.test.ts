import { expect } from 'chai';
import { testExit } from '../../lib/commands/test-exit';
import type { ExitName } from '../../lib/errors/exits';

describe('testExit', () => {
  const rows: [signal: string | undefined, passed: boolean, complete: boolean, exit: ExitName][] = [
    [undefined, true, true, 'ok'],
    [undefined, false, true, 'failed'],
    [undefined, true, false, 'tempFail'],
    [undefined, false, false, 'failed'],
    ['SIGINT', true, true, 'interrupted'],
    ['SIGINT', false, false, 'interrupted'],
    ['SIGTERM', true, true, 'tempFail'],
    ['SIGHUP', true, true, 'hangUp'],
  ];
  for (const [signal, passed, complete, exit] of rows) {
    it(`${signal ?? 'no signal'}, ${passed ? 'passed' : 'failed'}, ${complete ? 'complete' : 'incomplete'}: ${exit}`, () => {
      const stop = new AbortController();
      if (signal !== undefined) stop.abort(signal);
      expect(testExit(stop.signal, passed, complete)).to.equal(exit);
    });
  }
});
