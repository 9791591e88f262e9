/**
 * Names of companies that do not exist, and their spellings, from a seed. Nothing here knows the real names that matching is
 * measured on; words are made of syllables, so that some are common and most are rare, as in the world.
 */
import { pick, randomFrom } from '../bench.ts';

type Random = () => number;

const STARTS = 'b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sch sl st t tr v w z'.split(' ');
const MIDDLES = 'a e i o u ai au ea ei ie oo ou'.split(' ');
const ENDS = 'b ck d g l ll m n nd ng nt r rd rn rt s ss st t tt v x'.split(' ');
const KINDS =
  'Electronics,Technologies,Systems,Industries,Chemicals,Foods,Logistics,Software,Engineering,Instruments,Energy,Pharmaceuticals,Consulting,Communications,Plastics,Materials,Machinery,Motors,Media,Design'.split(
    ',',
  );
const WORDS =
  'Blue,Green,North Star,Summit,Pioneer,Atlas,Delta,Omega,Crown,Eagle,Phoenix,River,Stone,Silver,Golden,Bridge,Harbor,Liberty,Premier,Apex,Vision,Quantum,Fusion,Matrix,Vertex'.split(
    ',',
  );
const FORMS =
  'Inc.,LLC,Ltd,Limited,Corp.,Corporation,GmbH,AG,S.A.,B.V.,N.V.,SpA,Oy,AB,A/S,Pty Ltd,S.r.l.,K.K.,Co.,PLC'.split(',');
const TOWNS = 'Boston,Hamburg,Lyon,Oslo,Dublin,Milano,Leeds,Madrid,Wien,Antwerp,Zurich,Turku,Osaka,Perth'.split(',');
const LANDS = 'Germany,France,UK,Deutschland,Italia,Nederland,Canada,Japan,Australia,Brasil,Polska,Espana'.split(',');
const CUT: Readonly<Record<string, string>> = {
  Electronics: 'Electr',
  Technologies: 'Tech',
  Systems: 'Sys',
  Industries: 'Ind',
  Chemicals: 'Chem',
  Engineering: 'Eng',
  Instruments: 'Instr',
  Pharmaceuticals: 'Pharm',
  Communications: 'Comm',
  Machinery: 'Mach',
  International: 'Intl',
};

/** A company as it calls itself. */
export interface MadeCompany {
  /** Its own words; the first is its brand or family. */
  readonly own: readonly string[];
  readonly kinds: readonly string[];
  readonly form: string;
  readonly town: string;
  /** Told apart from its sisters by it ("Brandolt Fund 2"); '' where it has none. */
  readonly number: string;
}

export function madeCompany(random: Random): MadeCompany {
  const own = [random() < 0.25 ? one(random, WORDS) : madeWord(random)];
  if (random() < 0.3) own.push(madeWord(random));
  const kinds = random() < 0.7 ? [one(random, KINDS)] : [];
  if (random() < 0.12) kinds.push('International');
  if (own.length === 1 && kinds.length === 0 && random() < 0.5) own.push(madeWord(random));
  return { own, kinds, form: one(random, FORMS), town: one(random, TOWNS), number: '' };
}

/** The name written out: "Brandolt Chemicals GmbH". */
export function plainName({ own, kinds, number, form }: MadeCompany): string {
  return [...own, ...kinds, number, form].filter((part) => part !== '').join(' ');
}

/** One of the ways in which lists, people and machines write a company's name. */
export function spelling(company: MadeCompany, random: Random): string {
  let own = [...company.own];
  let kinds = company.kinds.map((kind) => (random() < 0.3 ? (CUT[kind] ?? kind) : kind));
  if (random() < 0.12) kinds = kinds.slice(0, -1);
  if (random() < 0.15) kinds = [...kinds, one(random, ['Group', 'International', 'Global', 'Industries'])];
  if (random() < 0.25) own = own.map((word) => (random() < 0.6 ? slip(word, random) : word));
  if (own.length === 2 && random() < 0.08) own = [own.join('')];
  const extra = random() < 0.05 ? [madeWord(random)] : [];
  const form = random() < 0.25 ? '' : random() < 0.2 ? one(random, FORMS) : company.form;
  const land = random() < 0.08 ? [one(random, LANDS)] : [];
  const number = company.number === '' || random() < 0.1 ? [] : [company.number];
  let words = [...own, ...kinds, ...number, ...extra, ...land];
  if (random() < 0.1) words = words.sort();
  const tail = random() < 0.1 ? `, ${company.town}` : '';
  const whole = `${words.join(' ')}${form === '' ? '' : random() < 0.2 ? `, ${form}` : ` ${form}`}${form === '' ? '' : tail}`;
  return random() < 0.4 ? whole.toUpperCase() : whole;
}

/** `count` unrelated names, none of them the same company as another. */
export function unrelatedNames(count: number, seed: number): string[] {
  const random = randomFrom(seed);
  const seen = new Set<string>();
  const names: string[] = [];
  while (names.length < count) {
    const company = madeCompany(random);
    const key = [...company.own, ...company.kinds].join(' ').toLowerCase();
    if (seen.has(key)) continue;
    seen.add(key);
    names.push(plainName(company));
  }
  return names;
}

/** Companies with so many spellings each, the company's number beside each name. */
export function spelledCompanies(
  companies: number,
  spellings: number,
  seed: number,
): { name: string; company: number }[] {
  const random = randomFrom(seed);
  const seen = new Set<string>();
  const rows: { name: string; company: number }[] = [];
  for (let company = 0; company < companies; ) {
    const made = madeCompany(random);
    const key = made.own.join(' ').toLowerCase() + made.kinds.join(' ').toLowerCase();
    if (seen.has(key)) continue;
    seen.add(key);
    const numbers = random() < 0.06 ? ['1', '2'] : [''];
    for (const number of numbers) {
      for (let n = 0; n < spellings; n++) rows.push({ name: spelling({ ...made, number }, random), company });
      company++;
    }
  }
  return rows;
}

/** Two syllables or three; the first syllables of the lists come up more often, so some words are common. */
function madeWord(random: Random): string {
  const syllables = random() < 0.35 ? 3 : 2;
  let word = '';
  for (let n = 0; n < syllables; n++) {
    word += skewed(random, STARTS) + skewed(random, MIDDLES);
    if (n === syllables - 1 || random() < 0.4) word += skewed(random, ENDS);
  }
  return word[0]?.toUpperCase() + word.slice(1);
}

const skewed = (random: Random, list: readonly string[]) => list[Math.floor(random() * random() * list.length)] ?? '';

const one = (random: Random, list: readonly string[]) => pick(random, list as readonly [string, ...string[]]);

/** One letter left out, doubled, exchanged or wrong. */
function slip(word: string, random: Random): string {
  if (word.length < 5) return word;
  const at = 1 + Math.floor(random() * (word.length - 2));
  const [before, letter, after] = [word.slice(0, at), word[at] ?? '', word.slice(at + 1)];
  return one(random, [
    before + after,
    before + letter + letter + after,
    before + (after[0] ?? '') + letter + after.slice(1),
    before + one(random, MIDDLES)[0] + after,
  ]);
}
