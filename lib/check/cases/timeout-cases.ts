import type { CheckCase } from '../case';
import type { Exchange } from '../exchange';
import { Inconclusive, Mismatch } from '../mismatch';
import { allowsSlowFrames, type ServerTimes, timeoutInsideFrame, tricklePace } from '../pacing';
import type { Probe } from '../probe';
import { frame, header } from '../wire';

/** The share of a timeout before which a close is too early: a timer may fire a little early, but not by a fifth. */
const EARLIEST = 0.8;
const MIB = 1 << 20;
/** Bytes of a payload that is never sent whole, or the largest that the server accepts. */
const ENDLESS = 16384;

/**
 * Asserts that the server ends the stream, without another byte, `timeout` seconds after `since`: not earlier, and at most as long again plus
 * the patience later, for slow machines and servers that check their timeouts only now and then.
 */
async function endsByTimeout(exchange: Exchange, probe: Probe, since: number, timeout: number): Promise<void> {
  await exchange.ends(probe, 'any', timeout * 2 + exchange.patience);
  const after = exchange.clock.now() - since;
  if (after < timeout * EARLIEST)
    throw new Mismatch(
      `the end of the stream after ${after.toFixed(2)} s, with a timeout of ${timeout} s`,
      undefined,
      'the timeout is shorter than promised, or does not count from the last byte',
    );
}

/**
 * Calls `step` every quarter of the timeout, `times` times.
 * @throws {Inconclusive} where this machine is too busy for that pace, and the server may rightly take the client for silent
 */
async function everyQuarter(
  { clock }: Exchange,
  timeout: number,
  times: number,
  step: (n: number) => Promise<void> | void,
): Promise<void> {
  let last = clock.now();
  for (let n = 0; n < times; n++) {
    await clock.sleep(timeout / 4);
    if (clock.now() - last > timeout * 0.6) throw new Inconclusive('this machine is too busy to keep a client active');
    last = clock.now();
    await step(n);
  }
}

/** The timeouts that the server promises. */
const timesOf = ({ target }: Exchange): ServerTimes => ({
  idle: target.serverTimeout,
  frame: target.serverFrameTimeout,
});

/** @throws {Inconclusive} where the frame timeout would close a slow client before the idle timeout could */
function requireRoomForSlowFrames(exchange: Exchange): void {
  if (allowsSlowFrames({ ...timesOf(exchange), idle: exchange.promised('serverTimeout') })) return;
  throw new Inconclusive(
    'the frame timeout is less than twice the idle timeout, which leaves no room for a slow client',
  );
}

const NO_READ_TIMEOUT = 'there is no read timeout (SO_RCVTIMEO, settimeout, SetReadDeadline)';

export const timeouts: readonly CheckCase[] = [
  {
    id: 'timeouts/5.1',
    level: 'MUST',
    rule: 'A client that sends nothing is closed after the idle timeout, not earlier.',
    why: 'A client that vanishes without a FIN (a pulled cable, a phone) would hold its connection for ever.',
    sends: 'Nothing.',
    expects: 'The end of the stream after the timeout.',
    likely: NO_READ_TIMEOUT,
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const since = exchange.clock.now();
      const probe = await exchange.open();
      await endsByTimeout(exchange, probe, since, exchange.promised('serverTimeout'));
    },
  },
  {
    id: 'timeouts/5.2',
    level: 'MUST',
    rule: 'The idle timeout starts again with each byte, and closes a client that falls silent.',
    why: 'Most clients that vanish have been served before.',
    sends: 'One frame half a timeout after connecting, then nothing.',
    expects: 'The frame, and the end of the stream a whole timeout later.',
    likely: 'the timeout applies to the first read only, or is not restarted',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const timeout = exchange.promised('serverTimeout');
      const probe = await exchange.open();
      const opened = exchange.clock.now();
      await exchange.clock.sleep(timeout / 2);
      if (exchange.clock.now() - opened > timeout * EARLIEST)
        throw new Inconclusive('this machine is too busy to be on time');
      const since = exchange.clock.now();
      await exchange.echoes(probe, 'and then silence');
      await endsByTimeout(exchange, probe, since, timeout);
    },
  },
  {
    id: 'timeouts/5.3',
    level: 'MUST',
    rule: 'A client that falls silent inside a header is closed after the idle timeout, without a reply.',
    why: 'A loop that waits for four bytes would wait for ever.',
    sends: 'Two bytes of a header, then nothing.',
    expects: 'The end of the stream after the timeout, and no byte.',
    likely: 'the timeout applies only between frames',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const probe = await exchange.open();
      const since = exchange.clock.now();
      probe.send(header(0).subarray(0, 2));
      await endsByTimeout(exchange, probe, since, timeoutInsideFrame(timesOf(exchange)));
    },
  },
  {
    id: 'timeouts/5.4',
    level: 'MUST',
    rule: 'A client that falls silent inside a payload is closed after the idle timeout, without a reply.',
    why: 'Half a message would hold a connection and its memory for ever.',
    sends: 'A header for 100 bytes and 8 bytes of payload, then nothing.',
    expects: 'The end of the stream after the timeout, and no byte.',
    likely: 'the timeout applies only between frames, or only to headers',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const probe = await exchange.open();
      const since = exchange.clock.now();
      probe.send(Buffer.concat([header(exchange.payload(100).length), exchange.payload(100).subarray(0, 8)]));
      await endsByTimeout(exchange, probe, since, timeoutInsideFrame(timesOf(exchange)));
    },
  },
  {
    id: 'timeouts/5.5',
    level: 'MUST',
    rule: 'The idle timeout does not close a client that sends a frame slowly.',
    why: 'A large message over a slow link takes longer than any sensible idle timeout.',
    sends: 'One frame in 6 pieces, a quarter of the timeout apart.',
    expects: 'The frame.',
    likely:
      'the timeout counts from the start of the frame or the last whole one, not from the last byte; a frame timeout is set with --server-frame-timeout',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const timeout = exchange.promised('serverTimeout');
      requireRoomForSlowFrames(exchange);
      const wire = frame('trickle');
      const probe = await exchange.open();
      await everyQuarter(exchange, timeout, 6, (n) => probe.send(n < 5 ? wire.subarray(n, n + 1) : wire.subarray(5)));
      await exchange.receives(probe, wire);
    },
  },
  {
    id: 'timeouts/5.6',
    level: 'MUST',
    rule: 'An active client is never closed, however long it stays.',
    why: 'A timeout on the whole connection would end every long session.',
    sends: 'A frame every quarter of the timeout, six times.',
    expects: 'Each frame.',
    likely: 'the timeout counts from the start of the connection, and is not restarted',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const probe = await exchange.open();
      await everyQuarter(exchange, exchange.promised('serverTimeout'), 6, (n) =>
        exchange.echoes(probe, `still here ${n}`),
      );
    },
  },
  {
    id: 'timeouts/5.7',
    level: 'MUST',
    rule: 'A client that reads slowly is not closed.',
    why: 'It sends nothing while it reads: a timeout that counts only received bytes would cut every large download.',
    sends: '24 MiB of frames and a FIN; it reads 1 MiB every quarter of the timeout, eight times, then all.',
    expects: 'Every frame, then a FIN.',
    likely: 'only received bytes count as activity: sent bytes must count too',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      requireRoomForSlowFrames(exchange); // a frame that is half read has to wait for the replies before it
      const one = frame(exchange.payload(16384));
      const wire = Buffer.concat(Array.from({ length: Math.ceil((24 * MIB) / one.length) }, () => one));
      const probe = await exchange.open();
      probe.send(wire);
      probe.finish();
      let at = 0;
      const read = async (bytes: number): Promise<void> => {
        const part = wire.subarray(at, at + bytes);
        await exchange.receives(probe, part);
        at += part.length;
      };
      await everyQuarter(exchange, exchange.promised('serverTimeout'), 8, () => read(MIB));
      await read(wire.length);
      await exchange.ends(probe, 'fin');
    },
  },
  {
    id: 'timeouts/5.8',
    level: 'MUST',
    rule: 'A client that stops reading is closed after the idle timeout.',
    why: 'It would hold its connection and a full buffer for ever, and delay a stop of the server.',
    sends: '24 MiB of frames, without reading for more than twice the timeout.',
    expects: 'The end of the stream (FIN or RST) before all frames are echoed.',
    likely: 'there is no write timeout (SO_SNDTIMEO, SetWriteDeadline, a timer while replies wait)',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const timeout = exchange.promised('serverTimeout');
      const one = frame(exchange.payload(16384));
      const wire = Buffer.concat(Array.from({ length: Math.ceil((24 * MIB) / one.length) }, () => one));
      const probe = await exchange.open();
      const since = exchange.clock.now();
      probe.send(wire);
      const cut = await probe.broken(timeout * 2 + exchange.patience / 2);
      const after = exchange.clock.now() - since;
      const soonest = timeoutInsideFrame(timesOf(exchange)); // the server may have half a frame
      if (cut && after < soonest * EARLIEST)
        throw new Mismatch(`the end of the stream after ${after.toFixed(2)} s, with a timeout of ${soonest} s`);
      let received = 0;
      for (let got: Buffer | undefined; received < wire.length && (got = await probe.take(MIB));)
        received += got.length;
      if (received >= wire.length)
        throw new Mismatch(`all ${wire.length} bytes, after ${after.toFixed(1)} s without reading`);
      if (probe.ending === 'open') throw new Mismatch('the connection still open, and no more bytes');
    },
  },
  {
    id: 'timeouts/5.9',
    level: 'SHOULD',
    rule: 'An idle client is closed with a FIN, not with a reset.',
    why: 'After a reset a client cannot tell a timeout from a crash, and may lose the last reply.',
    sends: 'One frame, then nothing.',
    expects: 'The frame, then a FIN after the timeout.',
    likely: 'SO_LINGER with 0, or destroy() or abort() instead of close()',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const timeout = exchange.promised('serverTimeout');
      const probe = await exchange.open();
      await exchange.echoes(probe, 'and then silence');
      await exchange.ends(probe, 'fin', timeout * 2 + exchange.patience);
    },
  },
  {
    id: 'timeouts/5.10',
    level: 'MUST',
    rule: 'A frame that never becomes whole is ended by the frame timeout, though its bytes keep coming.',
    why: 'One byte per second avoids every idle timeout: with it, one laptop can hold all connections (slowloris).',
    sends:
      'One frame, then the bytes of another, one by one, eight per frame timeout or more where the idle timeout is short.',
    expects: 'The first frame, and the end of the stream after the frame timeout, not earlier.',
    likely: 'there is an idle timeout, but none for a whole frame',
    needs: ['serverFrameTimeout'],
    pace: 'timed',
    async run(exchange) {
      const timeout = exchange.promised('serverFrameTimeout');
      const times = { ...timesOf(exchange), frame: timeout };
      const seconds = timeout * 2 + exchange.patience;
      const endless = frame(exchange.payload(ENDLESS));
      const pace = tricklePace(times, endless.length - 1, seconds);
      if (pace === undefined)
        throw new Inconclusive(
          'no frame can last long enough: the idle timeout is too short, or the largest payload too small',
        );
      const probe = await exchange.open();
      await exchange.echoes(probe, 'a whole frame');
      const { clock } = exchange;
      const since = clock.now();
      for (let at = 0, sent = since; probe.ending === 'open' && clock.now() < since + seconds; at++) {
        if (clock.now() - sent > (times.idle ?? Infinity) * EARLIEST)
          throw new Inconclusive('this machine is too busy to keep a client active');
        sent = clock.now();
        probe.send(endless.subarray(at, at + 1));
        const got = await probe.take(1, pace);
        if (got)
          throw new Mismatch('a reply to a frame that was not whole', {
            sent: probe.sent,
            expected: Buffer.alloc(0),
            got,
          });
      }
      if (probe.ending === 'open')
        throw new Mismatch(`the connection still open after ${(clock.now() - since).toFixed(1)} s`);
      if (clock.now() - since < timeout * EARLIEST)
        throw new Mismatch(
          `the end of the stream after ${(clock.now() - since).toFixed(2)} s, with a frame timeout of ${timeout} s`,
        );
    },
  },
];
