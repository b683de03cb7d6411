import { expect } from 'chai';
import fc from 'fast-check';
import { type Client, LimitedAdmission } from '../../../lib/server/admission/admission';

interface TestClient extends Client {
  conn: number | undefined;
  state: 'waiting' | 'serving' | 'lingering';
  refusedAt: number | undefined;
}

function client(opens = false): TestClient {
  return {
    place: undefined,
    conn: undefined,
    state: 'waiting',
    refusedAt: undefined,
    accepted(conn) {
      this.conn = conn;
      return opens ? 'opening' : 'ready';
    },
    serve() {
      this.state = 'serving';
    },
    refused(limit) {
      this.refusedAt = limit;
    },
  };
}

describe('LimitedAdmission', () => {
  it('gives no place to a client that is still opening, and counts it as a connection', () => {
    const admission = new LimitedAdmission({ concurrency: 1, maxConnections: 3 });
    const [silent, first, second, last] = [client(true), client(true), client(), client()];
    for (const each of [silent, first, second, last]) admission.enter(each);
    expect([silent, first, second].map(({ place }) => place)).to.deep.equal(['opening', 'opening', 'serving']);
    expect(last.refusedAt).to.equal(3);
    admission.ready(first);
    expect(first.place).to.equal('waiting');
    admission.leave(second);
    expect(first.place).to.equal('serving');
    admission.leave(silent);
    admission.leave(first);
    const after = [client(), client()];
    for (const each of after) admission.enter(each);
    expect(after.map(({ place }) => place)).to.deep.equal(['serving', 'waiting']);
  });

  it('never passes its limits, serves first who came first, and leaves no place empty', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.tuple(fc.constantFrom('enter', 'enter', 'enter', 'served', 'leave'), fc.nat(20)), {
          maxLength: 60,
        }),
        (concurrency, maxConnections, steps) => {
          const admission = new LimitedAdmission({ concurrency, maxConnections });
          const inside: TestClient[] = [];
          let accepted = 0;
          for (const [step, index] of steps) {
            const one = inside[index % inside.length];
            if (step === 'enter') {
              const next = client();
              const isFull = inside.length === maxConnections;
              admission.enter(next);
              expect(next.refusedAt).to.equal(isFull ? maxConnections : undefined);
              if (isFull)
                admission.leave(next); // as a refused connection does when it closes
              else {
                expect(next.conn).to.equal(++accepted);
                inside.push(next);
              }
            } else if (one === undefined) {
              continue;
            } else if (step === 'served') {
              if (one.state === 'serving') one.state = 'lingering';
              admission.served(one);
              admission.served(one); // a second time changes nothing
              expect(one.place).to.equal(one.state);
            } else {
              inside.splice(inside.indexOf(one), 1);
              admission.leave(one);
              admission.leave(one); // a second time changes nothing
            }
            const asking = inside.filter(({ state }) => state !== 'lingering');
            const serving = asking.filter(({ state }) => state === 'serving');
            expect(serving.length).to.equal(Math.min(asking.length, concurrency));
            expect(asking.slice(0, serving.length)).to.deep.equal(serving);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
