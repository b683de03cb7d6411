import { expect } from 'chai';
import type { Client } from '../../../lib/server/admission/admission';
import type { PlaceMessage } from '../../../lib/server/admission/place-messages';
import { WorkerAdmission } from '../../../lib/server/admission/worker-admission';

/** A client, and what it was told. */
function client(answer: 'ready' | 'opening' = 'ready'): Client & { readonly told: unknown[] } {
  const told: unknown[] = [];
  return {
    place: undefined,
    told,
    accepted: (conn) => {
      told.push(`accepted ${conn}`);
      return answer;
    },
    serve: () => told.push('serve'),
    refused: (limit) => told.push(`refused ${limit}`),
  };
}

describe('WorkerAdmission', () => {
  it('takes a client through both kinds of places, and returns each when it is left', () => {
    const sent: PlaceMessage[] = [];
    const admission = new WorkerAdmission(2, (message) => sent.push(message));
    const [one, two, three] = [client(), client(), client()];
    for (const each of [one, two, three]) admission.enter(each);
    expect(three).to.deep.include({ told: ['refused 2'], place: undefined });
    expect(sent.splice(0)).to.deep.equal([
      { type: 'place', of: 'connections', notice: { type: 'want', waiting: 1, newest: 1, granted: 0 } },
      { type: 'place', of: 'connections', notice: { type: 'want', waiting: 2, newest: 2, granted: 0 } },
    ]);
    admission.apply('connections', { type: 'grant', count: 2 });
    expect([one.place, two.place]).to.deep.equal(['waiting', 'waiting']);
    admission.apply('serving', { type: 'grant', count: 1 });
    expect(one).to.deep.include({ told: ['accepted 1', 'serve'], place: 'serving' });
    expect(two).to.deep.include({ told: ['accepted 2'], place: 'waiting' });
    admission.served(one);
    expect(one.place).to.equal('lingering');
    expect(two).to.deep.include({ told: ['accepted 2', 'serve'], place: 'serving' });
    sent.length = 0;
    admission.apply('connections', { type: 'ask', serial: 1, spare: 2, owed: 0 });
    admission.leave(one);
    admission.leave(two);
    expect([one.place, two.place]).to.deep.equal([undefined, undefined]);
    expect(sent.filter(({ of }) => of === 'connections').map(({ notice }) => notice)).to.deep.equal([
      { type: 'giveBack', count: 0, answers: 1 },
      { type: 'giveBack', count: 1 },
      { type: 'giveBack', count: 1 },
    ]);
  });

  it('returns no place for a client that was refused', () => {
    const admission = new WorkerAdmission(1, () => undefined);
    const [waiting, refused] = [client(), client()];
    admission.enter(waiting);
    admission.enter(refused);
    admission.leave(refused);
    expect(refused.told).to.deep.equal(['refused 1']);
    expect(waiting).to.deep.include({ told: [], place: 'arriving' });
  });

  it('gives a client that is opening its turn only once it is ready', () => {
    const sent: PlaceMessage[] = [];
    const admission = new WorkerAdmission(2, (message) => sent.push(message));
    for (const of of ['connections', 'serving'] as const) admission.apply(of, { type: 'grant', count: 2 });
    const [one, two] = [client('opening'), client('opening')];
    for (const each of [one, two]) admission.enter(each);
    expect(one).to.deep.include({ told: ['accepted 1'], place: 'opening' });
    admission.ready(one);
    expect(one).to.deep.include({ told: ['accepted 1', 'serve'], place: 'serving' });
    admission.leave(two);
    expect(two).to.deep.include({ told: ['accepted 2'], place: undefined });
    expect(sent).to.deep.equal([]);
    admission.apply('connections', { type: 'ask', serial: 1, spare: 2, owed: 0 });
    expect(sent).to.deep.equal([
      { type: 'place', of: 'connections', notice: { type: 'giveBack', count: 1, answers: 1 } },
    ]);
  });

  it('gives no place to a client that left while it waited', () => {
    const sent: PlaceMessage[] = [];
    const admission = new WorkerAdmission(2, (message) => sent.push(message));
    const [arriving, waiting] = [client(), client()];
    admission.apply('connections', { type: 'grant', count: 1 });
    for (const each of [waiting, arriving]) admission.enter(each);
    sent.length = 0;
    admission.leave(arriving);
    admission.leave(waiting);
    admission.apply('serving', { type: 'grant', count: 1 });
    expect(sent.map(({ of, notice }) => [of, notice])).to.deep.equal([
      ['connections', { type: 'want', waiting: 0, newest: 2, granted: 1 }],
      ['serving', { type: 'want', waiting: 0, newest: 1, granted: 0 }],
    ]);
    expect([arriving.told, waiting.told]).to.deep.equal([[], ['accepted 1']]);
  });
});
