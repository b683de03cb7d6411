import type { ServerProcess } from './trustctl';

/** An answer of the admin endpoint. */
export interface AdminAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The admin endpoint of a server that was started with `--admin-port 0`. */
export class AdminClient {
  private constructor(readonly port: number) {}

  static async of(server: ServerProcess): Promise<AdminClient> {
    const { port } = await server.waitFor('admin_start');
    return new AdminClient(port as number);
  }

  async get(path: string, method = 'GET'): Promise<AdminAnswer> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, { method });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** The samples of `/metrics` by name and labels, as they stand: `a_total{reason="b"}`. */
  async samples(): Promise<ReadonlyMap<string, number>> {
    const { text } = await this.get('/metrics');
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
  }
}
