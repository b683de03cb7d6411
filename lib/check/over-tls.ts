import type { CheckCase, Rule } from './case';

/** What a case sends or expects over TLS that is not the same as over TCP, and the cases that it concerns. */
const differences: readonly { readonly says: string; readonly ids: readonly CheckCase['id'][] }[] = [
  {
    says: 'an end of stream is close_notify and a FIN; a FIN without close_notify passes for one',
    ids: [
      ...(['connection/1.3', 'stream/3.1', 'stream/3.2', 'limits/4.5', 'limits/4.6'] as const),
      ...(['limits/4.8', 'limits/4.9', 'limits/4.10', 'timeouts/5.7', 'timeouts/5.9'] as const),
      ...(['endurance/6.1', 'endurance/6.2'] as const),
    ],
  },
  {
    says: 'the client has done its handshake, and leaves by a FIN without close_notify',
    ids: ['connection/1.4', 'connection/1.7'],
  },
  {
    says: 'the reset is one of the TCP connection: it comes without an alert',
    ids: ['connection/1.5', 'connection/1.6'],
  },
  {
    says: 'what is sent in one segment is sent in one record',
    ids: ['framing/2.6', 'framing/2.7', 'framing/2.10', 'limits/4.4'],
  },
  {
    says: 'each piece that is sent apart is a record of its own, so that the server reads them apart',
    ids: ['framing/2.8', 'framing/2.9', 'framing/2.12', 'framing/2.13'],
  },
];

/** What is different about a case over TLS; undefined where nothing is. */
export function overTls({ id }: Pick<Rule, 'id'>): string | undefined {
  const said = differences.filter(({ ids }) => (ids as readonly string[]).includes(id)).map(({ says }) => says);
  return said.length === 0 ? undefined : said.join('; ');
}

/** The cases that are different over TLS. */
export const differentOverTls: readonly CheckCase['id'][] = differences.flatMap(({ ids }) => ids);
