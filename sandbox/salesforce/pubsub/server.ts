import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Authority } from '../oauth/authority.ts';
import type { ChangeFeed } from './feed.ts';
import type { PubSubService } from './service.ts';

/** The Pub/Sub API on a port of its own, without TLS. gRPC is loaded at the first connection, as few callers want it. */
export async function startPubSub(
  feed: ChangeFeed,
  authority: Authority,
  port = 0,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  let loading: Promise<PubSubService> | null = null;
  const sockets = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    loading ??= import('./service.ts').then(({ pubSubService }) => pubSubService(feed, authority));
    loading.then((service) => {
      if (socket.destroyed) return;
      service.accept(socket);
      socket.resume();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
      (await loading)?.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
