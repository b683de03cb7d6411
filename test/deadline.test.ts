import { expect } from 'chai';
import { mock } from 'node:test';
import { withDeadline } from '../lib/deadline';

const late = (): never => {
  throw new Error('late');
};

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
}

describe('withDeadline', () => {
  afterEach(() => mock.restoreAll());

  const never = new Promise<string>(() => undefined);

  it('gives the result or the error of work that is done in time', async () => {
    expect(await withDeadline(Promise.resolve('done'), 60_000, late)).to.equal('done');
    expect(await errorOf(withDeadline(Promise.reject(new Error('failed')), 60_000, late))).to.equal('failed');
  });

  it('gives what onLate returns or throws when the deadline passes first', async () => {
    expect(await withDeadline(never, 1, () => 'too late')).to.equal('too late');
    expect(await errorOf(withDeadline(never, 1, late))).to.equal('late');
  });

  it('waits for any thenable, and ignores it once it is late', async () => {
    let fail: (error: Error) => void = () => undefined;
    const thenable: PromiseLike<string> = {
      then: (...callbacks) => new Promise<string>((_, reject) => (fail = reject)).then(...callbacks),
    };
    expect(await withDeadline(thenable, 1, () => 'too late')).to.equal('too late');
    fail(new Error('unhandled, if nobody listens'));
    await new Promise(setImmediate);
  });

  it('has no deadline at 0, and leaves no timer behind', async () => {
    const set = mock.method(globalThis, 'setTimeout');
    const cleared = mock.method(globalThis, 'clearTimeout');
    expect(await withDeadline(Promise.resolve('done'), 0, late)).to.equal('done');
    expect(set.mock.callCount()).to.equal(0);
    expect(await withDeadline(Promise.resolve('done'), 60_000, late)).to.equal('done');
    expect(cleared.mock.calls[0]!.arguments[0]).to.equal(set.mock.calls[0]!.result);
  });
});
