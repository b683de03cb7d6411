import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from './median';
import { whole } from './numbers';
import { cpuSeconds } from './process-stats';
import { benchmark, progress } from './program';
import { ROOT } from './root';
import { BenchServer, type ServerCommand } from './server-process';
import { trustctl } from './servers';
import { type Column, table } from './table';

const run = promisify(execFile);
const TRUSTCTL = join(ROOT, 'bin/trustctl');

/** A server of TLS: what terminates it, and what serves behind that. */
interface Setup {
  readonly name: string;
  /** Given the port of a plain trustctl; undefined where it serves by itself. */
  readonly terminator: (plain: number) => ServerCommand | undefined;
}

interface Result {
  readonly name: string;
  readonly handshakesPerSecond: number;
  readonly cpuPerHandshake: number;
  readonly framesPerSecond: number;
  readonly cpuPerFrame: number;
}

const columns: readonly Column<Result>[] = [
  { title: 'TLS by', align: 'left', cell: ({ name }) => name },
  { title: 'handshakes/s, one at a time', cell: ({ handshakesPerSecond }) => whole(handshakesPerSecond) },
  { title: 'CPU us each', cell: ({ cpuPerHandshake }) => whole(cpuPerHandshake) },
  { title: 'frames/s of 16 KiB', cell: ({ framesPerSecond }) => whole(framesPerSecond) },
  { title: 'CPU us each', cell: ({ cpuPerFrame }) => whole(cpuPerFrame) },
];

const folder = mkdtempSync(join(tmpdir(), 'trustctl-tls-'));
const file = (name: string): string => join(folder, name);

function makeCertificate(): void {
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const to = ['-keyout', file('key.pem'), '-out', file('cert.pem')];
  execFileSync('openssl', [...request, ...names, ...to], { stdio: 'pipe' });
  execFileSync('sh', ['-c', 'cat cert.pem key.pem > both.pem'], { cwd: folder });
}

/** Writes a configuration for the port that it is given. */
function configured(name: string, text: (port: number) => string): (port: number) => string {
  return (port) => {
    writeFileSync(file(name), text(port));
    return file(name);
  };
}

const haproxy = (plain: number): ServerCommand => {
  const config = configured(
    'haproxy.cfg',
    (port) => `global
  nbthread 1
  tune.ssl.cachesize 0
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen tls
  bind 127.0.0.1:${port} ssl crt ${file('both.pem')} ssl-min-ver TLSv1.3
  server plain 127.0.0.1:${plain}
`,
  );
  return { program: 'haproxy', args: (port) => ['-db', '-f', config(port)] };
};

const nginx = (plain: number): ServerCommand => {
  const config = configured(
    'nginx.conf',
    (port) => `load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
master_process off;
pid ${file('nginx.pid')};
error_log stderr error;
events {}
stream {
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${file('cert.pem')};
    ssl_certificate_key ${file('key.pem')};
    ssl_protocols TLSv1.3;
    proxy_pass 127.0.0.1:${plain};
  }
}
`,
  );
  return { program: 'nginx', args: (port) => ['-c', config(port)] };
};

const setups: readonly Setup[] = [
  { name: 'trustctl', terminator: () => undefined },
  { name: 'HAProxy, before a plain trustctl', terminator: haproxy },
  { name: 'nginx, before a plain trustctl', terminator: nginx },
];

/** Full handshakes, one after another, by openssl. */
async function handshakes(port: number, seconds: number): Promise<number> {
  const args = ['s_time', '-connect', `127.0.0.1:${port}`, '-new', '-tls1_3', '-time', String(seconds)];
  const { stdout } = await run('openssl', args);
  const [, count, real] = /(\d+) connections in (\d+) real seconds/.exec(stdout) ?? [];
  return Number(count) / Number(real);
}

async function frames(port: number, seconds: number): Promise<number> {
  const load = ['--concurrency', '4', '--pipeline', '16', '--payload-size', '16KiB', '--duration', String(seconds)];
  const tls = ['--tls', '--tls-ca', file('cert.pem'), '--log-file', ''];
  const { stdout } = await run(TRUSTCTL, ['echo-load-test', '--port', String(port), ...tls, ...load, '--json']);
  return (JSON.parse(stdout) as { rate_per_s: number }).rate_per_s;
}

async function measure({ name, terminator }: Setup, seconds: number): Promise<Result> {
  const own = ['--tls-cert', file('cert.pem'), '--tls-key', file('key.pem')];
  const isOwn = terminator(0) === undefined;
  const server = await BenchServer.start(trustctl(...(isOwn ? own : [])));
  const command = terminator(server.port);
  const front = command && (await BenchServer.start(command));
  const cpu = (): number => [server, ...(front ? [front] : [])].reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
  const { port } = front ?? server;
  const timed = async (work: () => Promise<number>): Promise<[rate: number, cpuEach: number]> => {
    const [before, started] = [cpu(), performance.now()];
    const rate = await work();
    return [rate, ((cpu() - before) * 1e6) / ((rate * (performance.now() - started)) / 1000)];
  };
  try {
    const [handshakesPerSecond, cpuPerHandshake] = await timed(() => handshakes(port, seconds));
    const [framesPerSecond, cpuPerFrame] = await timed(() => frames(port, seconds));
    return { name, handshakesPerSecond, cpuPerHandshake, framesPerSecond, cpuPerFrame };
  } finally {
    await front?.stop();
    await server.stop();
  }
}

benchmark(
  {
    seconds: { default: 3, doc: 'for each measurement' },
    rounds: { default: 3, doc: 'of all servers in turn; the median is told' },
  },
  async ({ numbers: { seconds, rounds } }) => {
    try {
      makeCertificate();
      const results: Result[] = [];
      for (let round = 1; round <= rounds; round++) {
        for (const setup of setups) {
          progress(`round ${round}: ${setup.name}`);
          results.push(await measure(setup, seconds));
        }
      }
      const middle = (name: string, key: Exclude<keyof Result, 'name'>): number =>
        median(results.filter((result) => result.name === name).map((result) => result[key]));
      const rows = setups.map(({ name }) => ({
        name,
        handshakesPerSecond: middle(name, 'handshakesPerSecond'),
        cpuPerHandshake: middle(name, 'cpuPerHandshake'),
        framesPerSecond: middle(name, 'framesPerSecond'),
        cpuPerFrame: middle(name, 'cpuPerFrame'),
      }));
      return { name: 'bench:tls', body: table(columns, rows) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
