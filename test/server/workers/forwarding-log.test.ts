import { expect } from 'chai';
import type { EventName } from '../../../lib/log/events';
import { ForwardingLog } from '../../../lib/server/workers/forwarding-log';
import type { ForwardedEvent } from '../../../lib/server/workers/messages';
import { ConnectionNumbers, WorkerLog } from '../../../lib/server/workers/worker-log';

describe('The log of a worker', () => {
  let sent: ForwardedEvent[];
  let dropped: number;
  let log: ForwardingLog;

  beforeEach(() => {
    sent = [];
    dropped = 0;
    log = new ForwardingLog(true, (message) => {
      sent.push(...message.events);
      dropped += message.dropped;
    });
  });

  const flood = (count: number): void => {
    for (let i = 0; i < count; i++) log.event('frame_recv', { conn: 1 });
  };
  const all = (name: EventName, conn: number): number =>
    sent.filter((event) => event.name === name && event.fields.conn === conn).length;

  it('has a bounded number of events under way, and tells how many it dropped', () => {
    log.event('client_connect', { conn: 1 });
    flood(100_000);
    log.flush();
    expect(sent.length).to.be.lessThan(10_000);
    expect(sent.length + dropped).to.equal(100_001);
  });

  it('takes events again as they are acknowledged', () => {
    flood(100_000);
    const before = sent.length;
    log.acknowledged(before);
    flood(1000);
    log.flush();
    expect(sent.length - before).to.equal(1000);
  });

  it('tells what was dropped when all is acknowledged, without another event', () => {
    flood(100_000);
    log.acknowledged(sent.length);
    expect(sent.length + dropped).to.equal(100_000);
  });

  it('drops no event of a connection for those of frames', () => {
    flood(100_000);
    for (const name of ['client_connect', 'recv_timeout', 'client_close'] as const) log.event(name, { conn: 2 });
    log.acknowledged(sent.length);
    log.flush();
    expect([all('client_connect', 2), all('recv_timeout', 2), all('client_close', 2)]).to.deep.equal([1, 1, 1]);
  });

  it('has all of each connection whose connect it has, and nothing of any other', () => {
    const count = 100_000;
    for (let conn = 1; conn <= count; conn++) log.event('client_connect', { conn });
    for (let conn = 1; conn <= count; conn++) log.event('client_disconnect', { conn });
    for (let conn = 1; conn <= count; conn++) log.event('client_close', { conn });
    log.flush();
    const logged = sent.filter(({ name }) => name === 'client_connect').length;
    expect(logged).to.be.within(1, count / 2);
    expect(sent.length + dropped).to.equal(3 * count);
    expect(sent.length).to.equal(3 * logged);
    expect(Math.max(...sent.map(({ fields }) => fields.conn as number))).to.equal(logged);
  });

  it('gets the numbers of the run, and the closes that the worker could not tell', () => {
    const lines: { name: EventName; fields: Record<string, unknown> }[] = [];
    const runLog = {
      debugEnabled: false,
      event: (name: EventName, fields: object = {}) => void lines.push({ name, fields: { ...fields } }),
    };
    const numbers = new ConnectionNumbers();
    const [first, second] = [new WorkerLog(runLog, numbers), new WorkerLog(runLog, numbers)];
    const at = Date.now();
    for (const worker of [first, second]) worker.take({ name: 'client_connect', fields: { conn: 1 }, at });
    first.take({ name: 'client_close', fields: { conn: 1, reason: 'disconnect' }, at });
    expect(first.end('worker_exit')).to.equal(0);
    expect(second.end('worker_exit')).to.equal(1);
    second.take({ name: 'client_close', fields: { conn: 1 }, at }); // too late
    expect(lines.map(({ name, fields }) => [name, fields.conn, fields.reason])).to.deep.equal([
      ['client_connect', 1, undefined],
      ['client_connect', 2, undefined],
      ['client_close', 1, 'disconnect'],
      ['client_close', 2, 'worker_exit'],
    ]);
  });
});
