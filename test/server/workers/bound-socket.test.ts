import { expect } from 'chai';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { BoundSocket } from '../../../lib/server/workers/bound-socket';

const failureOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('BoundSocket', () => {
  for (const host of ['127.0.0.1', '::1', 'localhost']) {
    it(`binds a free port of ${host}`, async () => {
      const socket = await BoundSocket.bind(host, 0);
      expect(socket.address.port).to.be.greaterThan(0);
      socket.close();
      socket.close();
    });
  }

  it('keeps in the kernel who connects while nobody accepts, and says how many', async () => {
    const socket = await BoundSocket.bind('127.0.0.1', 0);
    expect(socket.queued, 'before anybody listened').to.equal(undefined);
    const server = createServer().listen(socket.handle, 511);
    await once(server, 'listening');
    const client = connect(socket.address.port, '127.0.0.1');
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(socket.queued).to.equal(1);
    await once(client, 'connect');
    client.destroy();
    server.close();
  });

  it('says which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const error = await failureOf(BoundSocket.bind('127.0.0.1', port));
    expect(error).to.include({ code: 'EADDRINUSE', syscall: 'listen', address: '127.0.0.1', port });
    other.close();
  });

  it('says which address is none of this machine, and which name is not known', async () => {
    expect(await failureOf(BoundSocket.bind('192.0.2.1', 0))).to.include({ code: 'EADDRNOTAVAIL' });
    expect(await failureOf(BoundSocket.bind('no-such-host.invalid', 0))).to.have.property('syscall', 'getaddrinfo');
  });
});
