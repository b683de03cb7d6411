import { expect } from 'chai';
import { allCases, runChecks } from '../../lib/check';
import { paths } from '../fixtures/paths';
import { freePort } from '../support/free-port';
import { lateReplyComes } from '../support/late-reply';
import { stopProxies } from '../support/proxy-process';
import { TestServer, stopServers } from '../support/server';

/** The cases that some path breaks, apart from those that take the server's timeouts. */
const ids = new Set<string>(paths.flatMap(({ flaws }) => flaws.flatMap(({ breaks }) => breaks)));
const checks = allCases.filter(({ id, pace }) => ids.has(id) && pace !== 'timed');

describe('a path, as docs/check-a-path.md tells it', () => {
  afterEach(async () => {
    await stopProxies();
    await stopServers();
  });

  for (const path of paths) {
    it(`is so of ${path.name}`, async () => {
      const server = await TestServer.start({ timeout: 30 });
      const port = await freePort();
      await path.start(port, server.port);
      const target = { host: '127.0.0.1', port, maxPayload: 65536, patience: 5 };
      const verdicts = await runChecks(checks, target);
      const failed = verdicts.filter(({ status }) => status === 'failed').map(({ case: { id } }) => id);
      const known = path.flaws.flatMap(({ breaks }) => breaks);
      if (known.includes('framing/2.1')) {
        expect(failed).to.include('framing/2.1');
        return; // nothing comes through
      }
      // Which of them fail depends on what comes first.
      expect(known).to.include.members(failed);
      expect(await lateReplyComes(path)).to.equal(!known.includes('late reply'));
    });
  }
});
