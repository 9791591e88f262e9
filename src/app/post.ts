/** The ways out of Sluice for notices: SMTP, and webhooks of chats. */
import { createTransport } from 'nodemailer';
import type { Config } from '../config/load.ts';
import type { Message } from '../leads/notify/message.ts';

/** A message could not be handed over. `isFinal`: it never will, however often it is tried. */
export class NotDelivered extends Error {
  override readonly name = 'NotDelivered';
  readonly isFinal: boolean;
  constructor(message: string, isFinal: boolean) {
    super(message);
    this.isFinal = isFinal;
  }
}

export interface Attachment {
  readonly filename: string;
  readonly content: Buffer;
  readonly contentType: string;
}

export interface Post {
  /** Hands a mail over; the same `id` gives the same Message-ID, by which a mail system knows a mail that came twice. */
  readonly mail:
    | ((to: string, message: Message, id: string, attachments?: readonly Attachment[]) => Promise<void>)
    | null;
  /** By name; `id` is sent along as the key by which a receiver knows a message that came twice. */
  readonly webhooks: ReadonlyMap<string, (text: string, id: string) => Promise<void>>;
  close(): void;
}

/** How long a server may take for any step. */
const PATIENCE_MS = 15_000;

export function postOf({ mail, webhooks }: Pick<Config, 'mail' | 'webhooks'>): Post {
  const transport =
    mail &&
    createTransport({
      url: mail.url,
      connectionTimeout: PATIENCE_MS,
      greetingTimeout: PATIENCE_MS,
      socketTimeout: PATIENCE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  return {
    mail: transport
      ? async (to, { subject, text, html }, id, attachments = []) => {
          try {
            const messageId = `<${id}@sluice>`;
            const headers = { 'Auto-Submitted': 'auto-generated' };
            await transport.sendMail({
              from: mail.from,
              to: { name: '', address: to },
              subject,
              text,
              html,
              messageId,
              headers,
              attachments: [...attachments],
            });
          } catch (error) {
            throw mailTrouble(error);
          }
        }
      : null,
    webhooks: new Map(
      Object.entries(webhooks).map(([name, { url }]) => [name, (text, id) => postTo(name, url, text, id)]),
    ),
    close: () => transport?.close(),
  };
}

/** Codes from 500 on are the server's last word, but for those of signing in: these are mended in the configuration. */
function mailTrouble(error: unknown): NotDelivered {
  const {
    message = String(error),
    responseCode = 0,
    code = '',
  } = error as Partial<Error> & {
    responseCode?: number;
    code?: string;
  };
  return new NotDelivered(message, responseCode >= 500 && code !== 'EAUTH');
}

async function postTo(name: string, url: string, text: string, id: string): Promise<void> {
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': id },
      body: JSON.stringify({ text }),
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.body?.cancel();
    status = response.status;
  } catch (error) {
    const { cause, message } = error as Error;
    throw new NotDelivered(
      `webhook "${name}" is out of reach: ${cause instanceof Error ? cause.message : message}`,
      false,
    );
  }
  if (status < 300) return;
  throw new NotDelivered(
    `webhook "${name}" answered ${status}`,
    status >= 400 && status < 500 && status !== 408 && status !== 429,
  );
}
