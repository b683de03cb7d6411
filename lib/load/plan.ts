import { constants } from 'node:buffer';
import { sizeRange } from '../config/formats';
import { localAddresses } from '../config/local-addresses';
import { rateSchedule } from '../config/rate-schedule';
import type { Origin } from '../config/load-settings';
import { type ClientTls, type ClientTlsOptions, clientTls } from '../client/client-tls';
import type { Settings } from '../config/settings';
import { RunError } from '../errors/run-error';
import { HEADER_LENGTH } from '../framing';
import type { SendProxy } from '../net/connect';

/** What a load test does, derived from its settings. */
export interface Plan {
  readonly host: string;
  readonly port: number;
  /** Seconds, as `echo.timeout`; 0 is off. */
  readonly timeout: number;
  /** As `echo.sendProxy`. */
  readonly sendProxy?: SendProxy;
  /** TLS; undefined where the clients speak plain TCP. */
  readonly tls: ClientTls | undefined;
  readonly clients: number;
  /** Clients at once. */
  readonly concurrency: number;
  /** Messages that each client sends; undefined in a run that ends by time. */
  readonly messages: number | undefined;
  /** ms for which messages are sent after the warm-up; undefined in a run that ends by count. */
  readonly durationMs: number | undefined;
  /** ms of the same load before the measurement begins. */
  readonly warmupMs: number;
  /** The most frames in flight per client; Infinity in an open loop without a limit. */
  readonly pipeline: number;
  /** Payload bytes. */
  readonly payload: { readonly min: number; readonly max: number };
  /**
   * Messages per second of all clients, or a schedule of rates, each message sent when due (open loop); undefined where clients wait for
   * replies (closed loop).
   */
  readonly rate: number | string | undefined;
  /** The most new connections per second; undefined for no limit. */
  readonly connectRate: number | undefined;
  /** ms that a client is silent between its last reply and its next message: always, and on average at random. */
  readonly holdMs: number;
  readonly thinkMs: number;
  /** Addresses that clients connect from, in turn; none lets the system choose. */
  readonly localAddresses: readonly string[];
}

/** By precedence, lowest first: of two settings that exclude each other, the one from the higher source applies. */
const sources: readonly Origin['source'][] = ['default', 'file', 'variable', 'flag'];

/** The longest delay of setTimeout. */
const LONGEST_MS = 0x7fff_ffff;

type Origins = ReadonlyMap<string, Origin>;

/**
 * Derives the plan from settings.
 * @param origins where each setting comes from: what the user set takes precedence over defaults
 * @param tls the settings `tls.*` with the contents of their files; undefined for plain TCP
 * @throws {RunError} `usage` for settings that exclude each other
 */
export function makePlan(
  { echo, load }: Pick<Settings, 'echo' | 'load'>,
  origins: Origins,
  tls?: ClientTlsOptions,
): Plan {
  const precedence = (name: keyof Settings['load']): number =>
    sources.indexOf(origins.get(`load.${name}`)?.source ?? 'default');
  const given = (name: keyof Settings['load']): boolean => precedence(name) > 0;

  if (load.rate === 0 && precedence('rate') === sources.indexOf('flag')) {
    refuse('--rate 0: no message would ever be due; give messages per second, or leave --rate out');
  }
  const scheduleMs = scheduledMs(load.rate);
  if (scheduleMs !== undefined && (load.duration > 0 || given('messages'))) {
    const other = load.duration > 0 ? `--duration ${load.duration}` : `--messages ${load.messages}`;
    refuse(`--rate ${load.rate} says how long the run takes, and so does ${other}: give one of them`);
  }
  if (load.rate !== 0 && (load.hold > 0 || load.think > 0)) {
    refuse(`--rate says when each message is due: it cannot be given with ${load.hold > 0 ? '--hold' : '--think'}`);
  }
  if (load.hold > 0 && load.think > 0)
    refuse('--hold and --think both say how long a client is silent: give one of them');
  const timed = scheduleMs !== undefined || (load.duration > 0 && precedence('duration') >= precedence('messages'));
  const durationMs = scheduleMs ?? load.duration * 1000;
  if (timed && scheduleMs === undefined && given('messages') && precedence('duration') === precedence('messages')) {
    refuse(`--duration ${load.duration} and --messages ${load.messages} both say when the run ends: give one of them`);
  }
  if (timed && load.warmup * 1000 + durationMs > LONGEST_MS) {
    refuse(
      `--warmup ${load.warmup} and ${scheduleMs === undefined ? '--duration' : `--rate ${load.rate}, which takes`} ${durationMs / 1000} together are more than ${LONGEST_MS / 1000} seconds`,
    );
  }
  const [min, max] = sizeRange(load.payloadSize);
  if (HEADER_LENGTH + max > constants.MAX_LENGTH) {
    refuse(
      `--payload-size ${load.payloadSize}: a frame must fit into one buffer, ${constants.MAX_LENGTH} bytes at most`,
    );
  }
  return {
    host: echo.host,
    port: echo.port,
    timeout: echo.timeout,
    sendProxy: echo.sendProxy,
    tls: tls && clientTls(tls, 'tls'),
    ...(timed
      ? timedClients(load, given)
      : { clients: load.clients, concurrency: Math.min(load.concurrency, load.clients) }),
    messages: timed ? undefined : load.messages,
    durationMs: timed ? durationMs : undefined,
    warmupMs: load.warmup * 1000,
    pipeline: load.rate !== 0 && !given('pipeline') ? Infinity : load.pipeline,
    payload: { min, max },
    rate: load.rate === 0 ? undefined : load.rate,
    connectRate: load.connectRate > 0 ? load.connectRate : undefined,
    holdMs: load.hold * 1000,
    thinkMs: load.think * 1000,
    localAddresses: localAddresses(load.localAddress) ?? [],
  };
}

/** How long a schedule of rates takes; undefined for a single rate. */
function scheduledMs(rate: number | string): number | undefined {
  const stages = rateSchedule(rate) ?? [];
  if (stages.every(({ seconds }) => seconds === Infinity)) return undefined;
  if (stages.every(({ from, to }) => from === 0 && to === 0)) refuse(`--rate ${rate}: no message would ever be due`);
  return stages.reduce((sum, { seconds }) => sum + seconds, 0) * 1000;
}

/** A run that ends by time keeps all its clients connected: `clients` and `concurrency` are the same. */
function timedClients(
  { clients, concurrency }: Settings['load'],
  given: (name: 'clients' | 'concurrency') => boolean,
): Pick<Plan, 'clients' | 'concurrency'> {
  if (given('clients') && given('concurrency') && clients > concurrency) {
    refuse(
      `--duration keeps all clients connected, so with --concurrency ${concurrency} the rest of --clients ${clients} would never start: give one of the two, or the same number for both`,
    );
  }
  const all = given('concurrency') ? (given('clients') ? clients : concurrency) : given('clients') ? clients : 1;
  return { clients: all, concurrency: all };
}

function refuse(message: string): never {
  throw new RunError('usage', message);
}
