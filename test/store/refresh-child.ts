/** A process that needs a token at the same time as others: `node refresh-child.ts STORE_URL SCHEMA CRM_URL`. */
import { createHubSpot, hubspotSettings } from '../../connectors/hubspot/index.ts';
import { openStore } from '../../src/store/database.ts';
import { tokenKeeper } from '../../src/store/tokens.ts';

const [url = '', schema = '', crm = ''] = process.argv.slice(2);
const store = await openStore({ url, schema });
const keeper = tokenKeeper(store, 'hubspot', 'hubspot', 'settings');
const auth = { type: 'oauth', clientId: 'id', clientSecret: 'secret', refreshToken: 'r0' };
const connector = createHubSpot(hubspotSettings.parse({ url: crm, sandbox: true, auth }), {
  connection: 'hubspot',
  now: Date.now,
  onCall: () => undefined,
  budget: {
    ready: async () => undefined,
    take: async () => undefined,
    observe: () => undefined,
    refused: async () => 3_600_000,
  },
  tokens: {
    load: () => keeper.load(),
    save: ({ accessToken = '', refreshToken = '' }) => keeper.save({ accessToken, refreshToken }),
    exclusively: (refresh) => keeper.exclusively(refresh),
  },
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  log: () => undefined,
});
console.log(JSON.stringify(await connector.check()));
await connector.close();
await store.close();
