import { plural } from '../../text/quantities';
import type { Failure, Verdict } from '../verdict';
import { type ClientCase, clientNeeds } from './client-case';
import type { ClientEnd } from './client-command';
import type { ClientRun } from './client-run';
import type { Conversation } from './conversation';
import { likelySentBug } from './likely-client-bugs';

/** The result of a run, without the case. */
export type Judgement = Pick<Verdict, 'status' | 'failure' | 'reason'>;

/** What a client must keep to. */
interface Limits {
  /** Bytes: the largest payload. */
  readonly maxPayload: number;
  /** Seconds in which it must end. */
  readonly seconds: number;
}

const SHOWN = 16;

function failed(got: string, likely: string): Judgement {
  return { status: 'failed', failure: { got, likely } };
}

function endInWords({ code, signal, lastWords }: ClientEnd): string {
  return `${signal === null ? `exit code ${code ?? 'unknown'}` : `an end by ${signal}`}${lastWords}`;
}

function hex(bytes: Buffer): string {
  const shown = bytes
    .subarray(0, SHOWN)
    .toString('hex')
    .replaceAll(/(..)(?!$)/g, '$1 ');
  return bytes.length > SHOWN ? `${shown} …` : shown;
}

/** What is wrong with the bytes that the client sent. Those of a frame that is not whole count only where it had no reason to break off. */
function wrongBytes(conversations: readonly Conversation[], maxPayload: number, whole: boolean): Failure | undefined {
  for (const { oversize, unfinished, count } of conversations) {
    const bytes = hex(unfinished);
    if (oversize !== undefined)
      return {
        got: `a header that announces ${plural(oversize, 'byte')}, more than ${maxPayload}: ${bytes}`,
        likely:
          likelySentBug(unfinished) ??
          'a larger payload than the server accepts (--max-payload): split it, or refuse to send it',
      };
    if (unfinished.length > 0 && (whole || count === 0))
      return {
        got: `${plural(unfinished.length, 'byte')} that are no whole frame: ${bytes}`,
        likely:
          likelySentBug(unfinished) ?? 'not all bytes of the frame were sent: loop until send() has taken all of them',
      };
  }
  return undefined;
}

const NO_CONNECTION = 'it does not connect to {host}:{port} of the command, or ends before it does';
const NO_FRAME = 'it sends nothing, keeps what it sends in a buffer, or ends before it sends';

/** Judges one run of the client. */
export function judge(
  check: ClientCase,
  { end, conversations, needs }: ClientRun,
  { maxPayload, seconds }: Limits,
): Judgement {
  const need = needs.every((each) => each !== undefined) ? needs[0] : undefined;
  const answeredRight = check.exit === 'ok' || need !== undefined;
  const bytes = wrongBytes(conversations, maxPayload, answeredRight && end !== undefined);
  if (bytes) return { status: 'failed', failure: bytes };
  if (!end) return failed(`no end within ${seconds} s`, check.hangs ?? check.likely);
  if (end.signal !== null) return failed(endInWords(end), 'it crashes');
  if (!check.answers.includes('refused')) {
    if (conversations.length === 0) return failed(`no connection, and ${endInWords(end)}`, NO_CONNECTION);
    if (answeredRight && conversations.every(({ count }) => count === 0))
      return failed(`no frame, and ${endInWords(end)}`, NO_FRAME);
  }
  if (need) return { status: 'skipped', reason: clientNeeds[need] };
  if (check.exit === 'any' || (end.code === 0) === (check.exit === 'ok')) return { status: 'passed' };
  return failed(endInWords(end), check.likely);
}
