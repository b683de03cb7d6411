import { getSystemErrorMap } from 'node:util';

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
