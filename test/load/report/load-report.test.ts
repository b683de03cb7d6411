import { expect } from 'chai';
import { type LoadReport, problemsOf } from '../../../lib/load/report/load-report';
import { reportWith } from '../../support/load-report';

describe('problemsOf', () => {
  const rows: [changes: Partial<LoadReport>, problems: string[]][] = [
    [{ fds: { before: 20, after: 20 } }, []],
    [{ interrupted: true }, []],
    [{ messages: { sent: 2000, ok: 766, failed: 1234 } }, ['1,234 failed']],
    [{ warmup: { sent: 5, ok: 4, failed: 1 } }, ['1 failed in the warm-up']],
    [{ errors: [{ event: 'reply_unexpected', count: 1, first: '' }] }, ['errors']],
    [{ fds: { before: 20, after: 21 } }, ['a descriptor leak']],
    [{ fds: { before: 20, after: null } }, ['the server has ended']],
    [{ gave_up: true }, ['given up']],
    [{ expectations: [{ expect: '', actual: 1, unit: '', holds: false }] }, ['1 unmet expectation']],
    [
      {
        messages: { sent: 20, ok: 19, failed: 1 },
        errors: [{ event: 'client_reset', count: 1, first: '' }],
        gave_up: true,
      },
      ['1 failed', 'given up'],
    ],
  ];
  for (const [changes, problems] of rows) {
    it(`of ${JSON.stringify(changes)}: ${problems.join(', ') || 'none'}`, () =>
      expect(problemsOf(reportWith(changes))).to.deep.equal(problems));
  }
});
