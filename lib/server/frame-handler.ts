import { FrameBatch, type Payload } from '../framing';
import { HandlerError } from './connection-errors';
import type { ClientConnection, Service, ServiceFactory } from './service';

/** What a handler answers with: one payload, several, frames that are made already, or nothing. */
export type Reply = Payload | readonly Payload[] | FrameBatch | undefined;

/**
 * Answers one request.
 * @param payload the request's; a view into a larger buffer: copy what is kept for long
 */
export type FrameHandler = (payload: Buffer, connection: ClientConnection) => Reply | Promise<Reply>;

function framesOf(reply: Exclude<Reply, undefined>): FrameBatch {
  if (reply instanceof FrameBatch) return reply;
  return Array.isArray(reply) ? FrameBatch.of(...(reply as Payload[])) : FrameBatch.of(reply as Payload);
}

/** Rejects with a HandlerError where `work` is not done within `seconds`; 0 waits for ever. */
async function within<T>(seconds: number, work: T | Promise<T>): Promise<T> {
  if (seconds === 0 || !(work instanceof Promise)) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new HandlerError(`the handler took longer than ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const asHandlerError = (error: unknown): HandlerError =>
  error instanceof HandlerError
    ? error
    : new HandlerError(`the handler failed: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });

/**
 * A service that answers each request with `handler`. The requests of one connection are handled one at a time, in the
 * order in which they came, so that replies keep that order; the next is begun when the reply before it has room in the
 * socket.
 * @param timeout seconds that a handler may take; 0 is no limit
 */
export function handlerService(handler: FrameHandler, timeout: number): ServiceFactory {
  return (connection, fail): Service => {
    let isWorking = false;
    const work = async (request: Buffer): Promise<FrameBatch | undefined | 'failed'> => {
      isWorking = true;
      try {
        const reply = await within(timeout, handler(request, connection));
        return reply === undefined ? undefined : framesOf(reply);
      } catch (error) {
        fail(asHandlerError(error));
        return 'failed';
      } finally {
        isWorking = false;
      }
    };
    async function* answer(batches: AsyncIterable<FrameBatch>): AsyncGenerator<FrameBatch> {
      for await (const batch of batches) {
        for (const request of batch) {
          const frames = await work(request);
          if (frames === 'failed') return;
          if (frames !== undefined) yield frames;
        }
      }
    }
    return { stage: answer, isEcho: false, isWorking: () => isWorking };
  };
}
