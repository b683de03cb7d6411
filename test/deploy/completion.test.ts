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

interface Shell {
  readonly start: string;
  readonly setup: readonly string[];
}

const shells = {
  bash: { start: 'bash --norc -i', setup: ['bind "set bell-style none"', 'source <(trustctl completion bash)'] },
  zsh: { start: 'zsh -f', setup: ['autoload -U compinit', 'compinit -D -u', 'source <(trustctl completion zsh)'] },
} as const satisfies Readonly<Record<string, Shell>>;

/** The arguments that a shell passes to `trustctl` after these keys, typed in a terminal of its own. */
function typed({ start, setup }: Shell, keys: string, folder = '.'): string {
  const print = 'trustctl() { echo "r""un: $* :end"; }'; // the terminal shows this line, too
  const script = `
    zmodload zsh/zpty
    export TERM=dumb
    zpty shell ${start}
    zpty -w shell '${['PS1=', ...setup, `cd ${folder}`, print].join('; ')}'
    zpty -w shell $'trustctl ${keys.replaceAll('\t', String.raw`\t`)}'
    zpty -r shell screen '*run: *:end*'
    zpty -d shell
    print -r -- "\${\${screen##*run: }%% :end*}"`;
  return shellLines('zsh', ['-f'], script).join('\n').trim();
}

for (const [name, shell] of Object.entries(shells)) {
  describe(`the completion for ${name}, in a terminal`, () => {
    it('completes commands, flags, words and cases', () => {
      expect(typed(shell, 'echo-p\t--cou\t')).to.equal('echo-ping --count');
      expect(typed(shell, 'echo-client AAAA --no-tls-\t')).to.equal('echo-client AAAA --no-tls-verify');
      expect(typed(shell, 'config sh\t--tls-ser\t')).to.match(/^config show --tls-server-name=?$/);
      expect(typed(shell, 'echo-server --framing le\t')).to.equal('echo-server --framing length-prefix');
      expect(typed(shell, 'echo-client --log-level=de\t')).to.equal('echo-client --log-level=debug');
      expect(typed(shell, 'echo-check endurance --js\t')).to.equal('echo-check endurance --json');
      expect(typed(shell, 'completion f\t')).to.equal('completion fish');
    });

    it('completes files and folders, where one is expected', () => {
      const folder = folderToComplete();
      expect(typed(shell, 'echo-server --trust-home o\t', folder)).to.match(/--trust-home one\.folder\/?$/);
      expect(typed(shell, 'load-merge one.j\t', folder)).to.equal('load-merge one.json');
      expect(typed(shell, 'echo-server --log-file=one.j\t', folder)).to.equal('echo-server --log-file=one.json');
      expect(typed(shell, 'echo-client one.j\t', folder)).to.equal('echo-client one.j');
    });
  });
}
