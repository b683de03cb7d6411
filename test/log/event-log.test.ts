import { existsSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { LogLevel } from '../../lib/errors/faults';
import { commonFields, events } from '../../lib/log/events';
import { type EventLog, openLog } from '../../lib/log/event-log';
import { silentLog } from '../../lib/log/silent-log';
import { prettyFormat } from '../../lib/log/pretty';
import { type LogEvent, temporaryFolder } from '../support/trustctl';

describe('the event log', () => {
  let file: string;
  let streamFile: string;

  beforeEach(() => {
    const folder = temporaryFolder();
    file = join(folder, 'logs', 'trustctl.log');
    streamFile = join(folder, 'stream');
  });

  interface Opened {
    level?: LogLevel;
    file?: string;
    warningsOnly?: boolean;
  }

  /** A log whose stream is a file, too. */
  const open = ({ level = 'info', file: path = file, warningsOnly = true }: Opened = {}): EventLog =>
    openLog({
      command: 'echo-client',
      stream: { fd: openSync(streamFile, 'a'), name: 'the stream', warningsOnly },
      settings: { requestId: 'r-1', log: { level, format: 'json', file: path } },
    });
  const read = (path = file): LogEvent[] =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LogEvent);

  it('gives every line its time in UTC, its level as a word, its event, the command and the request id', async () => {
    const log = open();
    const before = Date.now();
    log.event('cmd_finish', { exit: 0, duration_ms: 1.5 });
    await log.close();
    const [line] = read();
    expect(Object.keys(line!)).to.include.members([...commonFields]);
    expect(line).to.include({ level: 'info', event: 'cmd_finish', cmd: 'echo-client', request_id: 'r-1' });
    expect(line).to.include({ exit: 0, duration_ms: 1.5 });
    expect(line!.ts).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Date.parse(line!.ts)).to.be.within(before, Date.now());
  });

  it('stays one line, and JSON, whatever a field holds', async () => {
    const log = open();
    const fields = { remote: 'a\nb"c\\\u0000\u2028', reason: '\ud800', frames: NaN, bytes_in: undefined };
    log.event('client_close', fields);
    await log.close();
    expect(readFileSync(file, 'utf8').split('\n')).to.have.length(2);
    expect(read()[0]).to.include({ remote: 'a\nb"c\\\u0000\u2028', frames: null }).and.not.have.property('bytes_in');
  });

  it('takes the level from the event table and leaves out what is below log.level', async () => {
    for (const [level, names] of [
      ['debug', ['frame_recv', 'client_close', 'client_drop', 'fatal']],
      ['info', ['client_close', 'client_drop', 'fatal']],
      ['warn', ['client_drop', 'fatal']],
      ['error', ['fatal']],
    ] as const) {
      const path = join(temporaryFolder(), 'a.log');
      const log = open({ level, file: path });
      expect(log.debugEnabled).to.equal(level === 'debug');
      for (const name of ['frame_recv', 'client_close', 'client_drop', 'fatal'] as const) log.event(name);
      await log.close();
      expect(read(path).map(({ event }) => event)).to.deep.equal(names);
      for (const { event, level } of read(path)) expect(level).to.equal(events[event as 'fatal'].level);
    }
  });

  it('gives every line to both the file and a stream that takes all', async () => {
    const log = open({ warningsOnly: false });
    for (const name of ['cmd_start', 'client_drop', 'fatal', 'cmd_finish'] as const) log.event(name);
    await log.close();
    expect(read().map(({ event }) => event)).to.deep.equal(['cmd_start', 'client_drop', 'fatal', 'cmd_finish']);
    expect(readFileSync(streamFile)).to.deep.equal(readFileSync(file));
  });

  it('gives a stream for warnings only those, and no fatal, which a person is told in words', async () => {
    const log = open();
    for (const name of ['cmd_start', 'client_drop', 'fatal', 'cmd_finish'] as const) log.event(name);
    await log.close();
    expect(read().map(({ event }) => event)).to.deep.equal(['cmd_start', 'client_drop', 'fatal', 'cmd_finish']);
    expect(read(streamFile).map(({ event }) => event)).to.deep.equal(['client_drop']);
  });

  it('keeps the order of lines, and every one of them, over many turns of the loop', async () => {
    const log = open();
    for (let conn = 0; conn < 5000; conn++) {
      log.event('client_connect', { conn });
      if (conn % 100 === 0) await new Promise(setImmediate);
    }
    await log.close();
    expect(read().map(({ conn }) => conn)).to.deep.equal([...Array(5000).keys()]);
  });

  it('makes the folder of its file, and appends', async () => {
    for (const conn of [1, 2]) {
      const log = open();
      log.event('client_connect', { conn });
      await log.close();
    }
    expect(read().map(({ conn }) => conn)).to.deep.equal([1, 2]);
  });

  it('writes no file where log.file is empty', async () => {
    const log = open({ file: '' });
    log.event('cmd_start');
    log.reopen();
    await log.close();
    expect(existsSync(file)).to.equal(false);
  });

  it('writes nothing after it was closed', async () => {
    const log = open();
    log.event('cmd_start');
    await log.close();
    log.event('cmd_finish');
    await new Promise(setImmediate);
    await log.close();
    expect(read().map(({ event }) => event)).to.deep.equal(['cmd_start']);
  });

  it('goes on in a new file after reopen, with each line in the one or the other', async () => {
    const log = open();
    log.event('client_connect', { conn: 1 });
    await appears(file);
    renameSync(file, `${file}.1`);
    log.event('client_connect', { conn: 2 });
    log.reopen();
    let conn = 2;
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') {
      log.event('client_connect', { conn: ++conn });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await log.close();
    const all = [...read(`${file}.1`), ...read()].map((line) => line.conn);
    expect(all).to.deep.equal(Array.from({ length: conn }, (_, index) => index + 1));
  });

  for (const [what, path, code] of [
    ['is a folder', () => temporaryFolder(), 'EISDIR'],
    ['lies below a file', () => join(streamFile, 'trustctl.log'), 'ENOTDIR'],
    ['lies where nothing can be made', () => '/proc/none/such/trustctl.log', 'ENOENT'],
  ] as const) {
    it(`says once, on the stream, that its file ${what}, and writes on there`, async () => {
      const unavailable = path();
      const log = open({ file: unavailable, warningsOnly: false });
      for (let conn = 1; conn <= 3; conn++) {
        log.event('client_connect', { conn });
        await eventIn(streamFile, 'log_file_unavailable');
      }
      await log.close();
      const lines = read(streamFile);
      expect(lines.filter(({ event }) => event === 'client_connect')).to.have.length(3);
      const told = lines.filter(({ event }) => event === 'log_file_unavailable');
      expect(told).to.have.length(1);
      expect(told[0]).to.include({ level: 'warn', path: unavailable, code, errno: constants.errno[code] });
    });
  }

  it('says so when its file is on a full disk', async () => {
    const log = open({ file: '/dev/full', warningsOnly: false });
    log.event('cmd_start');
    await eventIn(streamFile, 'log_file_unavailable');
    log.event('cmd_finish');
    await log.close();
    const told = read(streamFile).filter(({ event }) => event === 'log_file_unavailable');
    expect(told).to.have.length(1);
    expect(told[0]).to.include({ path: '/dev/full', code: 'ENOSPC', errno: 28 });
  });

  it('recovers with reopen when the way to its file is clear again, and counts the lines that are missing', async () => {
    const folder = dirname(file);
    writeFileSync(folder, 'a file where the folder should be');
    const log = open({ warningsOnly: false });
    log.event('client_connect', { conn: 1 });
    await eventIn(streamFile, 'log_file_unavailable');
    renameSync(folder, `${folder}.away`);
    log.reopen();
    await eventIn(streamFile, 'log_dropped');
    log.event('client_connect', { conn: 2 });
    await log.close();
    expect(read().map(({ event, conn, count }) => [event, conn ?? count])).to.deep.equal([
      ['log_dropped', 2], // the first connection, and the warning itself
      ['client_connect', 2],
    ]);
  });

  it('is silent where a run keeps no log', async () => {
    silentLog.event('fatal');
    silentLog.reopen();
    await silentLog.close();
    expect(silentLog.debugEnabled).to.equal(false);
  });
});

describe('pretty log lines', () => {
  const line = (fields: object): string =>
    JSON.stringify({ ts: '2026-01-02T03:04:05.678Z', cmd: 'c', request_id: 'r', ...fields });

  it('show time, level, event and fields, a line each', () => {
    const text = prettyFormat(false)(
      [
        line({ level: 'info', event: 'client_connect', conn: 7, remote: '::1' }),
        line({ level: 'warn', event: 'client_drop' }),
      ].join('\n') + '\n',
    );
    const lines = text.split('\n');
    expect(lines).to.have.length(3);
    expect(lines[0]).to.match(/^\[\d\d:\d\d:05\.678\] INFO: client_connect conn=7 remote=::1$/);
    expect(lines[1]).to.match(/WARN: client_drop$/);
  });

  it('name the command and the request id once, at the start', () => {
    const text = prettyFormat(false)(line({ level: 'info', event: 'cmd_start', pid: 4 }));
    expect(text).to.contain('cmd_start cmd=c request_id=r pid=4');
  });

  it('quote a text that is more than a word, and let no terminal sequence through', () => {
    const text = prettyFormat(false)(line({ level: 'error', event: 'fatal', message: 'two words', code: '\u001b[2J' }));
    expect(text).to.contain('message="two words"').and.contain('code="\\u001b[2J"');
  });

  it('have colours only where they are wanted', () => {
    const input = line({ level: 'info', event: 'cmd_start' });
    expect(prettyFormat(true)(input)).to.contain('\u001b[');
    expect(prettyFormat(false)(input)).to.not.contain('\u001b[');
  });
});

/** Resolves when the condition holds; an end that never comes is an error, so that the loop ends with its test. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const appears = (path: string): Promise<void> => until(() => existsSync(path));

const eventIn = (path: string, event: string): Promise<void> =>
  until(() => readFileSync(path, 'utf8').includes(`"event":"${event}"`));
