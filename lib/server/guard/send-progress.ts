import type { Socket } from 'node:net';
import { descriptorOf, writeQueueSize } from '../socket-handle';
import { type KernelQueues, type QueueSnapshot, recentKernelQueues } from '../../proc/kernel-queues';
import { socketInode } from '../../proc/tcp-table';

/** What a guard looks up of the kernel; another one in tests. */
export type ReadQueues = (maxAgeMs: number, decides?: boolean) => QueueSnapshot;

/** What is known of the bytes that were written to a peer. */
export interface Sending {
  /** Whether some of them wait in this process or in its kernel. What is not known of the kernel counts as neither. */
  readonly waits: boolean;
  /** Changes whenever the peer took something; undefined where there is nothing more that it could take. */
  readonly mark: string | undefined;
}

const NOTHING_SEEN: Sending = { waits: false, mark: undefined };

/** Tells whether a peer takes what was written to it, wherever that waits: in Node, in libuv, in the kernel. */
export class SendProgress {
  private inode: number | undefined;
  /** Bytes written that are known to have been taken, all of them. */
  private taken = 0;
  /** The count of written bytes at the last check, and when that was first seen. */
  private written = 0;
  private writtenAt = -Infinity;

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

  /** What the kernel holds for this socket, for a decision, as of `maxAgeMs` ago at most; undefined where that is not known. */
  queues(maxAgeMs: number): KernelQueues | undefined {
    return this.queuesIn(this.readQueues(maxAgeMs, true));
  }

  /** Parameters as of {@link recentKernelQueues}. */
  sample(maxAgeMs: number, decides: boolean): Sending {
    const { bytesWritten, writableLength } = this.socket;
    if (bytesWritten !== this.written) {
      this.written = bytesWritten;
      this.writtenAt = performance.now();
    }
    if (this.taken === bytesWritten) return NOTHING_SEEN;
    const snapshot = this.readQueues(maxAgeMs, decides);
    const queues = this.queuesIn(snapshot);
    if (writableLength === 0 && (queues === undefined || (queues.send === 0 && queues.peerUnread === 0))) {
      // A sample that is older than what was written says nothing about it.
      if (queues !== undefined && snapshot.takenAt >= this.writtenAt) this.taken = bytesWritten;
      return NOTHING_SEEN;
    }
    const inKernel = queues === undefined ? 'unknown' : `${queues.send} ${queues.peerUnread}`;
    return {
      waits: writableLength > 0 || (queues?.send ?? 0) > 0,
      mark: `${bytesWritten - writableLength} ${writeQueueSize(this.transport)} ${inKernel}`,
    };
  }

  private queuesIn(snapshot: QueueSnapshot): KernelQueues | undefined {
    this.inode ??= socketInode(descriptorOf(this.transport));
    return this.inode === undefined ? undefined : snapshot.of(this.inode);
  }
}
