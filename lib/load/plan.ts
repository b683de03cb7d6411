import { constants } from 'node:buffer';
import { sizeRange } from '../config/formats';
import type { Origin } from '../config/load-settings';
import { type ClientTls, type ClientTlsOptions, clientTls } from '../client/tls-options';
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
  /** Messages per second of all clients, each sent when due (open loop); undefined where clients wait for replies (closed loop). */
  readonly rate: number | undefined;
  /** The most new connections per second; undefined for no limit. */
  readonly connectRate: number | undefined;
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
  const timed = load.duration > 0 && precedence('duration') >= precedence('messages');
  if (timed && given('messages') && precedence('duration') === precedence('messages')) {
    refuse(`--duration ${load.duration} and --messages ${load.messages} both say when the run ends: give one of them`);
  }
  if (timed && (load.warmup + load.duration) * 1000 > LONGEST_MS) {
    refuse(
      `--warmup ${load.warmup} and --duration ${load.duration} together are more than ${LONGEST_MS / 1000} seconds`,
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
    durationMs: timed ? load.duration * 1000 : undefined,
    warmupMs: load.warmup * 1000,
    pipeline: load.rate > 0 && !given('pipeline') ? Infinity : load.pipeline,
    payload: { min, max },
    rate: load.rate > 0 ? load.rate : undefined,
    connectRate: load.connectRate > 0 ? load.connectRate : undefined,
  };
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
