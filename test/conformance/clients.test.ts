import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { type ClientCase, clientCases, clientCommand, runClientChecks, type Verdict } from '../../lib/check';
import type { StartClient } from '../../lib/check/client/client-command';
import { FrameBatch, FrameClient, FrameClientError } from '../../lib';
import { BIN, temporaryFolder } from '../support/trustctl';

const DOCS = resolve(__dirname, '../../docs');
const EXAMPLES = join(DOCS, 'examples');
/** Seconds: what a client may take on a machine that is busy with all of them. */
const TIMEOUT = 40;
/** Seconds without a byte after which our own clients give up. */
const PATIENCE = 4;

function buildC(): string {
  const program = join(temporaryFolder(), 'echo_client');
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, `${EXAMPLES}/echo_client.c`];
  const { status, stderr, error } = spawnSync('gcc', flags);
  if (status !== 0) throw error ?? new Error(`gcc: ${stderr.toString()}`);
  return program;
}

/** The minimal client that the document shows, as a file. */
function minimal(): string {
  const [, code] = /^```python\n(.*?)^```$/ms.exec(readFileSync(join(DOCS, 'check-your-client.md'), 'utf8'))!;
  const file = join(temporaryFolder(), 'client.py');
  writeFileSync(file, code!);
  return file;
}

/** Sends frames and exits with 0 if each came back and nothing else. */
async function exchange(host: string, port: number, signal: AbortSignal): Promise<number> {
  const payloads = ['first', '', 'the third', 'x'.repeat(3000)].map((text) => Buffer.from(text));
  try {
    await using client = await FrameClient.connect({ host, port, timeout: PATIENCE, signal });
    void client.send(FrameBatch.of(...payloads));
    for (const payload of payloads) if (!(await client.receive())?.equals(payload)) return 1;
    client.end();
    const more = await client.receive().catch((error: unknown) => error);
    return Buffer.isBuffer(more) || (more instanceof FrameClientError && more.event.startsWith('frame_')) ? 1 : 0;
  } catch {
    return 1;
  }
}

/** FrameClient in this process. */
const frameClient: StartClient = (host, port) => {
  const killed = new AbortController();
  const ended = exchange(host, port, killed.signal).then((code) => ({ code, signal: null, lastWords: '' }));
  return { ended, kill: () => killed.abort() };
};

const MINIMAL = 'the minimal one of the document';
const clients: Readonly<Record<string, () => StartClient>> = {
  [MINIMAL]: () => clientCommand(`python3 ${minimal()} {host} {port}`),
  'the example in Python': () => clientCommand(`python3 ${EXAMPLES}/echo_client.py {host} {port}`),
  'the example in C': () => clientCommand(`${buildC()} {host} {port}`),
  FrameClient: () => frameClient,
  'trustctl echo-client': () =>
    clientCommand(
      `TRUST_HOME=${temporaryFolder()} ${BIN} echo-client --host {host} --port {port} --timeout ${PATIENCE} AAAA BBBB`,
    ),
};

describe('the cases for clients against a right client', function () {
  this.timeout(120_000);
  const runs = new Map<string, Promise<Verdict<ClientCase>[]>>();

  before(() => {
    for (const [name, start] of Object.entries(clients)) {
      const run = (async () => runClientChecks(clientCases, { start: start(), timeout: TIMEOUT, maxPayload: 65536 }))();
      run.catch(() => undefined); // its test tells
      runs.set(name, run);
    }
  });

  it(`all pass but a SHOULD: ${MINIMAL}`, async () => {
    const complaints = (await runs.get(MINIMAL)!).filter(({ status }) => status !== 'passed');
    expect(complaints.map(({ case: { id, level }, status }) => `${id} ${level} ${status}`)).to.deep.equal([
      'replies/8.16 SHOULD failed',
    ]);
  });

  for (const name of Object.keys(clients).filter((each) => each !== MINIMAL))
    it(`all pass: ${name}`, async () => {
      const complaints = (await runs.get(name)!).filter(({ status }) => status !== 'passed');
      expect(complaints.map(({ case: { id }, reason, failure }) => `${id}: ${reason ?? failure?.got}`)).to.deep.equal(
        [],
      );
    });
});
