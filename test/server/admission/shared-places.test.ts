import { expect } from 'chai';
import type { PlaceOrder } from '../../../lib/server/admission/place-messages';
import { SharedPlaces } from '../../../lib/server/admission/shared-places';

/** A worker: the orders that it was sent, and what it answers. */
class Worker {
  private readonly orders: PlaceOrder[] = [];
  granted = 0;

  constructor(readonly places: SharedPlaces) {
    places.add(this, (order) => {
      this.orders.push(order);
      if (order.type === 'grant') this.granted += order.count;
    });
  }

  /** The orders since the last call. */
  sent(): PlaceOrder[] {
    return this.orders.splice(0);
  }

  /** `waiting` clients wait, the last with the number `newest`. */
  want(waiting: number, newest: number, granted = this.granted): void {
    this.places.handle(this, { type: 'want', waiting, newest, granted });
  }

  giveBack(count: number, answers?: number): void {
    this.places.handle(this, { type: 'giveBack', count, ...(answers !== undefined && { answers }) });
  }

  die(): void {
    this.places.remove(this);
  }
}

const grant = (count: number): PlaceOrder => ({ type: 'grant', count });
const ask = (serial: number, spare: number, owed = 0): PlaceOrder => ({ type: 'ask', serial, spare, owed });
const refuse = (through: number): PlaceOrder => ({ type: 'refuse', through });

function workers(count: number, limit: number, onFull: 'wait' | 'refuse'): Worker[] {
  const places = new SharedPlaces(limit, count, onFull);
  return Array.from({ length: count }, () => new Worker(places));
}

/** Those, with their first shares granted and seen. */
function started(count: number, limit: number, onFull: 'wait' | 'refuse'): [Worker, Worker, Worker] {
  const all = workers(count, limit, onFull);
  for (const worker of all) worker.sent();
  return all as [Worker, Worker, Worker];
}

describe('SharedPlaces', () => {
  it('start as equal shares, rounded down', () => {
    expect(workers(3, 8, 'wait').map((worker) => worker.sent())).to.deep.equal([[grant(2)], [grant(2)], [grant(2)]]);
    expect(workers(3, 2, 'wait').map((worker) => worker.sent())).to.deep.equal([[], [], []]);
  });

  it('go first to who lacks some, as far as they are free, and half of the rest in advance', () => {
    const [one, two] = started(3, 30, 'wait');
    two.die();
    one.want(2, 2);
    expect(one.sent()).to.deep.equal([grant(2), grant(4)]);
  });

  it('are divided among those who lack some, the one with the fewest first', () => {
    const [one, two, three] = started(3, 9, 'wait');
    one.want(5, 5);
    two.want(2, 2);
    for (const worker of [one, two]) worker.sent();
    three.die(); // three places
    expect(two.sent(), 'who got a place longest ago').to.deep.equal([grant(1)]);
    expect(one.sent()).to.deep.equal([grant(2)]);
  });

  it('go to the one with the fewest first, whoever got some longest ago', () => {
    const places = new SharedPlaces(12, 4, 'wait');
    const [one, two, three, four] = Array.from({ length: 4 }, () => new Worker(places)) as [
      Worker,
      Worker,
      Worker,
      Worker,
    ];
    two.giveBack(2);
    three.want(2, 2); // gets the two
    one.want(2, 2);
    two.want(2, 2);
    for (const worker of [one, two]) worker.sent();
    four.die(); // three places
    expect(two.sent(), 'with 1').to.deep.equal([grant(2)]);
    expect(one.sent(), 'with 3').to.deep.equal([grant(1)]);
  });

  it('are not granted again to clients for whom some are on their way', () => {
    const [one, two] = started(2, 4, 'wait');
    two.die();
    one.want(1, 1);
    expect(one.sent()).to.deep.equal([grant(1), grant(1)]);
    one.want(2, 2, 2); // sent before those two came
    expect(one.sent()).to.deep.equal([]);
  });

  it('are asked of each other worker that has some: as many as lack, less those that it lacks itself', () => {
    const [one, two, three] = started(3, 6, 'wait');
    two.want(1, 1);
    for (const worker of [one, two, three]) worker.sent();
    one.want(3, 3);
    expect(one.sent()).to.deep.equal([ask(2, 1)]);
    expect(two.sent()).to.deep.equal([ask(2, 3)]);
    expect(three.sent()).to.deep.equal([ask(2, 4)]);
  });

  it('are not asked of a worker that has none', () => {
    const [one, two] = started(2, 2, 'wait');
    two.giveBack(1);
    one.want(2, 2);
    expect(one.sent()).to.deep.equal([grant(1)]);
    expect(two.sent()).to.deep.equal([]);
  });

  it('are asked for again only for a client that is new, or when some come back unasked but too few', () => {
    const [one, two] = started(2, 4, 'wait');
    one.want(3, 3);
    expect(two.sent()).to.deep.equal([ask(1, 3)]);
    one.want(2, 3);
    expect(two.sent(), 'one has left').to.deep.equal([]);
    two.giveBack(0, 1);
    expect(two.sent(), 'it has none to spare').to.deep.equal([]);
    two.giveBack(1);
    expect(one.sent()).to.deep.equal([grant(1)]);
    expect(two.sent(), 'as one is still lacking').to.deep.equal([ask(2, 1)]);
    one.want(2, 4);
    expect(two.sent()).to.deep.equal([ask(3, 2)]);
  });

  it('are owed to a worker with less than its equal share by those with more, by the one with the most first', () => {
    const [one, two, three] = started(3, 9, 'wait');
    two.giveBack(3);
    one.want(2, 2);
    expect(one.sent()).to.deep.equal([grant(2), grant(1)]);
    expect(two.sent()).to.deep.equal([]);
    two.want(4, 4);
    expect(two.sent(), 'to itself').to.deep.equal([]);
    expect(one.sent(), 'with 6 of 3').to.deep.equal([ask(1, 4, 3)]);
    expect(three.sent(), 'with 3 of 3').to.deep.equal([ask(1, 4)]);
    one.giveBack(1);
    expect(two.sent()).to.deep.equal([grant(1)]);
    expect(one.sent(), 'less what it gave back').to.deep.equal([ask(2, 3, 2)]);
    two.want(4, 5);
    expect(one.sent(), 'no more than it owes already').to.deep.equal([ask(3, 4, 2)]);
  });

  it('are owed once to a client, however often they are asked for', () => {
    const [one, two, three] = started(3, 9, 'wait');
    for (const worker of [two, three]) worker.giveBack(3);
    one.want(4, 4); // now it has 8
    one.sent();
    two.want(2, 2);
    expect(two.sent()).to.deep.equal([grant(1)]);
    expect(one.sent()).to.deep.equal([ask(1, 1, 1)]);
    two.want(1, 3);
    expect(one.sent()).to.deep.equal([ask(2, 1, 1)]);
  });

  it('are owed to a worker that has none, although its equal share is none', () => {
    const [one, two] = started(2, 1, 'wait');
    one.want(1, 1);
    expect(one.sent()).to.deep.equal([grant(1)]);
    two.want(3, 3);
    expect(one.sent()).to.deep.equal([ask(1, 3, 1)]);
  });

  it('are not owed to a worker that has its equal share', () => {
    const [one, two, three] = started(3, 9, 'wait');
    two.giveBack(3);
    one.want(3, 3);
    one.sent();
    three.want(2, 2);
    expect(one.sent(), 'with 6 of 3').to.deep.equal([ask(1, 2)]);
  });

  it('come back with a worker that is gone, and go to those who lack some', () => {
    const [one, two] = started(2, 4, 'wait');
    one.want(2, 2);
    one.sent();
    two.giveBack(1);
    expect(one.sent()).to.deep.equal([grant(1)]);
    two.die();
    two.die();
    expect(one.sent()).to.deep.equal([grant(1)]);
    one.want(1, 3);
    expect(one.sent(), 'there are four in all').to.deep.equal([]);
    two.giveBack(1);
    expect(one.sent(), 'nothing counts of one that is gone').to.deep.equal([]);
  });

  it('above the equal share are asked back for a worker that is new', () => {
    const [one, two] = started(2, 8, 'wait');
    two.die();
    one.want(3, 3);
    expect(one.sent()).to.deep.equal([grant(3), grant(1)]);
    const next = new Worker(one.places);
    expect(next.sent()).to.deep.equal([]);
    expect(one.sent()).to.deep.equal([ask(1, 4)]);
    one.giveBack(2, 1);
    next.want(3, 3);
    expect(next.sent()).to.deep.equal([grant(2)]);
    expect(one.sent(), 'and then what is lacking').to.deep.equal([ask(2, 1, 1)]);
  });

  it('are owed by the one with the most first, and asked back only of those above their equal share', () => {
    const places = new SharedPlaces(12, 4, 'wait');
    const [one, two, three, four] = Array.from({ length: 4 }, () => new Worker(places)) as [
      Worker,
      Worker,
      Worker,
      Worker,
    ];
    three.die();
    four.die();
    one.want(2, 2); // now it has 7
    two.want(1, 1); // now it has 5
    one.giveBack(3);
    const full = new Worker(places);
    expect(full.sent()).to.deep.equal([grant(3)]);
    for (const worker of [one, two]) worker.sent();
    const poor = new Worker(places);
    expect([one, two, full, poor].map((worker) => worker.sent())).to.deep.equal([[ask(1, 1)], [ask(1, 2)], [], []]);
    poor.want(1, 1);
    expect([one, two, full].map((worker) => worker.sent())).to.deep.equal([[ask(2, 1)], [ask(2, 1, 1)], [ask(2, 1)]]);
    poor.want(4, 4);
    expect(two.sent()).to.deep.equal([ask(3, 4, 2)]);
    two.giveBack(1, 3);
    new Worker(places);
    expect(two.sent(), 'as much as it was asked for before, less what it gave back').to.deep.equal([ask(4, 3, 1)]);
  });

  it('are not asked back where a new worker gets its equal share at once', () => {
    const [one, two] = started(2, 8, 'wait');
    two.die();
    expect(new Worker(one.places).sent()).to.deep.equal([grant(4)]);
    expect(one.sent()).to.deep.equal([]);
  });

  it('are asked back of one with more than its equal share, although its own clients wait', () => {
    const places = new SharedPlaces(3, 2, 'wait');
    const one = new Worker(places);
    one.sent();
    one.want(5, 5);
    expect(one.sent()).to.deep.equal([grant(2)]);
    expect(new Worker(places).sent()).to.deep.equal([]);
    expect(one.sent()).to.deep.equal([ask(2, 2)]);
  });

  describe('that run out', () => {
    it('refuse a client when every worker that may have one has answered', () => {
      const [one, two, three] = started(3, 3, 'refuse');
      one.want(1, 1);
      expect(one.sent()).to.deep.equal([]);
      expect([two.sent(), three.sent()]).to.deep.equal([[ask(1, 1)], [ask(1, 1)]]);
      two.giveBack(0, 1);
      expect(one.sent()).to.deep.equal([]);
      three.giveBack(0, 1);
      expect(one.sent()).to.deep.equal([refuse(1)]);
      three.giveBack(1);
      expect(one.sent(), 'as nobody waits any more').to.deep.equal([]);
    });

    it('refuse nobody where an answer brings one', () => {
      const [one, two] = started(2, 2, 'refuse');
      one.want(1, 1);
      two.giveBack(1, 1);
      expect(one.sent()).to.deep.equal([grant(1)]);
    });

    it('refuse only those that came before the question', () => {
      const [one, two] = started(2, 2, 'refuse');
      one.want(1, 1);
      one.want(2, 2);
      expect(two.sent()).to.deep.equal([ask(1, 1), ask(2, 2)]);
      two.giveBack(0, 1);
      expect(one.sent()).to.deep.equal([refuse(1)]);
      one.want(1, 2);
      two.giveBack(0, 2);
      expect(one.sent()).to.deep.equal([refuse(2)]);
    });

    it('refuse in one order all that one answer decides', () => {
      const [one, two] = started(2, 2, 'refuse');
      one.want(1, 1);
      one.want(2, 2);
      two.giveBack(0, 2);
      expect(one.sent()).to.deep.equal([refuse(2)]);
    });

    it('refuse when the worker that had not answered is gone, if its places do not suffice', () => {
      const [one, two] = started(2, 2, 'refuse');
      one.want(2, 2);
      one.sent();
      two.die();
      expect(one.sent()).to.deep.equal([grant(1), refuse(2)]);
    });

    it('send no order to a worker whose clients have left meanwhile', () => {
      const [one, two] = started(2, 2, 'refuse');
      one.want(1, 1);
      one.want(0, 1);
      two.giveBack(0, 1);
      expect(one.sent()).to.deep.equal([]);
    });
  });
});
