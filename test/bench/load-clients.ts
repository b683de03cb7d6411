import { type Socket, connect } from 'node:net';
import { FrameRing } from './frame-ring';
import type { LoadSpec } from './load-spec';
import type { LoadTally } from './load-tally';

/** What all connections read into, one at a time: nothing is allocated for what comes back. */
const received = Buffer.alloc(1 << 17);

/** The run is worth nothing any more. */
function give(up: string): never {
  process.stderr.write(`load: ${up}\n`);
  process.exit(1);
}

/** One connection: keeps frames in flight, compares each byte that comes back. */
class LoadClient {
  private readonly socket: Socket;
  private sent = 0;
  private echoed = 0;
  private frames = 0;
  private sentAt = 0;

  /** @param onFrames told how many frames were completed, after each read that completed some */
  constructor(
    private readonly spec: LoadSpec,
    private readonly ring: FrameRing,
    private readonly tally: LoadTally,
    private readonly onFrames: (client: LoadClient) => void,
  ) {
    const { host, port } = spec;
    this.socket = connect({ host, port, noDelay: true, onread: { buffer: received, callback: this.read } });
    this.socket.on('connect', () => this.fill());
    this.socket.on('error', (error) => give(error.message));
    this.socket.on('end', () => give('the server closed a connection'));
  }

  /** Sends up to the window. */
  fill(): void {
    const limit = (this.frames + this.spec.inFlight) * this.ring.frameLength;
    if (this.spec.inFlight === 1) this.sentAt = performance.now();
    while (this.sent < limit) {
      const part = this.ring.slice(this.sent, limit);
      this.socket.write(part);
      this.sent += part.length;
    }
  }

  close(): void {
    this.socket.destroy();
  }

  private readonly read = (length: number): boolean => {
    if (!this.ring.matches(received, length, this.echoed)) give(`a wrong byte after ${this.echoed}`);
    this.echoed += length;
    const frames = Math.floor(this.echoed / this.ring.frameLength);
    if (frames > this.frames) {
      if (this.spec.inFlight === 1) this.tally.time(performance.now() - this.sentAt);
      this.tally.frames += frames - this.frames;
      this.frames = frames;
      this.onFrames(this);
    }
    return true;
  };
}

/** Connections that stay, for as long as the process lives. */
export function stream(spec: LoadSpec, tally: LoadTally): void {
  const ring = new FrameRing(spec.payload);
  for (let n = 0; n < spec.connections; n++) new LoadClient(spec, ring, tally, (client) => client.fill());
}

/** Connections that send one frame each; `done` once there were as many as the spec counts. */
export function churn(spec: LoadSpec, tally: LoadTally, done: () => void): void {
  const ring = new FrameRing(spec.payload);
  const count = spec.count ?? Infinity;
  let started = 0;
  const next = (): void => {
    started += 1;
    new LoadClient(spec, ring, tally, (client) => {
      client.close();
      if (tally.frames === count) done();
      else if (started < count) next();
    });
  };
  for (let n = 0; n < Math.min(spec.connections, count); n++) next();
}
