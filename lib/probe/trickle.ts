import { readClientOptions } from '../client/client-options';
import { ClientSocket } from '../client/client-socket';
import { HEADER_LENGTH } from '../framing/header';
import { kindOf, type ProbeTarget } from './resting-connection';
import type { CutKind } from './limit-search';

/** A connection on which only the client sends: bytes of one frame that is never completed, so that nothing returns. */
export class Trickle {
  /** How the connection was cut, and after how many seconds; undefined while it is open. */
  cut: { readonly kind: CutKind; readonly age: number } | undefined;
  private since = 0;
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  private constructor(private readonly socket: ClientSocket) {}

  /**
   * @param periodMs ms from one byte to the next
   * @throws {FrameClientError} if there is no connection
   */
  static async open(target: ProbeTarget, periodMs: number): Promise<Trickle> {
    const { host, port, timeout, sendProxy, maxPayload, tls } = readClientOptions(target);
    let left = maxPayload - 1; // the last byte is never sent
    const socket: ClientSocket = new ClientSocket(
      { host, port, timeout, sendProxy, ...(tls && { tls }) },
      {
        onData: () => undefined,
        onDrain: () => undefined,
        onEnd: () => trickle.end('fin'),
        onClose: (fault) => trickle.end(fault === undefined ? 'fin' : kindOf(fault)),
      },
    );
    const trickle: Trickle = new Trickle(socket);
    await socket.open();
    trickle.since = performance.now();
    const header = Buffer.alloc(HEADER_LENGTH);
    header.writeUInt32BE(maxPayload);
    socket.write([header]);
    trickle.timer = setInterval(() => left-- > 0 && socket.write([Buffer.alloc(1)]), periodMs);
    return trickle;
  }

  /** Seconds since it was connected. */
  get age(): number {
    return (performance.now() - this.since) / 1000;
  }

  close(): void {
    this.isOver = true;
    clearInterval(this.timer);
    this.socket.close();
  }

  private end(kind: CutKind): void {
    if (this.isOver) return;
    this.cut = { kind, age: this.age };
    this.close();
  }
}
