import type { Rule } from '../case';
import type { Conversation } from './conversation';

/** The groups of cases for clients. Their numbers follow those of the groups for servers. */
export const clientGroups = { framing: 7, replies: 8, faults: 9, time: 10 } as const;
type ClientGroup = keyof typeof clientGroups;

/** What a client must send for a case to be judged, and what the report says of a case that is skipped without it. */
export const clientNeeds = {
  payload: 'needs a frame whose payload is not empty',
  letter: 'needs a frame with an ASCII letter in its payload',
  twoFrames: 'needs two different frames on one connection',
  twoInFlight: 'needs a second, different frame that is sent before the first reply comes',
} as const;
export type ClientNeed = keyof typeof clientNeeds;

/**
 * Answers the frames of one connection. Resolves when it is done, with what the client would have had to send for the answer to be the one
 * that the case is about.
 */
export type Answer = (conversation: Conversation) => Promise<ClientNeed | undefined>;

/** A rule for clients, and how it is checked: the client is started once for each of `answers`. */
export interface ClientCase extends Rule {
  readonly id: `${ClientGroup}/${number}.${number}`;
  /** `ok`: the client must exit with 0. `failure`: it must not, nor crash. `any`: it must end. */
  readonly exit: 'ok' | 'failure' | 'any';
  /** The likely bug of a client that does not end. Default: `likely`, that of one that ends with the wrong exit code. */
  readonly hangs?: string;
  /** What each connection is answered. `refused`: nothing listens. */
  readonly answers: readonly (Answer | 'refused')[];
  /** The first of these cases that fails in the same way has the same likely bug. */
  readonly follows?: readonly ClientCase['id'][];
}
