/** The factor of each unit. Milliseconds divide by 1000, because 0.001 has no exact float: 57 ms would not be 0.057 s. */
type Units = Readonly<Record<string, { readonly times?: number; readonly over?: number }>>;

const seconds: Units = { ms: { over: 1000 }, s: {}, m: { times: 60 }, h: { times: 3600 } };

const bytes: Units = {
  B: {},
  kB: { times: 1e3 },
  KB: { times: 1e3 },
  MB: { times: 1e6 },
  GB: { times: 1e9 },
  KiB: { times: 2 ** 10 },
  MiB: { times: 2 ** 20 },
  GiB: { times: 2 ** 30 },
};

const rate: Units = { k: { times: 1e3 }, K: { times: 1e3 }, M: { times: 1e6 } };

const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([a-z]*)$/i;

/** Parses `5`, `.25`, `1e3`, or a number with a unit. Anything else stays a string, which no number format accepts. */
function parser(units: Units): (text: string) => unknown {
  return (text) => {
    const [, number, unit = ''] = NUMBER.exec(text) ?? [];
    if (number === undefined) return text;
    if (unit === '') return Number(number);
    if (!Object.hasOwn(units, unit)) return text;
    const { times = 1, over = 1 } = units[unit] ?? {};
    return (Number(number) * times) / over;
  };
}

/** A plain number. */
export const asNumber = parser({});
/** Seconds: `5`, `500ms`, `5s`, `1m`, `1h`. */
export const asSeconds = parser(seconds);
/** Bytes: `65536`, `64KiB`, `1MiB`, `64kB`. */
export const asBytes = parser(bytes);
/** A number per second: `5000`, `5k`, `1.5M`. */
export const asRate = parser(rate);
