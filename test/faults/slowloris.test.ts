import { expect } from 'chai';
import { frameHeader } from '../../lib/framing/header';
import { Peer, frames } from '../support/peer';
import { ServerProcess } from '../support/trustctl';

const SLOW = 3_000;
const GOOD = 50;
const ROUNDS = 40;
/** How often a slow client sends another byte of its frame, in ms. */
const TRICKLE_MS = 1_000;

/** Clients that begin a frame and send a byte of it now and then, until they are sent away. */
async function trickle(port: number, count: number): Promise<() => void> {
  const peers: Peer[] = [];
  while (peers.length < count) {
    peers.push(...(await Promise.all(Array.from({ length: 100 }, () => Peer.connect(port)))));
  }
  await Promise.all(peers.map((peer) => peer.send(frameHeader(60_000))));
  for (const peer of peers) void peer.readToEnd().then(() => peer.close());
  const timer = setInterval(() => {
    for (const peer of peers) if (peer.ended === undefined) void peer.send('x');
  }, TRICKLE_MS);
  return () => {
    clearInterval(timer);
    peers.forEach((peer) => peer.close());
  };
}

/** Echoes of all good clients, round by round: how long each took, in ms, in ascending order. */
async function echoes(peers: readonly Peer[]): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(
      peers.map(async (peer, number) => {
        const before = peer.received.length;
        const wire = frames(`client ${number}, round ${round}`);
        const sentAt = performance.now();
        await peer.send(wire);
        const got = await peer.read(before + wire.length);
        times.push(performance.now() - sentAt);
        expect(got.subarray(before)).to.deep.equal(wire);
      }),
    );
  }
  return times.sort((a, b) => a - b);
}

describe(`${GOOD} clients beside ${SLOW} that trickle`, () => {
  let server: ServerProcess;
  let stopTrickle: (() => void) | undefined;
  const good: Peer[] = [];

  afterEach(async () => {
    stopTrickle?.();
    good.splice(0).forEach((peer) => peer.close());
    await server.stop('SIGKILL');
  });

  it('get every echo', async () => {
    // No limit may pass while the others connect, however long that takes: the good ones rest meanwhile.
    server = await ServerProcess.start(['--concurrency', '4096', '--timeout', '600', '--frame-timeout', '600']);
    good.push(...(await Promise.all(Array.from({ length: GOOD }, () => Peer.connect(server.port)))));
    const alone = await echoes(good);
    stopTrickle = await trickle(server.port, SLOW);
    const beside = await echoes(good);
    const p99 = (times: readonly number[]): string => (times[Math.floor(times.length * 0.99)] ?? 0).toFixed(1);
    console.log(`      p99 alone ${p99(alone)} ms, beside the others ${p99(beside)} ms`);
    expect(server.all('client_close')).to.deep.equal([]);
  });

  it('get their turn when the frame timeout ends those that hold all places', async () => {
    server = await ServerProcess.start(['--frame-timeout', '1', '--timeout', '600']);
    stopTrickle = await trickle(server.port, SLOW);
    good.push(...(await Promise.all(Array.from({ length: GOOD }, () => Peer.connect(server.port)))));
    const times = await echoes(good);
    expect(times).to.have.length(GOOD * ROUNDS);
    await server.waitFor('frame_timeout', () => server.all('frame_timeout').length >= SLOW - 1024);
  });
});
