import { hostPort } from '../net/host-port';
import { FrameClientError } from './client-error';
import { FrameClient, type FrameClientOptions } from './frame-client';

/** A connection that is being made. */
export interface Connecting {
  readonly client: Promise<FrameClient>;
  /** Gives up: `client` is rejected with an AbortError. Does nothing once it is settled. */
  abort(): void;
}

/**
 * Connects within `timeout`, and sets no deadline for what follows: for clients that are idle, or that time each reply
 * themselves. `client` is rejected like {@link FrameClient.connect}.
 * @param options without `signal`; `timeout` in seconds, 0 is no limit
 */
export function connectWithin(options: Omit<FrameClientOptions, 'signal'>): Connecting {
  const { host = '127.0.0.1', port, timeout = 5 } = options;
  const ended = new AbortController();
  let isLate = false;
  let settled = false;
  const giveUp = (): void => {
    if (settled) return;
    isLate = true;
    ended.abort();
  };
  // Node runs timers before it polls sockets: a connection that is already established still counts.
  const timer = timeout > 0 ? setTimeout(() => setImmediate(giveUp), timeout * 1000) : undefined;
  const connect = async (): Promise<FrameClient> => {
    try {
      return await FrameClient.connect({ ...options, timeout: 0, signal: ended.signal });
    } catch (error) {
      if (!isLate) throw error;
      throw new FrameClientError('connect_timeout', `cannot connect to ${hostPort(host, port)} within ${timeout} s`);
    } finally {
      settled = true;
      clearTimeout(timer);
    }
  };
  return {
    client: connect(),
    abort() {
      if (!settled) ended.abort();
    },
  };
}
