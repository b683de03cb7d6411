import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ProxyProcess, type ProxyProgram, complaints, env } from './proxy-process';

const settings = ['-g', 'daemon off; error_log stderr notice; pid nginx.pid;', '-e', 'stderr'];

const program: ProxyProgram = {
  name: 'nginx',
  checkArguments: (file, folder) => ['-t', '-p', folder, '-c', file, ...settings],
  runArguments: (file, folder) => ['-p', folder, '-c', file, ...settings],
};

/** Debian builds the stream module as one that is loaded. */
function loadStream(): string {
  const { stderr } = spawnSync('nginx', ['-V'], { env, encoding: 'utf8' });
  if (!stderr.includes('--with-stream=dynamic')) return '';
  const [, folder = ''] = /--modules-path=(\S+)/.exec(stderr) ?? [];
  return `load_module ${join(folder, 'ngx_stream_module.so')};\n`;
}

const complete = (stream: string): string =>
  `${loadStream()}worker_processes 1;\nevents { worker_connections 4096; }\nstream {\n${stream}\n}\n`;

/** What nginx says about the content of a `stream` block: empty where it is good. */
export const nginxComplaints = (stream: string): string => complaints(program, complete(stream));

/**
 * Starts an nginx with one worker in the foreground.
 * @param stream the content of its `stream` block
 * @param ports that it listens on, awaited; see `freePort`
 */
export const startNginx = (stream: string, ports: readonly number[]): Promise<ProxyProcess> =>
  ProxyProcess.start(program, complete(stream), ports);
