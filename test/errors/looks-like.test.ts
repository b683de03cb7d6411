import { expect } from 'chai';
import { firstBytes, looksLike, looksLikeFrame } from '../../lib/errors/looks-like';

const MAX_PAYLOAD = 65_536;

/** What peers have sent to a framed port, and what it is. */
const seen: readonly (readonly [bytes: string | Buffer, name: string | undefined])[] = [
  ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP request'],
  ['POST /x HTTP/1.1\r\n', 'HTTP request'],
  ['OPTIONS * HTTP/1.1\r\n', 'HTTP request'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'HTTP/2 request'],
  ['HTTP/1.1 400 Bad Request\r\n', 'HTTP response'],
  [Buffer.from('16030102000100', 'hex'), 'TLS ClientHello'],
  [Buffer.from('15030300020228', 'hex'), 'TLS alert'],
  ['PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n', 'PROXY protocol'],
  [Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex'), 'PROXY protocol'],
  ['SSH-2.0-OpenSSH_9.6\r\n', 'SSH banner'],
  ['EHLO me.example\r\n', 'SMTP command'],
  ['220 mail.example ESMTP\r\n', 'SMTP or FTP greeting'],
  ['+OK ready\r\n', 'POP3 greeting'],
  ['* OK IMAP4rev1\r\n', 'IMAP greeting'],
  ['*1\r\n$4\r\nPING\r\n', 'Redis command'],
  ['{"jsonrpc": "2.0"}', 'JSON'],
  ['{ "a": 1 }', 'JSON'],
  [' [{"a": 1}]', 'JSON'],
  ['*12\r\n$3\r\nSET\r\n', 'Redis command'],
  ['HTTP', 'HTTP response'],
  ['PRI', 'HTTP/2 request'],
  ['PROX', 'PROXY protocol'],
  ['\r\n\r\n', 'PROXY protocol'],
  ['hello\n', 'text'],
  [Buffer.from('0500000068656c6c6f', 'hex'), 'little-endian length'],
  [Buffer.from('00000100', 'hex'), 'little-endian length'],
  [Buffer.from('61620000', 'hex'), 'little-endian length'], // only half of it is text
  [Buffer.from('01000100', 'hex'), undefined],
  [Buffer.from('deadbeef', 'hex'), undefined],
  [Buffer.from('ff', 'hex'), undefined],
  [Buffer.alloc(0), undefined],
];

describe('what first bytes look like', () => {
  for (const [bytes, name] of seen) {
    const all = Buffer.from(bytes as string);
    it(`${firstBytes(all)} is ${name ?? 'nothing known'}`, () => {
      expect(looksLike(all, MAX_PAYLOAD)).to.equal(name);
    });
  }

  it('is told by the four bytes of a header alone as well, but for what is only text then', () => {
    for (const [bytes, name] of seen) {
      const four = looksLike(Buffer.from(bytes as string).subarray(0, 4), MAX_PAYLOAD);
      expect(four, `${String(bytes)} in four bytes`).to.be.oneOf([name, 'text']);
    }
  });

  it('is told by how they start, not by what stands later', () => {
    for (const [bytes, name] of seen) {
      if (name === undefined || name === 'text' || name === 'little-endian length') continue;
      const later = Buffer.concat([Buffer.from('.'), Buffer.from(bytes as string)]);
      expect(looksLike(later, MAX_PAYLOAD), String(bytes)).to.be.oneOf(['text', undefined]);
    }
  });

  it('is a frame where a whole header announces less than 16 MiB', () => {
    expect(looksLikeFrame(Buffer.from([0, 255, 255, 255]))).to.equal(true);
    expect(looksLikeFrame(Buffer.from([1, 0, 0, 0, 0]))).to.equal(false);
    expect(looksLikeFrame(Buffer.from([0, 0, 0]))).to.equal(false);
  });

  it('shows sixteen bytes in hex', () => {
    expect(firstBytes(Buffer.from('GET / HTTP/1.1\r\nHost: x'))).to.equal('474554202f20485454502f312e310d0a');
    expect(firstBytes(Buffer.alloc(0))).to.equal('');
  });
});
