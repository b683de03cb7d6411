/** The library: framing, servers and client. */
export * from './framing';
export { EchoTransform } from './server/echo-transform';
export { createEchoServer } from './server/create-echo-server';
export { createFrameServer, type FrameServerOptions, type TransformFactory } from './server/create-frame-server';
export type { FrameHandler, Reply } from './server/frame-handler';
export type { FrameServer, StopResult } from './server/frame-server';
export type { ClientConnection } from './server/service';
export type { GivenOptions, ServerLog, ServerOptions } from './server/server-options';
export type { ServerCredentials, ServerTlsOptions } from './server/server-tls';
export type { ClientTlsOptions } from './client/client-tls';
export { FrameClient, type FrameClientOptions } from './client/frame-client';
export { type ClientErrorCode, type ClientFault, FrameClientError } from './client/client-error';
