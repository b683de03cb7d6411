import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { BenchServer } from './server-process';

/** The signal that makes a server started with {@link snapshotEnv} write a heap snapshot into its TRUST_HOME. */
const SIGNAL = 'SIGUSR2';
const LOOK_MS = 200;

/** Of V8's heap snapshot, what is read here. */
interface Snapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: readonly string[] } };
  readonly nodes: readonly number[];
}

/** What a server is started with to be able to tell its live heap. */
export const snapshotEnv = { NODE_OPTIONS: `--heapsnapshot-signal=${SIGNAL}` } as const;

/** The snapshot's file, once it is written whole: nothing tells, but that it is JSON then. */
async function written(folder: string): Promise<string> {
  let before = -1;
  for (;;) {
    const name = readdirSync(folder).find((file) => file.endsWith('.heapsnapshot'));
    const size = name === undefined ? 0 : statSync(join(folder, name)).size;
    if (name !== undefined && size > 0 && size === before) return join(folder, name);
    before = size;
    await setTimeout(LOOK_MS);
  }
}

/** Bytes of all that lives in a server's heap, its Buffers' memory included: V8 collects garbage before it takes a snapshot. */
export async function liveHeap(server: BenchServer): Promise<number> {
  process.kill(server.pid, SIGNAL);
  const file = await written(server.home);
  const { snapshot, nodes } = JSON.parse(readFileSync(file, 'latin1')) as Snapshot;
  rmSync(file);
  const fields = snapshot.meta.node_fields.length;
  let total = 0;
  for (let at = snapshot.meta.node_fields.indexOf('self_size'); at < nodes.length; at += fields)
    total += nodes[at] ?? 0;
  return total;
}
