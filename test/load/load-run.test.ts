import type { Socket } from 'node:net';
import { expect } from 'chai';
import type { ClientFault } from '../../lib/client/client-error';
import type { Plan } from '../../lib/load/plan';
import { type LoadReport, makeReport, problemsOf } from '../../lib/load/report/load-report';
import { type LoadOutcome, runLoad } from '../../lib/load/load-run';
import { freePort } from '../support/free-port';
import { plainPlan } from '../support/load-plan';
import {
  type Script,
  announces,
  changesByte,
  closesUnanswered,
  deaf,
  echo,
  echoesUntil,
  resets,
  scriptedServer,
  silent,
} from '../support/scripted-server';

const report = (outcome: LoadOutcome): LoadReport => makeReport(outcome, { version: '0', fds: null });

/** Runs a plan against a server that follows the script. */
async function load(script: Script, plan: Partial<Plan>, stop?: AbortSignal): Promise<LoadReport> {
  await using server = await scriptedServer(script);
  const whole = { ...plainPlan, ...plan, port: server.port };
  return report(await runLoad(whole, stop ?? new AbortController().signal));
}

/** Stops echoing for a while, once, at the first bytes that come that long after it began. */
function stalls(afterMs: number, stallMs: number): Script {
  let isDue = false;
  return (socket: Socket) => {
    setTimeout(() => (isDue = true), afterMs);
    socket.on('data', (bytes: Buffer) => {
      if (!isDue) return void socket.write(bytes);
      isDue = false;
      socket.pause();
      setTimeout(() => {
        socket.write(bytes);
        socket.resume();
      }, stallMs);
    });
    socket.on('end', () => socket.end());
  };
}

/** Wire bytes of a message in these runs. */
const FRAME = 68;

describe('runLoad', () => {
  const good: [name: string, plan: Partial<Plan>, messages: number][] = [
    ['one client after another', {}, 30],
    ['several clients at once', { clients: 10, concurrency: 4 }, 100],
    ['many frames in flight', { messages: 1000, pipeline: 256 }, 3000],
    ['payloads of every size', { payload: { min: 0, max: 5000 }, pipeline: 7 }, 30],
    ['payloads of nothing', { payload: { min: 0, max: 0 } }, 30],
    [
      'payloads larger than what a socket takes at once',
      { payload: { min: 3e6, max: 3e6 }, messages: 2, pipeline: 2 },
      6,
    ],
    ['messages when they are due', { rate: 2000, pipeline: Infinity }, 30],
    [
      'messages when they are due, by several clients',
      { rate: 2000, clients: 4, concurrency: 4, pipeline: Infinity },
      40,
    ],
    ['a limited number of new connections a second', { connectRate: 50 }, 30],
    ['200 clients at once', { clients: 200, concurrency: 200, messages: 2 }, 400],
  ];
  for (const [name, plan, messages] of good) {
    it(`gets all back: ${name}`, async () => {
      const result = await load(echo, plan);
      expect(result.messages).to.deep.equal({ sent: messages, ok: messages, failed: 0 });
      expect(result).to.deep.include({ clients: plan.clients ?? 3, errors: [], not_run: 0, interrupted: false });
      expect(result.timeline.points.reduce((sum, { ok }) => sum + ok, 0)).to.equal(messages);
      if (!plan.payload) expect(result.bytes).to.equal(messages * FRAME);
      expect(problemsOf(result)).to.deep.equal([]);
    });
  }

  it('sends for so many seconds, on connections that stay', async () => {
    await using server = await scriptedServer(echo);
    const plan = { ...plainPlan, port: server.port, messages: undefined, durationMs: 300, clients: 3, concurrency: 3 };
    const outcome = await runLoad(plan, new AbortController().signal);
    expect(server.connections).to.equal(3);
    expect(outcome.durationMs).to.equal(300);
    const { messages } = report(outcome);
    expect(messages).to.deep.equal({ sent: messages.ok, ok: messages.ok, failed: 0 });
    expect(messages.ok).to.be.greaterThan(0);
  });

  it('sends as many as were due in an open loop, to the message', async () => {
    const { messages, open_loop } = await load(echo, {
      messages: undefined,
      durationMs: 400,
      rate: 500,
      clients: 2,
      concurrency: 2,
      pipeline: Infinity,
    });
    expect(messages.ok + open_loop!.unsent).to.equal(200);
    expect(messages.failed).to.equal(0);
  });

  it('compares but does not measure what it sends to warm up', async () => {
    const result = await load(echo, { warmupMs: 200, clients: 2 });
    expect(result.messages).to.deep.equal({ sent: 20, ok: 20, failed: 0 });
    expect(result.warmup.ok).to.be.greaterThan(0);
    expect(result.warmup.failed).to.equal(0);
    const lied = await load(changesByte(FRAME * 2 + 9), { warmupMs: 200, clients: 1 });
    expect(lied.errors.map(({ event }) => event)).to.deep.equal(['reply_mismatch']);
    expect(problemsOf(lied)).to.not.be.empty;
  });

  it('keeps to its rate of connections', async () => {
    const started = performance.now();
    await load(echo, { clients: 6, concurrency: 6, connectRate: 20, messages: 1 });
    expect(performance.now() - started).to.be.at.least(245); // the sixth comes 250 ms after the first
  });

  describe('ends, and reports by cause, when the server', () => {
    const lies: [name: string, script: Script, event: ClientFault, words: RegExp][] = [
      ['changes a byte', changesByte(2 * FRAME + 4 + 20), 'reply_mismatch', /^client 1: the reply to message 3 differs from payload byte 20 on: sent 0x[0-9a-f]{2}, received 0x[0-9a-f]{2}$/],
      ['changes a length', changesByte(FRAME + 2), 'reply_mismatch', /reply to message 2 differs from header byte 2 on: sent 0x00, received 0xff/],
      ['cuts a reply short', echoesUntil(FRAME + 30, (s) => s.end()), 'frame_truncated', /closed inside the reply to message 2, after 30 of 68 bytes/],
      ['stops halfway and stays', echoesUntil(FRAME + 30, () => undefined), 'recv_timeout', /message 2, 30 of 68 bytes of its reply received/],
      ['announces too much', announces(0x7fffffff), 'reply_mismatch', /message 1 differs from header byte 0 on/],
      ['keeps silent', silent, 'recv_timeout', /sent nothing for 0\.3 s while a reply was due; message 1$/],
      ['closes without a reply', closesUnanswered, 'reply_missing', /closed without a reply to message 1/],
      ['resets', resets, 'client_reset', /connection reset by peer \(ECONNRESET\)/],
      ['answers twice', (socket) => void socket.on('data', (bytes) => socket.write(Buffer.concat([bytes, bytes]))).on('end', () => socket.end()), 'reply_unexpected', /sent 68 unexpected bytes after the reply to message 1/],
      ['closes after the third reply', echoesUntil(3 * FRAME, (s) => s.end()), 'reply_missing', /without a reply to message 4/],
    ]; // prettier-ignore
    for (const [name, script, event, words] of lies) {
      it(name, async () => {
        const result = await load(script, event === 'recv_timeout' ? { timeout: 0.3 } : {});
        expect(result.errors).to.have.length(1);
        expect(result.errors[0]).to.include({ event, count: 3 });
        expect(result.errors[0]!.first).to.match(words);
        expect(result.messages.ok + result.messages.failed).to.equal(30);
        expect(problemsOf(result)).to.not.be.empty;
      });
    }

    describe('or a path to it cuts a connection that rests', () => {
      // A message every second: each connection has time to rest.
      const slow = { messages: undefined, durationMs: 1900, clients: 1, rate: 1, pipeline: Infinity };
      const cuts =
        (cut: (socket: Socket) => void): Script =>
        (socket) =>
          void socket.on('data', (bytes: Buffer) => socket.write(bytes, () => setTimeout(cut, 100, socket)));
      const ways: [how: string, script: Script][] = [
        ['closed', cuts((socket) => socket.end())],
        ['reset', cuts((socket) => socket.resetAndDestroy())],
      ];
      for (const [how, script] of ways) {
        it(how, async () => {
          const { errors, messages } = await load(script, slow);
          expect(errors.map(({ event }) => event)).to.deep.equal(['connection_closed']);
          expect(errors[0]!.first).to.match(
            new RegExp(
              `^client 1: 127\\.0\\.0\\.1:\\d+ ${how} the connection after the reply to message 1, after \\d+ ms without traffic$`,
            ),
          );
          expect(messages).to.include({ failed: 0 });
          expect(messages.ok).to.be.greaterThan(1);
        });
      }
    });

    it('resets at the first message after a long rest: the rest is told of', async () => {
      const forgets: Script = (socket) => {
        socket.once('data', (bytes: Buffer) => {
          socket.write(bytes);
          socket.once('data', () => socket.resetAndDestroy());
        });
      };
      const { errors } = await load(forgets, { messages: 2, clients: 1, rate: 0.6, pipeline: Infinity });
      expect(errors[0]).to.include({ event: 'client_reset', count: 1 });
      expect(errors[0]!.first).to.match(/ECONNRESET\); before that there was no traffic for 1\.\d+ s$/);
    });

    it('says too much after the last reply', async () => {
      const babbles: Script = (socket) => {
        socket.on('data', (bytes: Buffer) => socket.write(bytes));
        socket.on('end', () => socket.end('one more thing'));
      };
      const { errors, messages } = await load(babbles, { clients: 1 });
      expect(errors[0]).to.include({ event: 'reply_unexpected', count: 1 });
      expect(messages.failed).to.equal(0);
    });

    it('does not read', async () => {
      const { errors } = await load(deaf, { clients: 1, payload: { min: 2e7, max: 2e7 }, timeout: 0.3 });
      expect(errors[0]).to.include({ event: 'send_timeout', count: 1 });
    });

    for (const plan of [{}, { concurrency: 3 }, { durationMs: 60_000, messages: undefined }] as Partial<Plan>[]) {
      it(`was never there, after one attempt of each client that began: ${JSON.stringify(plan)}`, async () => {
        const whole = { ...plainPlan, ...plan, port: await freePort() };
        const { unreachable, measurement } = await runLoad(whole, new AbortController().signal);
        expect(unreachable).to.include({ event: 'connect_failed', code: 'ERR_CONNECT_FAILED' });
        expect(measurement.errors[0]).to.include({ event: 'connect_failed', count: whole.concurrency });
      });
    }

    it('refuses some of those that come first: the others run', async () => {
      // The first to come takes the only place: the kernel refuses nobody, the server resets.
      const result = await load((socket, connection) => (connection === 1 ? echo : resets)(socket, connection), {
        concurrency: 3,
      });
      expect(result.messages.ok).to.equal(10);
    });

    it('never closes: the replies were right, and nobody waits for it twice', async () => {
      const keepsOpen: Script = (socket) => void socket.on('data', (bytes: Buffer) => socket.write(bytes));
      const started = performance.now();
      const result = await load(keepsOpen, { clients: 10 });
      expect(problemsOf(result)).to.deep.equal([]);
      expect(performance.now() - started).to.be.lessThan(5000); // ten times a second, else
    });

    it('dies halfway through a run of so many messages', async () => {
      const server = await scriptedServer((socket, connection) => {
        echo(socket, connection);
        if (connection === 3) socket.once('data', () => void server.close());
      });
      const { messages, errors } = report(
        await runLoad({ ...plainPlan, clients: 5, port: server.port }, new AbortController().signal),
      );
      expect(messages.ok).to.be.within(20, 22);
      expect(messages.ok + messages.failed).to.equal(50);
      expect(errors.map(({ event }) => event)).to.include('connect_failed');
    });

    it('dies halfway through a run of so many seconds: it comes back to see, until the time is up', async () => {
      const server = await scriptedServer((socket, connection) => {
        echo(socket, connection);
        let messages = 0;
        socket.on('data', () => ++messages === 10 && void server.close());
      });
      const plan = { ...plainPlan, messages: undefined, durationMs: 600, clients: 1, port: server.port };
      const outcome = await runLoad(plan, new AbortController().signal);
      const { errors, timeline } = report(outcome);
      expect(outcome.durationMs).to.equal(600);
      expect(errors.find(({ event }) => event === 'connect_failed')!.count).to.be.within(1, 6);
      expect(timeline.points.some((point) => point.errors > 0)).to.equal(true);
    });

    it('goes silent: after a few timeouts the clients that are still to come are spared', async () => {
      const { gave_up, not_run, clients, messages } = await load(silent, { clients: 1000, timeout: 0.1 });
      expect(gave_up).to.equal(true);
      expect(clients).to.be.within(3, 30);
      expect(not_run).to.equal(1000 - clients);
      expect(messages.failed).to.equal(clients * 10);
    });

    it('is silent at the end of a run of so many seconds', async () => {
      const stalling = echoesUntil(FRAME * 5, () => undefined);
      const { errors, messages } = await load(stalling, {
        messages: undefined,
        durationMs: 600,
        clients: 1,
        timeout: 0.3,
      });
      expect(errors[0]).to.include({ event: 'recv_timeout' });
      expect(messages.ok).to.be.greaterThan(0);
      expect(messages.ok % 5).to.equal(0); // five on each connection, then silence
      expect(messages.failed).to.be.greaterThan(0);
    });
  });

  it('reports what it has when it is stopped', async () => {
    const stop = new AbortController();
    const stopsAtTheFifth: Script = (socket, connection) => {
      echo(socket, connection);
      if (connection === 5) stop.abort('SIGINT');
    };
    const result = await load(stopsAtTheFifth, { clients: 1_000_000 }, stop.signal);
    expect(result.interrupted).to.equal(true);
    expect(result.errors).to.deep.equal([]);
    expect(result.messages.failed).to.equal(0);
    expect(result.messages.ok).to.be.greaterThan(0);
    expect(result.clients + result.not_run).to.equal(1_000_000);
  });

  describe('against a server that stalls', () => {
    const run = { messages: undefined, durationMs: 600, clients: 1 };
    const STALL = 300;

    it('shows one slow reply when a reply calls for the next message', async () => {
      const { rtt_ms } = await load(stalls(150, STALL), run);
      expect(rtt_ms.max).to.be.at.least(STALL * 0.9);
      expect(rtt_ms.p50).to.be.lessThan(STALL / 2);
    });

    it('shows every message that was due meanwhile when there is a rate', async () => {
      const { rtt_ms, messages } = await load(stalls(150, STALL), { ...run, rate: 200, pipeline: Infinity });
      expect(messages).to.deep.equal({ sent: 120, ok: 120, failed: 0 });
      expect(rtt_ms.max).to.be.at.least(STALL * 0.9);
      expect(rtt_ms.p90).to.be.at.least(STALL / 2); // half of the run was stalled: a quarter of the messages waited more than half of it
    });
  });
});
