import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { Peer, frames } from './peer';
import { tcpRowOf } from './tcp-row';
import { type LogEvent, ServerProcess, childrenOf, descriptorsOf, killIfThere } from './trustctl';

const FIXTURES = resolve(__dirname, '../fixtures');

/** The command line with short pauses between restarts and pings. */
export const FAST = { argv0: [process.execPath, join(FIXTURES, 'fast-workers.js')] };

/** Lets a signal, or a file that exists, end workers. */
export const DOOMED = `--require ${join(FIXTURES, 'doomed-workers.js')}`;

/** Sends a frame and expects its echo. */
export async function echoed(peer: Peer, text: string): Promise<void> {
  const before = peer.received.length;
  await peer.send(frames(text));
  const got = await peer.read(before + 4 + text.length);
  expect(got.subarray(before)).to.deep.equal(frames(text));
}

/** A server with workers, and its clients. */
export class WorkerServer extends ServerProcess {
  private readonly peers: Peer[] = [];

  get workers(): number[] {
    return childrenOf(this.pid);
  }

  async connect(options: { paused?: boolean } = {}): Promise<Peer> {
    const peer = await Peer.connect(this.port, options);
    this.peers.push(peer);
    return peer;
  }

  signalWorkers(signal: NodeJS.Signals): void {
    this.workers.forEach((pid) => process.kill(pid, signal));
  }

  /** Resolves when so many workers have been started. */
  workerStarts(count: number): Promise<LogEvent> {
    return this.waitFor('worker_start', () => this.all('worker_start').length >= count);
  }

  /** The worker that serves a client. */
  async workerOf(peer: Peer): Promise<number> {
    await echoed(peer, 'who?');
    const link = `socket:[${tcpRowOf({ localPort: this.port, remotePort: peer.socket.localPort })?.inode ?? ''}]`;
    const holders = this.workers.filter((pid) => descriptorsOf(pid).includes(link));
    expect(holders).to.have.length(1);
    return holders[0]!;
  }

  expectClosesForConnects(): void {
    const numbers = (event: string): unknown[] => this.all(event).map(({ conn }) => conn);
    expect(new Set(numbers('client_connect')).size).to.equal(numbers('client_connect').length);
    expect(numbers('client_close')).to.have.members(numbers('client_connect'));
  }

  /** Ends it, its workers and its clients. */
  async end(): Promise<void> {
    this.peers.forEach((peer) => peer.close());
    const left = this.workers;
    await this.stop('SIGKILL');
    left.forEach((pid) => killIfThere(pid, 'SIGKILL'));
  }
}
