import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { App } from '../../src/app/app.ts';
import { EXIT, UserError } from '../../src/cli/context.ts';
import { partners } from '../../src/cli/partners.ts';
import { compileProgrammes } from '../../src/leads/partners/compile-programmes.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import type { Store } from '../../src/store/database.ts';
import { bert, Channel } from '../support/channel.ts';
import { testStore } from '../support/store.ts';

const PROGRAMMES = compileProgrammes(
  'programmes.yaml',
  `version: 1
programmes:
  - { name: Accelerate, enter: standing.accepted >= 1, benefits: [an engineer] }
moves:
  - { name: up, from: [Gold], to: Platinum, when: standing.acceptance >= 90, text: "{standing.acceptance} % accepted" }
`,
  ['Platinum', 'Gold'],
);

/** The leads of this channel are of grade C. */
const routingWith = (floors = '') =>
  compileRouting(
    'routing.yaml',
    `version: 1
offer: { acceptWithin: 48h }
weights: { load: 1 }
otherwise: pool
fairness: { grades: [A, B, C]${floors && `, ${floors}`} }
routes: [{ name: all, method: best-fit }]
`,
  );

describe('sluice partners', () => {
  let store: Store;
  let app: App;
  const run = async (args: readonly string[], options: Record<string, unknown> = {}) => {
    let out = '';
    const io = { out: (text: string) => (out += text), err: () => undefined, tty: false };
    expect(await partners(app, io, options, args)).toBe(EXIT.done);
    return out;
  };

  beforeAll(async () => {
    store = await testStore();
    const channel = new Channel(store.db);
    await channel.partner('Alder', {
      capacity: 5,
      certifications: ['Vault Expert until 2026-03-20', 'Relay until 2026-01-31'],
      blackouts: ['2026-12-24..2027-01-02'],
      email: 'leads@alder.example',
    });
    await channel.people([bert]);
    await channel.decide();
    await channel.answer(await channel.offerOf(bert.id), 'Accepted');
    await channel.decide();
    await channel.partner('Alma', { territories: [], tier: 'Silver' });
    app = {
      rules: { programmes: PROGRAMMES, routing: routingWith() },
      store,
      config: { vendor: { currency: 'USD' } },
      environment: async () => ({ clock: { now: () => channel.now } }),
    } as unknown as App;
  });
  afterAll(() => store?.close());

  test('lists all with what asks for attention', async () => {
    const out = await run([]);
    expect(out).toMatch(/^Partner +Status +Tier +Open leads +Offered +Accepted +Won +Id$/m);
    expect(out).toMatch(/^Alder +Active +Gold +1 of 5 +1 +100 % +0 +pt_\w+$/m);
    expect(out).toContain('  Alder: Vault Expert (ends in 18 days, on 2026-03-20)');
    expect(out).toContain('1 change is proposed');
  });

  test('shows one by the beginning of its name', async () => {
    const out = await run(['show', 'ald']);
    expect(out).toContain('Blackouts        2026-12-24 to 2027-01-02');
    expect(out).toContain('Relay (expired on 2026-01-31), Vault Expert (ends in 18 days, on 2026-03-20)');
    expect(out).toContain(
      'Programme Accelerate: is not in it, but meets its rule (an engineer)\n    standing.accepted >= 1\n    standing.accepted is 1',
    );
  });

  test('shows the proposed moves with their evidence, and what is odd', async () => {
    const out = await run(['tiers']);
    expect(out).toContain(
      'tier Gold -> Platinum (up): 100 % accepted\n    up: standing.acceptance >= 90\n    standing.acceptance is 100',
    );
    expect(out).toContain('Note: covers no territory');
    expect(out).toContain('Note: is of a tier "Silver" that routing.yaml does not name');
    expect(out).toContain('Nothing has been changed');
  });

  test('shows who is given the best leads, and that no floors are set', async () => {
    const out = await run(['fairness']);
    expect(out).toMatch(/^Channel +1 +100 % +- +0$/m);
    expect(out).toMatch(/^Direct team +0 +0 % +- +0$/m);
    expect(out).toMatch(/^Alder +Gold +1 +100 % +- +0$/m);
    expect(out).toContain('routing.yaml sets no floors');
    expect(await run(['show', 'alder'])).toContain(
      "Best leads: 1 of grade A and B and C in 90 days, 100 % of its tier's",
    );
  });

  test('names those below their floor', async () => {
    const before = app.rules;
    Object.assign(app, {
      rules: { ...before, routing: routingWith('direct: { floor: 50 }, partners: { floor: 100 }') },
    });
    const out = await run(['fairness']);
    Object.assign(app, { rules: before });
    expect(out).toContain('Direct team is below its floor by 1 lead.');
    expect(JSON.parse(await run(['fairness'], { json: true }))).toMatchObject({ channel: { given: 1, share: 1 } });
  });

  test('gives the same as one document', async () => {
    const { proposed } = JSON.parse(await run(['tiers'], { json: true }));
    expect(proposed[0]).toMatchObject({
      facts: { name: 'Alder' },
      proposals: [
        { rule: 'up', from: 'Gold', to: 'Platinum', evidence: [{ fact: 'standing.acceptance', value: '100' }] },
      ],
    });
  });

  test.each<[string, readonly string[], string]>([
    ['no name', ['show'], 'which partner?'],
    ['a name of nobody', ['show', 'Aldr'], 'there is no partner "Aldr"'],
    ['a beginning of several', ['show', 'al'], 'several partners are called "al"'],
    ['a word that is none', ['tier'], 'there is no "partners tier"'],
  ])('says what is wrong with %s', async (_what, args, said) => {
    await expect(run(args)).rejects.toThrow(UserError);
    await expect(run(args)).rejects.toThrow(said);
  });
});
