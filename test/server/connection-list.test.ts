import { expect } from 'chai';
import fc from 'fast-check';
import { ConnectionList, type Listed } from '../../lib/server/connection-list';

describe('ConnectionList', () => {
  it('holds who was added and not deleted, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant('add' as const), fc.nat(20)), { maxLength: 60 }), (steps) => {
        const list = new ConnectionList();
        const expected: Listed[] = [];
        for (const step of steps) {
          if (step === 'add') {
            const member = { slot: -1 };
            list.add(member);
            expected.push(member);
          } else if (expected.length > 0) {
            const [gone] = expected.splice(step % expected.length, 1);
            list.delete(gone!);
          }
          expect(list.size).to.equal(expected.length);
          expect([...list]).to.have.members(expected);
        }
      }),
    );
  });

  it('removes nobody in the place of one who has left already', () => {
    const list = new ConnectionList();
    const [first, second, third] = [{ slot: -1 }, { slot: -1 }, { slot: -1 }];
    for (const member of [first, second, third]) list.add(member);
    list.delete(first);
    list.delete(first);
    expect([...list]).to.have.members([second, third]);
    const stranger = { slot: 0 };
    list.delete(stranger);
    expect([...list]).to.have.members([second, third]);
  });
});
