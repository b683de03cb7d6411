import { expect } from 'chai';
import fc from 'fast-check';
import {
  Supervisor,
  type SupervisorAction,
  type SupervisorEvent,
  type WorkerEnd,
} from '../../../lib/server/workers/supervisor';
import { defaultTimings } from '../../../lib/server/workers/timings';

const KILLED: WorkerEnd = { code: null, signal: 'SIGKILL' };

interface FakeProcess {
  /** Its end is seen by the supervisor a while after it. */
  end: WorkerEnd | undefined;
  isHung: boolean;
  isListening: boolean;
  isAskedToDrain: boolean;
}

/** Processes, timers and a clock, as the supervisor's actions make and its events tell of them. */
class World {
  now = 0;
  readonly supervisor: Supervisor;
  readonly processes = new Map<number, FakeProcess>();
  readonly actions: SupervisorAction[] = [];
  private timers: { at: number; event: SupervisorEvent }[] = [];
  private isSocketOpen = true;
  private stopped = false;

  constructor(readonly count: number) {
    this.supervisor = new Supervisor(count, defaultTimings);
    this.tell({ type: 'start' });
  }

  all<Name extends SupervisorAction['type']>(name: Name): Extract<SupervisorAction, { type: Name }>[] {
    return this.actions.filter((action): action is Extract<SupervisorAction, { type: Name }> => action.type === name);
  }

  get isOver(): boolean {
    return this.all('stopped').length + this.all('startFailed').length > 0;
  }

  tell(event: SupervisorEvent): void {
    if (event.type === 'stop' || event.type === 'cut') this.stopped = true;
    for (const action of this.supervisor.handle(event, this.now)) {
      expect(this.isOver, `${action.type} after the end`).to.equal(false);
      this.actions.push(action);
      this.carryOut(action);
    }
    const serving = Array.from({ length: this.count }, (_, i) => this.supervisor.stateOf(i)).filter(
      (state) => state === 'serving',
    ).length;
    expect(this.all('reportServing').at(-1)?.count ?? 0).to.equal(serving);
  }

  private carryOut(action: SupervisorAction): void {
    switch (action.type) {
      case 'fork':
        expect(this.processes.has(action.worker), 'a second process of one worker').to.equal(false);
        expect(this.isSocketOpen, 'a process without a socket').to.equal(true);
        if (this.stopped) expect(this.processes.size, 'processes when a stop starts one').to.equal(0);
        this.processes.set(action.worker, { end: undefined, isHung: false, isListening: false, isAskedToDrain: false });
        break;
      case 'kill':
        this.end(action.worker, KILLED);
        break;
      case 'ping':
        if (this.isWell(action.worker)) this.tell({ type: 'answered', worker: action.worker });
        break;
      case 'drain':
        this.processes.get(action.worker)!.isAskedToDrain = true;
        break;
      case 'dismiss':
        if (this.isWell(action.worker)) this.end(action.worker, { code: 0, signal: null });
        break;
      case 'retryLater':
        expect(action.afterMs).to.be.within(defaultTimings.retry, defaultTimings.retryMax);
        this.later(action.afterMs, { type: 'retryDue', worker: action.worker });
        break;
      case 'setStopDeadline':
        this.later(10_000 + defaultTimings.stopGrace, { type: 'cut' });
        break;
      case 'closeSocket':
        expect(this.isSocketOpen, 'open').to.equal(true);
        this.isSocketOpen = false;
        break;
      case 'reap':
        expect(this.processes.has(action.worker), 'buried alive').to.equal(false);
        break;
      case 'stopped':
      case 'startFailed':
        expect([...this.processes.values()].length, 'processes that are left').to.equal(0);
        break;
    }
  }

  private later(ms: number, event: SupervisorEvent): void {
    this.timers.push({ at: this.now + ms, event });
    this.timers.sort((a, b) => a.at - b.at);
  }

  private isWell(worker: number): boolean {
    const process = this.processes.get(worker);
    return process !== undefined && process.end === undefined && !process.isHung;
  }

  end(worker: number, end: WorkerEnd): void {
    const process = this.processes.get(worker);
    if (process) process.end ??= end;
  }

  hang(worker: number): void {
    const process = this.processes.get(worker);
    if (process) process.isHung = true;
  }

  reap(worker: number): void {
    const end = this.processes.get(worker)?.end;
    if (end === undefined) return;
    this.processes.delete(worker);
    this.tell({ type: 'exited', worker, end });
  }

  listen(worker: number): void {
    const process = this.processes.get(worker);
    if (!this.isWell(worker) || process!.isListening) return;
    process!.isListening = true;
    this.tell({ type: 'serving', worker });
  }

  fail(worker: number): void {
    if (this.isWell(worker)) this.tell({ type: 'failed', worker, error: new Error('EADDRINUSE') });
  }

  drained(worker: number): void {
    if (this.isWell(worker) && this.processes.get(worker)!.isAskedToDrain) this.tell({ type: 'drained', worker });
  }

  /** A second or a timer, whichever comes first. */
  pass(): void {
    const tick = this.now + defaultTimings.ping;
    const next = this.timers[0];
    this.now = Math.min(next?.at ?? Infinity, tick);
    if (next !== undefined && next.at <= tick) {
      this.timers.shift();
      this.tell(next.event);
    } else {
      this.tell({ type: 'tick' });
    }
  }

  /** From now on nothing goes wrong any more, and time passes. */
  letBe(done: () => boolean): void {
    for (let turns = 0; !done(); turns++) {
      expect(turns, 'turns').to.be.lessThan(200);
      for (let worker = 0; worker < this.count; worker++) {
        this.reap(worker);
        if (!this.isOver) this.listen(worker);
        if (!this.isOver) this.drained(worker);
      }
      if (!done()) this.pass();
    }
  }
}

const step = fc.record({
  does: fc.constantFrom(
    ...(['listen', 'listen', 'listen', 'reap', 'reap', 'kill', 'fail', 'hang', 'drained', 'pass', 'pass'] as const),
  ),
  worker: fc.nat({ max: 3 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function run(world: World, course: readonly Step[]): void {
  for (const { does, worker } of course) {
    if (world.isOver) return;
    if (does === 'kill') world.end(worker, KILLED);
    else world[does](worker);
  }
}

const count = fc.integer({ min: 1, max: 4 });
const course = fc.array(step, { maxLength: 60 });
const enough = { numRuns: 1_000 };

/** A pool of two that serves. */
function serving(): World {
  const world = new World(2);
  world.listen(0);
  world.listen(1);
  return world;
}

const lose = (world: World, worker: number): void => {
  world.end(worker, KILLED);
  world.reap(worker);
};

describe('Supervisor', () => {
  it('has all workers serve again after any course of deaths and hangs, unless the first start failed', () => {
    fc.assert(
      fc.property(count, course, (workers, steps) => {
        const world = new World(workers);
        run(world, steps);
        const isWhole = (): boolean => world.isOver || world.all('reportServing').at(-1)?.count === workers;
        world.letBe(isWhole);
        for (let turn = 0; turn < 40 && !world.isOver; turn++) world.pass(); // those that hang are found out
        world.letBe(isWhole);
        if (world.isOver) expect(world.all('startFailed')).to.have.length(1);
        else expect(world.all('started')).to.have.length(1);
      }),
      enough,
    );
  });

  it('ends once when stopped at any moment of any course, leaves no process and starts none', () => {
    fc.assert(
      fc.property(count, course, course, fc.boolean(), (workers, before, after, isHurried) => {
        const world = new World(workers);
        run(world, before);
        if (!world.isOver) world.tell({ type: 'stop' });
        run(world, after);
        if (isHurried && !world.isOver) world.tell({ type: 'cut' });
        world.letBe(() => world.isOver);
        expect(world.processes.size).to.equal(0);
        expect(world.all('stopped').length + world.all('startFailed').length).to.equal(1);
        expect(world.supervisor.state).to.equal('stopped');
      }),
      enough,
    );
  });

  it('buries each process once, and tells the end of each that was not let go, once', () => {
    fc.assert(
      fc.property(count, course, course, (workers, before, after) => {
        const world = new World(workers);
        run(world, before);
        if (!world.isOver) world.tell({ type: 'stop' });
        run(world, after);
        world.letBe(() => world.isOver);
        expect(world.all('reap').length).to.equal(world.all('fork').length);
        if (world.all('startFailed').length > 0) return;
        const dismissed = world.all('dismiss').length;
        expect(world.all('logEnd').length).to.be.within(world.all('fork').length - dismissed, world.all('fork').length);
      }),
      enough,
    );
  });

  it('fails the start where a worker cannot listen, and kills the others first', () => {
    const world = new World(2);
    world.listen(0);
    world.fail(1);
    expect(world.all('kill').map(({ worker }) => worker)).to.have.members([0, 1]);
    world.reap(0);
    expect(world.isOver).to.equal(false);
    world.reap(1);
    expect(world.all('startFailed')[0]?.error.message).to.equal('EADDRINUSE');
    expect(world.all('logEnd')).to.have.length(0);
  });

  it('fails the start where every worker ends before it listens, and goes on where one serves', () => {
    const none = new World(2);
    lose(none, 0);
    expect(none.isOver).to.equal(false);
    lose(none, 1);
    expect(none.all('startFailed')[0]?.error.message).to.include('SIGKILL');

    const one = new World(2);
    lose(one, 0);
    one.listen(1);
    expect(one.all('started')).to.have.length(1);
    expect(one.all('logEnd')[0]).to.include({ worker: 0, hadServed: false, retryMs: 1000 });
  });

  it('puts off restarts 1 s, doubling to 30 s, and begins anew with a worker that has served for a while', () => {
    const world = serving();
    const delays: (number | undefined)[] = [];
    for (let i = 0; i < 7; i++) {
      lose(world, 0);
      delays.push(world.all('logEnd').at(-1)?.retryMs);
      while (!world.processes.has(0)) world.pass();
    }
    expect(delays).to.deep.equal([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    world.listen(0);
    world.now += defaultTimings.steady;
    lose(world, 0);
    expect(world.all('logEnd').at(-1)).to.include({ hadServed: true, retryMs: 1000 });
  });

  it('kills a worker that does not answer, in any state, but none for the time in which we stood still ourselves', () => {
    const world = serving();
    world.hang(0);
    world.now += 3_600_000;
    for (let i = 0; i < defaultTimings.unansweredPings; i++) world.tell({ type: 'tick' });
    expect(world.all('kill')).to.have.length(0);
    world.tell({ type: 'tick' });
    expect(world.all('kill')).to.deep.equal([{ type: 'kill', worker: 0 }]);
    world.reap(0);
    expect(world.all('logEnd')[0]).to.include({ worker: 0, reason: 'no_answer' });

    const starting = new World(1);
    starting.hang(0);
    for (let i = 0; i <= defaultTimings.unansweredPings; i++) starting.tell({ type: 'tick' });
    expect(starting.all('kill')).to.have.length(1);
  });

  it('starts a worker to serve who waits in the kernel when a stop finds none', () => {
    const world = serving();
    lose(world, 0);
    lose(world, 1);
    const before = world.all('fork').length;
    world.tell({ type: 'stop' });
    expect(world.all('fork').length).to.equal(before + 1);
    expect(world.all('closeSocket')).to.have.length(0);
    world.listen(0);
    expect(world.all('drain')).to.deep.equal([{ type: 'drain', worker: 0 }]);
    expect(world.all('closeSocket')).to.have.length(1);
    world.letBe(() => world.isOver);
    expect(world.all('logEnd')).to.have.length(2);
  });

  it('kills at the deadline of a stop what has not drained', () => {
    const world = serving();
    world.hang(1);
    world.tell({ type: 'stop' });
    world.drained(0);
    world.reap(0);
    expect(world.isOver).to.equal(false);
    world.letBe(() => world.isOver);
    expect(world.all('reap').at(-1)).to.include({ worker: 1, reason: 'shutdown' });
    expect(world.all('stopped')).to.have.length(1);
  });
});
