import { execFileSync } from 'node:child_process';
import { relative, resolve } from 'node:path';
import { expect } from 'chai';

const DIST = resolve(__dirname, '../../dist');

describe('The client as a module', () => {
  it('loads itself, the framing and a few files beside them, and nothing that is installed', () => {
    const program = `require('./client/frame-client'); console.log(JSON.stringify(Object.keys(require.cache)))`;
    const loaded = JSON.parse(
      execFileSync(process.execPath, ['-e', program], { cwd: DIST, encoding: 'utf8' }),
    ) as string[];
    const others = loaded.map((file) => relative(DIST, file)).filter((file) => !file.startsWith('framing/'));
    expect(others.sort()).to.deep.equal([
      'client/client-error.js',
      'client/client-options.js',
      'client/client-socket.js',
      'client/client-tls.js',
      'client/connect-fault.js',
      'client/follow-abort.js',
      'client/frame-client.js',
      'client/send-queue.js',
      'client/system-error.js',
      'errors/error-code.js',
      'net/connect-error.js',
      'net/connect.js',
      'net/host-port.js',
      'net/load-tls.js',
      'net/tls-connect-error.js',
      'net/tls-settings.js',
      'net/tls-words.js',
      'options.js',
    ]);
  });
});
