/** The framing, the server and the client, for programs that use them. */
export * from './framing';
export { type EchoServer, type StopResult, createEchoServer } from './server/echo-server';
export type { ServerLog, ServerOptions } from './server/options';
export { FrameClient, type FrameClientOptions } from './client/frame-client';
export { type ClientFault, FrameClientError } from './client/client-error';
