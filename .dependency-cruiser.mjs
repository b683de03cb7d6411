/** Who knows whom: a row for each folder of lib, or file that stands beside them, with those that its files may import. */
const layers = {
  framing: [],
  deadline: [],
  options: [],
  text: [],
  version: [],
  errors: [],
  io: ['errors'],
  net: ['errors'],
  proc: ['errors'],
  log: ['deadline', 'errors', 'io'],
  config: ['errors', 'io', 'net'],
  client: ['errors', 'framing', 'net', 'options', 'text'],
  server: ['deadline', 'errors', 'framing', 'io', 'log', 'net', 'options', 'proc'],
  admin: ['errors', 'net', 'server'],
  load: ['client', 'config', 'errors', 'framing', 'io', 'net', 'proc', 'text'],
  check: ['client', 'config', 'errors', 'framing', 'io', 'net', 'proc', 'text'],
  ping: ['client', 'errors', 'load', 'text'],
  probe: ['client', 'deadline', 'errors', 'framing', 'net', 'text'],
  commands: [
    ...['admin', 'check', 'client', 'config', 'deadline', 'errors', 'framing', 'io', 'load', 'log', 'net', 'ping'],
    ...['probe', 'proc', 'server', 'version'],
  ],
  cli: ['commands', 'config', 'deadline', 'errors', 'io', 'log', 'version'],
  index: ['client', 'framing', 'server'],
};

const under = (name) => `^lib/${name}[./]`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(layers).map(([name, known]) => ({
      name: `what-${name}-knows`,
      severity: 'error',
      from: { path: under(name) },
      to: { path: '^lib/', pathNot: [name, ...known].map(under) },
    })),
    { name: 'has-a-row', severity: 'error', from: { path: '^lib/', pathNot: Object.keys(layers).map(under) }, to: {} },
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true, // an import of a type counts as one, too
    doNotFollow: { path: 'node_modules' },
  },
};
