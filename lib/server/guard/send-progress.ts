import type { Socket } from 'node:net';
import { bytesHandedOver, descriptorOf } from '../socket-handle';
import { type KernelQueues, type QueueSnapshot, recentKernelQueues } from '../../proc/kernel-queues';
import { socketInode } from '../../proc/tcp-table';

/** Reads the kernel's queues; replaced in tests. */
export type ReadQueues = (maxAgeMs: number, decides?: boolean) => QueueSnapshot;

/** The bytes written to a peer. */
export interface Sending {
  /** Whether some of them wait in this process or its kernel. An unknown kernel queue does not count as waiting. */
  readonly waits: boolean;
  /** Changes whenever the peer takes bytes; undefined if there are none left to take. */
  readonly mark: string | undefined;
}

const NOTHING_LEFT: Sending = { waits: false, mark: undefined };

/** Whether a peer takes what was written to it, wherever that waits: in Node, in libuv, in the kernel. */
export class SendProgress {
  private inode: number | undefined;
  /** Value of `bytesWritten` up to which the peer is known to have taken everything. */
  private settled = 0;
  /** Bytes that the kernel had taken at the last check, and when that was first seen. */
  private handedOver = 0;
  private handedOverAt = 0;
  /** Bytes that the peer had taken when the kernel's queues were last known. */
  private taken: number | undefined;

  /**
   * @param socket what is written to
   * @param readQueues where the kernel's queues are looked up
   * @param transport the TCP socket under it, where that is another: TLS
   */
  constructor(
    private readonly socket: Socket,
    private readonly readQueues: ReadQueues = recentKernelQueues,
    private readonly transport = socket,
  ) {}

  /** The kernel's queues for this socket, no older than `maxAgeMs`; undefined if unknown. */
  queues(maxAgeMs: number): KernelQueues | undefined {
    return this.queuesIn(this.readQueues(maxAgeMs, true));
  }

  /** For the parameters see {@link recentKernelQueues}. */
  sample(maxAgeMs: number, decides: boolean): Sending {
    const { bytesWritten, writableLength } = this.socket;
    if (this.settled === bytesWritten) return NOTHING_LEFT;
    const handedOver = bytesHandedOver(this.transport);
    if (handedOver !== this.handedOver) {
      this.handedOver = handedOver;
      this.handedOverAt = performance.now();
    }
    const snapshot = this.readQueues(maxAgeMs, decides);
    const queues = this.queuesIn(snapshot);
    // A reading older than what the kernel took last says nothing about it.
    const isCurrent = queues !== undefined && snapshot.takenAt >= this.handedOverAt;
    if (writableLength === 0 && (queues === undefined || (queues.send === 0 && queues.peerUnread === 0))) {
      if (isCurrent) this.settled = bytesWritten;
      return NOTHING_LEFT;
    }
    // The queues alone do not tell: a queue that is filled up as fast as it empties looks the same each time.
    if (isCurrent) this.taken = handedOver - queues.send - queues.peerUnread;
    return {
      waits: writableLength > 0 || (queues?.send ?? 0) > 0,
      mark: `${handedOver} ${this.taken ?? 'unknown'}`,
    };
  }

  private queuesIn(snapshot: QueueSnapshot): KernelQueues | undefined {
    this.inode ??= socketInode(descriptorOf(this.transport));
    return this.inode === undefined ? undefined : snapshot.of(this.inode);
  }
}
