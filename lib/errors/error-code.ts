import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** An error's code, where it carries one. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** A system error's positive number (EAGAIN is 11), as in errno(3); undefined where the code is none of the system's. */
export function errnoOf(code: string | undefined): number | undefined {
  return code === undefined ? undefined : (constants.errno as Record<string, number>)[code];
}

/** Codes that the system's own table of words does not have. */
const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name server does not answer',
};

/** The system's words by code. */
const systemWords = new Map(getSystemErrorMap().values());

/** "address already in use (EADDRINUSE)"; the code alone where there are no words for it. */
export function describeCode(code: string): string {
  const meaning = words[code] ?? systemWords.get(code);
  return meaning === undefined ? code : `${meaning} (${code})`;
}
