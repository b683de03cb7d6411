import { prettyFactory } from 'pino-pretty';

/** Fields that are the same in every line: shown in the first. */
const onceOnly = new Set(['cmd', 'request_id']);
const inHead = new Set(['ts', 'level', 'event']);

/** `conn=1 remote=127.0.0.1:51234`. Strings that are not a single word are quoted. */
function fields(log: Record<string, unknown>): string[] {
  return Object.entries(log)
    .filter(([name]) => !inHead.has(name) && (log.event === 'cmd_start' || !onceOnly.has(name)))
    .map(
      ([name, value]) =>
        `${name}=${typeof value === 'string' && /^[^\s"=\p{C}]+$/u.test(value) ? value : JSON.stringify(value)}`,
    );
}

/** Formats JSON lines for people, line by line. */
export function prettyFormat(colorize: boolean): (lines: string) => string {
  const pretty = prettyFactory({
    colorize,
    hideObject: true,
    ignore: 'pid,hostname,name', // pino-pretty would put them in front of the event
    levelKey: 'level',
    timestampKey: 'ts',
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: (log, _key, _level, { colors }) =>
      [String(log.event), ...fields(log).map((field) => colors.reset(colors.dim(field)))].join(' '),
  });
  return (lines) => lines.trimEnd().split('\n').map(pretty).join('');
}
