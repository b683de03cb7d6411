import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { shellLines } from '../support/completion';
import { temporaryFolder } from '../support/trustctl';

/** A folder with a file and a folder in it. */
function folderToComplete(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'one.json'), '');
  mkdirSync(join(folder, 'one.folder'));
  return folder;
}

describe('the completion for fish', () => {
  /** What fish offers at the end of the line, without the descriptions. */
  const offered = (line: string, folder = '.'): string[] => {
    const script = `trustctl completion fish | source; cd ${folder}; complete -C 'trustctl ${line}'`;
    return shellLines('fish', ['--no-config'], script).map((row) => row.replace(/\t.*/, ''));
  };

  it('offers commands, flags, words and cases', () => {
    expect(offered('echo-c')).to.have.members(['echo-check', 'echo-client']);
    expect(offered('config ')).to.deep.equal(['show']);
    expect(offered('echo-client --no-')).to.deep.equal(['--no-tls', '--no-tls-verify']);
    expect(offered('config show --tls-v')).to.deep.equal(['--tls-verify']);
    expect(offered('echo-server --log-level ')).to.have.members(['debug', 'info', 'warn', 'error']);
    expect(offered('echo-check endurance/')).to.include('endurance/6.1').and.not.include('framing/2.1');
    expect(offered('completion z')).to.deep.equal(['zsh']);
  });

  it('offers files, folders, or nothing', () => {
    const folder = folderToComplete();
    expect(offered('load-merge one', folder)).to.have.members(['one.json', 'one.folder/']);
    expect(offered('echo-server --log-file one', folder)).to.have.members(['one.json', 'one.folder/']);
    expect(offered('echo-server --trust-home one', folder)).to.deep.equal(['one.folder/']);
    expect(offered('echo-server --port ', folder)).to.deep.equal([]);
    expect(offered('echo-client one', folder)).to.deep.equal([]);
  });
});

describe('the completion for zsh', () => {
  /** The line that zsh runs after these keys: it runs in a terminal of its own, where `trustctl` prints its arguments. */
  const typed = (keys: string, folder = '.'): string => {
    const setup = [
      'PS1=',
      'autoload -U compinit',
      'compinit -D -u',
      'source <(trustctl completion zsh)',
      `cd ${folder}`,
      'trustctl() { print -r -- "r""un: $* :end" }',
    ].join('; ');
    const script = `
      zmodload zsh/zpty
      export TERM=dumb
      zpty shell zsh -f
      zpty -w shell '${setup}'
      zpty -w shell $'trustctl ${keys.replaceAll('\t', '\\t')}'
      zpty -r shell screen '*run: *:end*'
      zpty -d shell
      print -r -- "\${\${screen##*run: }%% :end*}"`;
    return shellLines('zsh', ['-f'], script).join('\n').trim();
  };

  it('completes commands, flags, words and cases', () => {
    expect(typed('echo-p\t')).to.equal('echo-ping');
    expect(typed('config sh\t--tls-se\tx')).to.equal('config show --tls-server-name=x');
    expect(typed('echo-server --framing le\t')).to.equal('echo-server --framing length-prefix');
    expect(typed('echo-client --log-level=de\t')).to.equal('echo-client --log-level=debug');
    expect(typed('echo-check endurance --js\t')).to.equal('echo-check endurance --json');
    expect(typed('completion f\t')).to.equal('completion fish');
  });

  it('completes files and folders', () => {
    const folder = folderToComplete();
    expect(typed('echo-server --trust-home o\t', folder)).to.match(/--trust-home one\.folder\/?$/);
    expect(typed('load-merge one.j\t', folder)).to.equal('load-merge one.json');
    expect(typed('echo-client on\t', folder)).to.equal('echo-client on');
  });
});
