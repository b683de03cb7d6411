/** A server's timeouts in seconds; undefined where not known. */
export interface ServerTimes {
  /** Without a byte moving. */
  readonly idle?: number | undefined;
  /** From a frame's first byte to its last. */
  readonly frame?: number | undefined;
}

/** Seconds: the shortest idle timeout that is assumed of a server whose timeout is not known. */
const DEFAULT_IDLE = 1;
/** How much of the idle timeout may pass between two bytes: normally, and at most. */
const NORMAL_SHARE = 1 / 4;
const LARGEST_SHARE = 1 / 2;
/** Bytes sent during one frame timeout, if the idle timeout does not call for more. */
const BYTES_PER_FRAME_TIMEOUT = 8;

/**
 * The pace at which a client sends a frame that must not become whole within `seconds`: slow enough that `room` bytes last, and fast enough
 * for the idle timeout.
 * @returns seconds from one byte to the next; undefined where no pace is both
 */
export function tricklePace(
  { idle = DEFAULT_IDLE, frame }: ServerTimes & { readonly frame: number },
  room: number,
  seconds: number,
): number | undefined {
  const pace = Math.max(Math.min(frame / BYTES_PER_FRAME_TIMEOUT, idle * NORMAL_SHARE), seconds / room);
  return pace <= idle * LARGEST_SHARE ? pace : undefined;
}

/** Whether a client can take one and a half idle timeouts for a frame without exceeding the frame timeout. */
export function allowsSlowFrames({ idle, frame = Infinity }: ServerTimes & { readonly idle: number }): boolean {
  return frame >= 2 * idle;
}

/** Seconds after which a client that falls silent inside a frame is closed: by whichever timeout comes first. */
export function timeoutInsideFrame({ idle = Infinity, frame = Infinity }: ServerTimes): number {
  return Math.min(idle, frame);
}
