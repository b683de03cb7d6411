import { setTimeout as sleep } from 'node:timers/promises';
import { type CutKind, type Finding, LimitSearch, type RestResult } from './limit-search';
import { type ProbeTarget, RestingConnection } from './resting-connection';
import { runRound } from './rest-round';
import { Trickle } from './trickle';

/** Connections at once, in all. */
const MOST_CONNECTIONS = 64;
/** One of them trickles, and one may use keep-alive. */
const BESIDE = 2;

export interface ProbeOptions {
  readonly target: ProbeTarget;
  /** Longest rest to try, in seconds. */
  readonly max: number;
  /** How closely to find the limit, in seconds. */
  readonly precision: number;
  /** Seconds of silence before TCP keep-alive probes, to see whether they prevent the cut; undefined does not try. */
  readonly keepAlive?: number | undefined;
  readonly stop: AbortSignal;
}

export type CutShape = Exclude<RestResult, { kind: 'answered' }>;

/** What a probe has found. */
export interface ProbeOutcome {
  readonly finding: Finding;
  /** How often each kind of cut was seen. */
  readonly cuts: Readonly<Record<CutKind, number>>;
  /** The kind that was seen most. */
  readonly cut: CutShape | undefined;
  /** Whether bytes from the client alone keep the connection open; undefined if that did not show. */
  readonly clientBytesCount: boolean | undefined;
  /** Whether TCP keep-alive prevents the cut; undefined if it was not tried, or did not show. */
  readonly keepAlivePrevents: boolean | undefined;
  readonly rounds: number;
  /** Connections that could not be made or gave no first echo. */
  readonly failed: number;
}

/**
 * Finds how long a path lets a connection rest, and how it cuts it.
 * @throws {FrameClientError} if the server cannot be reached or does not echo, before anything rests
 */
export async function runProbe(options: ProbeOptions): Promise<ProbeOutcome> {
  const { target, max, precision, keepAlive, stop } = options;
  const quiet = { ...target, keepAlive: 0 };
  (await RestingConnection.open(quiet)).close();

  const search = new LimitSearch({ max, precision, connections: MOST_CONNECTIONS - BESIDE });
  const shapes: CutShape[] = [];
  const failures: Error[] = [];
  let rounds = 0;
  const trickle = await Trickle.open(quiet, Math.min(1, precision / 2) * 1000);
  const kept = keepAlive === undefined ? undefined : await KeptConnection.open({ ...target, keepAlive });
  try {
    for (let rests = search.next(); rests !== undefined && !stop.aborted; rests = search.next()) {
      rounds += 1;
      const before = failures.length;
      await runRound(
        rests,
        search,
        quiet,
        {
          onResult: (_, result) => result.kind !== 'answered' && shapes.push(result),
          onFailure: (error) => failures.push(error),
        },
        stop,
      );
      if (failures.length - before === rests.length) throw failures.at(-1) as Error;
    }
    const finding = search.finding();
    return {
      finding,
      cuts: countKinds(shapes),
      cut: mostSeen(shapes),
      clientBytesCount: await trickleResult(trickle, finding, options),
      keepAlivePrevents: await kept?.prevents(finding, options),
      rounds,
      failed: failures.length,
    };
  } finally {
    trickle.close();
    kept?.close();
  }
}

/** The rest, in seconds, by which a connection is sure to be cut; undefined where none was. */
function sureCut(finding: Finding, precision: number): number | undefined {
  if (finding.found === 'none' || finding.cut === undefined) return undefined;
  return Math.max(finding.cut, finding.answered) + precision;
}

/** Waits until a connection is so old, in seconds. @returns false if the run is stopped first */
async function untilAge(age: number, now: () => number, stop: AbortSignal): Promise<boolean> {
  const left = age - now();
  if (left > 0) await sleep(left * 1000, undefined, { signal: stop }).catch(() => undefined);
  return !stop.aborted;
}

async function trickleResult(
  trickle: Trickle,
  finding: Finding,
  { precision, stop }: ProbeOptions,
): Promise<boolean | undefined> {
  const sure = sureCut(finding, precision);
  if (sure === undefined || finding.found === 'none') return undefined;
  if (trickle.cut === undefined && !(await untilAge(sure, () => trickle.age, stop))) return undefined;
  const { cut } = trickle;
  if (cut === undefined) return true;
  // A cut at another time has another cause, such as a limit for a whole frame.
  return Math.abs(cut.age - (finding.cut ?? 0)) <= sure - (finding.cut ?? 0) ? false : undefined;
}

/** A connection that rests with TCP keep-alive from the beginning of the run to its end. */
class KeptConnection {
  private isCut = false;

  private constructor(private readonly connection: RestingConnection) {
    connection.watch(() => (this.isCut = true));
  }

  static async open(target: ProbeTarget): Promise<KeptConnection> {
    return new KeptConnection(await RestingConnection.open(target));
  }

  async prevents(finding: Finding, { precision, stop }: ProbeOptions): Promise<boolean | undefined> {
    const sure = sureCut(finding, precision);
    if (sure === undefined) return undefined;
    if (!this.isCut && !(await untilAge(sure, () => this.connection.rested, stop))) return undefined;
    return !this.isCut && (await this.connection.speak()).kind === 'answered';
  }

  close(): void {
    this.connection.close();
  }
}

function countKinds(shapes: readonly CutShape[]): Record<CutKind, number> {
  const count = (kind: CutKind): number => shapes.filter((shape) => shape.kind === kind).length;
  return { fin: count('fin'), reset: count('reset'), silence: count('silence') };
}

function mostSeen(shapes: readonly CutShape[]): CutShape | undefined {
  const seen = new Map<string, CutShape[]>();
  for (const shape of shapes) {
    const key = `${shape.kind} ${shape.when}`;
    seen.set(key, [...(seen.get(key) ?? []), shape]);
  }
  return [...seen.values()].toSorted((one, other) => other.length - one.length)[0]?.[0];
}
