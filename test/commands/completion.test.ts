import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { allCases, clientCases } from '../../lib/check';
import { commands } from '../../lib/commands';
import { settings } from '../../lib/config/settings';
import { shellLines } from '../support/completion';
import { runTrustctl } from '../support/trustctl';

const scriptFor = (shell: string): string => resolve(__dirname, `../../assets/completion/trustctl.${shell}`);

/** What Bash offers for the last of these words, as it breaks them. Of paths it says which it would look up. */
function offered(...words: readonly string[]): string[] {
  return shellLines(
    'bash',
    ['--norc'],
    `source ${scriptFor('bash')}
     compopt() { echo "paths: $2"; }
     COMP_WORDS=(trustctl ${words.map((word) => `'${word}'`).join(' ')})
     COMP_CWORD=${words.length}
     _trustctl
     for word in "\${COMPREPLY[@]}"; do echo "$word"; done`,
  );
}

describe('trustctl completion', () => {
  it('prints the script for a shell', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout, stderr } = await runTrustctl(['completion', shell]);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.equal(readFileSync(scriptFor(shell), 'utf8'));
    }
  });

  it('says which shells it knows', async () => {
    const { code, stdout, stderr } = await runTrustctl(['completion', 'csh']);
    expect({ code, stdout }).to.deep.equal({ code: 64, stdout: '' });
    expect(stderr).to.match(/^trustctl: .*csh.*bash, zsh, fish.*\n$/);
  });

  it('takes exactly one shell', async () => {
    expect((await runTrustctl(['completion'])).code).to.equal(64);
    expect((await runTrustctl(['completion', 'bash', 'zsh'])).code).to.equal(64);
  });
});

describe('The completion for Bash', () => {
  it('offers the commands', () => {
    const names = new Set(commands.map(({ name }) => name.split(' ')[0]));
    expect(offered('')).to.have.members([...names]);
    expect(offered('echo-c')).to.deep.equal(['echo-client', 'echo-check']);
    expect(offered('--')).to.deep.equal(['--help', '--version']);
    expect(offered('config', '')).to.deep.equal(['show']);
  });

  it('offers the flags of a command: its switches and its settings', () => {
    expect(offered('echo-ping', '--p')).to.deep.equal(['--payload-size', '--port']);
    expect(offered('echo-server', '')).to.include.members(['--port', '--config', '--help']).and.not.include('--tls');
    expect(offered('echo-client', '--tls-v')).to.deep.equal(['--tls-verify']);
    expect(offered('echo-client', '--no-')).to.deep.equal(['--no-tls', '--no-tls-verify']);
    expect(offered('config', 'show', '--')).to.have.length.greaterThan(settings.length);
  });

  it('offers the words that a value may be, also after an equals sign', () => {
    const levels = ['debug', 'info', 'warn', 'error'];
    expect(offered('echo-server', '--log-level', '')).to.deep.equal(levels);
    expect(offered('echo-server', '--log-level', '=')).to.deep.equal(levels);
    expect(offered('echo-server', '--log-level', '=', 'd')).to.deep.equal(['debug']);
    expect(offered('echo-client', '--send-proxy', 'v')).to.deep.equal(['v1', 'v2']);
  });

  it('offers paths where a file or a folder is expected, and nothing where any text is', () => {
    expect(offered('echo-check', '--junit', '')).to.deep.equal(['paths: default']);
    expect(offered('echo-server', '--config', './')).to.deep.equal(['paths: default']);
    expect(offered('echo-server', '--trust-home', '')).to.deep.equal(['paths: dirnames']);
    expect(offered('load-merge', '')).to.deep.equal(['paths: default']);
    expect(offered('echo-server', '--port', '')).to.deep.equal([]);
  });

  it('offers the cases and groups of echo-check, and the shells', () => {
    expect(offered('echo-check', '')).to.include.members([...allCases, ...clientCases].map(({ id }) => id));
    expect(offered('echo-check', 'framing/2.1', 'lim')).to.include.members(['limits']);
    expect(offered('completion', '')).to.deep.equal(['bash', 'zsh', 'fish']);
  });

  it('offers nothing after a command that does not exist', () => {
    expect(offered('echo-sever', '')).to.deep.equal([]);
    expect(offered('config', 'shw', '--')).to.deep.equal([]);
  });
});
