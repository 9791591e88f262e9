import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookRequest } from '../../connectors/connector.ts';

/** A request, and when it was sent: epoch milliseconds. */
export interface Delivered {
  readonly request: WebhookRequest;
  readonly at: number;
}

/** An address that HubSpot delivers its events to. They lie there until somebody takes them. */
export class Mailbox {
  readonly #server: Server;
  #delivered: Delivered[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Mailbox> {
    const server = createServer();
    const mailbox = new Mailbox(server);
    server.on('request', (request, response) => {
      mailbox.#take(request).then(() => response.writeHead(200).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return mailbox;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hubspot`;
  }

  /** All that lies there, in an order that does not depend on which of them was faster. */
  empty(): Delivered[] {
    const key = ({ request }: Delivered) => new TextDecoder().decode(request.body);
    return this.#delivered.splice(0).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #take(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    );
    const body = Buffer.concat(chunks);
    const at = Number(headers['x-hubspot-request-timestamp']);
    this.#delivered.push({ at, request: { method: request.method ?? '', url: this.url, headers, body } });
  }
}
