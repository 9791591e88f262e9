/**
 * What words mean in names of companies anywhere: legal forms, fillers, words for a kind of business, words for a part of a
 * group. General knowledge of languages and laws; no list of companies.
 */

/**
 * Legal forms, folded, without dots and spaces. Sources: the "Entity Legal Forms" code list (ISO 20275) and the company laws
 * that it names; only forms that are commonly written behind a name.
 */
export const LEGAL_FORMS: ReadonlySet<string> = words(`
  inc incorporated corp corporation co company llc llp lp pllc pc ltd limited plc ulc pty pte pvt private public unlimited
  gmbh ggmbh ag kg kgaa ohg ug gbr ek ev se sce aktiengesellschaft aktienges kommanditgesellschaft gesmbh mbh
  bv nv cv vof bvba sprl vzw asbl cvba scrl stichting vennootschap naamloze naamlooze besloten
  sa sas sasu sarl sprl snc scs sca eurl gie selarl sci societe soc anonyme
  srl spa sapa sas snc scarl scpa societa
  sl slu sau slne slp sociedad anonima cia compania companhia ltda eireli sab sapi
  lda sgps ab hb kb aktiebolag aktiebolaget publ as asa ans da ks aps ivs is amba aktieselskab anpartsselskab
  oy oyj abp ky tmi osakeyhtio ehf hf ohf
  sp sro spolsro vos ks spzoo zoo spolka spj kft zrt nyrt bt kkt ooo oao zao pao ao too oo doo dd ad ead eood ood uab sia tov dooel
  kk gk yk kabushiki kaisha kabushikikaisha godo yugen
  bhd sdn berhad tbk pt cv jsc pjsc ojsc cjsc llpc fzco fze fzllc wll saog saoc psc ltd sti sirketi anonim limitet
  aeoe epe ike ae sal sarlau spzo stte gcv commv ltee ltda
`);

/** Parts of legal forms that are words too: they count as a form only behind other words. */
export const FILLERS: ReadonlySet<string> = words(`
  the a an and of for in at to by y e et und u en i og och och ja the de du des der den die das del della delle di da do dos das la le les
  los las el il lo van von vom zu zum zur te ten ter van het op aan auf aus im am et al dit dite firma fa messrs group gruppe groupe grupo gruppo
  groep trading as dba aka formerly
`);

/** A word by its beginning (`electr*`) or whole (`oil`), and what all its spellings count as. */
export interface Stem {
  readonly start: string;
  readonly whole: boolean;
  readonly stem: string;
}

/** Words of honour and age that a name has or has not without being another: "Royal", "Sons". */
export const HONOURS: readonly Stem[] = stems(`
  royal: royal konink* koning* kongelig* kunglig* konigl* koenigl*
  brothers: brothers bros brother gebr gebruder* gebroeder* fratelli freres hermanos sons son sohne zonen fils figli hijos
  united: united verenigde vereinigte reunis unidos riunite
`);

/**
 * Words for what a business does or where it reaches: said or left out, translated and cut short at will, so they tell little.
 */
export const KINDS: readonly Stem[] = stems(`
  international: internat* intl int internac* internaz* interntl
  global: global worldwide world universal
  national: national* natl nacional* nazional*
  technology: technolog* techn* tech teknolo* tecnol* technik* technic*
  electric: electr* elektr* elettr* eletr*
  industry: industr* inds ind indus indust
  chemical: chemic* chemie* chem chimi* quimic* khimi* kemi
  pharma: pharma pharm pharml pharmaceut* pharmazeu* farmaceut* farma
  product: product* prod prods produkt* prodott* produc* produits
  manufacturing: manufact* mfg mfr manuf
  factory: fabrik* fabriek* fabric* fab fabbric* factory usine usines werke werk works
  society: maatschap* mij gesellschaft ges society verein
  system: system* sys syst sistem* systeme*
  engineering: engineer* eng engr ingenieur* ingenier*
  communication: communicat* comm comms kommunikat* comunicac*
  telecom: telecom* telekom* telefon*
  semiconductor: semicond* halbleiter*
  instrument: instrument* instr instrs
  machine: machine* machin mach masch* maquin* macchin*
  material: material* matl
  equipment: equip*
  supply: supply supplies suppl
  automotive: automot* auto autos
  motor: motor motors
  aerospace: aerosp* aviat* aero
  energy: energ* power
  petroleum: petrol* oil gas
  mining: mining mines minera*
  construction: construc* build building bau constr
  food: food foods beverage* alimenta* lebensmittel* voedings*
  medical: medic* health healthcare hosp hospital* clinic* klinik*
  biotech: biotec* bio biolog* biosc*
  software: software softw
  computer: computer* computing comput
  data: data digital info informat*
  network: network* netzwerk*
  solution: solution* soluz* soluc* losungen
  consulting: consult* advis* berat*
  transport: transp* logist* shipping
  plastics: plastic* kunststoff* polymer polymers
  paper: paper papier
  metal: metal metals metall* steel stahl staal
  textile: textil*
  insurance: insur* versicher* assicur* seguros
  bank: bank banque banco banca
  capital: capital
  media: media entertainm* publish* verlag
  university: univ universit* universid* universita*
  institute: institut* inst istitut*
  centre: centre center cent centr centrum zentrum centro
  laboratory: laborat* lab labs
  science: science* scientif* sci
  design: design*
  association: assoc* assn verband
  corporate: corporate
  general: general gen
  enterprise: enterpr* entrepr* unternehm*
  business: business
  agriculture: agric* agrar* agro agri
`);

/**
 * Words for a part of a group: a name with one of them is often that of a parent's subsidiary, so where one name has it and
 * the other has not, a person looks.
 */
export const PARTS: readonly Stem[] = stems(`
  holding: holding* hldg hldgs hold beteilig*
  finance: financ* finanz* fin treasury credit leasing
  investment: invest*
  assets: asset*
  ip: ip intellect* propert* patent* licens* trademark*
  research: research* res recherche* forschung* onderzoek*
  development: develop* dev entwickl*
  marketing: marketing mktg
  sales: sales vertrieb* ventes verkoop
  distribution: distribut* vertriebs* distribuz* distribuc*
  trade: import export trade
  service: servic* svc svcs serv dienst dienste dienstleist*
  operations: operation* opns
  management: management mgmt verwaltung*
  realestate: immobil* realty
  foundation: foundation* stiftung* fondation*
  fund: fund funds
`);

/** Regions and the well-known names of places that lists of countries do not hold; folded. */
export const REGIONS: ReadonlySet<string> = words(`
  europe europa european euro emea asia asian apac africa america americas american latam nordic nordics scandinavia benelux dach iberia
  iberica mena pacific atlantic north south east west northern southern eastern western holland dutch nederlandse deutsche german
  french francaise british italian italiana espanola swiss suisse schweiz uk us usa uae nl de fr gb ch at be es it dk se no fi jp cn in
  netherland
`);

/** Cities that many companies add to their name: the largest of the world and the seats of trade; folded. */
export const CITIES: ReadonlySet<string> = words(`
  london paris berlin madrid rome roma milan milano vienna wien zurich geneva geneve basel brussels bruxelles brussel antwerp antwerpen amsterdam
  rotterdam hague utrecht eindhoven munich munchen muenchen hamburg frankfurt cologne koln koeln stuttgart dusseldorf duesseldorf
  barcelona lisbon lisboa porto dublin edinburgh glasgow manchester birmingham leeds copenhagen kobenhavn stockholm gothenburg oslo
  helsinki warsaw warszawa prague praha budapest bucharest sofia athens istanbul ankara moscow moskva kiev kyiv lyon marseille turin torino
  napoli naples bologna valencia sevilla bilbao
  chicago boston houston dallas austin atlanta seattle denver detroit miami philadelphia phoenix toronto montreal vancouver
  calgary ottawa mexico monterrey bogota lima santiago caracas rio
  tokyo osaka kyoto nagoya yokohama seoul busan beijing shanghai shenzhen guangzhou hongkong taipei singapore bangkok jakarta manila hanoi
  delhi mumbai bombay bangalore bengaluru chennai hyderabad pune kolkata karachi lahore dhaka dubai doha riyadh jeddah kuwait cairo lagos nairobi johannesburg
  sydney melbourne brisbane perth adelaide auckland wellington
`);

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ''));
}

function stems(text: string): Stem[] {
  return text
    .split('\n')
    .filter((line) => line.includes(':'))
    .flatMap((line) => {
      const [stem = '', starts = ''] = line.split(':');
      return [...words(starts)].map((start) => ({
        start: start.replace('*', ''),
        whole: !start.endsWith('*'),
        stem: stem.trim(),
      }));
    });
}
