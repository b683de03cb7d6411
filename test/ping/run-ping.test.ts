import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { runPing } from '../../lib/ping/run-ping';
import { scriptedServer } from '../support/scripted-server';

describe('runPing', () => {
  it('holds on to nothing of pings that are over', async () => {
    const stop = new AbortController();
    let replies = 0;
    let connections = 0;
    // Every tenth reply is an end, so that connections come and go, too.
    await using server = await scriptedServer((socket, connection) => {
      let chunks = 0;
      connections = connection;
      socket.on('data', (bytes: Buffer) => (++chunks < 10 ? socket.write(bytes) : socket.end()));
      socket.on('end', () => socket.end());
    });
    const connection = { port: server.port, timeout: 5 };
    const outcome = await runPing(
      { connection, intervalMs: 1, count: 1000, payloadSize: 8, stop: stop.signal },
      ({ type }) => (replies += type === 'reply' ? 1 : 0),
    );
    expect(replies).to.be.above(500);
    expect(connections).to.be.above(20);
    expect(outcome.underWay).to.equal(0);
    expect(getEventListeners(stop.signal, 'abort').length).to.be.at.most(2);
  });

  it('ends at once when it is stopped, with a ping under way', async () => {
    const stop = new AbortController();
    await using server = await scriptedServer((socket) => void socket.once('data', () => stop.abort()));
    const connection = { port: server.port, timeout: 60 };
    const outcome = await runPing({ connection, intervalMs: 1000, payloadSize: 8, stop: stop.signal }, () => undefined);
    expect(outcome).to.deep.include({ connected: true, underWay: 1 });
  });

  it('ends at once when it is stopped while it connects', async () => {
    const stop = new AbortController();
    // A host that never answers: a port whose queue is full would depend on the system; a lookup takes its time anywhere.
    const ended = runPing(
      { connection: { host: 'localhost', port: 1, timeout: 60 }, intervalMs: 1, payloadSize: 8, stop: stop.signal },
      () => undefined,
    );
    stop.abort();
    expect(await ended).to.deep.include({ connected: false });
  });
});
