import type { Exchange } from './exchange';

/** The groups of cases, in the order in which they are reported; a case's number starts with its group's place. */
export const groups = ['connection', 'framing', 'stream', 'limits', 'timeouts', 'endurance'] as const;
export type Group = (typeof groups)[number];

/** What a case may have to be told, each with how a user says it. */
export const needs = {
  maxPayload: 'tell the limit with --max-payload BYTES',
  serverTimeout: "tell the server's idle timeout with --server-timeout SECONDS",
  serverFrameTimeout: 'tell how long a frame may take with --server-frame-timeout SECONDS',
  serverPid: "tell the server's process with --server-pid PID",
  restart: 'let the check start the server with --server-command COMMAND',
  concurrent: 'the server serves one client at a time',
} as const;
export type Need = keyof typeof needs;

/** MUST: a server that breaks it is wrong. SHOULD: it works, and its users will meet it one day. */
type Level = 'MUST' | 'SHOULD';

/**
 * When a case runs. `quick`: a few at a time. `timed`: waits for the server's own clock, so it starts at once and runs
 * beside all others. `alone`: counts something that other clients would disturb, so it runs last and by itself.
 */
export type Pace = 'quick' | 'timed' | 'alone';

/** One rule and how it is checked. */
export interface CheckCase {
  /** `<group>/<number>`, such as `framing/2.1`. Never given to another case. */
  readonly id: `${Group}/${number}.${number}`;
  readonly level: Level;
  /** The rule, in one sentence. */
  readonly rule: string;
  /** What a user sees where it is broken. */
  readonly why: string;
  /** What is sent, in one sentence. */
  readonly sends: string;
  /** What must come back, in one sentence. */
  readonly expects: string;
  /** The likely bug where the bytes that came tell nothing themselves. */
  readonly likely: string;
  readonly needs?: readonly Need[];
  /** Default `quick`. */
  readonly pace?: Pace;
  /** Resolves when the rule holds; throws a Mismatch where it does not. */
  run(exchange: Exchange): Promise<void>;
}

export function groupOf({ id }: Pick<CheckCase, 'id'>): Group {
  return id.slice(0, id.indexOf('/')) as Group;
}
