import { expect } from 'chai';
import { timeoutInsideFrame, allowsSlowFrames, tricklePace } from '../../lib/check/pacing';

const SECONDS = [1, 1.5, 2, 5, 9, 30, 60, 300, 3600];
const pairs = SECONDS.flatMap((frame) => [undefined, ...SECONDS].map((idle) => ({ idle, frame })));

describe('the pace of a trickle', () => {
  for (const room of [35, 1027, 16387])
    it(`is silent for no idle timeout, and sends no whole frame of ${room} bytes, whatever is promised`, () => {
      for (const { idle, frame } of pairs) {
        const seconds = frame * 2 + 5;
        const pace = tricklePace({ idle, frame }, room, seconds);
        if (pace === undefined) continue;
        expect(pace, `idle ${idle}`).to.be.at.most((idle ?? 1) / 2);
        expect(seconds / pace, `frame ${frame}`).to.be.at.most(room + 1e-6);
        expect(pace, 'some bytes within the frame timeout').to.be.at.most(frame / 2);
      }
    });

  it('is there for the promises that servers make', () => {
    for (const { idle, frame } of pairs)
      if (frame <= 60) expect(tricklePace({ idle, frame }, 1027, frame * 2 + 5), `${idle} ${frame}`).to.be.a('number');
    expect(tricklePace({ idle: 1, frame: 3600 }, 35, 7205)).to.equal(undefined);
  });
});

describe('tricklePace', () => {
  it('sends eight bytes per frame timeout, more for a short idle timeout, fewer for a small payload', () => {
    expect(tricklePace({ idle: 100, frame: 8 }, 1000, 20)).to.equal(1);
    expect(tricklePace({ idle: 2, frame: 8 }, 1000, 20)).to.equal(0.5);
    expect(tricklePace({ frame: 80 }, 1000, 20)).to.equal(0.25);
    expect(tricklePace({ idle: 2, frame: 8 }, 25, 20)).to.equal(0.8);
    expect(tricklePace({ idle: 2, frame: 8 }, 20, 20)).to.equal(1);
    expect(tricklePace({ idle: 2, frame: 8 }, 19, 20)).to.equal(undefined);
  });
});

describe('other promises', () => {
  it('that leave a client no time to be slow are no failure of the server', () => {
    expect(allowsSlowFrames({ idle: 1, frame: 2 })).to.equal(true);
    expect(allowsSlowFrames({ idle: 1 })).to.equal(true);
    expect(allowsSlowFrames({ idle: 2, frame: 3 })).to.equal(false);
  });

  it('end a client that is silent inside a frame by whichever comes first', () => {
    expect(timeoutInsideFrame({ idle: 9, frame: 1 })).to.equal(1);
    expect(timeoutInsideFrame({ idle: 1, frame: 9 })).to.equal(1);
    expect(timeoutInsideFrame({ idle: 3 })).to.equal(3);
    expect(timeoutInsideFrame({ frame: 3 })).to.equal(3);
    expect(timeoutInsideFrame({})).to.equal(Infinity);
  });
});
