import { expect } from 'chai';
import { exitByCode, exitFor } from '../../lib/errors/exit-for';
import { type ExitName, exits } from '../../lib/errors/exits';
import { RunError } from '../../lib/errors/run-error';
import { stopSignal, stopSignals } from '../../lib/errors/stop-signals';

const systemError = (code: string): Error => Object.assign(new Error(`fails with ${code}`), { code });

describe('exit codes', () => {
  const numbers: Record<ExitName, number> = {
    ok: 0,
    failed: 1,
    usage: 64,
    noInput: 66,
    noHost: 68,
    unavailable: 69,
    software: 70,
    osError: 71,
    ioError: 74,
    tempFail: 75,
    protocol: 76,
    noPermission: 77,
    config: 78,
    hangUp: 129,
    interrupted: 130,
  };
  for (const [name, { code, when }] of Object.entries(exits)) {
    it(`${name} is ${code}, as sysexits.h and shells have it`, () => {
      expect(code).to.equal(numbers[name as ExitName]);
      expect(when).to.match(/^\S.*\S$/);
    });
  }

  const byCode: Record<string, number> = {
    ENOTFOUND: 68,
    EAI_AGAIN: 68,
    EAI_NONAME: 68,
    EADDRINUSE: 69,
    EADDRNOTAVAIL: 69,
    ECONNREFUSED: 69,
    EHOSTUNREACH: 69,
    ENETUNREACH: 69,
    EMFILE: 71,
    ENFILE: 71,
    ENOMEM: 71,
    ETIMEDOUT: 75,
    EAGAIN: 75,
    ECONNRESET: 76,
    EPIPE: 76,
    ERR_FRAME_OVERSIZE: 76,
    ERR_FRAME_TRUNCATED: 76,
    ERR_TLS_CREDENTIALS: 78,
    EACCES: 77,
    EPERM: 77,
  };
  for (const code of exitByCode.keys()) {
    it(`a run that ${code} ends exits with ${byCode[code]}`, () => {
      expect(exits[exitFor(systemError(code))].code).to.equal(byCode[code]);
    });
  }

  it('has a test for every row of the table', () => {
    expect([...exitByCode.keys()]).to.have.members(Object.keys(byCode));
  });

  for (const code of ['EIO', 'ENOSPC', 'EROFS', 'ENOENT']) {
    it(`a run that ${code} ends exits with 74, as every system error that has no row`, () => {
      expect(exits[exitFor(systemError(code))].code).to.equal(74);
    });
  }

  it('a run that an error of its own names an exit for exits with that', () => {
    expect(exitFor(new RunError('config', 'bad', 'EIO'))).to.equal('config');
  });

  for (const [what, error] of [
    ['an error without a code', new Error('bug')],
    ['an error with a code that is not of the system', systemError('ERR_INVALID_ARG_TYPE')],
    ['an error whose code is a number', Object.assign(new Error(), { code: 5 })],
    ['what is no error', { code: 'EIO' }],
    ['nothing', undefined],
  ] as const) {
    it(`a run that ${what} ends exits with 70`, () => {
      expect(exits[exitFor(error)].code).to.equal(70);
    });
  }
});

describe('signals that stop a run', () => {
  for (const [signal, code] of [
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 75],
  ] as const) {
    it(`${signal} makes an unfinished run exit with ${code}`, () => {
      expect(exits[stopSignals[signal]].code).to.equal(code);
      const stop = new AbortController();
      expect(stopSignal(stop.signal)).to.equal(undefined);
      stop.abort(signal);
      expect(stopSignal(stop.signal)).to.equal(signal);
    });
  }
});
