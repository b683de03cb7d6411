import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join, relative, resolve } from 'node:path';
import * as exported from '../../lib';
import { frameHeader } from '../../lib/framing/header';
import { ExampleProcess, compilerErrors, examplesIn } from '../support/examples';
import { Peer, frames, manyFrames } from '../support/peer';
import { TestServer, stopServers } from '../support/server';

const ROOT = resolve(__dirname, '../..');
const KV_SERVER = readFileSync(join(ROOT, 'docs/examples/kv-server.ts'), 'utf8');
const library = examplesIn('docs/library.md');
const readme = examplesIn('README.md');

/** The resident memory of a process, in bytes. */
const residentOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** Prints on which port the `server` of an example listens. */
const tellPort = `\nserver.on('listening', () => console.log('port', server.address().port));\n`;

interface ServerExample {
  readonly name: string;
  readonly code: string;
  readonly args?: readonly string[];
  /** What it answers to a payload. */
  readonly answer: (payload: string) => string;
}

const servers: readonly ServerExample[] = [
  { name: 'pipeline', code: library.get('pipeline')! + tellPort, answer: (payload) => `you said ${payload}` },
  { name: 'batches', code: library.get('batches')! + tellPort, answer: (payload) => payload },
  {
    name: 'kv-server.ts',
    code: KV_SERVER,
    args: ['0'],
    answer: (payload) => `ERROR unknown command: ${payload.slice(0, 20)}`,
  },
];

describe('docs/library.md', () => {
  const running: ExampleProcess[] = [];
  const peers: Peer[] = [];
  const run = (code: string, ...args: readonly string[]): ExampleProcess => {
    const example = ExampleProcess.run(code, ...args);
    running.push(example);
    return example;
  };
  const connect = async (port: number, paused = false): Promise<Peer> => {
    const peer = await Peer.connect(port, { paused });
    peers.push(peer);
    return peer;
  };

  afterEach(async () => {
    peers.splice(0).forEach((peer) => peer.close());
    for (const example of running.splice(0)) {
      example.child.kill('SIGKILL');
      await example.exited;
    }
    await stopServers();
  });

  it('has examples that compile, as does the key-value store', function () {
    this.timeout(0); // the compiler runs in one go: no limit could end it, and one on the clock measures the machine's load
    const client = `declare const port: number;\n${library.get('client')!}`;
    const sources = new Map([...library, ...readme, ['client', client], ['kv-server', KV_SERVER]]);
    expect(sources.size).to.equal(8);
    expect(compilerErrors(sources)).to.deep.equal([]);
  });

  for (const { name, code, args = [], answer } of servers) {
    describe(`the example ${name}`, () => {
      let example: ExampleProcess;
      let port: number;

      beforeEach(async () => {
        example = run(code, ...args);
        const [, told] = await example.line(/port\D+(\d+)/);
        port = Number(told);
      });

      /** It still answers, whatever came before. */
      const answers = async (): Promise<void> => {
        const peer = await connect(port);
        await peer.send(frames('still there?'));
        const expected = frames(answer('still there?'));
        expect(await peer.read(expected.length)).to.deep.equal(expected);
      };

      it('answers, and returns all to a client that half-closes', async () => {
        const peer = await connect(port);
        const sent = Array.from({ length: 200 }, (_, i) => `message ${i}`);
        await peer.send(frames(...sent));
        peer.halfClose();
        expect((await peer.readToEnd()).equals(frames(...sent.map(answer)))).to.equal(true);
        expect(peer.ended).to.equal('fin');
      });

      it('lives through resets', async () => {
        for (let i = 0; i < 10; i++) {
          const peer = await connect(port);
          await peer.send(manyFrames(20, 1000));
          peer.reset();
        }
        await answers();
      });

      it('lives through a header over the limit', async () => {
        const peer = await connect(port);
        await peer.send(Buffer.concat([frameHeader(65_537), Buffer.alloc(1000)]));
        await peer.readToEnd();
        await answers();
      });

      it('is not filled by a client that floods and never reads', async () => {
        await answers();
        const before = residentOf(example.child.pid!);
        const peer = await connect(port, true);
        void peer.send(manyFrames(4000, 65_000)); // 260 MB
        await peer.stuck();
        expect(residentOf(example.child.pid!) - before).to.be.lessThan(64 << 20);
        await answers();
      });
    });
  }

  it('shows a server for requests and responses that answers', async () => {
    const example = run(`${library.get('server')!}\nconsole.log('port', port);\n`);
    const [, port] = await example.line(/^port (\d+)/);
    const peer = await connect(Number(port));
    const reply = frames(`127.0.0.1:${peer.socket.localPort} said hello`);
    await peer.send(frames('hello'));
    expect(await peer.read(reply.length)).to.deep.equal(reply);
  });

  it('shows a client that gets its replies, and ends', async () => {
    const { port } = await TestServer.start();
    const example = run(`const port = ${port};\n${library.get('client')!}`);
    expect(await example.exited, example.stderr).to.equal(0);
    expect(example.lines).to.deep.equal(['hello', 'one', 'two']);
  });

  it('shows what a fault tells', async () => {
    const example = run(library.get('faults')!);
    expect(await example.exited, example.stderr).to.equal(0);
    expect(example.lines).to.deep.equal(['hi', '1195725856 GET / HTTP/1.1']);
  });

  it('has a key-value store that gets, sets and deletes', async () => {
    const example = run(KV_SERVER, '0');
    const [, port] = await example.line(/"port":(\d+)/);
    const peer = await connect(Number(port));
    await peer.send(frames('GET a', 'SET a any value: \xe9', 'GET a', 'DEL a', 'DEL a', 'GET a'));
    const expected = frames('NONE', 'OK', 'VALUE', 'any value: \xe9', 'OK', 'NONE', 'NONE');
    expect(await peer.read(expected.length)).to.deep.equal(expected);
    example.child.kill('SIGTERM');
    await peer.readToEnd();
    peer.close();
    expect(await example.exited, example.stderr).to.equal(0);
  });
});

describe('README.md, the library', () => {
  it('shows a server and a client that work', async () => {
    const example = ExampleProcess.run(readme.get('both')!);
    expect(await example.exited, example.stderr).to.equal(0);
    expect(example.lines).to.deep.equal(['HELLO']);
  });
});

/** The files of ours that a module loads, and the modules that are not. */
function loadedBy(module: string): { ours: string[]; others: string[] } {
  const program = `require('${module}'); console.log(JSON.stringify(Object.keys(require.cache)));`;
  const files = JSON.parse(
    execFileSync(process.execPath, ['-e', program], { cwd: ROOT, encoding: 'utf8' }),
  ) as string[];
  const relatives = files.map((file) => relative(ROOT, file));
  return {
    ours: relatives.filter((file) => file.startsWith('dist/')),
    others: relatives.filter((file) => !file.startsWith('dist/')),
  };
}

describe('The library as a module', () => {
  it('trustctl/framing loads the framing, and of Node the streams and buffers alone', () => {
    const { ours, others } = loadedBy('trustctl/framing');
    expect(others).to.deep.equal([]);
    expect(ours).to.have.length.within(1, 12);
    for (const file of ours) {
      expect(file).to.match(/^dist\/framing\//);
      const imports = readFileSync(join(ROOT, file), 'utf8').matchAll(/require\("(node:[^"]+)"\)/g);
      for (const [, builtin] of imports) expect(builtin).to.be.oneOf(['node:stream', 'node:buffer']);
    }
  });

  it('trustctl loads nothing that is installed, and nothing of the command line', () => {
    const { ours, others } = loadedBy('trustctl');
    expect(others).to.deep.equal([]);
    expect(ours.length).to.be.greaterThan(20);
    for (const file of ours)
      expect(file).to.match(
        /^dist\/(index\.js|deadline\.js|options\.js|log\/silent-log\.js|(errors|framing|net|proc|server|client|text)\/)/,
      );
  });

  it('exports what its documents name, and nothing internal', () => {
    expect(Object.keys(exported).sort()).to.deep.equal([
      'DEFAULT_MAX_PAYLOAD',
      'EchoTransform',
      'FrameBatch',
      'FrameClient',
      'FrameClientError',
      'FrameDecoder',
      'FrameEncoder',
      'FrameOversizeError',
      'FrameParser',
      'FrameTruncatedError',
      'HEADER_LENGTH',
      'createEchoServer',
      'createFrameServer',
    ]);
  });
});
