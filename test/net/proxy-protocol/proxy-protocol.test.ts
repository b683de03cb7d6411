import { expect } from 'chai';
import fc from 'fast-check';
import { type ParsedHeader, type Route, parseProxyHeader, serializeProxyHeader } from '../../../lib/net/proxy-protocol';
import { canonicalAddress } from '../../../lib/net/proxy-protocol/address';
import { crc32c } from '../../../lib/net/proxy-protocol/crc32c';
import { routes, tlvs, v2, validHeaders, withChecksum } from './headers';

const parse = (text: string | Buffer): ParsedHeader => parseProxyHeader(Buffer.from(text as string));

const route = (source: string, sourcePort: number, destination: string, destinationPort: number): Route => ({
  source: { address: source, port: sourcePort },
  destination: { address: destination, port: destinationPort },
});

const canonical = ({ source, destination }: Route): Route =>
  route(canonicalAddress(source.address), source.port, canonicalAddress(destination.address), destination.port);

describe('PROXY protocol', () => {
  describe('version 1', () => {
    const good: readonly (readonly [line: string, route: Route | undefined])[] = [
      ['TCP4 192.0.2.1 192.0.2.2 56324 443', route('192.0.2.1', 56324, '192.0.2.2', 443)],
      ['TCP4 255.255.255.255 255.255.255.255 65535 65535', route('255.255.255.255', 65535, '255.255.255.255', 65535)],
      ['TCP4 0.0.0.0 0.0.0.0 0 0', route('0.0.0.0', 0, '0.0.0.0', 0)],
      ['TCP6 2001:DB8:0:0::1 ::1 1 2', route('2001:db8::1', 1, '::1', 2)],
      ['TCP6 ::ffff:192.0.2.1 ::ffff:c000:202 1 2', route('::ffff:192.0.2.1', 1, '::ffff:192.0.2.2', 2)],
      ['UNKNOWN', undefined],
      ['UNKNOWN ', undefined],
      ['UNKNOWN 192.0.2.1 anything at all', undefined],
      [`UNKNOWN ${'f'.repeat(91)}`, undefined],
    ];
    for (const [line, expected] of good) {
      it(`takes ${line}`, () => {
        const bytes = `PROXY ${line}\r\n`;
        const header = { version: 'v1', route: expected };
        expect(parse(bytes)).to.deep.equal({ state: 'complete', length: bytes.length, header });
      });
    }

    const bad: readonly (readonly [bytes: string, reason: RegExp])[] = [
      ['GET / HTTP/1.1\r\n', /does not start with/],
      ['PROXI TCP4', /does not start with/],
      ['proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n', /does not start with/],
      ['PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n', /TCP4, TCP6 or UNKNOWN/],
      ['PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n', /TCP4, TCP6 or UNKNOWN/],
      ['PROXY toString 192.0.2.1 192.0.2.2 1 2\r\n', /TCP4, TCP6 or UNKNOWN/],
      ['PROXY UNKNOWNS\r\n', /TCP4, TCP6 or UNKNOWN/],
      ['PROXY \r\n', /TCP4, TCP6 or UNKNOWN/],
      ['PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n', /CR LF/],
      ['PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\r\n', /CR LF/],
      ['PROXY UNKNOWN a\nb\r\n', /CR LF/],
      ['PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n', /not a TCP4 address/],
      ['PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n', /not a TCP4 address/],
      ['PROXY TCP4 ::1 ::1 1 2\r\n', /not a TCP4 address/],
      ['PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n', /not a TCP6 address/],
      ['PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n', /not a TCP6 address/],
      ['PROXY TCP6 1::2::3 ::1 1 2\r\n', /not a TCP6 address/],
      ['PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n', /port/],
      ['PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n', /port/],
      ['PROXY TCP4 192.0.2.1 192.0.2.2 1 -2\r\n', /port/],
      ['PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n', /port/],
      ['PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n', /goes on/],
      ['PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n', /goes on/],
      [`PROXY UNKNOWN ${'f'.repeat(92)}\r\n`, /longer than 107/],
      [`PROXY UNKNOWN ${'f'.repeat(93)}`, /longer than 107/],
    ];
    for (const [bytes, reason] of bad) {
      it(`refuses ${JSON.stringify(bytes)}`, () => {
        const parsed = parse(bytes);
        expect(parsed.state).to.equal('invalid');
        expect(parsed).to.have.property('reason').that.matches(reason);
      });
    }
  });

  describe('version 2', () => {
    const ipv4 = Buffer.from('c0000201c0000202dc0426ac', 'hex');
    const ipv6 = Buffer.from(`20010db8${'00'.repeat(11)}01${'00'.repeat(15)}01dc0426ac`, 'hex');
    const unix = Buffer.alloc(216, 'x');
    const relayed = route('192.0.2.1', 56324, '192.0.2.2', 9900);
    const ssl = Buffer.from('01000000002100075453537631 2e33'.replace(' ', ''), 'hex');

    const good: Readonly<Record<string, readonly [bytes: Buffer, route: Route | undefined]>> = {
      'TCP over IPv4': [v2('2111', ipv4), relayed],
      'TCP over IPv6': [v2('2121', ipv6), route('2001:db8::1', 56324, '::1', 9900)],
      'a UNIX stream, whose client has no address': [v2('2131', unix), undefined],
      'datagrams, as something that is not TCP': [v2('2112', ipv4), undefined],
      LOCAL: [v2('2000', Buffer.alloc(0)), undefined],
      'LOCAL with addresses, which are not its client': [v2('2011', ipv4), undefined],
      'LOCAL with whatever else': [v2('20ff', Buffer.from('ff03', 'hex')), undefined],
      'an unspecified family': [v2('2100', Buffer.from('ff', 'hex')), undefined],
      'NOOP of no bytes': [v2('2111', ipv4, [{ type: 4, value: Buffer.alloc(0) }]), relayed],
      'a TLS TLV': [v2('2111', ipv4, [{ type: 0x20, value: ssl }]), relayed],
      'a right checksum': [withChecksum('2111', ipv4), relayed],
      'a right checksum among others': [withChecksum('2111', ipv4, [{ type: 5, value: Buffer.from('id') }]), relayed],
      'the longest there is': [v2('2111', ipv4, [{ type: 4, value: Buffer.alloc(65_535 - 12 - 3) }]), relayed],
    };
    for (const [what, [bytes, expected]] of Object.entries(good)) {
      it(`takes ${what}`, () => {
        const header = { version: 'v2', route: expected };
        expect(parse(bytes)).to.deep.equal({ state: 'complete', length: bytes.length, header });
      });
    }

    const wrongChecksum = withChecksum('2111', ipv4);
    wrongChecksum.writeUInt8(wrongChecksum.readUInt8(16) ^ 1, 16);
    const bad: Readonly<Record<string, readonly [bytes: Buffer, reason: RegExp]>> = {
      'a signature that is not right': [Buffer.from('0d0a0d0a000d0a515549540b2111000c', 'hex'), /does not start with/],
      'version 1 in binary': [v2('1111', ipv4), /version is 1/],
      'a command that there is not': [v2('2211', ipv4), /command is 2/],
      'a family that there is not': [v2('2141', ipv4), /family is 4/],
      'a transport protocol that there is not': [v2('2113', ipv4), /transport protocol is 3/],
      'less than two IPv4 addresses': [v2('2111', ipv4.subarray(1)), /too few/],
      'less than two IPv6 addresses': [v2('2121', ipv6.subarray(1)), /too few/],
      'less than two UNIX addresses': [v2('2131', unix.subarray(1)), /too few/],
      'a TLV without its length': [v2('2111', Buffer.concat([ipv4, Buffer.from([4, 0])])), /TLV is cut/],
      'a TLV that is longer than the header': [v2('2111', Buffer.concat([ipv4, Buffer.from([4, 0, 1])])), /TLV is cut/],
      'a wrong checksum': [wrongChecksum, /checksum is wrong/],
      'a checksum of three bytes': [v2('2111', ipv4, [{ type: 3, value: Buffer.alloc(3) }]), /checksum has 3 bytes/],
    };
    for (const [what, [bytes, reason]] of Object.entries(bad)) {
      it(`refuses ${what}`, () => {
        const parsed = parse(bytes);
        expect(parsed.state).to.equal('invalid');
        expect(parsed).to.have.property('reason').that.matches(reason);
      });
    }

    it('refuses a checksummed header in which any bit of the addresses, the TLVs or the checksum is wrong', () => {
      fc.assert(
        fc.property(tlvs, fc.nat(), (list, at) => {
          const header = withChecksum('2111', ipv4, list);
          // After the checksum's own type and length: with those changed it would be none.
          const places = [...Array(header.length).keys()].filter((i) => (i >= 16 && i < 28) || (i >= 31 && i < 35));
          const bit = at % (places.length * 8);
          header[places[bit >> 3]!]! ^= 1 << (bit & 7);
          expect(parse(header)).to.deep.equal({ state: 'invalid', reason: 'its checksum is wrong' });
        }),
      );
    });
  });

  it('is parsed from however little has come: every cut of every header waits for more, and never for too much', () => {
    fc.assert(
      fc.property(validHeaders, fc.uint8Array({ maxLength: 40 }), (header, payload) => {
        const whole = parse(header);
        expect(whole).to.include({ state: 'complete', length: header.length });
        expect(parse(Buffer.concat([header, payload]))).to.deep.equal(whole);
        for (let cut = 0; cut < header.length; cut++) {
          const part = parse(header.subarray(0, cut));
          expect(part.state, `${cut} bytes`).to.equal('incomplete');
          expect(part)
            .to.have.property('need')
            .that.is.within(cut + 1, header.length);
        }
      }),
    );
  });

  it('takes no bytes for a header that do not begin with a signature, from the first that differs on', () => {
    const signatures = [Buffer.from('PROXY '), Buffer.from('0d0a0d0a000d0a515549540a', 'hex')];
    for (const signature of signatures) {
      for (let at = 0; at < signature.length; at++) {
        const bytes = Buffer.from(signature.subarray(0, at + 1));
        bytes[at]! ^= 0x40;
        expect(parse(bytes).state).to.equal('invalid');
      }
    }
  });

  for (const version of ['v1', 'v2'] as const) {
    it(`is what the serializer writes, ${version}`, () => {
      fc.assert(
        fc.property(routes, (given) => {
          const bytes = serializeProxyHeader(version, given);
          const header = { version, route: canonical(given) };
          expect(parse(bytes)).to.deep.equal({ state: 'complete', length: bytes.length, header });
        }),
      );
      const none = serializeProxyHeader(version, undefined);
      expect(parse(none)).to.deep.equal({
        state: 'complete',
        length: none.length,
        header: { version, route: undefined },
      });
    });

    it(`has addresses of one family, ${version}`, () => {
      const header = { version, route: route('::ffff:192.0.2.1', 1, '2001:db8::1', 2) };
      const bytes = serializeProxyHeader(version, route('192.0.2.1', 1, '2001:db8::1', 2));
      expect(parse(bytes)).to.deep.equal({ state: 'complete', length: bytes.length, header });
    });
  }

  it('leaves a zone out, which means nothing on another machine', () => {
    const bytes = serializeProxyHeader('v2', route('fe80::1%eth0', 1, 'fe80::2', 2));
    expect(parse(bytes)).to.have.nested.property('header.route.source.address', 'fe80::1');
    expect(serializeProxyHeader('v1', route('fe80::1%eth0', 1, 'fe80::2', 2)).toString()).to.equal(
      'PROXY TCP6 fe80::1 fe80::2 1 2\r\n',
    );
  });
});

describe('crc32c', () => {
  // RFC 3720, appendix B.4
  const vectors: Readonly<Record<string, readonly [bytes: Buffer, sum: number]>> = {
    '32 zeros': [Buffer.alloc(32), 0x8a9136aa],
    '32 times 0xff': [Buffer.alloc(32, 0xff), 0x62a8ab43],
    'what counts up': [Buffer.from([...Array(32).keys()]), 0x46dd794e],
    '123456789': [Buffer.from('123456789'), 0xe3069283],
  };
  for (const [what, [bytes, sum]] of Object.entries(vectors)) {
    it(`of ${what}`, () => expect(crc32c(bytes)).to.equal(sum));
  }
});
