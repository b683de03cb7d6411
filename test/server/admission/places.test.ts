import { expect } from 'chai';
import fc from 'fast-check';
import type { AdmissionLimits, Client } from '../../../lib/server/admission/admission';
import type { FromWorker } from '../../../lib/server/workers/messages';
import type { PlaceOrder, Resource } from '../../../lib/server/admission/place-messages';
import { SharedPlaces } from '../../../lib/server/admission/shared-places';
import { WorkerAdmission } from '../../../lib/server/admission/worker-admission';

type ClientState = 'arriving' | 'waiting' | 'serving' | 'lingering' | 'refused' | 'gone';

class FakeClient implements Client {
  place: Client['place'];
  state: ClientState = 'arriving';
  constructor(readonly worker: FakeWorker) {}
  accepted(): 'ready' {
    expect(this.state).to.equal('arriving');
    this.state = 'waiting';
    return 'ready';
  }
  serve(): void {
    expect(this.state).to.equal('waiting');
    this.state = 'serving';
  }
  refused(): void {
    expect(this.state).to.equal('arriving');
    this.state = 'refused';
  }
  get isOpen(): boolean {
    return this.state !== 'refused' && this.state !== 'gone';
  }
}

const resources: readonly Resource[] = ['connections', 'serving'];
type Places = Readonly<Record<Resource, SharedPlaces>>;

/** A worker, the process that forked it, and what is on its way between them: as in the service, without processes. */
class FakeWorker {
  readonly admission: WorkerAdmission;
  isHung = false;
  private readonly up: Extract<FromWorker, { type: 'place' }>[] = [];
  private readonly down: { of: Resource; order: PlaceOrder }[] = [];

  constructor(
    private readonly places: Places,
    { maxConnections }: AdmissionLimits,
  ) {
    this.admission = new WorkerAdmission(maxConnections, (message) => this.up.push(message));
    for (const of of resources) places[of].add(this, (order) => this.down.push({ of, order }));
  }

  /** Brings one message to its end of the channel; false where there is none. */
  deliver(): boolean {
    const message = this.up.shift();
    if (message !== undefined) {
      this.places[message.of].handle(this, message.notice);
      return true;
    }
    const order = this.isHung ? undefined : this.down.shift();
    if (order === undefined) return false;
    this.admission.apply(order.of, order.order);
    return true;
  }

  /** As {@link deliver}, the other way round first. */
  deliverDown(): void {
    const order = this.isHung ? undefined : this.down.shift();
    if (order !== undefined) this.admission.apply(order.of, order.order);
  }

  die(): void {
    for (const of of resources) this.places[of].remove(this);
  }
}

class Service {
  private readonly places: Places;
  readonly workers: FakeWorker[];
  clients: FakeClient[] = [];

  constructor(
    readonly limits: AdmissionLimits,
    count: number,
  ) {
    this.places = {
      connections: new SharedPlaces(limits.maxConnections, count, 'refuse'),
      serving: new SharedPlaces(limits.concurrency, count, 'wait'),
    };
    this.workers = Array.from({ length: count }, () => new FakeWorker(this.places, limits));
  }

  count(...states: ClientState[]): number {
    return this.clients.filter(({ state }) => states.includes(state)).length;
  }

  enter(index: number): FakeClient | undefined {
    const worker = this.workers[index % this.workers.length]!;
    if (worker.isHung) return undefined;
    const client = new FakeClient(worker);
    this.clients.push(client);
    worker.admission.enter(client);
    return client;
  }

  /** A client needs no more service, but stays connected. */
  served(index: number): void {
    const serving = this.clients.filter(({ state, worker }) => state === 'serving' && !worker.isHung);
    const client = serving[index % serving.length];
    if (client === undefined) return;
    client.state = 'lingering';
    client.worker.admission.served(client);
  }

  leave(index: number, states: readonly ClientState[] = ['arriving', 'waiting', 'serving', 'lingering']): void {
    const open = this.clients.filter(({ state, worker }) => states.includes(state) && !worker.isHung);
    const client = open[index % open.length];
    if (client === undefined) return;
    client.state = 'gone';
    client.worker.admission.leave(client);
  }

  /** A worker dies, with its clients; another takes its place. */
  replace(index: number): void {
    const at = index % this.workers.length;
    const [dead] = this.workers.splice(at, 1);
    for (const client of this.clients) if (client.worker === dead && client.isOpen) client.state = 'gone';
    dead!.die();
    this.workers.push(new FakeWorker(this.places, this.limits));
  }

  hang(index: number): void {
    this.workers[index % this.workers.length]!.isHung = true;
  }

  /** Delivers all messages, and those that follow from them; tells in how many rounds. */
  settle(): number {
    let rounds = 0;
    while (this.workers.map((worker) => worker.deliver()).includes(true)) {
      rounds += 1;
      if (rounds > 10_000) throw new Error('messages beget messages for ever');
    }
    return rounds;
  }

  replaceHung(): void {
    while (this.workers.some(({ isHung }) => isHung)) this.replace(this.workers.findIndex(({ isHung }) => isHung));
  }

  expectLimits(): void {
    expect(this.count('serving')).to.be.at.most(this.limits.concurrency);
    expect(this.count('serving', 'waiting', 'lingering')).to.be.at.most(this.limits.maxConnections);
  }
}

const limits = fc.record({
  concurrency: fc.integer({ min: 1, max: 7 }),
  maxConnections: fc.integer({ min: 1, max: 10 }),
});
const workers = fc.integer({ min: 1, max: 4 });
type Deed = 'enter' | 'served' | 'leave' | 'deliver' | 'deliverDown' | 'replace' | 'hang';
const deed = (does: Deed): fc.Arbitrary<{ does: Deed; index: number }> =>
  fc.record({ does: fc.constant(does), index: fc.nat({ max: 20 }) });
const deeds = fc.oneof(
  { weight: 8, arbitrary: deed('enter') },
  { weight: 2, arbitrary: deed('served') },
  { weight: 4, arbitrary: deed('leave') },
  { weight: 10, arbitrary: deed('deliver') },
  { weight: 4, arbitrary: deed('deliverDown') },
  { weight: 1, arbitrary: deed('replace') },
  { weight: 1, arbitrary: deed('hang') },
);
const enough = { numRuns: 3_000 };

function run(service: Service, { does, index }: { does: Deed; index: number }): void {
  if (does === 'deliver' || does === 'deliverDown') service.workers[index % service.workers.length]![does]();
  else service[does](index);
}

describe('Places shared by workers', () => {
  it('keep both limits for all workers together, whatever is on its way, dies or hangs', () => {
    fc.assert(
      fc.property(limits, workers, fc.array(deeds, { maxLength: 100 }), (most, count, course) => {
        const service = new Service(most, count);
        for (const each of course) {
          run(service, each);
          service.expectLimits();
        }
      }),
      enough,
    );
  });

  it('are not left empty while a client lacks one, and every client is answered, once hung workers are replaced', () => {
    fc.assert(
      fc.property(limits, workers, fc.array(deeds, { maxLength: 100 }), (most, count, course) => {
        const service = new Service(most, count);
        for (const each of course) run(service, each);
        service.settle();
        service.replaceHung();
        service.settle();
        service.expectLimits();
        expect(service.count('arriving'), 'unanswered').to.equal(0);
        const all = Math.min(most.concurrency, most.maxConnections - service.count('lingering'));
        if (service.count('waiting') > 0) expect(service.count('serving')).to.equal(all);
      }),
      enough,
    );
  });

  it('serve every client in the end, whichever worker it came to', () => {
    const arrivals = fc.array(fc.nat({ max: 20 }), { maxLength: 30 });
    fc.assert(
      fc.property(limits, workers, arrivals, fc.array(fc.nat({ max: 20 })), (most, count, course, leaving) => {
        const service = new Service({ ...most, maxConnections: 100 }, count);
        for (const index of course) service.enter(index);
        service.settle();
        for (let served = 0; served < course.length; served++) {
          expect(service.count('serving')).to.be.greaterThan(0);
          service.leave(leaving[served] ?? 0, ['serving']);
          service.settle();
        }
        expect(service.count('gone')).to.equal(course.length);
      }),
      enough,
    );
  });

  it('let no worker starve another: each of two that always have clients is served in turn', () => {
    const service = new Service({ concurrency: 1, maxConnections: 100 }, 2);
    const [first, second] = service.workers;
    for (let i = 0; i < 10; i++) service.enter(0);
    service.settle();
    service.enter(1);
    service.settle();
    for (let i = 0; i < 2; i++) {
      service.leave(0, ['serving']);
      service.settle();
    }
    const served = service.clients.filter(({ state, worker }) => worker === second && state !== 'waiting');
    expect(served, 'of the second worker').to.have.length(1);
    expect(
      service.clients.filter(({ state, worker }) => worker === first && state === 'waiting').length,
    ).to.be.at.least(8);
  });

  it('refuse nobody for a place that another worker does not use', () => {
    const calm = fc.oneof(
      { weight: 4, arbitrary: deed('enter') },
      { weight: 1, arbitrary: deed('served') },
      { weight: 1, arbitrary: deed('leave') },
    );
    fc.assert(
      fc.property(limits, workers, fc.array(calm, { maxLength: 60 }), (most, count, course) => {
        const service = new Service(most, count);
        for (const each of course) {
          const open = service.count('serving', 'waiting', 'lingering');
          const serving = service.count('serving');
          run(service, each);
          service.settle();
          const last = service.clients.at(-1);
          if (each.does !== 'enter' || last === undefined) continue;
          const expected =
            open >= most.maxConnections ? 'refused' : serving >= most.concurrency ? 'waiting' : 'serving';
          expect(last.state).to.equal(expected);
        }
      }),
      enough,
    );
  });

  it('go to clients of the others although one worker does not answer', () => {
    const service = new Service({ concurrency: 6, maxConnections: 100 }, 3);
    service.settle();
    service.hang(2);
    for (let i = 0; i < 4; i++) service.enter(0);
    service.settle();
    expect(service.count('serving'), 'its own two, and the two of the other that answers').to.equal(4);
    service.enter(1);
    service.settle();
    expect(service.count('waiting')).to.equal(1);
    service.replaceHung();
    service.settle();
    expect(service.count('serving')).to.equal(5);
  });

  it('are filled without a message as long as a worker has some of its share', () => {
    const service = new Service({ concurrency: 8, maxConnections: 8 }, 2);
    service.settle();
    for (let i = 0; i < 4; i++) expect(service.enter(0)?.state).to.equal('serving');
    expect(service.workers[0]!.deliver(), 'a message').to.equal(false);
    expect(service.enter(0)?.state).to.equal('arriving');
  });

  it('are lent several at a time, so that not each client beyond the share of its worker costs messages', () => {
    const service = new Service({ concurrency: 256, maxConnections: 256 }, 2);
    service.settle();
    let rounds = 0;
    for (let i = 0; i < 256; i++) {
      service.enter(0);
      rounds += service.settle();
    }
    expect(service.count('serving')).to.equal(256);
    expect(rounds).to.be.lessThan(160);
  });
});
