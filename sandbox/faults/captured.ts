import { type IncomingMessage, type OutgoingHttpHeader, type RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/** An answer that has not gone out. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, OutgoingHttpHeader>>;
  readonly body: Buffer;
}

/** Takes what a listener answers, and sends nothing. */
class Captured extends ServerResponse {
  readonly #chunks: Buffer[] = [];
  readonly answer: Promise<Answer>;
  #resolve: (answer: Answer) => void = () => undefined;

  constructor(request: IncomingMessage) {
    super(request);
    this.answer = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  override writeHead(status: number, ...rest: readonly unknown[]): this {
    this.statusCode = status;
    const headers = rest.find((part) => typeof part === 'object' && part !== null) ?? {};
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.setHeader(name, value as string);
    }
    return this;
  }

  override write(chunk: unknown): boolean {
    this.#take(chunk);
    return true;
  }

  override end(chunk?: unknown): this {
    this.#take(chunk);
    const headers = Object.fromEntries(
      Object.entries(this.getHeaders()).filter(
        (entry): entry is [string, OutgoingHttpHeader] => entry[1] !== undefined,
      ),
    );
    this.#resolve({ status: this.statusCode, headers, body: Buffer.concat(this.#chunks) });
    this.emit('finish');
    return this;
  }

  #take(chunk: unknown): void {
    if (typeof chunk === 'string') this.#chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) this.#chunks.push(Buffer.from(chunk));
  }
}

/** Lets `listener` carry the request out and gives back its answer. */
export function carryOut(listener: RequestListener, request: IncomingMessage): Promise<Answer> {
  const response = new Captured(request);
  listener(request, response);
  return response.answer;
}

/** The same request with another body. */
export function withBody(request: IncomingMessage, body: string): IncomingMessage {
  const bytes = Buffer.from(body);
  const { method, url, socket, httpVersion } = request;
  const headers = { ...request.headers, 'content-length': String(bytes.length) };
  return Object.assign(Readable.from([bytes]), {
    method,
    url,
    socket,
    httpVersion,
    headers,
  }) as unknown as IncomingMessage;
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
