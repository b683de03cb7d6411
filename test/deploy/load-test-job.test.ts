import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { IJob } from 'kubernetes-models/batch/v1';
import { parseOutput } from '../support/report-schema';
import { echo, scriptedServer } from '../support/scripted-server';
import { runTrustctl, temporaryFolder } from '../support/trustctl';
import { manifestOf } from './manifests';

const { spec } = manifestOf('Job', 'trustctl-load-test') as IJob;

/** A load that this machine can take, and a server on it: the last of several flags applies. */
const small = ['--clients=8', '--concurrency=8', '--rate=200', '--duration=1', '--no-tls', '--host=127.0.0.1'];

describe('the load test as a Job of Kubernetes', () => {
  it('is one run: its pods, as processes, give reports that merge', async () => {
    await using server = await scriptedServer(echo);
    const { args = [] } = spec!.template.spec!.containers[0]!;
    const pods = Array.from({ length: spec!.completions! }, async (_, index) => {
      const own = args.map((arg) => arg.replace('$(JOB_COMPLETION_INDEX)', String(index)).replace('START_AT', '+1s'));
      const { code, stdout } = await runTrustctl([...own, ...small, `--port=${server.port}`]);
      expect(code).to.equal(0);
      const file = join(temporaryFolder(), `pod-${index}.json`);
      writeFileSync(file, stdout);
      return file;
    });
    const { code, stdout } = await runTrustctl(['load-merge', ...(await Promise.all(pods)), '--json', '--max-skew=60']);
    const { messages, shards, open_loop } = parseOutput(stdout);
    expect(messages.ok + open_loop!.unsent).to.equal(200);
    expect(shards.reports.map(({ index }) => index)).to.deep.equal([0, 1, 2, 3]);
    expect(code).to.equal(0);
  });
});
