import { expect } from 'chai';
import { mock } from 'node:test';
import { RecordProgress } from '../../../lib/server/guard/record-progress';

describe('RecordProgress', () => {
  let now: number;
  let transport: { bytesRead: number };
  let stream: { bytesRead: number };
  let progress: RecordProgress;

  /** What a sample at this time says, after so many bytes came on the wire and so many were decrypted. */
  const sampleAt = (time: number, came: number, decrypted = 0): ReturnType<RecordProgress['sample']> => {
    now = time;
    transport.bytesRead += came;
    stream.bytesRead += decrypted;
    return progress.sample();
  };

  beforeEach(() => {
    mock.method(performance, 'now', () => now);
    now = 5;
    [transport, stream] = [{ bytesRead: 1000 }, { bytesRead: 100 }]; // as a handshake leaves them
    progress = new RecordProgress(transport, stream);
  });

  afterEach(() => mock.restoreAll());

  it('counts from when it was made until something comes', () => {
    expect(sampleAt(6, 0)).to.deep.equal({ receivedAt: 5, startedAt: undefined });
  });

  it('sees the bytes of a record that is not whole, and since when there is one', () => {
    expect(sampleAt(6, 10)).to.deep.equal({ receivedAt: 6, startedAt: 6 });
    expect(sampleAt(7, 10)).to.deep.equal({ receivedAt: 7, startedAt: 6 });
    expect(sampleAt(8, 0)).to.deep.equal({ receivedAt: 7, startedAt: 6 });
  });

  it('times the next record anew once one was decrypted', () => {
    sampleAt(6, 10);
    expect(sampleAt(7, 10, 15)).to.deep.equal({ receivedAt: 7, startedAt: undefined });
    expect(sampleAt(8, 0)).to.deep.equal({ receivedAt: 7, startedAt: undefined });
    expect(sampleAt(9, 10)).to.deep.equal({ receivedAt: 9, startedAt: 9 });
  });
});
