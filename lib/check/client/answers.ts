import { HEADER_LENGTH } from '../wire';
import type { Answer, ClientNeed } from './client-case';
import type { Conversation } from './conversation';

/** Seconds to wait for a second frame before the first is answered: a client that does not send one waits for its reply. */
const HOLD = 0.5;

type Reply = (conversation: Conversation, frame: Buffer, before: Buffer) => Promise<void> | void;

export const payloadOf = (frame: Buffer): Buffer => frame.subarray(HEADER_LENGTH);

const always = (): boolean => true;

/** Echoes every frame, and ends the stream after the client has. */
export const right: Answer = async (conversation) => {
  await conversation.echoRest();
  return undefined;
};

/** Sends something first, and then echoes every frame. */
export function greeted(with_: Buffer): Answer {
  return async (conversation) => {
    conversation.send(with_);
    await conversation.echoRest();
    return undefined;
  };
}

/** Echoes frames until one fits, answers that one with `reply`, and echoes the rest. */
export function onFirst(reply: Reply, fits: (frame: Buffer) => boolean = always, need: ClientNeed = 'payload'): Answer {
  return async (conversation) => {
    for (let frame = await conversation.next(); frame; frame = await conversation.next()) {
      if (fits(frame)) {
        await reply(conversation, frame, frame);
        await conversation.echoRest();
        return undefined;
      }
      await conversation.reply(frame);
    }
    conversation.end();
    return need;
  };
}

export const hasPayload = (frame: Buffer): boolean => frame.length > HEADER_LENGTH;

/** The same for the first frame whose payload is not empty, in whose place `changed` comes. */
export function inPlaceOfPayload(changed: (payload: Buffer) => Buffer): Answer {
  return onFirst((conversation, frame) => conversation.reply(changed(payloadOf(frame))), hasPayload);
}

/**
 * Answers the first frame with `reply` and leaves the others that are equal to it unharmed; a second, different one must follow. What `reply`
 * does to the first is seen only then.
 */
export function onFirstOfTwo(reply: Reply): Answer {
  return async (conversation) => {
    const first = await conversation.next();
    if (!first) return 'twoFrames';
    await reply(conversation, first, first);
    let need: ClientNeed | undefined = 'twoFrames';
    for (let frame = await conversation.next(); frame; frame = await conversation.next()) {
      if (!frame.equals(first)) need = undefined;
      await conversation.reply(frame);
    }
    conversation.end();
    return need;
  };
}

/** Echoes the first frame, and answers the next different one with `reply`. */
export function onSecond(reply: Reply): Answer {
  return async (conversation) => {
    const first = await conversation.next();
    if (!first) return 'twoFrames';
    await conversation.reply(first);
    const answer = onFirst(
      (_, frame) => reply(conversation, frame, first),
      (frame) => !frame.equals(first),
      'twoFrames',
    );
    return answer(conversation);
  };
}

/** Holds the first reply back until a second, different frame has come, and answers both with `reply`. */
export function onTwoInFlight(
  reply: (conversation: Conversation, first: Buffer, second: Buffer) => Promise<void> | void,
): Answer {
  return async (conversation) => {
    const first = await conversation.next();
    const second = first && (await conversation.next(HOLD));
    if (first && second && !first.equals(second)) {
      await reply(conversation, first, second);
      await conversation.echoRest();
      return undefined;
    }
    for (const frame of [first, second]) if (frame) await conversation.reply(frame);
    await conversation.echoRest();
    return 'twoInFlight';
  };
}

/** Sends the first frame's reply in two pieces, cut at the offset that `at` returns. */
export function cutReply(at: (length: number) => number): Answer {
  return onFirst(
    (conversation, frame) => {
      const cut = at(frame.length);
      return conversation.sendApart([frame.subarray(0, cut), frame.subarray(cut)]);
    },
    ({ length }) => at(length) > 0 && at(length) < length,
  );
}

/** Sends only the first bytes of a reply, and then does `then`. The frame has a payload of more than one byte. */
export function brokenReply(
  bytes: (length: number) => number,
  then: (conversation: Conversation) => Promise<void> | void,
): Answer {
  return onFirst(
    async (conversation, frame) => {
      conversation.send(frame.subarray(0, bytes(frame.length)));
      await then(conversation);
    },
    ({ length }) => bytes(length) < length,
  );
}

export const fin = (conversation: Conversation): void => conversation.end();
export const reset = (conversation: Conversation): Promise<void> => conversation.reset();

/** Sends nothing more and keeps the connection open, until the client closes it. */
export const silence = (conversation: Conversation): Promise<void> => conversation.closed;
