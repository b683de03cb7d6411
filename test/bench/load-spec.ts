import type { Workload } from './workloads';

/** What the load generator is told. */
export interface LoadSpec extends Workload {
  readonly host: string;
  readonly port: number;
  /** The server's process, whose CPU is measured. */
  readonly pid: number;
  /** How long it measures, after a warm-up. */
  readonly seconds: number;
  /** In churn mode: stop after so many connections instead, and measure from the first. */
  readonly count?: number;
}

/** Round trip times in µs. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What it measured. */
export interface LoadResult {
  /** Echoed and compared. */
  readonly frames: number;
  readonly seconds: number;
  /** Seconds of CPU that the server used, and that the load generator itself did. */
  readonly serverCpu: number;
  readonly loadCpu: number;
  /** The same of everything else on the machine: what disturbed. */
  readonly otherCpu: number;
  /** Where one frame at a time was in flight. */
  readonly latency: Percentiles | undefined;
}
