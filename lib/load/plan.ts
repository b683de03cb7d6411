import { constants } from 'node:buffer';
import { sizeRange } from '../config/formats';
import type { Origin } from '../config/load-settings';
import { type ClientTls, type ClientTlsOptions, clientTls } from '../client/tls-options';
import type { Settings } from '../config/settings';
import { RunError } from '../errors/run-error';
import { HEADER_LENGTH } from '../framing';
import type { SendProxy } from '../net/connect';

/** What a load test does, worked out from its settings. Times are in milliseconds, but `timeout`. */
export interface Plan {
  readonly host: string;
  readonly port: number;
  /** Seconds, as `echo.timeout`. */
  readonly timeout: number;
  /** As `echo.sendProxy`. */
  readonly sendProxy?: SendProxy;
  /** TLS; undefined where the clients speak plain TCP. */
  readonly tls: ClientTls | undefined;
  readonly clients: number;
  /** Clients at once. */
  readonly concurrency: number;
  /** Messages that each client sends; undefined where the run is one of `durationMs`. */
  readonly messages: number | undefined;
  /** For how long messages are sent; undefined where it is a number of `messages`. */
  readonly durationMs: number | undefined;
  /** Sent before anything is measured. */
  readonly warmupMs: number;
  /** Frames in flight per client at most; Infinity in an open loop that sets no limit. */
  readonly pipeline: number;
  /** Payload bytes. */
  readonly payload: { readonly min: number; readonly max: number };
  /** Messages a second of all clients, sent when due (open loop); undefined where a reply calls for the next message. */
  readonly rate: number | undefined;
  /** New connections a second at most. */
  readonly connectRate: number | undefined;
}

/** From weak to strong: of two settings that exclude each other the one from the stronger source holds. */
const strengths: readonly Origin['source'][] = ['default', 'file', 'variable', 'flag'];

/** The longest delay that setTimeout keeps. */
const LONGEST_MS = 0x7fff_ffff;

type Origins = ReadonlyMap<string, Origin>;

/**
 * Works out the plan.
 * @param origins where each setting comes from: what was asked for weighs more than a default
 * @param tls the settings `tls.*` with the files that they name; undefined for plain TCP
 * @throws {RunError} `usage` for settings that cannot go together
 */
export function makePlan(
  { echo, load }: Pick<Settings, 'echo' | 'load'>,
  origins: Origins,
  tls?: ClientTlsOptions,
): Plan {
  const strength = (name: keyof Settings['load']): number =>
    strengths.indexOf(origins.get(`load.${name}`)?.source ?? 'default');
  const given = (name: keyof Settings['load']): boolean => strength(name) > 0;

  if (load.rate === 0 && strength('rate') === strengths.indexOf('flag')) {
    refuse('--rate 0: no message would ever be due; give messages a second, or leave --rate out');
  }
  const timed = load.duration > 0 && strength('duration') >= strength('messages');
  if (timed && given('messages') && strength('duration') === strength('messages')) {
    refuse(`--duration ${load.duration} and --messages ${load.messages} both say when the run ends: give one of them`);
  }
  if (timed && (load.warmup + load.duration) * 1000 > LONGEST_MS) {
    refuse(
      `--warmup ${load.warmup} and --duration ${load.duration} together are more than ${LONGEST_MS / 1000} seconds`,
    );
  }
  const [min, max] = sizeRange(load.payloadSize);
  if (HEADER_LENGTH + max > constants.MAX_LENGTH) {
    refuse(`--payload-size ${load.payloadSize}: a frame of that size does not fit this machine's memory`);
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

/** In a run of so many seconds every client stays connected throughout: the clients and those at once are the same. */
function timedClients(
  { clients, concurrency }: Settings['load'],
  given: (name: 'clients' | 'concurrency') => boolean,
): Pick<Plan, 'clients' | 'concurrency'> {
  if (given('clients') && given('concurrency') && clients > concurrency) {
    refuse(
      `--duration keeps its clients connected throughout, so that with --concurrency ${concurrency} the rest of --clients ${clients} never has a turn: give one of the two, or both alike`,
    );
  }
  const all = given('concurrency') ? (given('clients') ? clients : concurrency) : given('clients') ? clients : 1;
  return { clients: all, concurrency: all };
}

function refuse(message: string): never {
  throw new RunError('usage', message);
}
