import { type Activity, IdleClock, type IdleEvent, type IdleLimits } from './idle-clock';

/** The least time between two checks, in ms: setTimeout's own resolution. */
const MIN_WAIT_MS = 1;

/**
 * Watches one connection with a `setTimeout` that checks from time to time, so that nothing is spent on it per message.
 *
 * `socket.setTimeout` would not do: it counts what is written as activity, and a client that reads nothing would look alive
 * for as long as it sends.
 */
export class IdleGuard {
  private timer: NodeJS.Timeout | undefined;
  private confirmation: NodeJS.Immediate | undefined;
  private readonly clock: IdleClock;

  /**
   * @param limits in ms; 0 is off
   * @param activity what the connection did, asked at each check; `decides` where a limit has passed unless it says otherwise
   * @param onTimeout called once, with the limit that passed; the guard has stopped then
   */
  constructor(
    limits: IdleLimits,
    private readonly activity: (decides: boolean) => Activity,
    private readonly onTimeout: (event: IdleEvent) => void,
  ) {
    this.clock = new IdleClock(limits, performance.now());
    this.checkIn(this.clock.interval);
  }

  stop(): void {
    clearTimeout(this.timer);
    clearImmediate(this.confirmation);
  }

  private judge(decides: boolean): IdleEvent | number {
    const activity = this.activity(decides); // before the time is taken: to look at the kernel's queues takes some
    return this.clock.observe(performance.now(), activity);
  }

  private readonly check = (): void => {
    const result = this.judge(false);
    if (typeof result === 'number') this.checkIn(result);
    else this.confirmation = setImmediate(this.confirm);
  };

  private checkIn(ms: number): void {
    if (ms < Infinity) this.timer = setTimeout(this.check, Math.max(Math.ceil(ms), MIN_WAIT_MS));
  }

  /** Timers run before sockets are read: what arrived just now, or while this process was busy, still counts. */
  private readonly confirm = (): void => {
    const result = this.judge(true);
    if (typeof result === 'number') this.check();
    else this.onTimeout(result);
  };
}
