import { expect } from 'chai';
import fc from 'fast-check';
import type { AdmissionLimits, Client } from '../../lib/server/admission';
import { type PlaceKeeper, SharedAdmission } from '../../lib/server/shared-admission';
import { WorkerAdmission } from '../../lib/server/worker-admission';
import type { FromWorker } from '../../lib/server/worker-messages';

type ClientState = 'asking' | 'waiting' | 'serving' | 'refused' | 'gone';

class FakeClient implements Client {
  place: Client['place'];
  state: ClientState = 'asking';
  constructor(readonly worker: WorkerAdmission) {}
  accepted(): void {
    this.state = 'waiting';
  }
  serve(): void {
    expect(this.state).to.equal('waiting');
    this.state = 'serving';
  }
  refused(): void {
    this.state = 'refused';
    this.worker.leave(this);
  }
}

/** A worker, the process that forked it, and what is on its way between them: both as in the service, without processes. */
class Channel implements PlaceKeeper {
  readonly worker = new WorkerAdmission((message) => this.up.push(message));
  private readonly up: FromWorker[] = [];
  private readonly down: (() => void)[] = [];
  private readonly clients = new Map<number, Client>();

  constructor(private readonly shared: SharedAdmission) {
    shared.join(this);
  }

  keep(): void {
    this.down.push(() => this.worker.keep());
  }

  recall(): void {
    this.down.push(() => this.worker.recall());
  }

  /** Brings one message to its end of the channel; false where there is none. */
  deliver(): boolean {
    const message = this.up.shift();
    if (message === undefined) {
      const next = this.down.shift();
      next?.();
      return next !== undefined;
    }
    if (message.did === 'recalled') this.shared.recalled(this);
    if (message.did === 'leave') this.leave(message.client);
    if (message.did === 'enter') this.enter(message.client);
    return true;
  }

  /** The process is gone, and its clients with it. */
  die(): void {
    for (const client of this.clients.values()) this.shared.leave(client);
    this.shared.part(this);
  }

  private enter(ticket: number): void {
    const client: Client = {
      place: undefined,
      accepted: () => this.down.push(() => this.worker.accepted(ticket)),
      serve: () => this.down.push(() => this.worker.serve(ticket)),
      refused: (limit) => this.down.push(() => this.worker.refused(ticket, limit)),
    };
    this.clients.set(ticket, client);
    this.shared.enter(client);
  }

  private leave(ticket: number): void {
    const client = this.clients.get(ticket);
    this.clients.delete(ticket);
    if (client) this.shared.leave(client);
  }
}

class Service {
  readonly shared: SharedAdmission;
  readonly channels: Channel[];
  readonly clients: FakeClient[] = [];

  constructor(
    readonly limits: AdmissionLimits,
    workers: number,
  ) {
    this.shared = new SharedAdmission(limits);
    this.channels = Array.from({ length: workers }, () => new Channel(this.shared));
  }

  count(...states: ClientState[]): number {
    return this.clients.filter(({ state }) => states.includes(state)).length;
  }

  enter(index: number): FakeClient {
    const { worker } = this.channels[index % this.channels.length]!;
    const client = new FakeClient(worker);
    this.clients.push(client);
    worker.enter(client);
    return client;
  }

  leave(index: number): void {
    const open = this.clients.filter(({ state }) => state !== 'refused' && state !== 'gone');
    const client = open[index % open.length];
    if (client === undefined) return;
    client.state = 'gone';
    client.worker.leave(client);
  }

  settle(): void {
    while (this.channels.map((channel) => channel.deliver()).includes(true));
  }
}

const limits = fc.record({
  concurrency: fc.integer({ min: 1, max: 6 }),
  maxConnections: fc.integer({ min: 1, max: 9 }),
});
const index = fc.nat({ max: 20 });
const operation = fc.oneof(
  { weight: 2, arbitrary: fc.record({ does: fc.constant('enter' as const), index }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('leave' as const), index }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('deliver' as const), index }) },
);
const enough = { numRuns: 3_000 };

describe('SharedAdmission', () => {
  const run = (service: Service, { does, index: at }: { does: 'enter' | 'leave' | 'deliver'; index: number }): void => {
    if (does === 'deliver') service.channels[at % service.channels.length]!.deliver();
    else service[does](at);
  };

  it('keeps both limits for all processes together, whatever is on its way between them', () => {
    fc.assert(
      fc.property(
        limits,
        fc.integer({ min: 1, max: 3 }),
        fc.array(operation, { maxLength: 80 }),
        (most, workers, operations) => {
          const service = new Service(most, workers);
          for (const each of operations) {
            run(service, each);
            expect(service.count('serving')).to.be.at.most(most.concurrency);
            expect(service.count('serving', 'waiting')).to.be.at.most(most.maxConnections);
          }
          service.settle();
          expect(service.count('asking'), 'unanswered').to.equal(0);
          const all = Math.min(most.concurrency, most.maxConnections);
          if (service.count('waiting') > 0) expect(service.count('serving')).to.equal(all);
        },
      ),
      enough,
    );
  });

  it('refuses nobody for a place that is only kept, and has nobody wait for one', () => {
    fc.assert(
      fc.property(limits, fc.array(operation, { maxLength: 60 }), (most, operations) => {
        const service = new Service(most, 3);
        for (const each of operations) {
          const open = service.count('serving', 'waiting');
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

  /** Two processes, the first of which keeps the place of a client that left. */
  const keepingOne = (concurrency: number): Service => {
    const service = new Service({ concurrency, maxConnections: 8 }, 2);
    service.settle();
    service.enter(0);
    service.settle();
    service.leave(0);
    return service;
  };

  it('serves without asking from a place that is kept', () => {
    const service = keepingOne(4);
    expect(service.enter(0).state).to.equal('serving');
    expect(service.enter(0).state).to.equal('asking');
  });

  it('waits for no answer from a process that is gone', () => {
    const service = keepingOne(1);
    const next = service.enter(1);
    service.channels[1]!.deliver();
    service.channels.shift()!.die();
    service.settle();
    expect(next.state).to.equal('serving');
  });
});
