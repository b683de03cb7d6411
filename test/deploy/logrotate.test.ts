import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { Peer, frames } from '../support/peer';
import { type LogEvent, ServerProcess, temporaryFolder } from '../support/trustctl';
import { until } from '../support/until';

const CONFIG = readFileSync(resolve(__dirname, '../../deploy/logrotate/trustctl'), 'utf8');

/** Replaces what must be there. */
function replaced(text: string, replacements: Readonly<Record<string, string>>): string {
  return Object.entries(replacements).reduce((before, [from, to]) => {
    expect(before).to.include(from);
    return before.replace(from, to);
  }, text);
}

const eventsOf = (file: string): LogEvent[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogEvent);

describe('deploy/logrotate', () => {
  let server: ServerProcess | undefined;
  afterEach(() => server?.stop('SIGKILL'));

  it('rotates the log of a server that serves on, and no line is lost', async () => {
    const folder = temporaryFolder();
    const log = join(folder, 'trustctl.log');
    server = await ServerProcess.start(['--log-file', log]);
    const config = join(folder, 'logrotate.conf');
    writeFileSync(
      config,
      replaced(CONFIG, {
        '/var/log/trustctl/trustctl.log': log,
        'su trustctl trustctl': `su ${userInfo().username} ${execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()}`,
        'systemctl kill --signal=HUP --kill-whom=main trustctl.service': `kill -HUP ${server.pid}`,
      }),
      { mode: 0o644 },
    );
    const connect = async (): Promise<void> => {
      const peer = await Peer.connect(server!.port);
      await peer.send(frames('hello'));
      await peer.read(9);
      peer.close();
    };
    const reopened = (): number => server!.all('signal_received').length;
    for (const rotation of [1, 2, 3]) {
      await connect();
      await server.waitFor('client_close', ({ conn }) => conn === rotation);
      await until(() => readFileSync(log, 'utf8').includes(`"reason":"`));
      execFileSync('logrotate', ['--force', '--state', join(folder, 'state'), config], { stdio: 'pipe' });
      await until(() => reopened() === rotation && readdirSync(folder).includes('trustctl.log'));
    }
    expect(await server.stop()).to.equal(0);
    const rotated = readdirSync(folder).filter((name) => name.startsWith('trustctl.log'));
    expect(rotated.sort()).to.deep.equal(['trustctl.log', 'trustctl.log.1', 'trustctl.log.2.gz', 'trustctl.log.3.gz']);
    for (const name of ['trustctl.log.2.gz', 'trustctl.log.3.gz']) execFileSync('gunzip', [join(folder, name)]);
    const written = [3, 2, 1].flatMap((age) => eventsOf(join(folder, `trustctl.log.${age}`)));
    expect([...written, ...eventsOf(log)]).to.deep.equal(server.events);
  });
});
