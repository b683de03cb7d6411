import { withDeadline } from '../deadline';
import { FrameBatch, type Payload } from '../framing';
import { HandlerError } from './connection-errors';
import type { ClientConnection, Service, ServiceFactory } from './service';

/** A handler's answer: one payload, several, a batch of frames, or nothing. */
export type Reply = Payload | readonly Payload[] | FrameBatch | undefined;

/**
 * Answers one request. An error that it throws or rejects with ends the connection, after the replies before it.
 * @param payload the request's payload: a view into a larger buffer, so copy what you keep for long
 */
export type FrameHandler = (payload: Buffer, connection: ClientConnection) => Reply | PromiseLike<Reply>;

function framesOf(reply: Exclude<Reply, undefined>): FrameBatch {
  if (reply instanceof FrameBatch) return reply;
  return Array.isArray(reply) ? FrameBatch.of(...(reply as Payload[])) : FrameBatch.of(reply as Payload);
}

const isThenable = (reply: Reply | PromiseLike<Reply>): reply is PromiseLike<Reply> =>
  typeof (reply as Partial<PromiseLike<Reply>> | undefined)?.then === 'function';

const asHandlerError = (error: unknown): HandlerError =>
  error instanceof HandlerError
    ? error
    : new HandlerError(`the handler failed: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });

/**
 * A service that answers each request with `handler`. The requests of a connection are handled one at a time, so that
 * the replies keep their order; the next is handled when the socket has room for the reply before it.
 * @param timeout limit for one request, in seconds; 0 is no limit
 */
export function handlerService(handler: FrameHandler, timeout: number): ServiceFactory {
  return (connection, fail): Service => {
    const late = (): never => {
      throw new HandlerError(`the handler took longer than ${timeout} s`);
    };
    let isWorking = false;
    const work = async (request: Buffer): Promise<FrameBatch | undefined | 'failed'> => {
      isWorking = true;
      try {
        const answer = handler(request, connection);
        const reply = isThenable(answer) ? await withDeadline(answer, timeout * 1000, late) : answer;
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
