import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';

/** What a scripted server does with a connection. */
export type Script = (socket: Socket, connection: number) => void;

/** A server in this process that does to each connection what its script says, right or wrong. */
export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  close(): Promise<void>;
}

export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined); // its peer may do as it likes
    script(socket, connections);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The honest script: all bytes come back. */
export const echo: Script = (socket) => void socket.pipe(socket);

/** Echoes, but passes each chunk through `change`; undefined is sent to nobody. */
function echoChanged(change: (chunk: Buffer, at: number) => Buffer | undefined): Script {
  return (socket) => {
    let at = 0;
    socket.on('data', (chunk: Buffer) => {
      const changed = change(chunk, at);
      at += chunk.length;
      if (changed) socket.write(changed);
    });
    socket.on('end', () => socket.end());
  };
}

/** Echoes with the byte at that place of the stream changed. */
export function changesByte(place: number): Script {
  return echoChanged((chunk, at) => {
    const changed = Buffer.from(chunk);
    if (place >= at && place < at + chunk.length) changed[place - at]! ^= 0xff;
    return changed;
  });
}

/** Echoes that many bytes of the stream, then does what `then` says. */
export function echoesUntil(place: number, then: (socket: Socket) => void): Script {
  return (socket) => {
    let at = 0;
    socket.on('data', (chunk: Buffer) => {
      const good = chunk.subarray(0, Math.max(0, place - at));
      const before = at;
      at += chunk.length;
      if (good.length > 0) socket.write(good);
      if (before < place && at >= place) then(socket);
    });
    socket.on('end', () => socket.end());
  };
}

/** Takes everything, says nothing, not even goodbye. */
export const silent: Script = (socket) => void socket.resume();

/** Reads nothing. */
export const deaf: Script = () => undefined;

/** Closes as soon as something came. */
export const closesUnanswered: Script = (socket) => void socket.once('data', () => socket.end()).resume();

/** Resets as soon as something came. */
export const resets: Script = (socket) => void socket.once('data', () => socket.resetAndDestroy());

/** Answers anything with a header that announces `length` bytes. */
export function announces(length: number): Script {
  return (socket) =>
    void socket.once('data', () => {
      const header = Buffer.alloc(4);
      header.writeUInt32BE(length);
      socket.write(header);
    });
}
