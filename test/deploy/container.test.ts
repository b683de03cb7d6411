import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { Peer, frames } from '../support/peer';
import { ServerProcess, temporaryFolder } from '../support/trustctl';

const ROOT = resolve(__dirname, '../..');
const IMAGE = 'localhost/trustctl';

/** As Kubernetes' restricted profile runs a container. */
const RESTRICTED = [
  ...['--network', 'host', '--read-only', '--read-only-tmpfs=false'],
  ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
  ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'], // podman's own ask for more than root has in a sandbox
];

describe('the container image', () => {
  const storage = temporaryFolder();
  const podman = [
    ...['podman', '--storage-driver', 'vfs', '--root', join(storage, 'root'), '--runroot', join(storage, 'run')],
    ...['--cgroup-manager', 'cgroupfs', '--runtime', 'runc'],
  ];
  const call = (...args: string[]): string =>
    execFileSync(podman[0]!, [...podman.slice(1), ...args], { encoding: 'utf8', stdio: 'pipe' });
  let server: ServerProcess | undefined;

  before(() => {
    execFileSync(join(ROOT, 'scripts/local-image.sh'), [IMAGE, ...podman], { stdio: 'pipe' });
  });

  afterEach(async () => {
    await server?.stop('SIGKILL');
    call('rm', '--all', '--force');
  });

  it('starts the server without a shell, as a user that is not root', () => {
    const [{ Config }] = JSON.parse(call('image', 'inspect', IMAGE)) as [{ Config: Record<string, unknown> }];
    expect(Config).to.deep.include({
      User: '65532:65532',
      Entrypoint: ['/nodejs/bin/node', '/app/bin/trustctl'],
      Cmd: ['echo-server', '--host', '0.0.0.0'],
    });
    expect(() => call('run', '--rm', ...RESTRICTED, '--entrypoint', '/bin/sh', IMAGE)).to.throw('/bin/sh');
  });

  for (const workers of ['1', '2']) {
    for (const [signal, code] of [
      ['SIGTERM', 0],
      ['SIGINT', 130],
    ] as const) {
      it(`serves as process 1 on a read-only root with ${workers} workers, and drains on ${signal}`, async () => {
        server = await ServerProcess.start(['--host', '127.0.0.1', '--workers', workers], {
          argv0: [...podman, 'run', '--interactive', ...RESTRICTED, IMAGE],
        });
        expect(server.all('server_start')[0]).to.include({ pid: 1, timeout_sec: 30 });
        const pid = call('inspect', '--latest', '--format', '{{.State.Pid}}').trim();
        expect(readFileSync(`/proc/${pid}/status`, 'utf8')).to.match(/^Uid:\t65532\t65532\t65532\t65532$/m);
        const peer = await Peer.connect(server.port);
        await peer.send(frames('hello'));
        expect(await peer.read(9)).to.deep.equal(frames('hello'));
        server.child.kill(signal);
        expect(await peer.readToEnd()).to.deep.equal(frames('hello'));
        peer.close();
        expect((await server.exited).code).to.equal(code);
        expect(server.all('log_file_unavailable')).to.deep.equal([]);
        expect(server.stderr).to.equal('');
      });
    }
  }
});
