import { prettyFactory } from 'pino-pretty';

/** What a person has seen once need not stand in every line. */
const onceOnly = new Set(['cmd', 'request_id']);
const inHead = new Set(['ts', 'level', 'event']);

/** `conn=1 remote=127.0.0.1:51234`; a text that is more than a word is quoted. */
function fields(log: Record<string, unknown>): string[] {
  return Object.entries(log)
    .filter(([name]) => !inHead.has(name) && (log.event === 'cmd_start' || !onceOnly.has(name)))
    .map(
      ([name, value]) =>
        `${name}=${typeof value === 'string' && /^[^\s"=\p{C}]+$/u.test(value) ? value : JSON.stringify(value)}`,
    );
}

/** JSON lines as a person reads them, a line each. */
export function prettyFormat(colorize: boolean): (lines: string) => string {
  const pretty = prettyFactory({
    colorize,
    hideObject: true,
    ignore: 'pid,hostname,name', // it would put them in brackets before the event
    levelKey: 'level',
    timestampKey: 'ts',
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: (log, _key, _level, { colors }) =>
      [String(log.event), ...fields(log).map((field) => colors.reset(colors.dim(field)))].join(' '),
  });
  return (lines) => lines.trimEnd().split('\n').map(pretty).join('');
}
