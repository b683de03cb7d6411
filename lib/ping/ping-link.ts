import { FrameClientError } from '../client/client-error';
import { describeDifference } from '../client/compare-reply';
import type { FrameClient } from '../client/frame-client';
import type { LossCause } from './ping-event';

/** How a ping ended. */
export type PingResult =
  { readonly ms: number } | { readonly cause: Exclude<LossCause, 'no_connection'>; readonly message: string };

/** A ping without a reply. It keeps its place after its deadline, as the reply may still come. */
class PendingPing {
  private readonly sentAt = performance.now();
  private readonly timer: NodeJS.Timeout;
  isOver = false;

  constructor(
    private readonly payload: Buffer,
    private readonly onEnd: (result: PingResult) => void,
    timeoutMs: number,
    onLate: () => void,
  ) {
    // Bytes that came while this process was busy are read before the ping counts as lost.
    this.timer = setTimeout(() => setImmediate(() => !this.isOver && onLate()), timeoutMs);
  }

  /** The result that a reply means. */
  resultOf(reply: Buffer): PingResult {
    const ms = performance.now() - this.sentAt;
    const difference = describeDifference(this.payload, reply);
    return difference === undefined ? { ms } : { cause: 'wrong_echo', message: difference };
  }

  end(result: PingResult): void {
    if (this.isOver) return;
    this.cancel();
    this.onEnd(result);
  }

  cancel(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }
}

/**
 * One connection with its pings under way, each with its own deadline. When a ping is lost, the link takes no more; the
 * others can still be answered, then it closes.
 */
export class PingLink {
  /** Whether it takes pings. */
  isUsable = true;
  private readonly pending: PendingPing[] = [];

  /**
   * @param timeoutMs deadline of each reply, in ms
   * @param onEnd called when the connection has ended, with the reason if no reply was due
   */
  constructor(
    private readonly client: FrameClient,
    private readonly timeoutMs: number,
    onEnd: (idleReason?: string) => void,
  ) {
    void this.receiveAll().then((message) => {
      const wasIdle = this.isUsable && this.pending.length === 0;
      this.isUsable = false;
      onEnd(wasIdle ? message : undefined);
      for (const ping of this.pending.splice(0)) ping.end({ cause: 'no_echo', message });
    });
  }

  /** Sends a ping. Resolves when it is answered or lost. */
  ping(payload: Buffer): Promise<PingResult> {
    return new Promise((resolve) => {
      const message = `nothing came back within ${this.timeoutMs / 1000} s`;
      const ping = new PendingPing(payload, resolve, this.timeoutMs, () => {
        ping.end({ cause: 'no_echo', message });
        this.retire();
      });
      this.pending.push(ping);
      void this.client.send(payload);
    });
  }

  /** Closes at once. The promises of pings under way are never settled. */
  close(): void {
    this.isUsable = false;
    for (const ping of this.pending.splice(0)) ping.cancel();
    this.client.close();
  }

  /** Receives until the connection ends. Resolves with the reason. */
  private async receiveAll(): Promise<string> {
    const { client } = this;
    try {
      for (let reply = await client.receive(); reply !== undefined; reply = await client.receive()) {
        const ping = this.pending.shift();
        if (ping === undefined) return `${client.peer} sent a frame of ${reply.length} bytes that was not asked for`;
        const result = ping.resultOf(reply);
        ping.end(result);
        if ('cause' in result || !this.isUsable) this.retire();
      }
      return `${client.peer} closed the connection`;
    } catch (error) {
      return error instanceof FrameClientError ? error.message : String(error);
    } finally {
      client.close();
    }
  }

  private retire(): void {
    this.isUsable = false;
    if (this.pending.every(({ isOver }) => isOver)) this.client.close();
  }
}
