import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { openStore, type Store } from '../../src/store/database.ts';
import { tokenKeeper } from '../../src/store/tokens.ts';
import { killChildren, start } from '../support/children.ts';
import { needsServer } from '../support/on-server.ts';

const { url, describeOnServer } = needsServer('processes that find their token expired at the same time');

/** A portal whose refresh tokens are good for one use: using one twice revokes everything. */
class RotatingPortal {
  access = 'a1';
  refresh = 'r0';
  refreshes = 0;
  refused = 0;
  readonly server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const [status, answer] = request.url?.includes('oauth')
        ? this.#token(new URLSearchParams(body).get('refresh_token'))
        : this.#account(request.headers.authorization);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });

  #token(given: string | null): [number, object] {
    this.refreshes += 1;
    if (given !== this.refresh) return [400, { status: 'BAD_REFRESH_TOKEN', message: 'used before' }];
    this.refresh = `r${this.refreshes}`;
    this.access = `fresh${this.refreshes}`;
    return [200, { access_token: this.access, refresh_token: this.refresh, expires_in: 1800 }];
  }

  #account(authorization: string | undefined): [number, object] {
    if (authorization === `Bearer ${this.access}`) return [200, { portalId: 7 }];
    this.refused += 1;
    return [401, { category: 'EXPIRED_AUTHENTICATION', message: 'expired' }];
  }
}

describeOnServer('processes that find their token expired at the same time', () => {
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  const portal = new RotatingPortal();
  let store: Store;
  beforeAll(async () => {
    store = await openStore({ url, schema });
    await new Promise<void>((resolve) => portal.server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await killChildren();
    portal.server.closeAllConnections();
    portal.server.close();
    await sql`drop schema ${sql.id(schema)} cascade`.execute(store.db);
    await store.close();
  });

  test('renew it once, and the rotated token is kept', async () => {
    const keeper = tokenKeeper(store, 'hubspot', 'hubspot', 'settings');
    await keeper.save({ accessToken: 'old', refreshToken: 'r0' });
    const crm = `http://127.0.0.1:${(portal.server.address() as AddressInfo).port}`;
    const children = [1, 2, 3].map(() => start('test/store/refresh-child.ts', [url, schema, crm]));
    const ended = await Promise.all(children.map((child) => child.ended));
    expect(ended.map(({ code, err }) => [code, err])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    expect(portal.refreshes).toBe(1);
    expect(await keeper.load()).toEqual({ accessToken: 'fresh1', refreshToken: 'r1' });
  });
});
