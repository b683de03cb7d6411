import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { allCases, groupOf, groups, runCase, runChecks, servesConcurrently, type Verdict } from '../../lib/check';
import { ReferenceServer } from '../fixtures/reference-server';
import { processClock } from '../support/process-clock';

describe('the cases', () => {
  it('are 30 or more, each with an id of its own that starts with the place of its group', () => {
    expect(allCases.length).to.be.at.least(30);
    expect(new Set(allCases.map(({ id }) => id)).size).to.equal(allCases.length);
    for (const check of allCases)
      expect(check.id).to.match(new RegExp(`^${groupOf(check)}/${groups.indexOf(groupOf(check)) + 1}\\.\\d+$`));
    expect(new Set(allCases.map(groupOf))).to.deep.equal(new Set(groups));
  });

  it('say in sentences what is sent, what must come, and why it matters', () => {
    for (const { rule, why, sends, expects, likely } of allCases) {
      for (const sentence of [rule, why, sends, expects]) expect(sentence).to.match(/^[A-Z\d].*\.$/s);
      expect(likely).to.match(/[a-z].*[^.]$/s);
    }
  });

  it('can be run one at a time by other tests', async () => {
    const server = await ReferenceServer.start();
    const verdict = await runCase('framing/2.1', { host: '127.0.0.1', port: server.port });
    server.end();
    expect(verdict.status).to.equal('passed');
    await runCase('framing/9.9', { host: '127.0.0.1', port: 1 }).then(
      () => expect.fail('it has no such case'),
      (error: unknown) => expect(error).to.be.instanceOf(TypeError),
    );
  });

  it('are skipped where they are not told what they need', async () => {
    const server = await ReferenceServer.start();
    const needy = allCases.filter(({ needs }) => needs?.some((need) => need !== 'concurrent'));
    const verdicts = await runChecks(needy, { host: '127.0.0.1', port: server.port });
    server.end();
    expect(verdicts.map(({ status }) => status)).to.deep.equal(needy.map(() => 'skipped'));
    for (const { reason } of verdicts)
      expect(reason).to.match(/--(max-payload|server-(timeout|frame-timeout|pid|command))/);
  });
});

/** What servers do that are broken in every way. */
const broken: Record<string, (socket: Socket) => void> = {
  'that says nothing': () => undefined,
  'that closes at once': (socket) => socket.end(),
  'that resets at once': (socket) => {
    socket.resetAndDestroy();
    socket.destroy();
  },
  'that babbles without end': (socket) => {
    const babble = (): void => {
      if (socket.writable) socket.write(Buffer.alloc(1 << 16, 'blah '), () => setImmediate(babble));
    };
    babble();
  },
  'that announces 4 GiB': (socket) => socket.write(Buffer.alloc(4, 0xff)),
};

/** The verdicts of all cases on a server that does `onClient` to each client. */
async function verdictsOn(onClient: (socket: Socket) => void): Promise<Verdict[]> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onClient(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const promises = { patience: 0.15, maxPayload: 65536, serverTimeout: 0.2, serverFrameTimeout: 0.5 };
  const verdicts = await runChecks(allCases, { host: '127.0.0.1', port, ...promises }, { clock: processClock });
  server.close();
  for (const socket of sockets) socket.destroy();
  return verdicts;
}

describe('a server', function () {
  this.timeout(60_000);
  const runs = new Map<string, Promise<Verdict[]>>();
  before(() => Object.entries(broken).forEach(([what, onClient]) => runs.set(what, verdictsOn(onClient))));

  for (const what of Object.keys(broken))
    it(`${what} gets a verdict on each case, and no case hangs`, async () => {
      const verdicts = (await runs.get(what)) ?? [];
      expect(verdicts.map((verdict) => verdict.case)).to.deep.equal(allCases);
      const statusOf = (id: string): string | undefined => verdicts.find((verdict) => verdict.case.id === id)?.status;
      for (const id of ['connection/1.1', 'framing/2.1', 'stream/3.1', 'limits/4.4', 'timeouts/5.6', 'endurance/6.1'])
        expect(statusOf(id), id).to.equal('failed');
    });

  it('that ends amid the run gets a verdict on each case', async () => {
    const server = await ReferenceServer.start({ clients: Infinity, onError: 'end server', onSilentFin: 'end server' });
    const verdicts = await runChecks(allCases, {
      host: '127.0.0.1',
      port: server.port,
      patience: 0.3,
      maxPayload: 65536,
    });
    server.end();
    expect(verdicts).to.have.length(allCases.length);
    expect(verdicts.some(({ failure }) => failure?.got.includes('ECONNREFUSED'))).to.equal(true);
  });

  it('that serves one client at a time is told from one that serves many', async () => {
    const many = await ReferenceServer.start();
    expect(await servesConcurrently({ host: '127.0.0.1', port: many.port })).to.equal(true);
    many.end();

    const waiting: Socket[] = [];
    let busy = false;
    const next = (): void => {
      const socket = waiting.shift();
      busy = socket !== undefined;
      socket?.pipe(socket).once('close', next);
    };
    const one = createServer((socket) => {
      waiting.push(socket.on('error', () => undefined));
      if (!busy) next();
    }).listen(0, '127.0.0.1');
    await once(one, 'listening');
    expect(await servesConcurrently({ host: '127.0.0.1', port: (one.address() as AddressInfo).port })).to.equal(false);
    one.close();
  });
});
