import { expect } from 'chai';
import { createEchoServer, createFrameServer } from '../../lib';
import { type ServerOptions, defaultServerOptions } from '../../lib/server/server-options';

describe("A server's options", () => {
  it('are the defaults where they are undefined', () => {
    const undefinedOptions = Object.fromEntries(Object.keys(defaultServerOptions).map((name) => [name, undefined]));
    expect(createEchoServer(undefinedOptions).options).to.deep.equal(defaultServerOptions);
    expect(createFrameServer({ handlerTimeout: undefined }, () => undefined).options).to.deep.equal(
      defaultServerOptions,
    );
  });

  const refused: [name: keyof ServerOptions | 'handlerTimeout' | 'backlog' | 'unknown', value: unknown][] = [
    ['host', ''],
    ['port', 65_536],
    ['port', '9900'],
    ['timeout', NaN],
    ['timeout', Infinity],
    ['timeout', -1],
    ['maxPayload', NaN],
    ['maxPayload', 1.5],
    ['framing', 'lines'],
    ['frameTimeout', NaN],
    ['concurrency', 0],
    ['concurrency', NaN],
    ['maxConnections', -1],
    ['backlog', 0.5],
    ['shutdownTimeout', 3e6],
    ['logConnections', 'none'],
    ['handlerTimeout', NaN],
    ['unknown', 1],
  ];
  for (const [name, value] of refused) {
    it(`are refused by name: ${name} ${String(value)}`, () => {
      expect(() => createFrameServer({ [name]: value }, () => undefined))
        .to.throw(new RegExp(`\\b${name}\\b`))
        .with.property('code')
        .that.is.oneOf(['ERR_OUT_OF_RANGE', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE']);
    });
  }

  it('have no framing for a server of requests and responses, and no handlerTimeout for an echo', () => {
    expect(() => createFrameServer({ framing: 'raw' } as object, () => undefined)).to.throw(RangeError, /framing/);
    expect(() => createEchoServer({ handlerTimeout: 5 } as object)).to.throw(TypeError, /handlerTimeout/);
  });
});
