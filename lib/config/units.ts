/** How a number with each unit is worked out. Thousandths divide: a float holds 1000 exactly, and 0.001 not. */
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

/** Reads `5`, `.25`, `1e3`, or a number with a unit; anything else stays a text, which no number format accepts. */
function reader(units: Units): (text: string) => unknown {
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
export const asNumber = reader({});
/** Seconds: `5`, `500ms`, `5s`, `1m`, `1h`. */
export const asSeconds = reader(seconds);
/** Bytes: `65536`, `64KiB`, `1MiB`, `64kB`. */
export const asBytes = reader(bytes);
/** A number a second: `5000`, `5k`, `1.5M`. */
export const asRate = reader(rate);
