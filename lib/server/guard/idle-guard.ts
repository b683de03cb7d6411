import { type Activity, IdleClock, type IdleEvent, type IdleLimits } from './idle-clock';

/** Shortest time between two checks, in ms: the resolution of setTimeout. */
const MIN_WAIT_MS = 1;

/**
 * Watches one connection with a timer that checks from time to time, so that messages cost nothing.
 *
 * `socket.setTimeout` does not do: it counts writes as activity, so that a client that reads nothing would look alive
 * as long as it sends.
 */
export class IdleGuard {
  private timer: NodeJS.Timeout | undefined;
  private confirmation: NodeJS.Immediate | undefined;
  private readonly clock: IdleClock;

  /**
   * @param limits in ms; 0 is off
   * @param activity returns the connection's state; `decides` if a limit is exceeded unless this reading shows activity
   * @param onTimeout called once with the limit that was exceeded; the guard has stopped by then
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
    const activity = this.activity(decides); // before the clock is read, as reading the kernel's queues takes time
    return this.clock.observe(performance.now(), activity);
  }

  private readonly check = (): void => {
    const result = this.judge(false);
    if (typeof result === 'number') this.checkIn(result);
    else this.confirmation = setImmediate(this.confirm);
  };

  private checkIn(ms: number): void {
    this.timer = setTimeout(this.check, Math.max(Math.ceil(ms), MIN_WAIT_MS));
  }

  /** Node runs timers before it reads sockets: bytes that arrived while this process was busy still count. */
  private readonly confirm = (): void => {
    const result = this.judge(true);
    if (typeof result === 'number') this.check();
    else this.onTimeout(result);
  };
}
