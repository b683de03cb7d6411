import { isatty } from 'node:tty';
import pino from 'pino';
import { withDeadline } from '../deadline';
import type { LogLevel } from '../errors/faults';
import { errnoOf } from '../errors/error-code';
import { type EventName, events } from './events';
import { explain } from '../errors/explain';
import { LogBatch } from './batch';
import { LogQueue } from './queue';
import { openDescriptor, openFile } from './destination';
import { LogSink, type SinkObserver } from './sink';
import { showsColors } from '../io/terminal';

/**
 * The log of one run. An event's level is its row's in lib/log/events.ts, so that a caller names the event and its fields
 * and nothing else. Nothing here throws: a log that cannot be written is never a reason to fail.
 */
export interface EventLog {
  /** Whether `debug` events are written; asked before anything is counted out for one event a frame. */
  readonly debugEnabled: boolean;
  /**
   * Writes one line, unless the event's level is below `log.level`.
   * @param at when it happened, in ms since 1970; default now
   */
  event(name: EventName, fields?: object, at?: number): void;
  /** Opens the log file anew, under its name: after logrotate moved it away. */
  reopen(): void;
  /** Writes what is pending and ends the log; resolves after `deadlineMs` at the latest, default 2000. */
  close(deadlineMs?: number): Promise<void>;
}

/** Of the settings, what a log goes by. */
interface LogSettings {
  /** The run's correlation id. */
  readonly requestId: string;
  readonly log: {
    readonly level: LogLevel;
    readonly format: 'auto' | 'json' | 'pretty';
    /** Empty for none. */
    readonly file: string;
  };
}

/** What a log is opened with. */
export interface LogOptions {
  /** The command, for `cmd`. */
  readonly command: string;
  readonly settings: LogSettings;
  readonly stream: LogStream;
}

/** The stream that a person or a collector reads besides the file. */
export interface LogStream {
  readonly fd: number;
  readonly name: string;
  /** It gets `warn` and `error` only, and no `fatal`, which a person is told in a sentence of its own. */
  readonly warningsOnly: boolean;
}

export const standardOutput: LogStream = { fd: 1, name: 'standard output', warningsOnly: false };
export const standardError: LogStream = { fd: 2, name: 'standard error', warningsOnly: true };

/** Bytes that wait for a stream that nobody reads. */
const STREAM_PENDING = 4 << 20;
/** Bytes that wait for the log file: a burst of `debug` events is megabytes, and a disk takes them at the next turn. */
const FILE_PENDING = 16 << 20;

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const atLeast = (level: LogLevel, least: LogLevel): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(least);

/** An event that is yet to be rendered. */
interface PendingEvent {
  /** Renders it, by the pino child that is made for its name. */
  readonly render: (fields: object) => void;
  readonly fields: object;
  /** When it happened, in ms since 1970. */
  readonly at: number;
}

/** The time of the event that is being rendered, as pino wants it: a piece of the line. Lines of one millisecond share it. */
let stamp = '';
let stampedAt = NaN;
function setTimestamp(at: number): void {
  if (at === stampedAt) return;
  stampedAt = at;
  stamp = `,"ts":"${new Date(at).toISOString()}"`;
}
const timestamp = (): string => stamp;

/** How lines look on the stream; `undefined` is as they are, JSON. Loads the pretty printer only where it is wanted. */
function streamFormat(fd: number, format: LogSettings['log']['format']): ((lines: string) => string) | undefined {
  const terminal = isatty(fd);
  if (format !== 'pretty' && !(format === 'auto' && terminal)) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { prettyFormat } = require('./pretty') as typeof import('./pretty');
  return prettyFormat(showsColors(fd));
}

/** Opens the log of a run: the log file, always JSON, and the stream, pretty where `log.format` says so. */
export function openLog({ command, settings, stream }: LogOptions): EventLog {
  const { level, format, file } = settings.log;
  let closed = false;

  const sinkObserver = (path: string): SinkObserver => ({
    unavailable: (error) => {
      const { code } = error;
      log.event('log_file_unavailable', { path, code, errno: errnoOf(code), message: explain(error) });
    },
    dropped: (count) => log.event('log_dropped', { path, count }),
    flush: () => queue.flush(),
  });
  const streamSink = new LogSink(
    (observer) => openDescriptor(stream.fd, observer),
    STREAM_PENDING,
    sinkObserver(stream.name),
    streamFormat(stream.fd, format),
  );
  const fileSinks =
    file === '' ? [] : [new LogSink((observer) => openFile(file, observer), FILE_PENDING, sinkObserver(file))];

  // where every line goes to both, they share a batch; else each has its own, so that each keeps its order
  const sinks = [streamSink, ...fileSinks];
  const batches = stream.warningsOnly ? sinks.map((sink) => new LogBatch([sink])) : [new LogBatch(sinks)];
  const fileBatches = stream.warningsOnly ? batches.slice(1) : batches;
  const queue = new LogQueue<PendingEvent>((pending) => {
    for (const { render, fields, at } of pending) {
      setTimestamp(at);
      render(fields);
    }
    batches.forEach((batch) => batch.flush());
  });

  // one pino child an event: its name, the command and the request id are rendered once, a line adds only its fields
  const logger = (to: readonly LogBatch[]): pino.Logger => {
    const [only, ...more] = to;
    const destination =
      only && more.length === 0 ? only : { write: (line: string) => to.forEach((batch) => batch.write(line)) };
    return pino({ level, base: null, timestamp, formatters: { level: (label) => ({ level: label }) } }, destination);
  };
  const toAll = logger(batches);
  const toFile = logger(fileBatches);
  const onStream = (name: EventName): boolean =>
    !stream.warningsOnly || (atLeast(events[name].level, 'warn') && name !== 'fatal');

  const renderers = new Map<string, PendingEvent['render']>();
  for (const name of Object.keys(events) as EventName[]) {
    const row = events[name];
    if (!atLeast(row.level, level)) continue;
    const child = (onStream(name) ? toAll : toFile).child({
      event: name,
      cmd: command,
      request_id: settings.requestId,
    });
    renderers.set(name, child[row.level].bind(child));
  }

  const log: EventLog = {
    debugEnabled: level === 'debug',
    event(name, fields = {}, at = Date.now()) {
      const render = closed ? undefined : renderers.get(name);
      if (render !== undefined) queue.push({ render, fields, at });
    },
    reopen() {
      fileSinks.forEach((sink) => sink.reopen());
    },
    async close(deadlineMs = 2000) {
      closed = true;
      queue.flush();
      const drained = Promise.all(sinks.map((sink) => sink.drain()));
      await withDeadline(drained, deadlineMs, () => undefined);
    },
  };
  return log;
}
