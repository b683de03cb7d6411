import type { CheckCase } from '../case';
import { frame, header, pattern } from '../wire';

/** Clients that do the same in turn, since a server may survive one by luck. */
const TIMES = 5;

export const connection: readonly CheckCase[] = [
  {
    id: 'connection/1.1',
    level: 'MUST',
    rule: 'A client is accepted, receives nothing before it sends, and is served.',
    why: 'A banner or a stray byte before the first reply shifts every frame after it.',
    sends: 'Nothing for 100 ms, then one frame.',
    expects: 'Nothing, then the frame.',
    likely: 'the server sends a banner, or never reads',
    async run(exchange) {
      const probe = await exchange.open();
      await exchange.staysSilent(probe, 100);
      await exchange.echoes(probe, 'hello');
    },
  },
  {
    id: 'connection/1.2',
    level: 'MUST',
    rule: 'A connection stays open after a reply and serves more frames.',
    why: 'Most clients keep their connection; otherwise their second message fails.',
    sends: 'Twenty frames on one connection, each after the previous reply.',
    expects: 'Each frame.',
    likely: 'the connection is closed after one reply, or only one frame is read',
    async run(exchange) {
      const probe = await exchange.open();
      for (let n = 1; n <= 20; n++) await exchange.echoes(probe, `message ${n}`);
    },
  },
  {
    id: 'connection/1.3',
    level: 'MUST',
    rule: 'After a client has left, the next one is served.',
    why: 'A server that serves only its first client passes every manual test.',
    sends: `One frame and a FIN, by ${TIMES} clients in turn.`,
    expects: 'Each frame, then a FIN, for each client.',
    likely: 'the server accepts only once, or does not notice the end of the stream (a read of 0 bytes)',
    async run(exchange) {
      for (let n = 1; n <= TIMES; n++) {
        const probe = await exchange.open();
        await exchange.echoes(probe, `client ${n}`);
        probe.finish();
        await exchange.ends(probe, 'fin');
      }
      await exchange.serves('after clients that left');
    },
  },
  {
    id: 'connection/1.4',
    level: 'MUST',
    rule: 'A client that connects and leaves without sending does no harm.',
    why: 'Health checks and port scanners do just that.',
    sends: `Only a FIN, by ${TIMES} clients in turn; then one frame by the next.`,
    expects: 'The frame.',
    likely: 'the end of the stream before the first header is an error that ends the server',
    async run(exchange) {
      for (let n = 1; n <= TIMES; n++) (await exchange.open()).close();
      await exchange.serves('after clients that sent nothing');
    },
  },
  {
    id: 'connection/1.5',
    level: 'MUST',
    rule: 'A client that resets its connection does no harm to the next.',
    why: 'Clients crash and firewalls cut connections: ECONNRESET on one must not affect the others.',
    sends: `One frame, and a reset (RST) after its reply, by ${TIMES} clients in turn; then one frame by the next.`,
    expects: 'The frame.',
    likely: 'ECONNRESET is not handled (an exception, an unhandled error event)',
    async run(exchange) {
      for (let n = 1; n <= TIMES; n++) {
        const probe = await exchange.open();
        await exchange.echoes(probe, `client ${n}`);
        probe.reset();
      }
      await exchange.serves('after clients that reset');
    },
  },
  {
    id: 'connection/1.6',
    level: 'MUST',
    rule: 'A client that resets in the middle of a large echo does no harm to the next.',
    why: 'A write to a closed connection raises SIGPIPE, which ends a C program that does not ignore it.',
    sends: '4 MiB of frames without reading, then a reset, by 3 clients in turn; then one frame by the next.',
    expects: 'The frame.',
    likely: 'SIGPIPE or EPIPE is not handled: ignore SIGPIPE, and close the connection on EPIPE',
    async run(exchange) {
      const one = frame(exchange.payload(16384));
      const many = Buffer.alloc(4 << 20, one);
      for (let n = 1; n <= 3; n++) {
        const probe = await exchange.open();
        await probe.push(many, 0.1);
        probe.reset();
      }
      await exchange.serves('after clients that reset in the middle of an echo');
    },
  },
  {
    id: 'connection/1.7',
    level: 'MUST',
    rule: 'A client that leaves inside a frame does no harm to the next.',
    why: 'The rest of one client must not be taken as the start of the next.',
    sends: 'Half a header and a FIN by one client, half a payload and a FIN by another; then one frame by the next.',
    expects: 'The frame.',
    likely: 'a buffer outlives its connection, or the server loops on a read of 0 bytes',
    async run(exchange) {
      for (const start of [header(9).subarray(0, 2), Buffer.concat([header(9), pattern(4)])]) {
        const probe = await exchange.open();
        probe.send(start);
        await exchange.pause();
        probe.close();
      }
      await exchange.serves('after clients that left inside a frame');
    },
  },
  {
    id: 'connection/1.8',
    level: 'MUST',
    rule: 'A server that is restarted can listen on its port again at once.',
    why: 'Without SO_REUSEADDR a restart fails with EADDRINUSE while old connections are in TIME_WAIT, for a minute.',
    sends: 'One frame; then the server is stopped (SIGTERM) while the client is connected, and started again.',
    expects: 'The frame, the end of the stream, and after the restart an echo on the same port.',
    likely: 'SO_REUSEADDR is not set before bind()',
    needs: ['restart'],
    pace: 'alone',
    async run(exchange) {
      const probe = await exchange.open();
      await exchange.echoes(probe, 'before the restart');
      const restarted = exchange.restart();
      await Promise.race([exchange.ends(probe, 'any', exchange.patience * 2).catch(() => undefined), restarted]);
      probe.close();
      await restarted;
      await exchange.serves('after the restart');
    },
  },
];
