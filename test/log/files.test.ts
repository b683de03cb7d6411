import { execFileSync } from 'node:child_process';
import { closeSync, constants, copyFileSync, openSync, readFileSync, readSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Peer, frames } from '../support/peer';
import { type LogEvent, ServerProcess, temporaryFolder } from '../support/trustctl';
import { until } from '../support/until';

const parse = (text: string): LogEvent[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LogEvent);

describe('a log file', () => {
  let file: string;
  const servers: ServerProcess[] = [];
  beforeEach(() => (file = join(temporaryFolder(), 'trustctl.log')));
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop('SIGKILL')));
  });

  const start = async (...flags: string[]): Promise<ServerProcess> => {
    const server = await ServerProcess.start(['--log-file', file, ...flags]);
    servers.push(server);
    return server;
  };

  async function visit(server: ServerProcess, times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const peer = await Peer.connect(server.port);
      await peer.send(frames('hello'));
      await peer.read(9);
      peer.halfClose();
      await peer.readToEnd();
      peer.close();
    }
  }

  it('holds every line of two processes, whole and each in its order', async () => {
    const both = await Promise.all([start('--log-level', 'debug'), start('--log-level', 'debug')]);
    await Promise.all(both.map((server) => visit(server, 100)));
    await Promise.all(both.map((server) => server.stop()));
    const lines = parse(readFileSync(file, 'utf8'));
    for (const { events } of both) {
      const id = events[0]!.request_id;
      expect(lines.filter(({ request_id }) => request_id === id)).to.deep.equal(events);
    }
    expect(lines).to.have.length(both[0].events.length + both[1].events.length);
  });

  it('goes on from its start when it is copied and truncated, without a hole', async () => {
    const server = await start();
    await visit(server, 3);
    const written = (): number => readFileSync(file, 'utf8').split('"client_close"').length - 1;
    await until(() => written() === 3);
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
    await visit(server, 3);
    expect(await server.stop()).to.equal(0);
    const [old, now] = [`${file}.1`, file].map((path) => parse(readFileSync(path, 'utf8')));
    expect([...old!, ...now!]).to.deep.equal(server.events);
    expect(now![0]).to.include({ event: 'client_connect' });
  });

  describe('that is a named pipe', () => {
    beforeEach(() => void execFileSync('mkfifo', [file]));

    it('without a reader holds nothing up, and has its lines once it is read and opened anew', async () => {
      const server = await start();
      expect(await server.waitFor('log_file_unavailable')).to.include({ path: file, code: 'ENXIO', errno: 6 });
      await visit(server, 1);
      const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
      server.child.kill('SIGHUP');
      await server.waitFor('log_dropped', ({ path }) => path === file);
      await visit(server, 1);
      expect(await server.stop()).to.equal(0);
      const chunk = Buffer.alloc(1 << 16);
      const lines = parse(chunk.toString('utf8', 0, readSync(reader, chunk)));
      closeSync(reader);
      expect(lines.map(({ event }) => event)).to.include.members(['client_connect', 'client_close']);
      expect(lines.at(-1)).to.include({ event: 'cmd_finish', exit: 0 });
    });

    it('that nobody takes anything from holds nothing up', async () => {
      const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
      const server = await start('--log-level', 'debug');
      await visit(server, 200);
      expect(await server.stop()).to.equal(0);
      closeSync(reader);
    });

    it('is given up when its reader leaves, and serving goes on', async () => {
      const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
      const server = await start();
      closeSync(reader);
      await visit(server, 2);
      expect(await server.waitFor('log_file_unavailable')).to.include({ path: file, code: 'EPIPE' });
      expect(await server.stop()).to.equal(0);
    });
  });
});
