import { expect } from 'chai';
import { hostPort, plainAddress } from '../../lib/net/host-port';

describe('hostPort', () => {
  const forms: [host: string, text: string][] = [
    ['127.0.0.1', '127.0.0.1:9900'],
    ['example.org', 'example.org:9900'],
    ['::1', '[::1]:9900'],
    ['::', '[::]:9900'],
    ['fe80::1%eth0', '[fe80::1%eth0]:9900'],
    ['::ffff:127.0.0.1', '127.0.0.1:9900'],
    ['::FFFF:10.1.2.3', '10.1.2.3:9900'],
    ['::ffff:7f00:1', '[::ffff:7f00:1]:9900'],
  ];
  for (const [host, text] of forms) it(`writes ${host} as ${text}`, () => expect(hostPort(host, 9900)).to.equal(text));

  it('leaves an address alone that is no mapped one', () => {
    for (const address of ['127.0.0.1', '::1', '::ffff:0:127.0.0.1']) expect(plainAddress(address)).to.equal(address);
  });
});
