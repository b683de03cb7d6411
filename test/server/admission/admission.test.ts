import { expect } from 'chai';
import { frameHeader } from '../../../lib/framing/header';
import { Peer, frames } from '../../support/peer';
import { TestServer, stopServers } from '../../support/server';

describe('EchoServer: admission', () => {
  afterEach(stopServers);

  it('serves one client at a time where concurrency is 1: the next waits, accepted and unread', async () => {
    const server = await TestServer.start({ concurrency: 1 });
    const first = await Peer.connect(server.port);
    await first.send(frames('first'));
    await first.read(9);
    const second = await Peer.connect(server.port);
    await second.send(frames('second'));
    await server.waitFor('client_connect', 2);
    await first.send(frames('again'));
    await first.read(18);
    expect(second.received).to.have.length(0);
    first.close();
    expect(await second.read(10)).to.deep.equal(frames('second'));
    second.close();
    await server.waitFor('client_close', 2);
  });

  it('admits the waiting in the order in which they came', async () => {
    const server = await TestServer.start({ concurrency: 1 });
    const holder = await Peer.connect(server.port);
    await server.waitFor('client_connect');
    const waiting: Peer[] = [];
    for (let i = 0; i < 5; i++) {
      waiting.push(await Peer.connect(server.port));
      await server.waitFor('client_connect', i + 2);
    }
    const order: number[] = [];
    const served = waiting.map(async (peer, i) => {
      await peer.send(frames(`client ${i}`));
      await peer.read(12);
      order.push(i);
      peer.close();
    });
    holder.close();
    await Promise.all(served);
    expect(order).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it('gives the place of a client that lingers to the next, though its connection still counts', async () => {
    const server = await TestServer.start({ concurrency: 1, maxConnections: 2, maxPayload: 8 });
    const refused = await Peer.connect(server.port);
    await refused.send(frameHeader(9));
    await refused.readToEnd(); // and stays
    const next = await Peer.connect(server.port);
    await next.send(frames('next'));
    expect(await next.read(8)).to.deep.equal(frames('next'));
    expect(server.all('client_close')).to.have.length(0);
    const third = await Peer.connect(server.port);
    expect(await server.waitFor('client_drop')).to.include({ max_connections: 2 });
    [refused, next, third].forEach((peer) => peer.close());
    await server.waitFor('client_close', 2);
  });

  it('drops what comes past maxConnections, says so, and accepts again when one goes', async () => {
    const server = await TestServer.start({ maxConnections: 2 });
    const peers = [await Peer.connect(server.port), await Peer.connect(server.port)];
    await server.waitFor('client_connect', 2);
    const third = await Peer.connect(server.port);
    await third.readToEnd();
    expect(await server.waitFor('client_drop')).to.include({ max_connections: 2 });
    expect(server.all('client_connect')).to.have.length(2);
    peers[0]!.close();
    await server.waitFor('client_close');
    const fourth = await Peer.connect(server.port);
    await fourth.send(frames('room'));
    expect(await fourth.read(8)).to.deep.equal(frames('room'));
    [...peers, third, fourth].forEach((peer) => peer.close());
  });
});
