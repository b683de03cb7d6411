import { freePort } from '../support/free-port';
import { Haproxy } from '../support/haproxy';
import { startNginx } from '../support/nginx';
import { stopProxies } from '../support/proxy-process';
import { ServerProcess, runTrustctl } from '../support/trustctl';

/**
 * `npm run bench:balance`: a load test of one server, and of two behind HAProxy and nginx; what each of the two was given, and what the way
 * through the balancer costs.
 */
const CLIENTS = 64;
const SECONDS = 3;

const flags = ['--log-file', '', '--log-format', 'json'];

interface Figures {
  readonly rate_per_s: number;
  readonly rtt_ms: { readonly p50: number; readonly p99: number };
  readonly messages: { readonly failed: number };
}

async function load(port: number): Promise<Figures> {
  const run = ['--clients', String(CLIENTS), '--duration', String(SECONDS), '--warmup', '1', '--json'];
  const { stdout, stderr } = await runTrustctl(['echo-load-test', '--port', String(port), ...run]);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Figures;
}

const startServers = (count: number, ...more: string[]): Promise<ServerProcess[]> =>
  Promise.all(Array.from({ length: count }, () => ServerProcess.start([...flags, ...more])));

const haproxy = (port: number, servers: readonly ServerProcess[]): Promise<unknown> =>
  Haproxy.forward(
    port,
    servers.map((server) => server.port),
    { lines: ['balance leastconn'], server: 'send-proxy-v2' },
  );

const nginx = (port: number, servers: readonly ServerProcess[]): Promise<unknown> =>
  startNginx(
    `upstream echo {
  least_conn;
${servers.map((server) => `  server 127.0.0.1:${server.port};`).join('\n')}
}
server { listen 127.0.0.1:${port}; proxy_pass echo; proxy_protocol on; proxy_half_close on; }`,
    [port],
  );

function print(path: string, servers: readonly ServerProcess[], { rate_per_s, rtt_ms, messages }: Figures): void {
  const shares = servers.map((server) => server.all('client_connect').length).join(' / ');
  const cells = [path, shares, Math.round(rate_per_s), rtt_ms.p50.toFixed(2), rtt_ms.p99.toFixed(2), messages.failed];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

async function main(): Promise<void> {
  process.stdout.write(
    '| path | connections of each | messages/s | p50 ms | p99 ms | failed |\n| --- | --- | --- | --- | --- | --- |\n',
  );
  const direct = await startServers(1);
  print('one server', direct, await load(direct[0]!.port));
  await direct[0]!.stop();
  for (const [path, start] of Object.entries({
    'HAProxy, leastconn, two servers': haproxy,
    'nginx, least_conn, two servers': nginx,
  })) {
    const servers = await startServers(2, '--proxy-protocol', 'require');
    const port = await freePort();
    await start(port, servers);
    print(path, servers, await load(port));
    await stopProxies();
    await Promise.all(servers.map((server) => server.stop()));
  }
}

void main();
