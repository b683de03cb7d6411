import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IJob } from 'kubernetes-models/batch/v1';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { IContainer, IPodSpec, IService } from 'kubernetes-models/v1';
import { readCommandLine } from '../../lib/cli/program';
import { loadSettings } from '../../lib/config/load-settings';
import { type Settings, settings } from '../../lib/config/settings';
import { temporaryFolder } from '../support/trustctl';
import { DEPLOY, manifestOf } from './manifests';

/** How trustctl is started by a file of deploy/. */
interface Start {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const read = (file: string): string => readFileSync(join(DEPLOY, file), 'utf8');

/** What the image says: ENV, and CMD where the container has no arguments of its own. */
function image(): Start {
  const dockerfile = read('container/Dockerfile');
  const env = /^ENV (.*)$/m.exec(dockerfile)?.[1] ?? '';
  const [, command = ''] = /^CMD (.*)$/m.exec(dockerfile) ?? [];
  return {
    args: JSON.parse(command) as string[],
    env: Object.fromEntries(env.split(' ').map((pair) => pair.split('='))) as Record<string, string>,
  };
}

/** What a pod of the load test is told of its share and of the time: it stands for every pod in the manifest, and is filled in later. */
const isFilledIn = (arg: string): boolean => /^--(shard|start-at)=/.test(arg);

function container({ args = [], env = [] }: IContainer): Start {
  const own = Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
  return { args: args.filter((arg) => !isFilledIn(arg)), env: { ...image().env, ...own } };
}

function service(): Start {
  const unit = read('systemd/trustctl.service');
  const [, command = ''] = /^ExecStart=\S+\/trustctl (.*)$/m.exec(unit) ?? [];
  const pairs = [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
  return { args: command.split(' '), env: Object.fromEntries(pairs) as Record<string, string> };
}

/** The settings of such a run; throws where a flag, a variable or a value is none. */
function settingsOf({ args, env }: Start): Settings {
  const invocation = readCommandLine(['node', 'trustctl', ...args]);
  return loadSettings({ ...invocation!, environment: { TRUST_HOME: temporaryFolder(), ...env } }).settings;
}

const podOf = ({ spec }: IDeployment | IJob): IPodSpec => spec!.template.spec!;
const deployment = podOf(manifestOf('Deployment', 'trustctl-echo') as IDeployment);
const job = manifestOf('Job', 'trustctl-load-test') as IJob;
const containerOf = ({ containers }: IPodSpec): IContainer => containers[0]!;

const starts: Record<string, () => Start> = {
  'container/Dockerfile': image,
  'systemd/trustctl.service': service,
  'kubernetes/deployment.yaml': () => container(containerOf(deployment)),
  'kubernetes/load-test-job.yaml': () => container(containerOf(podOf(job))),
};

describe('what deploy/ says', () => {
  for (const [file, start] of Object.entries(starts)) {
    it(`in ${file} are settings that there are, with values that they take`, () => {
      const known = ['NODE_ENV', ...settings.map(({ variable }) => variable)];
      expect(Object.keys(start().env).filter((name) => !known.includes(name))).to.deep.equal([]);
      settingsOf(start());
    });
  }

  it('of ports is the same in the image, the socket, the pods, the Services and the policies', () => {
    const { echo, admin } = settingsOf(container(containerOf(deployment)));
    const ports = containerOf(deployment).ports!.map(({ name, containerPort }) => [name, containerPort]);
    expect(ports).to.deep.equal([
      ['echo', echo.port],
      ['admin', admin.port],
    ]);
    const servicePorts = (name: string): unknown =>
      (manifestOf('Service', name) as IService).spec!.ports!.map(({ port, targetPort }) => [targetPort, port]);
    expect(servicePorts('trustctl-echo')).to.deep.equal([['echo', echo.port]]);
    expect(servicePorts('trustctl-echo-admin')).to.deep.equal([['admin', admin.port]]);
    const policy = (manifestOf('NetworkPolicy', 'trustctl-echo') as INetworkPolicy).spec!;
    expect(policy.ingress!.flatMap((rule) => rule.ports!.map(({ port }) => port))).to.deep.equal(['echo', 'admin']);
    expect(settingsOf(container(containerOf(podOf(job)))).echo).to.include({ port: echo.port, host: 'trustctl-echo' });
    expect(settingsOf(image()).echo.port).to.equal(echo.port);
    expect(read('container/Dockerfile')).to.include(`EXPOSE ${echo.port}\n`);
    expect(read('systemd/trustctl.socket')).to.match(new RegExp(`^ListenStream=127.0.0.1:${echo.port}$`, 'm'));
  });

  /** Seconds that a stop may take beside waiting for clients: workers that hang, the log. */
  const MARGIN = 5;
  const stopTime = ({ server }: Settings): number => server.drainDelay + server.shutdownTimeout + MARGIN;

  it('of a stop leaves time to drain', () => {
    const pod = settingsOf(container(containerOf(deployment)));
    expect(pod.server.drainDelay).to.be.greaterThan(0);
    expect(deployment.terminationGracePeriodSeconds).to.be.at.least(stopTime(pod));
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(read('systemd/trustctl.service')) ?? [];
    expect(Number(seconds)).to.be.at.least(stopTime(settingsOf(service())));
  });

  it('of the backlog is the same in the socket and in the settings', () => {
    expect(read('systemd/trustctl.socket')).to.match(
      new RegExp(`^Backlog=${settingsOf(service()).server.backlog}$`, 'm'),
    );
  });

  it('of probes are paths of the admin endpoint', () => {
    const { startupProbe, livenessProbe, readinessProbe } = containerOf(deployment);
    const gets = [startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet);
    expect(gets.map((get) => [get?.path, get?.port])).to.deep.equal([
      ['/livez', 'admin'],
      ['/livez', 'admin'],
      ['/readyz', 'admin'],
    ]);
  });

  it('of selectors finds the pods, and the Service that Prometheus asks', () => {
    const { selector, template } = (manifestOf('Deployment', 'trustctl-echo') as IDeployment).spec!;
    const { labels } = template.metadata!;
    const budget = manifestOf('PodDisruptionBudget', 'trustctl-echo') as IPodDisruptionBudget;
    const policy = manifestOf('NetworkPolicy', 'trustctl-echo') as INetworkPolicy;
    const admin = manifestOf('Service', 'trustctl-echo-admin') as IService;
    const found = [
      selector.matchLabels,
      budget.spec!.selector!.matchLabels,
      policy.spec!.podSelector.matchLabels,
      (manifestOf('Service', 'trustctl-echo') as IService).spec!.selector,
      admin.spec!.selector,
      ...deployment.topologySpreadConstraints!.map(({ labelSelector }) => labelSelector!.matchLabels),
    ];
    for (const matched of found) expect(matched).to.deep.equal(labels);

    const monitor = (manifestOf('ServiceMonitor', 'trustctl-echo') as IServiceMonitor).spec;
    expect(admin.metadata!.labels).to.deep.equal(monitor.selector.matchLabels);
    expect(monitor.endpoints.map(({ port, path }) => [port, path])).to.deep.equal([
      [admin.spec!.ports![0]!.name, '/metrics'],
    ]);

    const jobPolicy = manifestOf('NetworkPolicy', 'trustctl-load-test') as INetworkPolicy;
    expect(job.spec!.template.metadata!.labels).to.deep.equal(jobPolicy.spec!.podSelector.matchLabels);
    expect(jobPolicy.spec!.egress![0]!.to![0]!.podSelector!.matchLabels).to.deep.equal(labels);
  });

  it('of the load test divides it among as many pods as there are', () => {
    const { completions, parallelism, completionMode } = job.spec!;
    expect(completionMode).to.equal('Indexed');
    expect(parallelism).to.equal(completions);
    expect(containerOf(podOf(job)).args).to.include(`--shard=$(JOB_COMPLETION_INDEX)/${completions}`);
  });

  for (const [name, pod] of Object.entries({ server: deployment, 'load test': podOf(job) })) {
    it(`of the ${name}'s pods is what the restricted profile asks for, and no more is mounted than is read`, () => {
      expect(pod.securityContext).to.deep.include({
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(containerOf(pod).securityContext).to.deep.equal({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(pod.automountServiceAccountToken).to.equal(false);
      const { env = [], volumeMounts = [] } = containerOf(pod);
      for (const { mountPath, name: volume } of volumeMounts) {
        expect(pod.volumes!.map((row) => row.name)).to.include(volume);
        expect(env.some(({ value }) => value?.startsWith(`${mountPath}/`))).to.equal(true);
      }
    });
  }
});
