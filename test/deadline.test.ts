import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { expect } from 'chai';
import { mock } from 'node:test';
import { setDeadline, withDeadline } from '../lib/deadline';
import { standStill } from './support/busy';
import { scriptedServer } from './support/scripted-server';

const late = (): never => {
  throw new Error('late');
};

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
}

describe('setDeadline', () => {
  it('lets what arrived while this process was busy cancel it', async () => {
    let accept: (socket: Socket) => void;
    const accepted = new Promise<Socket>((resolve) => (accept = resolve));
    await using server = await scriptedServer((socket) => accept(socket));
    const near = connect(server.port, '127.0.0.1');
    const far = await accepted;
    let isPassed = false;
    const cancel = setDeadline(5, () => (isPassed = true));
    near.once('data', cancel);
    far.write('in time');
    standStill(20);
    await once(near, 'data');
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(isPassed).to.equal(false);
    near.destroy();
  });

  it('passes where nothing cancels it, at 0 too', async () => {
    for (const ms of [0, 5]) await new Promise<void>((resolve) => setDeadline(ms, resolve));
  });
});

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
