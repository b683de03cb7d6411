import { connectWithin } from '../client/connect-within';
import { FrameClientError } from '../client/client-error';
import type { FrameClient, FrameClientOptions } from '../client/frame-client';
import { withDeadline } from '../deadline';
import type { RestResult } from './limit-search';

/** Where to connect. `timeout`, in seconds, limits the connect, the first echo, and the answer after the rest. */
export type ProbeTarget = Omit<FrameClientOptions, 'signal' | 'timeout'> & { readonly timeout: number };

/** What is sent before and after a rest. */
const GREETING = Buffer.from('probe');

/** How the server's side of a connection went on. */
type Reply = 'answered' | 'fin' | 'reset' | 'silence';

/** A connection that was served once, and now rests. */
export class RestingConnection {
  /** When the rest began, as performance.now(), in ms. */
  private readonly since = performance.now();
  /** Settled when bytes come or the connection ends. */
  private readonly reply: Promise<Reply>;
  private isSpeaking = false;

  private constructor(
    private readonly client: FrameClient,
    private readonly timeoutMs: number,
  ) {
    this.reply = client.receive().then(
      (payload) => (payload === undefined ? 'fin' : 'answered'),
      (error: unknown) => kindOf(error),
    );
  }

  /**
   * Connects and waits for a first echo.
   * @throws {FrameClientError} if there is no connection or no echo
   */
  static async open(target: ProbeTarget): Promise<RestingConnection> {
    const client = await connectWithin(target).client;
    const timeoutMs = target.timeout * 1000;
    const greeted = client.request(GREETING);
    const echo = await withDeadline(greeted, timeoutMs, () => undefined).catch((error: unknown) => {
      client.close();
      throw error;
    });
    if (echo !== undefined) return new RestingConnection(client, timeoutMs);
    greeted.catch(() => undefined);
    client.close();
    throw new FrameClientError('recv_timeout', `${client.peer} did not echo within ${target.timeout} s`);
  }

  /** Seconds. */
  get rested(): number {
    return (performance.now() - this.since) / 1000;
  }

  /** Calls `onCut` if the connection is cut while it rests. */
  watch(onCut: (result: RestResult) => void): void {
    void this.reply.then((kind) => {
      // An unrequested frame is not a cut, and ends the silence: the connection is in use.
      if (!this.isSpeaking) onCut(kind === 'answered' ? { kind } : { kind, when: 'resting' });
    });
  }

  /** Ends the rest: sends a frame and waits for its echo. */
  async speak(): Promise<RestResult> {
    this.isSpeaking = true;
    void this.client.send(GREETING);
    const kind = await withDeadline(this.reply, this.timeoutMs, () => 'silence' as const);
    return kind === 'answered' ? { kind } : { kind, when: 'speaking' };
  }

  close(): void {
    this.isSpeaking = true; // a close from here is not a cut
    this.client.close();
  }
}

/** TCP's own timeout is a cut in silence. */
export function kindOf(error: unknown): 'reset' | 'silence' {
  const isReset =
    error instanceof FrameClientError && (error.event === 'client_reset' || error.event === 'broken_pipe');
  return isReset ? 'reset' : 'silence';
}
