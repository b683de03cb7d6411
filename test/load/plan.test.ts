import { expect } from 'chai';
import { constants } from 'node:buffer';
import type { Origin } from '../../lib/config/load-settings';
import type { ClientTlsOptions } from '../../lib/client/client-tls';
import { schema } from '../../lib/config/schema';
import type { Settings } from '../../lib/config/settings';
import { RunError } from '../../lib/errors/run-error';
import { type Plan, makePlan } from '../../lib/load/plan';

type Load = Settings['load'];

const defaults = Object.fromEntries(
  Object.entries(schema.load).map(([name, row]) => [name, row.default]),
) as unknown as Load;
const echo = { host: 'localhost', port: 9900, timeout: 5, sendProxy: 'off' as const, maxPayload: 65536 };

/** The plan of these settings; they come from flags, unless `sources` says otherwise. */
function plan(load: Partial<Load>, sources: Partial<Record<keyof Load, Origin['source']>> = {}): Plan {
  const origins = Object.keys(load).map((name): [string, Origin] => [
    `load.${name}`,
    { source: sources[name as keyof Load] ?? 'flag', origin: '' },
  ]);
  return makePlan({ echo, load: { ...defaults, ...load } }, new Map(origins));
}

function refusal(load: Partial<Load>): string {
  try {
    plan(load);
  } catch (error) {
    expect(error).to.be.instanceOf(RunError).with.property('exit', 'usage');
    return (error as RunError).message;
  }
  throw new Error('it was not refused');
}

describe('makePlan', () => {
  it('by default runs 100 clients one after another, 10 messages each', () => {
    expect(plan({})).to.deep.equal({
      host: 'localhost',
      port: 9900,
      timeout: 5,
      sendProxy: 'off',
      tls: undefined,
      clients: 100,
      concurrency: 1,
      messages: 10,
      durationMs: undefined,
      warmupMs: 0,
      pipeline: 1,
      payload: { min: 64, max: 64 },
      rate: undefined,
      connectRate: undefined,
      holdMs: 0,
      thinkMs: 0,
      localAddresses: [],
    });
  });

  it('takes rates per second and turns durations into milliseconds', () => {
    expect(plan({ warmup: 0.5, rate: 0.25, connectRate: 0.1, pipeline: 7 })).to.include({
      warmupMs: 500,
      rate: 0.25,
      connectRate: 0.1,
      pipeline: 7,
    });
  });

  it('has no more clients at once than clients', () => {
    expect(plan({ clients: 3, concurrency: 50 })).to.include({ clients: 3, concurrency: 3 });
  });

  it('keeps one client connected for so many seconds, or as many as were asked for', () => {
    expect(plan({ duration: 2 })).to.include({ clients: 1, concurrency: 1, messages: undefined, durationMs: 2000 });
    expect(plan({ duration: 2, clients: 5 })).to.include({ clients: 5, concurrency: 5 });
    expect(plan({ duration: 2, concurrency: 6 })).to.include({ clients: 6, concurrency: 6 });
    expect(plan({ duration: 2, clients: 4, concurrency: 6 })).to.include({ clients: 4, concurrency: 4 });
    expect(plan({ duration: 2, clients: 4, concurrency: 4 })).to.include({ clients: 4, concurrency: 4 });
  });

  it('limits what is in flight in an open loop only where it is asked to', () => {
    expect(plan({ rate: 100 }).pipeline).to.equal(Infinity);
    expect(plan({ rate: 100, pipeline: 8 }).pipeline).to.equal(8);
    expect(plan({ rate: 100, pipeline: 8 }, { pipeline: 'file' }).pipeline).to.equal(8);
  });

  it('lets the stronger source say when the run ends', () => {
    expect(plan({ duration: 2, messages: 5 }, { messages: 'file' })).to.include({
      messages: undefined,
      durationMs: 2000,
    });
    expect(plan({ duration: 2, messages: 5 }, { duration: 'file' })).to.include({ messages: 5, durationMs: undefined });
    const between = { duration: 'variable', messages: 'file' } as const;
    expect(plan({ duration: 2, messages: 5 }, between)).to.include({ messages: undefined, durationMs: 2000 });
  });

  it('keeps its number of messages with a duration of 0', () => {
    expect(plan({ duration: 0, messages: 5 })).to.include({ messages: 5, durationMs: undefined });
  });

  it('refuses what cannot go together, with a sentence', () => {
    expect(refusal({ duration: 2, messages: 5 })).to.equal(
      '--duration 2 and --messages 5 both say when the run ends: give one of them',
    );
    expect(refusal({ rate: 0 })).to.equal(
      '--rate 0: no message would ever be due; give messages per second, or leave --rate out',
    );
    expect(refusal({ duration: 2_147_483, warmup: 1 })).to.equal(
      '--warmup 1 and --duration 2147483 together are more than 2147483.647 seconds',
    );
    expect(refusal({ duration: 2, clients: 9, concurrency: 3 })).to.equal(
      '--duration keeps all clients connected, so with --concurrency 3 the rest of --clients 9 would never start: give one of the two, or the same number for both',
    );
  });

  it('runs for as long as a timer can wait', () => {
    expect(plan({ duration: 2_147_482.647, warmup: 1 }).durationMs).to.be.closeTo(2_147_482_647, 1e-3);
  });

  it('takes a rate of 0 from a file as off', () => {
    expect(plan({ rate: 0 }, { rate: 'file' }).rate).to.equal(undefined);
    expect(plan({ rate: 0 }, { rate: 'variable' }).rate).to.equal(undefined);
  });

  it('reads a range of payload sizes', () => {
    expect(plan({ payloadSize: '10-20' }).payload).to.deep.equal({ min: 10, max: 20 });
    expect(plan({ payloadSize: 7 }).payload).to.deep.equal({ min: 7, max: 7 });
  });

  it('takes payloads that fit into one buffer together with their header', () => {
    const largest = 0xffff_ffff; // more than Node 20 can hold, less than later ones can
    const frame = 4 + largest;
    if (frame <= constants.MAX_LENGTH) expect(plan({ payloadSize: largest }).payload.max).to.equal(largest);
    else {
      expect(refusal({ payloadSize: largest })).to.equal(
        `--payload-size ${largest}: a frame must fit into one buffer, ${constants.MAX_LENGTH} bytes at most`,
      );
    }
  });

  it('completes the options of TLS, and names a wrong one as the setting that it is', () => {
    const over = (tls: ClientTlsOptions): Plan => makePlan({ echo, load: defaults }, new Map(), tls);
    expect(over({ serverName: 'a.example' }).tls).to.include({ serverName: 'a.example', verify: true });
    expect(() => over({ verify: 5 as never })).to.throw(/^tls\.verify /);
  });
});
