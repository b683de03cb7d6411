import { expect } from 'chai';
import type { Socket } from 'node:net';
import { mock } from 'node:test';
import type { KernelQueues, QueueSnapshot } from '../../../lib/proc/kernel-queues';
import { recentKernelQueues } from '../../../lib/proc/kernel-queues';
import { socketInode } from '../../../lib/proc/tcp-table';
import { SendProgress, type Sending } from '../../../lib/server/guard/send-progress';
import { descriptorOf } from '../../../lib/server/socket-handle';
import { manyFrames } from '../../support/peer';
import { ServedConnection, closeConnections } from '../../support/served-connection';
import { until } from '../../support/until';

/** A look at a socket of which Node says `node`, and the kernel `kernel`. What does not wait in Node was handed over. */
function look(node: Partial<Socket>, kernel: KernelQueues | undefined, takenAt = Infinity): Sending {
  const { bytesWritten = 100, writableLength = 0 } = node;
  const _handle = { fd: 0, bytesWritten, writeQueueSize: writableLength };
  const socket = { bytesWritten, writableLength, _handle } as unknown as Socket;
  const snapshot: QueueSnapshot = { takenAt, of: () => kernel };
  return new SendProgress(socket, () => snapshot).sample(0, true);
}

const holds = (send: number, peerUnread = 0): KernelQueues => ({ send, peerUnread, receive: 0 });

describe('SendProgress', () => {
  afterEach(closeConnections);

  it('says that nothing waits where the kernel holds nothing', () => {
    expect(look({}, holds(0))).to.deep.equal({ waits: false, mark: undefined });
  });

  it('says that bytes wait which lie in the kernel alone', () => {
    const { waits, mark } = look({}, holds(7));
    expect(waits).to.equal(true);
    expect(mark).not.to.equal(look({}, holds(6)).mark);
  });

  it('sees a peer on this machine read, and does not call that waiting', () => {
    const { waits, mark } = look({}, holds(0, 9));
    expect(waits).to.equal(false);
    expect(mark).not.to.equal(look({}, holds(0, 8)).mark);
  });

  it('takes what is not known for no progress, and never for an empty queue', () => {
    expect(look({}, undefined)).to.deep.equal({ waits: false, mark: undefined });
    const unknown = look({ writableLength: 5 }, undefined);
    expect(unknown.waits).to.equal(true);
    expect(unknown.mark).not.to.equal(look({ writableLength: 5 }, holds(0)).mark);
  });

  it('sees what waits as soon as it is known again', () => {
    const socket = { bytesWritten: 100, writableLength: 0, _handle: { fd: 0, bytesWritten: 100 } } as unknown as Socket;
    const told: KernelQueues[] = [];
    const progress = new SendProgress(socket, () => ({ takenAt: Infinity, of: () => told[0] }));
    expect(progress.sample(0, false).waits).to.equal(false);
    told.push(holds(7));
    expect(progress.sample(0, false).waits).to.equal(true);
  });

  it('asks again after a look that is older than what was written', () => {
    let asked = 0;
    const socket = { bytesWritten: 100, writableLength: 0, _handle: { fd: 0, bytesWritten: 100 } } as unknown as Socket;
    const snapshot = { takenAt: -Infinity, of: () => ((asked += 1), holds(0)) };
    const progress = new SendProgress(socket, () => snapshot);
    progress.sample(0, false);
    snapshot.takenAt = Infinity;
    progress.sample(0, false);
    const before = asked;
    progress.sample(0, false);
    expect(asked).to.equal(before);
    expect(before).to.equal(2);
  });

  it('counts from when something was written, not from when it is asked', () => {
    let now = 10;
    let asked = 0;
    const clock = mock.method(performance, 'now', () => now);
    const socket = { bytesWritten: 100, writableLength: 0, _handle: { fd: 0, bytesWritten: 100 } } as unknown as Socket;
    const snapshot = { takenAt: 9, of: () => ((asked += 1), holds(0)) };
    const progress = new SendProgress(socket, () => snapshot);
    progress.sample(0, false); // taken before it was written
    now = 20;
    snapshot.takenAt = 10;
    progress.sample(0, false);
    progress.sample(0, false);
    clock.mock.restore();
    expect(asked).to.equal(2);
  });

  it('takes no further writing for progress while the peer takes nothing', () => {
    const before = look({ bytesWritten: 100, writableLength: 5 }, holds(7)).mark;
    expect(look({ bytesWritten: 110, writableLength: 15 }, holds(7)).mark).to.equal(before);
    expect(look({ bytesWritten: 110, writableLength: 5 }, holds(7)).mark).not.to.equal(before);
  });

  describe('where a reading is older than what the kernel took last', () => {
    const handle = { fd: 0, bytesWritten: 0, writeQueueSize: 0 };
    const socket = { bytesWritten: 1000, writableLength: 800, _handle: handle } as unknown as Socket;
    let [now, takenAt, send, unread] = [0, 0, 0, 0];
    let progress: SendProgress;
    const markAt = (time: number): string | undefined => {
      now = time;
      return progress.sample(0, false).mark;
    };
    /** The kernel takes bytes at 10; they are seen at 20, with a reading of 10 that says 50. */
    beforeEach(() => {
      mock.method(performance, 'now', () => now);
      progress = new SendProgress(socket, () => ({ takenAt, of: () => holds(send, unread) }));
      handle.bytesWritten = 100;
      [takenAt, send, unread] = [10, 50, 0];
      markAt(10);
      handle.bytesWritten = 200;
    });
    afterEach(() => mock.restoreAll());

    it('sees at the next that the peer has taken as much as was handed over', () => {
      const before = markAt(20);
      takenAt = 25; // for another connection
      expect(markAt(30)).not.to.equal(before);
    });

    it('sees at the next that the peer has taken nothing', () => {
      const before = markAt(20);
      [takenAt, send] = [30, 150];
      expect(markAt(30)).to.equal(before);
    });

    it('does not call taken what only moved to the peer’s kernel', () => {
      const before = markAt(20);
      [takenAt, unread] = [30, 100];
      expect(markAt(30)).to.equal(before);
    });
  });

  it('gives the queues of its socket as of a reading that decides', () => {
    const asked: unknown[] = [];
    const read = (...asks: unknown[]): QueueSnapshot => (asked.push(...asks), { takenAt: 0, of: () => holds(7) });
    const open = { _handle: { fd: 0 } } as unknown as Socket;
    expect(new SendProgress(open, read).queues(50)).to.deep.equal(holds(7));
    expect(asked).to.deep.equal([50, true]);
    expect(new SendProgress({} as unknown as Socket, read).queues(50), 'of one that is closed').to.equal(undefined);
  });

  it('finds in /proc what the kernel holds, and what a peer on this machine has not read', async () => {
    const served = await ServedConnection.open({}, { paused: true });
    void served.peer.send(manyFrames(1000, 1000)); // more than a paused socket reads ahead
    const inode = socketInode(descriptorOf(served.socket))!;
    await until(() => (recentKernelQueues(0, true).of(inode)?.peerUnread ?? 0) > 0);
    expect(recentKernelQueues(0, true).of(1)).to.equal(undefined);
  });
});
