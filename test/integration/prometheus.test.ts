import { expect } from 'chai';
import { AdminClient } from '../support/admin';
import { queries } from '../support/dashboard';
import { Prometheus, metricsComplaints } from '../support/prometheus';
import { stopProxies } from '../support/proxy-process';
import { ServerProcess, runTrustctl } from '../support/trustctl';
import { until } from '../support/until';

describe('the metrics, as Prometheus sees them', () => {
  let server: ServerProcess;

  beforeEach(async () => {
    server = await ServerProcess.start(['--admin-port', '0', '--workers', '2']);
    await server.waitFor('server_ready');
  });
  afterEach(async () => {
    await stopProxies();
    await server.stop();
  });
  const load = async (clients = 50): Promise<void> => {
    const { code } = await runTrustctl(['echo-load-test', '--port', String(server.port), '--clients', String(clients)]);
    expect(code).to.equal(0);
  };

  it('pass promtool', async () => {
    await load();
    const admin = await AdminClient.of(server);
    const { text } = await admin.get('/metrics');
    expect(metricsComplaints(text)).to.equal('');
    expect(metricsComplaints(text.replaceAll('_total', ''))).to.contain('counter metrics should have "_total" suffix');
  });

  it('answer every query of the dashboard', async () => {
    const admin = await AdminClient.of(server);
    const prometheus = await Prometheus.start(`127.0.0.1:${admin.port}`);
    await until(async () => (await prometheus.query('trustctl_ready')).length === 1);
    await load();
    // All queries see the scrape that has all frames: a later one may fail on a busy machine, and then nothing has a value.
    let at: number | undefined;
    await until(async () => {
      const scraped = 'timestamp(trustctl_frames_received_total) and trustctl_frames_received_total == 500';
      [at] = await prometheus.query(scraped);
      return at !== undefined;
    });
    for (const { title, expr } of queries) {
      const concrete = expr
        .replaceAll('$__rate_interval', '1m')
        .replaceAll('$job', 'trustctl')
        .replaceAll('$instance', '.*');
      expect(await prometheus.query(concrete, at), `${title}: ${expr}`).to.have.length.of.at.least(1);
    }
    const [frames] = await prometheus.query('sum(increase(trustctl_frames_received_total[1m]))', at);
    expect(frames).to.be.greaterThan(0);
  });
});
