import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { followAbort } from '../../lib/client/follow-abort';

describe('followAbort', () => {
  it('calls all who follow, once, from one listener', () => {
    const { signal, abort } = controlled();
    const called: number[] = [];
    for (let number = 0; number < 15; number++) followAbort(signal, () => called.push(number));
    expect(getEventListeners(signal, 'abort')).to.have.length(1);
    abort();
    expect(called).to.deep.equal(Array.from({ length: 15 }, (_, number) => number));
  });

  it('calls nobody who took it back, and leaves no listener behind', () => {
    const { signal, abort } = controlled();
    const called: string[] = [];
    const callback = (): number => called.push('twice');
    const takeBack = [followAbort(signal, callback), followAbort(signal, () => called.push('no'))];
    followAbort(signal, callback);
    for (const each of takeBack) each();
    for (const each of takeBack) each();
    abort();
    expect(called).to.deep.equal(['twice']);
  });

  it('can begin again after the last left', () => {
    const { signal, abort } = controlled();
    followAbort(signal, () => undefined)();
    expect(getEventListeners(signal, 'abort')).to.have.length(0);
    let called = 0;
    followAbort(signal, () => (called += 1));
    abort();
    expect(called).to.equal(1);
  });

  it('lets one who leaves while all are called take another with him', () => {
    const { signal, abort } = controlled();
    const called: string[] = [];
    let takeBack = (): void => undefined;
    followAbort(signal, () => {
      called.push('first');
      takeBack();
    });
    takeBack = followAbort(signal, () => called.push('second'));
    abort();
    expect(called).to.deep.equal(['first']);
  });

  // Node 20 warns of more than ten listeners on a signal, 22 and later do not.
  it('has many clients of a signal cause no warning in a process, which keeps its own limit', async () => {
    const program = `
      const { getMaxListeners, defaultMaxListeners } = require('node:events');
      const { createServer } = require('node:net');
      const { FrameClient } = require(${JSON.stringify(resolve(__dirname, '../../dist'))});
      const warnings = [];
      process.on('warning', ({ name, message }) => warnings.push(name + ': ' + message));
      const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1', async () => {
        const stop = new AbortController();
        const limit = getMaxListeners(stop.signal);
        const { port } = server.address();
        const clients = await Promise.all(Array.from({ length: 50 }, () => FrameClient.connect({ port, signal: stop.signal })));
        const same = getMaxListeners(stop.signal) === limit;
        const errors = clients.map((client) => client.receive().catch(({ name }) => name));
        stop.abort();
        const names = new Set(await Promise.all(errors));
        server.close(() => console.log(JSON.stringify({ warnings, same, names: [...names] })));
      });`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program]);
    expect(JSON.parse(stdout)).to.deep.equal({ warnings: [], same: true, names: ['AbortError'] });
  });
});

function controlled(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
