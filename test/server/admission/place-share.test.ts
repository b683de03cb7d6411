import { expect } from 'chai';
import type { PlaceNotice } from '../../../lib/server/admission/place-messages';
import { PlaceShare } from '../../../lib/server/admission/place-share';

describe('PlaceShare', () => {
  let notices: PlaceNotice[];
  let given: string[];
  let refused: string[];
  let share: PlaceShare<string>;

  /** The notices since the last call. */
  const sent = (): PlaceNotice[] => notices.splice(0);
  const grant = (count: number): void => share.apply({ type: 'grant', count });
  const ask = (serial: number, spare: number, owed = 0): void => share.apply({ type: 'ask', serial, spare, owed });

  beforeEach(() => {
    notices = [];
    given = [];
    refused = [];
    share = new PlaceShare(
      (notice) => notices.push(notice),
      (client) => given.push(client),
      (client) => refused.push(client),
    );
  });

  it('gives an idle place at once, without a notice', () => {
    grant(2);
    share.claim('a');
    expect(given).to.deep.equal(['a']);
    expect(sent()).to.deep.equal([]);
  });

  it('reports who waits, the number of the last, and how many places had come by then', () => {
    grant(1);
    for (const client of ['a', 'b', 'c']) share.claim(client);
    expect(sent()).to.deep.equal([
      { type: 'want', waiting: 1, newest: 2, granted: 1 },
      { type: 'want', waiting: 2, newest: 3, granted: 1 },
    ]);
    expect(share.queued).to.equal(2);
  });

  it('gives places in order, and does not report clients for whom the supervisor sent some', () => {
    for (const client of ['a', 'b', 'c']) share.claim(client);
    sent();
    grant(2);
    expect(given).to.deep.equal(['a', 'b']);
    expect(sent()).to.deep.equal([]);
    grant(1);
    expect(given).to.deep.equal(['a', 'b', 'c']);
    expect(sent()).to.deep.equal([]);
  });

  it('reports a client that waits no longer, and reuses a place that a client left', () => {
    grant(1);
    for (const client of ['a', 'b', 'c']) share.claim(client);
    sent();
    share.withdraw('b');
    expect(sent()).to.deep.equal([{ type: 'want', waiting: 1, newest: 3, granted: 1 }]);
    share.release();
    expect(given).to.deep.equal(['a', 'c']);
    expect(sent()).to.deep.equal([{ type: 'want', waiting: 0, newest: 3, granted: 1 }]);
  });

  it('keeps an idle place that nobody has asked for', () => {
    grant(1);
    share.claim('a');
    share.release();
    share.claim('b');
    expect(given).to.deep.equal(['a', 'b']);
    expect(sent()).to.deep.equal([]);
  });

  for (const [idle, spare, returned] of [
    [8, 2, 4],
    [8, 6, 6],
    [3, 5, 3],
    [3, 1, 1],
    [5, 1, 2],
    [0, 2, 0],
  ] as const) {
    it(`asked for ${spare} of ${idle} idle places, returns ${returned}, as its answer`, () => {
      if (idle > 0) grant(idle);
      ask(7, spare);
      expect(sent()).to.deep.equal([{ type: 'giveBack', count: returned, answers: 7 }]);
      for (let i = 0; i <= idle; i++) share.claim(`client ${i}`);
      expect(given).to.have.length(idle - returned);
    });
  }

  it('returns later what it could not at once, as its clients leave, unless others of its own wait', () => {
    grant(3);
    for (const client of ['a', 'b', 'c']) share.claim(client);
    ask(1, 2);
    sent();
    share.claim('d');
    sent();
    share.release(); // for d
    expect(sent()).to.deep.equal([{ type: 'want', waiting: 0, newest: 4, granted: 3 }]);
    share.release();
    share.release();
    expect(sent()).to.deep.equal([
      { type: 'giveBack', count: 1 },
      { type: 'giveBack', count: 1 },
    ]);
    share.release(); // enough were returned
    expect(sent()).to.deep.equal([]);
  });

  it('returns what it owes, although its own clients wait', () => {
    grant(2);
    for (const client of ['a', 'b', 'c']) share.claim(client);
    ask(1, 0, 1);
    sent();
    share.release();
    expect(sent()).to.deep.equal([{ type: 'giveBack', count: 1 }]);
    expect(given).to.deep.equal(['a', 'b']);
    share.release();
    expect(given).to.deep.equal(['a', 'b', 'c']);
  });

  it('refuses who waits up to a number, in order, and nobody after it', () => {
    for (const client of ['a', 'b', 'c']) share.claim(client);
    sent();
    share.apply({ type: 'refuse', through: 2 });
    expect(refused).to.deep.equal(['a', 'b']);
    expect(sent()).to.deep.equal([{ type: 'want', waiting: 1, newest: 3, granted: 0 }]);
    grant(1);
    expect(given).to.deep.equal(['c']);
  });
});
