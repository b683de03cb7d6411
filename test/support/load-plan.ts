import type { Plan } from '../../lib/load/plan';

/** Three clients, one after another, send ten messages each. */
export const plainPlan: Plan = {
  host: '127.0.0.1',
  port: 0,
  timeout: 5,
  clients: 3,
  concurrency: 1,
  messages: 10,
  durationMs: undefined,
  warmupMs: 0,
  pipeline: 1,
  payload: { min: 64, max: 64 },
  tls: undefined,
  rate: undefined,
  connectRate: undefined,
  holdMs: 0,
  thinkMs: 0,
  localAddresses: [],
};
