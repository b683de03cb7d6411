import type { Exchange } from './exchange';

/** The groups of cases, in the order of the report. A case's number starts with the number of its group. */
export const groups = ['connection', 'framing', 'stream', 'limits', 'timeouts', 'endurance'] as const;
type Group = (typeof groups)[number];

/** What a case may need to know, and what the report says of a case that is skipped without it. */
export const needs = {
  maxPayload: 'needs --max-payload BYTES, the largest payload that the server accepts',
  serverTimeout: "needs --server-timeout SECONDS, the server's idle timeout",
  serverFrameTimeout: 'needs --server-frame-timeout SECONDS, the time that the server allows for a frame',
  serverPid: "needs --server-pid PID, the server's process",
  restart: 'needs --server-command COMMAND, to restart the server',
  concurrent: 'the server serves one client at a time',
} as const;
export type Need = keyof typeof needs;

/** MUST: a server that breaks the rule is wrong. SHOULD: it works, but its users will run into problems. */
type Level = 'MUST' | 'SHOULD';

/**
 * When a case runs. `quick`: a few at a time. `timed`: it waits for the server's timeouts, so it starts at once and runs beside all
 * others. `alone`: other clients would disturb it, so it runs last and by itself.
 */
export type Pace = 'quick' | 'timed' | 'alone';

/** One rule, as the reports show it. */
export interface Rule {
  /** `<group>/<number>`, such as `framing/2.1`. It is never reused for another case. */
  readonly id: `${string}/${number}.${number}`;
  readonly level: Level;
  /** The rule, in one sentence. */
  readonly rule: string;
  /** Why it matters: what goes wrong in practice. */
  readonly why: string;
  /** What is sent, in one sentence. */
  readonly sends: string;
  /** What must come back, in one sentence. */
  readonly expects: string;
  /** The likely bug, where the received bytes do not show it. */
  readonly likely: string;
  /** Without these the case is skipped. */
  readonly needs?: readonly string[];
}

/** A rule for servers, and how it is checked. */
export interface CheckCase extends Rule {
  readonly id: `${Group}/${number}.${number}`;
  readonly needs?: readonly Need[];
  /** Default `quick`. */
  readonly pace?: Pace;
  /** Resolves when the rule holds. @throws {Mismatch} when it does not */
  run(exchange: Exchange): Promise<void>;
}

export function groupOf<Name extends string>({ id }: { readonly id: `${Name}/${number}.${number}` }): Name {
  return id.slice(0, id.indexOf('/')) as Name;
}

/** The groups of cases, in their order. */
export function groupsOf(cases: readonly Rule[]): string[] {
  return [...new Set(cases.map(groupOf))];
}
