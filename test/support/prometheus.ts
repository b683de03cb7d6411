import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from './free-port';
import { ProxyProcess, type ProxyProgram } from './proxy-process';
import { until } from './until';

/** What `promtool check metrics` says about a text: empty where it is good. */
export function metricsComplaints(text: string): string {
  const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  if (error) throw error;
  return status === 0 ? '' : `${stdout}${stderr}`;
}

/** A Prometheus that scrapes one target. */
export class Prometheus {
  private constructor(private readonly port: number) {}

  static async start(target: string): Promise<Prometheus> {
    const port = await freePort();
    const program: ProxyProgram = {
      name: 'prometheus',
      checkArguments: () => [],
      runArguments: (file, folder) => [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
    };
    const config = `global: { scrape_interval: 250ms, scrape_timeout: 250ms }
scrape_configs:
  - job_name: trustctl
    static_configs: [{ targets: ['${target}'] }]`;
    await ProxyProcess.start(program, config, [port]);
    await until(async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok);
    return new Prometheus(port);
  }

  /** The values that a query has now, or had `at` that time in Unix seconds. */
  async query(expr: string, at?: number): Promise<number[]> {
    const parameters = new URLSearchParams({ query: expr, ...(at !== undefined && { time: String(at) }) });
    const response = await fetch(`http://127.0.0.1:${this.port}/api/v1/query?${parameters.toString()}`);
    const { status, error, data } = (await response.json()) as {
      status: string;
      error?: string;
      data?: { result: { value: [number, string] }[] };
    };
    if (status !== 'success') throw new Error(`${expr}: ${error}`);
    return data!.result.map(({ value }) => Number(value[1]));
  }
}
