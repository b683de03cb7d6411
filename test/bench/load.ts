import { cpuSeconds, machineCpuSeconds } from './process-stats';
import { churn, stream } from './load-clients';
import type { LoadResult, LoadSpec } from './load-spec';
import { LoadTally } from './load-tally';

/** Part of a measurement's seconds that the same load runs before it, so that what is measured is warm. */
const WARM_UP = 0.3;

/** What is read before and after. Seconds. */
function meter(pid: number): { at: number; server: number; own: number; machine: number } {
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now() / 1000,
    server: cpuSeconds(pid),
    own: (user + system) / 1e6,
    machine: machineCpuSeconds(),
  };
}

/**
 * The load generator, a process of its own: puts a workload on a server and prints what came of it, as JSON. It ends at
 * once, with 1, if a byte that comes back is not the one that was sent.
 */
function main(): void {
  const spec = JSON.parse(process.argv[2] ?? '') as LoadSpec;
  const tally = new LoadTally();
  const load = spec.mode === 'churn' ? churn : stream;

  let since = meter(spec.pid);
  const measured = (): void => {
    const now = meter(spec.pid);
    const serverCpu = now.server - since.server;
    const loadCpu = now.own - since.own;
    const result: LoadResult = {
      frames: tally.frames,
      seconds: now.at - since.at,
      serverCpu,
      loadCpu,
      otherCpu: now.machine - since.machine - serverCpu - loadCpu,
      latency: tally.percentiles(),
    };
    process.stdout.write(JSON.stringify(result), () => process.exit(0));
  };

  load(spec, tally, measured);
  if (spec.count !== undefined) return; // a number of frames, not a time
  setTimeout(
    () => {
      tally.restart();
      since = meter(spec.pid);
      setTimeout(measured, spec.seconds * 1000);
    },
    spec.seconds * WARM_UP * 1000,
  );
}

main();
