import { cpuSeconds } from './process-stats';
import { churn, stream } from './load-clients';
import type { LoadResult, LoadSpec } from './load-spec';
import { LoadTally } from './load-tally';

/** Part of a measurement's seconds that the same load runs before it, so that what is measured is warm. */
const WARM_UP = 0.3;

/**
 * The load generator, a process of its own: puts a workload on a server and prints what came of it, as JSON. It ends at
 * once, with 1, if a byte that comes back is not the one that was sent.
 */
function main(): void {
  const spec = JSON.parse(process.argv[2] ?? '') as LoadSpec;
  const tally = new LoadTally();
  const load = spec.mode === 'churn' ? churn : stream;
  const report = (seconds: number, serverCpu: number, ownCpu: number): void => {
    const result: LoadResult = {
      frames: tally.frames,
      seconds,
      serverCpu,
      loadCpu: ownCpu,
      latency: tally.percentiles(),
    };
    process.stdout.write(JSON.stringify(result), () => process.exit(0));
  };

  let startedAt = performance.now();
  let cpu = cpuSeconds(spec.pid);
  let own = process.cpuUsage();
  const measured = (): void => {
    const used = process.cpuUsage(own);
    report((performance.now() - startedAt) / 1000, cpuSeconds(spec.pid) - cpu, (used.user + used.system) / 1e6);
  };

  load(spec, tally, measured);
  if (spec.count !== undefined) return; // a number of frames, not a time
  setTimeout(
    () => {
      tally.restart();
      startedAt = performance.now();
      cpu = cpuSeconds(spec.pid);
      own = process.cpuUsage();
      setTimeout(measured, spec.seconds * 1000);
    },
    spec.seconds * WARM_UP * 1000,
  );
}

main();
