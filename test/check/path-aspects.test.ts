import { expect } from 'chai';
import { allCases, type Verdict } from '../../lib/check';
import { attributeToPath, pathAspects } from '../../lib/check/path-aspects';
import { freePort } from '../support/free-port';
import { scriptedServer } from '../support/scripted-server';
import { runTrustctl } from '../support/trustctl';

const failed = (...ids: string[]): Verdict[] =>
  allCases
    .filter(({ id }) => ids.includes(id))
    .map((check) => ({
      case: check,
      status: 'failed',
      durationMs: 1,
      failure: { got: 'nothing', likely: check.likely },
    }));

describe('a server behind a path', () => {
  it('has each case in one aspect', () => {
    const ids = pathAspects.flatMap(({ cases }) => cases);
    expect([...ids].sort()).to.deep.equal(allCases.map(({ id }) => id).sort());
  });

  it('is not the first to be blamed', () => {
    const [verdict] = attributeToPath(failed('stream/3.1'), 'nginx');
    expect(verdict!.failure!.likely).to.match(
      /^nginx may end both directions when one ends \(.*proxy_half_close on.*\); or /,
    );
  });

  it('is told once where nothing comes through', () => {
    const verdicts = failed('framing/2.1', 'stream/3.1');
    const [simplest, other] = attributeToPath(verdicts, 'HAProxy');
    expect(simplest!.failure!.likely).to.match(/^HAProxy may not pass the stream on as it is/);
    expect(other).to.equal(verdicts[1]);
  });

  it('is told by echo-check --via', async () => {
    // It ends both directions when the client ends one.
    await using server = await scriptedServer((socket) => {
      socket.resume().on('end', () => socket.destroy());
    });
    const args = ['echo-check', 'stream/3.1', '--port', String(server.port), '--via', 'the proxy', '--timeout', '1'];
    const { code, stdout } = await runTrustctl(args);
    expect(code).to.equal(1);
    expect(stdout).to.include('likely    the proxy may end both directions when one ends');
    const port = await freePort();
    expect((await runTrustctl(['echo-check', '--port', String(port), '--via', ' '])).code).to.equal(64);
  });
});
