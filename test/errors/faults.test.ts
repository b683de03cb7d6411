import { expect } from 'chai';
import { type FaultEvent, type FaultRow, faultEvent, faults } from '../../lib/errors/faults';
import { events } from '../../lib/log/events';

describe('the faults of a connection', () => {
  const rows: Record<FaultEvent, [code: string | undefined, level: string, close: string]> = {
    recv_timeout: ['EAGAIN', 'warn', 'destroy'],
    send_timeout: ['EAGAIN', 'warn', 'destroy'],
    frame_timeout: ['EAGAIN', 'warn', 'finish'],
    client_reset: ['ECONNRESET', 'warn', 'destroy'],
    broken_pipe: ['EPIPE', 'warn', 'destroy'],
    frame_oversize: ['ERR_FRAME_OVERSIZE', 'error', 'finish'],
    frame_truncated: ['ERR_FRAME_TRUNCATED', 'warn', 'finish'],
    proxy_refused: [undefined, 'warn', 'destroy'],
    tls_failed: [undefined, 'warn', 'destroy'],
    handler_failed: ['ERR_HANDLER_FAILED', 'error', 'finish'],
    shutdown: [undefined, 'warn', 'destroy'],
    io_error: [undefined, 'error', 'destroy'],
  };

  for (const event of Object.keys(faults) as FaultEvent[]) {
    const [code, level, close] = rows[event];
    it(`${event}: ${code ?? 'no code'}, ${level}, ${close}`, () => {
      const row: FaultRow = faults[event];
      expect([row.code, row.level, row.close]).to.deep.equal([code, level, close]);
      expect(events[event]).to.include({ level, meaning: row.cause });
      if (code !== undefined && code !== 'EAGAIN') expect(faultEvent(code)).to.equal(event);
    });
  }

  it('is io_error for any other code, for EAGAIN, whose guard names the event, and for none', () => {
    for (const code of ['EIO', 'EAGAIN', '', undefined]) expect(faultEvent(code), code).to.equal('io_error');
  });
});
