import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { FrameClient } from '../../lib/client/frame-client';
import { echo, scriptedServer } from '../support/scripted-server';
import { hexPort } from '../support/tcp-row';

/** Seconds until the kernel's keep-alive timer of the client fires, to whom the server has this socket; undefined if none is set. */
function keepAliveTimer({ remotePort, localPort }: Socket): number | undefined {
  const [client, server] = [hexPort(remotePort!), hexPort(localPort!)];
  // local address, remote address, state (01: established), queues, timer (02: keep-alive) and when it fires, in 1/100 s
  const row = new RegExp(`: [0-9A-F]+:${client} [0-9A-F]+:${server} 01 \\S+ 02:([0-9A-F]+) `);
  const when = row.exec(readFileSync('/proc/self/net/tcp', 'latin1'))?.[1];
  return when === undefined ? undefined : parseInt(when, 16) / 100;
}

describe('FrameClient, keep-alive', () => {
  const expected = [
    { given: 100, min: 0, max: 100 },
    { given: undefined, min: 101, max: Infinity },
  ];
  for (const { given, min, max } of expected) {
    it(`sets the time of ${given ?? 'the system'}`, async () => {
      let served: Socket | undefined;
      await using server = await scriptedServer((socket, connection) => {
        served = socket;
        echo(socket, connection);
      });
      await using client = await FrameClient.connect({ port: server.port, keepAlive: given });
      await client.request('hello');
      expect(keepAliveTimer(served!)).to.be.within(min, max);
    });
  }

  it('is off with 0', async () => {
    let served: Socket | undefined;
    await using server = await scriptedServer((socket, connection) => {
      served = socket;
      echo(socket, connection);
    });
    await using client = await FrameClient.connect({ port: server.port, keepAlive: 0 });
    await client.request('hello');
    expect(keepAliveTimer(served!)).to.equal(undefined);
  });
});
