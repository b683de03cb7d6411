import { createServer } from 'node:net';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { describeCode, describeError, errnoOf } from '../../lib/errors/error-code';
import { adviceFor, explain } from '../../lib/errors/explain';
import { RunError } from '../../lib/errors/run-error';
import { temporaryFolder } from '../support/trustctl';

/** A system error as Node makes it. */
const systemError = (code: string, fields: object, message = `${code}: words of Node`): Error =>
  Object.assign(new Error(message), { code, ...fields });

function thrown(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('an error in words', () => {
  for (const [code, words] of [
    ['EADDRINUSE', 'address already in use (EADDRINUSE)'],
    ['ENOTFOUND', 'no such host (ENOTFOUND)'],
    ['EAI_AGAIN', 'the name server does not answer (EAI_AGAIN)'],
    ['EHOSTUNREACH', 'no route to host (EHOSTUNREACH)'],
    ['ENETUNREACH', 'network is unreachable (ENETUNREACH)'],
    ['ERR_SOMETHING', 'ERR_SOMETHING'],
  ] as const) {
    it(`${code} is "${words}"`, () => {
      expect(describeCode(code)).to.equal(words);
    });
  }

  it('has its own words where its code has none', () => {
    expect(describeError(systemError('EPIPE', {}))).to.equal('broken pipe (EPIPE)');
    expect(describeError(systemError('ERR_SOMETHING', {}, 'something'))).to.equal('something');
    expect(describeError(new Error('something'))).to.equal('something');
  });

  it('has the number of errno(3)', () => {
    expect(errnoOf('EAGAIN')).to.equal(11);
    expect(errnoOf('ERR_SOMETHING')).to.equal(undefined);
    expect(errnoOf(undefined)).to.equal(undefined);
  });

  it('says that an address is taken, and what to do', async () => {
    const [first, second] = [createServer(), createServer()];
    const listening = (server: typeof first, port: number): Promise<unknown> =>
      new Promise((resolve) => server.once('error', resolve).listen(port, '127.0.0.1', () => resolve(undefined)));
    await listening(first, 0);
    const { port } = first.address() as { port: number };
    const error = await listening(second, port);
    first.close();
    expect(explain(error)).to.equal(
      `cannot listen on 127.0.0.1 port ${port}: address already in use (EADDRINUSE); ` +
        'another process listens there: stop it, or choose another --port (0 picks a free one)',
    );
  });

  it('says which file cannot be read, opened or made', () => {
    const folder = temporaryFolder();
    expect(explain(thrown(() => openSync(`${folder}/none`, 'r')))).to.equal(
      `cannot open ${folder}/none: no such file or directory (ENOENT)`,
    );
    expect(explain(thrown(() => readFileSync(folder)))).to.equal(
      'cannot read: illegal operation on a directory (EISDIR)',
    );
    expect(explain(thrown(() => mkdirSync(folder)))).to.equal(
      `cannot create the folder ${folder}: file already exists (EEXIST)`,
    );
  });

  for (const [syscall, fields, line] of [
    ['bind', { address: '::1' }, 'cannot listen on ::1: no such file or directory (ENOENT)'],
    ['listen', { address: '::1', port: 0 }, 'cannot listen on ::1 port 0: no such file or directory (ENOENT)'],
    ['connect', { address: '::1', port: 7 }, 'cannot connect to ::1 port 7: no such file or directory (ENOENT)'],
    ['getaddrinfo', { hostname: 'nobody' }, 'cannot find host nobody: no such file or directory (ENOENT)'],
    ['write', { path: 'standard output' }, 'cannot write standard output: no such file or directory (ENOENT)'],
    ['other', { path: 'x' }, 'ENOENT: words of Node'],
  ] as const) {
    it(`names what ${syscall} failed on`, () => {
      expect(explain(systemError('ENOENT', { syscall, ...fields }))).to.equal(line);
    });
  }

  it('is its code where a system error has no words at all', () => {
    expect(explain(systemError('EIO', {}, ''))).to.equal('EIO');
  });

  for (const code of [
    ...['EADDRINUSE', 'EADDRNOTAVAIL', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
    ...['EMFILE', 'ENFILE', 'ENOSPC', 'ENXIO'],
  ]) {
    it(`says what to do about ${code}`, () => {
      expect(adviceFor(code)).to.match(/^\S.*\S$/);
      expect(explain(systemError(code, { syscall: 'open', path: '/x' }))).to.equal(
        `cannot open /x: ${describeCode(code)}; ${adviceFor(code)}`,
      );
    });
  }

  it('is internal where nothing else explains it, and one line', () => {
    expect(explain(new Error('a\n  b'))).to.equal('internal error: a b; --log-level debug shows where');
    expect(explain(new TypeError(''))).to.equal('internal error: TypeError; --log-level debug shows where');
    expect(explain(systemError('ERR_SOMETHING', {}, 'x'))).to.equal('internal error: x; --log-level debug shows where');
    expect(explain('a\nb')).to.equal('internal error: a b');
    expect(explain(undefined)).to.equal('internal error: undefined');
  });

  it('is the message of an error that was made for people', () => {
    expect(explain(new RunError('usage', ' flag --x:\n bad ', 'EIO'))).to.equal('flag --x: bad');
  });
});
