/**
 * The variables that Kubernetes sets in every container, for each Service of its namespace; Docker did the same for links. A
 * Service called `trustctl-echo` sets TRUSTCTL_ECHO_PORT, which is not a port number.
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const patterns: readonly { readonly name: RegExp; readonly value?: RegExp }[] = [
  { name: /_SERVICE_HOST$/ },
  { name: /_SERVICE_PORT(_\w+)?$/ },
  { name: /_PORT$/, value: /^(tcp|udp|sctp):\/\//i },
  { name: /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/ },
];

function isServiceVariable(name: string, text: string): boolean {
  return patterns.some((pattern) => pattern.name.test(name) && (pattern.value?.test(text) ?? true));
}

/** The environment without those variables. They are never meant as settings. */
export function withoutServiceVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name, text]) => !isServiceVariable(name, text ?? '')));
}
