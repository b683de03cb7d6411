import { Latencies, type StoredLatencies } from './latencies';
import type { Measurement } from './measurement';

/** What happened in one second of a run. */
export interface Sample {
  /** Seconds from the start of the run, the warm-up included, to the end of this one. */
  readonly second: number;
  readonly sent: number;
  /** Replies to measured messages, and to those of the warm-up. */
  readonly ok: number;
  readonly warmup: number;
  readonly errors: number;
  /** Bytes received. */
  readonly bytes: number;
  /** Messages that are due and not sent yet, at its end. */
  readonly unsent: number;
  /** Of the replies that came in it. */
  readonly rtt: Latencies;
}

/** A sample as it is passed between processes. */
export interface StoredSample extends Omit<Sample, 'rtt'> {
  readonly rtt: StoredLatencies;
}

export const SAMPLE_MS = 1000;

/** Percentiles of a second: to a hundredth. */
const DIGITS = 2;

/** Counts what happened in each second of a run. */
export class Sampler {
  private second = 0;
  private before = { sent: 0, ok: 0, warmup: 0, errors: 0, bytes: 0 };
  private readonly timer: NodeJS.Timeout;

  /**
   * @param unsent messages that are due and not sent yet
   * @param onSample called each second, and once for what is left when it is stopped
   */
  constructor(
    private readonly measurement: Measurement,
    private readonly unsent: () => number,
    private readonly onSample: (sample: Sample) => void,
  ) {
    measurement.recent = new Latencies(DIGITS);
    this.timer = setInterval(() => this.take(), SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.take();
  }

  private take(): void {
    const { measurement, before } = this;
    const now = {
      sent: measurement.sent + measurement.warmup.sent,
      ok: measurement.ok,
      warmup: measurement.warmup.ok,
      errors: measurement.errorCount,
      bytes: measurement.bytes,
    };
    this.before = now;
    this.second += 1;
    const rtt = measurement.recent ?? new Latencies(DIGITS);
    measurement.recent = new Latencies(DIGITS);
    this.onSample({
      second: this.second,
      sent: now.sent - before.sent,
      ok: now.ok - before.ok,
      warmup: now.warmup - before.warmup,
      errors: now.errors - before.errors,
      bytes: now.bytes - before.bytes,
      unsent: this.unsent(),
      rtt,
    });
  }
}

/** The same second of several processes as one. */
export function mergeSamples(samples: readonly Sample[]): Sample {
  const rtt = new Latencies(DIGITS);
  for (const sample of samples) rtt.add(sample.rtt);
  const sum = (of: (sample: Sample) => number): number => samples.reduce((total, sample) => total + of(sample), 0);
  return {
    second: Math.max(...samples.map(({ second }) => second)),
    sent: sum(({ sent }) => sent),
    ok: sum(({ ok }) => ok),
    warmup: sum(({ warmup }) => warmup),
    errors: sum(({ errors }) => errors),
    bytes: sum(({ bytes }) => bytes),
    unsent: sum(({ unsent }) => unsent),
    rtt,
  };
}
