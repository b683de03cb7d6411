import type { CheckCase } from '../case';
import type { Exchange } from '../exchange';
import { Inconclusive, Mismatch } from '../mismatch';
import { type ServerTimes, silentInsideFrame, slownessFits, tricklePace } from '../pacing';
import type { Probe } from '../probe';
import { frame, header } from '../wire';

/** A timer may run a little early, by coarse clocks and rounding; a fifth is no rounding. */
const EARLIEST = 0.8;
const MIB = 1 << 20;
/** Bytes of a payload that is never sent whole, as far as the server takes such a one. */
const ENDLESS = 16384;

const now = (): number => performance.now() / 1000;

/**
 * The server ends the stream, without a byte, `timeout` seconds after `since`: not sooner, and with as much again and our
 * patience as grace, for slow machines and guards that look round now and then.
 */
async function endsByTimeout(exchange: Exchange, probe: Probe, since: number, timeout: number): Promise<void> {
  await exchange.ends(probe, 'any', timeout * 2 + exchange.patience);
  const after = now() - since;
  if (after < timeout * EARLIEST)
    throw new Mismatch(
      `the end of the stream after ${after.toFixed(2)} s, with a timeout of ${timeout} s`,
      undefined,
      'the timeout is shorter than promised, or counts from something else than the last byte',
    );
}

/**
 * Calls `step` every quarter of the timeout, `times` times. Where this machine was too busy to keep that pace, the
 * server was right to see a silent client: nothing can be said.
 */
async function everyQuarter(timeout: number, times: number, step: (n: number) => Promise<void> | void): Promise<void> {
  let last = now();
  for (let n = 0; n < times; n++) {
    await new Promise((resolve) => setTimeout(resolve, (timeout / 4) * 1000));
    if (now() - last > timeout * 0.6) throw new Inconclusive('this machine is too busy to keep a client active');
    last = now();
    await step(n);
  }
}

/** What the server promises of time. */
const timesOf = ({ target }: Exchange): ServerTimes => ({
  idle: target.serverTimeout,
  frame: target.serverFrameTimeout,
});

/** Where the frame timeout would end a slow client before the idle timeout is seen to leave it alone, nothing can be said. */
function needsRoomToBeSlow(exchange: Exchange): void {
  if (slownessFits({ ...timesOf(exchange), idle: exchange.promised('serverTimeout') })) return;
  throw new Inconclusive('the frame timeout leaves no room to be slow: it is under twice the idle timeout');
}

const IDLE = 'there is no read timeout (SO_RCVTIMEO, settimeout, SetReadDeadline)';

export const timeouts: readonly CheckCase[] = [
  {
    id: 'timeouts/5.1',
    level: 'MUST',
    rule: 'A client that sends nothing is closed after the idle timeout, and not before.',
    why: 'Clients that vanish without a FIN (a pulled cable, a phone) otherwise hold their connection for ever.',
    sends: 'Nothing.',
    expects: 'The end of the stream after the timeout.',
    likely: IDLE,
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const since = now();
      const probe = await exchange.open();
      await endsByTimeout(exchange, probe, since, exchange.promised('serverTimeout'));
    },
  },
  {
    id: 'timeouts/5.2',
    level: 'MUST',
    rule: 'The idle timeout starts anew with what a client sends, and closes it when it falls silent.',
    why: 'Most clients that vanish have been served before.',
    sends: 'One frame, half a timeout after connecting; then nothing.',
    expects: 'The frame; the end of the stream a whole timeout later.',
    likely: 'the timeout is set for the first read only, or is not set anew',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const timeout = exchange.promised('serverTimeout');
      const probe = await exchange.open();
      const opened = now();
      await exchange.pause((timeout / 2) * 1000);
      if (now() - opened > timeout * EARLIEST) throw new Inconclusive('this machine is too busy to be on time');
      const since = now();
      await exchange.echoes(probe, 'and then silence');
      await endsByTimeout(exchange, probe, since, timeout);
    },
  },
  {
    id: 'timeouts/5.3',
    level: 'MUST',
    rule: 'A client that falls silent inside a header is closed after the idle timeout, without a reply.',
    why: 'A loop that insists on four bytes waits for them for ever.',
    sends: 'Two bytes of a header, then nothing.',
    expects: 'The end of the stream after the timeout, and no byte.',
    likely: 'the timeout is only in force between frames',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const probe = await exchange.open();
      const since = now();
      probe.send(header(0).subarray(0, 2));
      await endsByTimeout(exchange, probe, since, silentInsideFrame(timesOf(exchange)));
    },
  },
  {
    id: 'timeouts/5.4',
    level: 'MUST',
    rule: 'A client that falls silent inside a payload is closed after the idle timeout, without a reply.',
    why: 'Half a message holds a connection, and its memory, for ever.',
    sends: 'A header for 100 bytes and 8 of them, then nothing.',
    expects: 'The end of the stream after the timeout, and no byte.',
    likely: 'the timeout is only in force between frames, or while the header is read',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const probe = await exchange.open();
      const since = now();
      probe.send(Buffer.concat([header(exchange.payload(100).length), exchange.payload(100).subarray(0, 8)]));
      await endsByTimeout(exchange, probe, since, silentInsideFrame(timesOf(exchange)));
    },
  },
  {
    id: 'timeouts/5.5',
    level: 'MUST',
    rule: 'A client that sends a frame slowly, but keeps sending, is not cut by the idle timeout.',
    why: 'A large message over a bad link takes longer than any sensible idle timeout.',
    sends: 'One frame in 6 pieces, a quarter of the timeout apart: half as long again as the timeout.',
    expects: 'The frame.',
    likely:
      'the timeout counts from the start of the frame or from the last whole one, not from the last byte (or a frame may take less time than that: tell it with --server-frame-timeout)',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const timeout = exchange.promised('serverTimeout');
      needsRoomToBeSlow(exchange);
      const wire = frame('trickle');
      const probe = await exchange.open();
      await everyQuarter(timeout, 6, (n) => probe.send(n < 5 ? wire.subarray(n, n + 1) : wire.subarray(5)));
      await exchange.receives(probe, wire);
    },
  },
  {
    id: 'timeouts/5.6',
    level: 'MUST',
    rule: 'An active client is not cut, however long it stays.',
    why: 'A timeout on the whole connection ends every long session at the same age.',
    sends: 'A frame every quarter of the timeout, six times.',
    expects: 'Each frame.',
    likely: 'the timeout counts from the start of the connection and is not set anew',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const probe = await exchange.open();
      await everyQuarter(exchange.promised('serverTimeout'), 6, (n) => exchange.echoes(probe, `still here ${n}`));
    },
  },
  {
    id: 'timeouts/5.7',
    level: 'MUST',
    rule: 'A client that reads slowly, but keeps reading, is not cut.',
    why: 'It sends nothing while it reads, so a guard that counts received bytes alone cuts every large download.',
    sends: '24 MiB of frames and a FIN; reads 1 MiB every quarter of the timeout, eight times, then all.',
    expects: 'Every frame, then a FIN.',
    likely: 'only received bytes count as activity: bytes sent do as well',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      needsRoomToBeSlow(exchange); // a frame that is half read waits while the replies before it do
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
      await everyQuarter(exchange.promised('serverTimeout'), 8, () => read(MIB));
      await read(wire.length);
      await exchange.ends(probe, 'fin');
    },
  },
  {
    id: 'timeouts/5.8',
    level: 'MUST',
    rule: 'A client that stops reading is cut after the idle timeout.',
    why: 'It holds its connection and a full buffer for ever, and a stop of the server waits for it.',
    sends: '24 MiB of frames, and reads nothing for longer than twice the timeout.',
    expects: 'The end of the stream, FIN or RST, before all of it came back.',
    likely: 'there is no write timeout (SO_SNDTIMEO, SetWriteDeadline, a timer while data waits)',
    needs: ['serverTimeout'],
    pace: 'timed',
    async run(exchange) {
      const timeout = exchange.promised('serverTimeout');
      const one = frame(exchange.payload(16384));
      const wire = Buffer.concat(Array.from({ length: Math.ceil((24 * MIB) / one.length) }, () => one));
      const probe = await exchange.open();
      const since = now();
      probe.send(wire);
      const cut = await probe.broken(timeout * 2 + exchange.patience / 2);
      const after = now() - since;
      const soonest = silentInsideFrame(timesOf(exchange)); // the server may hold half a frame
      if (cut && after < soonest * EARLIEST)
        throw new Mismatch(`the end of the stream after ${after.toFixed(2)} s, with a timeout of ${soonest} s`);
      let received = 0;
      for (let got: Buffer | undefined; received < wire.length && (got = await probe.take(MIB));)
        received += got.length;
      if (received >= wire.length)
        throw new Mismatch(`all ${wire.length} bytes, after ${after.toFixed(1)} s of not reading`);
      if (probe.ending === 'open') throw new Mismatch('a connection that was still open, and nothing came');
    },
  },
  {
    id: 'timeouts/5.9',
    level: 'SHOULD',
    rule: 'An idle client is closed with a FIN, not with a reset.',
    why: 'With a reset a client cannot tell a timeout from a crash, and may lose the last reply.',
    sends: 'One frame, then nothing.',
    expects: 'The frame, then a FIN after the timeout.',
    likely: 'SO_LINGER with 0, or destroy/abort instead of close',
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
    rule: 'A frame that never gets whole is ended by the frame timeout, though its bytes keep coming; what came whole before it is echoed.',
    why: 'A byte a second keeps every idle timeout quiet: slowloris holds a server with one laptop.',
    sends:
      'A frame, then the start of another, without end: a byte every eighth of the frame timeout, or oftener where the idle timeout is short.',
    expects: 'The first frame; the end of the stream after the frame timeout, not before.',
    likely: 'there is a timeout for silence, and none for the time that a whole frame may take',
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
          'a frame cannot trickle so long: the idle timeout is too short, or the largest payload too small',
        );
      const probe = await exchange.open();
      await exchange.echoes(probe, 'a whole frame');
      const since = now();
      for (let at = 0, sent = since; probe.ending === 'open' && now() < since + seconds; at++) {
        if (now() - sent > (times.idle ?? Infinity) * EARLIEST)
          throw new Inconclusive('this machine is too busy to keep a client active');
        sent = now();
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
        throw new Mismatch(`a connection that was still open after ${(now() - since).toFixed(1)} s`);
      if (now() - since < timeout * EARLIEST)
        throw new Mismatch(
          `the end of the stream after ${(now() - since).toFixed(2)} s, with a frame timeout of ${timeout} s`,
        );
    },
  },
];
