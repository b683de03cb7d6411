import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../support/free-port';
import { Haproxy, haproxyComplaints } from '../support/haproxy';
import { nginxComplaints, startNginx } from '../support/nginx';
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

  it('is right in that nginx without proxy_half_close loses echoes', async () => {
    const { port: to } = await start();
    const port = await freePort();
    const recipe = onLoopback(recipes('nginx')[0]!, port, to).replace('proxy_half_close on;', '');
    await startNginx(recipe, [port]);
    const { stdout } = await runTrustctl(['echo-check', '--port', String(port), 'stream/3.1', 'stream/3.2']);
    expect(stdout).to.contain('0 passed, 2 failed');
  });
});
