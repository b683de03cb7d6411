import { expect } from 'chai';
import fc from 'fast-check';
import { type Client, LimitedAdmission } from '../../../lib/server/admission/admission';

interface TestClient extends Client {
  conn: number | undefined;
  served: boolean;
  refusedAt: number | undefined;
}

function client(opens = false): TestClient {
  return {
    place: undefined,
    conn: undefined,
    served: false,
    refusedAt: undefined,
    accepted(conn) {
      this.conn = conn;
      return opens ? 'opening' : 'ready';
    },
    serve() {
      this.served = true;
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
    expect([silent, first, second].map(({ served }) => served)).to.deep.equal([false, false, true]);
    expect(last.refusedAt).to.equal(3);
    admission.ready(first);
    expect(first.served).to.equal(false);
    admission.leave(second);
    expect(first.served).to.equal(true);
    admission.leave(silent);
    admission.leave(first);
    const after = [client(), client()];
    for (const each of after) admission.enter(each);
    expect(after.map(({ served }) => served)).to.deep.equal([true, false]);
  });

  it('never passes its limits, serves first who came first, and leaves no place empty', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.oneof(fc.constant('enter' as const), fc.nat(20)), { maxLength: 60 }),
        (concurrency, maxConnections, steps) => {
          const admission = new LimitedAdmission({ concurrency, maxConnections });
          const inside: TestClient[] = [];
          let accepted = 0;
          for (const step of steps) {
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
            } else if (inside.length > 0) {
              const [gone] = inside.splice(step % inside.length, 1);
              admission.leave(gone!);
              admission.leave(gone!); // a second time changes nothing
            }
            const serving = inside.filter(({ served }) => served);
            expect(serving.length).to.equal(Math.min(inside.length, concurrency));
            expect(inside.slice(0, serving.length)).to.deep.equal(serving);
          }
        },
      ),
    );
  });
});
