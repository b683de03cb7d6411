import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../support/free-port';
import { Haproxy, haproxyComplaints } from '../support/haproxy';
import { nginxComplaints, startNginx } from '../support/nginx';
import { Peer } from '../support/peer';
import { stopProxies } from '../support/proxy-process';
import { ServerProcess, runTrustctl } from '../support/trustctl';

const DOCUMENT = resolve(__dirname, '../../docs/load-balancers.md');

/** The blocks of one language in the document. */
const recipes = (language: 'haproxy' | 'nginx'): string[] =>
  [...readFileSync(DOCUMENT, 'utf8').matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, block]) => block!,
  );

/** A recipe on loopback: on `port`, in front of one server in the place of both. */
const onLoopback = (recipe: string, port: number, server: number): string =>
  recipe
    .replace('bind :9900', `bind 127.0.0.1:${port}`)
    .replace('listen 9900', `listen 127.0.0.1:${port}`)
    .replaceAll(/10\.0\.0\.1[12]:9900/g, `127.0.0.1:${server}`);

describe('docs/load-balancers.md', () => {
  let server: ServerProcess | undefined;

  afterEach(async () => {
    await stopProxies();
    await server?.stop();
  });

  const check = (port: number) =>
    runTrustctl(['echo-check', '--port', String(port), '--max-payload', '65536', '--timeout', '10']);

  const start = async () => (server = await ServerProcess.start(['--proxy-protocol', 'require']));

  it('has configurations that their programs find good', () => {
    expect(recipes('haproxy').map(haproxyComplaints)).to.deep.equal(['', '']);
    expect(recipes('nginx').map(nginxComplaints)).to.deep.equal(['']);
  });

  it('has a configuration of HAProxy through which every case of the check passes', async () => {
    const { port: to } = await start();
    const port = await freePort();
    await Haproxy.start(onLoopback(recipes('haproxy')[0]!, port, to), [port]);
    const { code, stdout } = await check(port);
    expect(stdout).to.contain(' passed, 0 failed, ');
    expect(code).to.equal(0);
  });

  it('has a configuration of nginx through which every case of the check passes', async () => {
    const { port: to } = await start();
    const port = await freePort();
    await startNginx(onLoopback(recipes('nginx')[0]!, port, to), [port]);
    const { code, stdout } = await check(port);
    expect(stdout).to.contain(' passed, 0 failed, ');
    expect(code).to.equal(0);
  });

  /** What a client gets that ends its side at once, from a server that answers when it has seen that. */
  async function answerThrough(recipe: string): Promise<string> {
    const answering = createServer({ allowHalfOpen: true }, (socket) => {
      const chunks: Buffer[] = [];
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('end', () => socket.end(Buffer.concat(chunks)));
    });
    answering.listen(0, '127.0.0.1');
    await once(answering, 'listening');
    const port = await freePort();
    const plain = recipe.replace('proxy_protocol on;', '');
    await startNginx(onLoopback(plain, port, (answering.address() as AddressInfo).port), [port]);
    const peer = await Peer.connect(port);
    await peer.send('AAAA');
    peer.halfClose();
    const answer = await peer.readToEnd();
    answering.close();
    return answer.toString();
  }

  it('is right about proxy_half_close: nginx without it drops what is still to come', async () => {
    const [recipe = ''] = recipes('nginx');
    expect(await answerThrough(recipe)).to.equal('AAAA');
    expect(await answerThrough(recipe.replace('proxy_half_close on;', ''))).to.equal('');
  });
});
