/** What clients do to a server, for as long as a measurement lasts. */
export interface Workload {
  readonly name: string;
  /** `stream`: the connections stay. `churn`: connect, one frame, its echo, close, and again. */
  readonly mode: 'stream' | 'churn';
  /** Connections at once. */
  readonly connections: number;
  /** Bytes of payload a frame. */
  readonly payload: number;
  /** Frames in flight on each connection. 1 is ping-pong, and its round trips are timed. */
  readonly inFlight: number;
}

export const workloads: readonly Workload[] = [
  { name: '64 B, 256 in flight', mode: 'stream', connections: 1, payload: 64, inFlight: 256 },
  { name: '1 KiB, 64 in flight, 8 connections', mode: 'stream', connections: 8, payload: 1024, inFlight: 64 },
  { name: '64 KiB, 8 in flight, 4 connections', mode: 'stream', connections: 4, payload: 65_536, inFlight: 8 },
  { name: 'ping-pong 64 B, 50 connections', mode: 'stream', connections: 50, payload: 64, inFlight: 1 },
  { name: 'ping-pong 1 KiB, 500 connections', mode: 'stream', connections: 500, payload: 1024, inFlight: 1 },
  { name: 'connect, one frame, close', mode: 'churn', connections: 8, payload: 64, inFlight: 1 },
];
