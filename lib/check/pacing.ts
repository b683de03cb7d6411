/** What a server promises of time, in seconds; what is not told is undefined. */
export interface ServerTimes {
  /** Without a byte moving, after which it ends a connection. */
  readonly idle?: number | undefined;
  /** From a frame's first byte to its last. */
  readonly frame?: number | undefined;
}

/** Seconds: no server is taken to have a shorter idle timeout that it does not tell. */
const UNTOLD_IDLE = 1;
/** The shares of an idle timeout that a client may let pass between two bytes: by plan, and where it has to save bytes. */
const CALM = 1 / 4;
const BARELY = 1 / 2;
/** Bytes that are spread over a frame timeout where nothing calls for more. */
const A_FRAME_TIMEOUT = 8;

/**
 * How often a byte of a frame is sent that must not get whole, for as long as `seconds`: seldom enough that `room` bytes last, and often
 * enough that no idle timeout sees a silent client.
 * @returns seconds from one byte to the next; undefined where no pace does both
 */
export function tricklePace(
  { idle = UNTOLD_IDLE, frame }: ServerTimes & { readonly frame: number },
  room: number,
  seconds: number,
): number | undefined {
  const pace = Math.max(Math.min(frame / A_FRAME_TIMEOUT, idle * CALM), seconds / room);
  return pace <= idle * BARELY ? pace : undefined;
}

/** Whether a client can be slow for one and a half idle timeouts, and no frame takes longer than it may. */
export function slownessFits({ idle, frame = Infinity }: ServerTimes & { readonly idle: number }): boolean {
  return frame >= 2 * idle;
}

/** Seconds after which a client that falls silent inside a frame is ended: whichever timeout comes first. */
export function silentInsideFrame({ idle = Infinity, frame = Infinity }: ServerTimes): number {
  return Math.min(idle, frame);
}
