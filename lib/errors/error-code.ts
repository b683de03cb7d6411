import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** The `code` of an error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The positive number of a system error, as in errno(3): EAGAIN is 11. `undefined` for any other code. */
export function errnoOf(code: string | undefined): number | undefined {
  return code === undefined ? undefined : (constants.errno as Record<string, number>)[code];
}

/** Words that are clearer than the system's, by code. */
const ownWords: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'no route to host',
};

const systemWords = new Map(getSystemErrorMap().values());

const wordsOf = (code: string): string | undefined => ownWords[code] ?? systemWords.get(code);

/** "address already in use (EADDRINUSE)"; the code alone if there are no words for it. */
export function describeCode(code: string): string {
  const words = wordsOf(code);
  return words === undefined ? code : `${words} (${code})`;
}

/** A system error as in {@link describeCode}; the message of any other error. */
export function describeError(error: Error): string {
  const code = errorCode(error);
  return code === undefined || wordsOf(code) === undefined ? error.message : describeCode(code);
}
