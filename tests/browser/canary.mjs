// Private values that can be recognised are put into every private field: of a party in the register and of a
// declaration. Then everybody, and each person whom they do not concern, asks for everything: what links lead to, and
// every route with the numbers and names of the canaries, guessed. Nothing that comes back may hold one.
// What PDFs show is not searched: their text is glyphs. Workbooks are.

import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { point, note } from './tap.mjs';
import { crawl, operations } from './crawl.mjs';

const SCHEMES = new URL('../../schemes/', import.meta.url);
const OFFICE = '330100';

// A code with a right check digit (GB 32100-2015) that no table of the sample has.
function credit_code() {
  const letters = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const body = '91000000990009876';
  const sum = [...body].reduce((s, c, i) => s + letters.indexOf(c) * (3 ** i % 31), 0);
  return body + letters[(31 - (sum % 31)) % 31];
}

let made = 0;

// A canary: the class says who may see it, the place where it was put.
function canary(list, place, kind) {
  const token = `kx${(++made).toString(36).padStart(3, '0')}${kind}q`;
  list.push({ token, place, kind });
  return token;
}

// The values of the text fields of a form that are not public, by their class; "contact.name" for one in a group.
function fill(components, list, with_values) {
  for (const c of components) {
    const kind = c.properties?.class ?? 'internal';
    if (c.type === 'group' && c.path) {
      with_values[c.path] = with_values[c.path] ?? {};
      fill(c.components, list, with_values[c.path]);
    } else if (c.type === 'group') {
      fill(c.components ?? [], list, with_values);
    } else if (c.key && ['textfield', 'textarea'].includes(c.type) && kind !== 'public' && !c.validate?.pattern &&
               !c.validate?.validationType && !(c.validate?.maxLength < 20) && !/_(area|code|no)$|phone|mobile|email|fax/.test(c.key)) {
      with_values[c.key] = canary(list, `declare.${c.key}`, kind);
    }
  }
}

// Puts canaries into a party and a dossier about it, and people beside them into the district.
async function plant(office) {
  const list = [];
  const code = credit_code();
  const ledger = JSON.parse(readFileSync(new URL('core/ledgers/parties.json', SCHEMES), 'utf8'));
  const row = { kind: '企业', code, name: '示例金丝雀有限公司' };
  for (const field of ledger.fields) {
    if (field.class !== 'public' && field.type === 'text') {
      row[field.name] = canary(list, `core.parties.${field.name}`, `ledger${field.class}`);
    }
  }
  office.command(['party', 'add', JSON.stringify(row), '--office', OFFICE]);

  const declare = JSON.parse(readFileSync(new URL('shouhe/sample/declare.json', SCHEMES), 'utf8'));
  const form = JSON.parse(readFileSync(new URL('shouhe/forms/declare.form', SCHEMES), 'utf8'));
  Object.assign(declare, { name: row.name, credit_code: code });
  fill(form.components, list, declare);
  const started = JSON.parse(office.command(['dossier', 'start', 'shouhe', '--process', 'county', '--office', OFFICE,
    '--subject', code, '--with', JSON.stringify(declare)]));

  // Another county of the same city, with every role.
  office.command(['people', 'office', '330199', '示例邻区局', '--in', '3301']);
  for (const role of ['clerk', 'reviewer', 'leader', 'manager']) {
    const login = `other-${role}`;
    const password = `a-long-password-for-${role}`;
    office.command(['people', 'add', login, `邻某${role}`, '--office', '330199']);
    office.command(['people', 'password', login], password + '\n');
    office.command(['people', 'give', login, role, '--office', '330199']);
    office.people[login] = { login, password, roles: [role], office: '330199', other: true };
    await office.login(login);
  }
  return { list, code, dossier: String(started.dossier ?? started.id) };
}

// Who may not see which: people of no concern nothing; officers of the county not what the register keeps of persons.
function hidden_from(office, login, kind) {
  const person = office.people[login];
  const mine = person && (person.office ?? '').startsWith(OFFICE) && !person.roles.every((r) => r.startsWith('administrator'));
  if (!mine) {
    return true;
  }
  const keeps = person.roles.some((r) => /^(manager|auditor)/.test(r));
  return (kind === 'ledgerpersonal' || kind === 'ledgersealed') && !keeps;
}

// The files in a zip, as one text.
function unzip(bytes) {
  const texts = [];
  for (let at = bytes.indexOf('PK\x01\x02'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4)) {
    const method = bytes.readUInt16LE(at + 10);
    const size = bytes.readUInt32LE(at + 20);
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(start, start + size);
    texts.push(method === 8 ? inflateRawSync(packed).toString('utf8') : packed.toString('utf8'));
  }
  return texts.join('\n');
}

function text_of({ bytes, type, location }) {
  const packed = bytes.length > 4 && bytes.readUInt32LE(0) === 0x04034b50;
  return `${location ?? ''}\n${packed ? unzip(bytes) : type.includes('pdf') ? '' : bytes.toString('utf8')}`;
}

// All addresses of a route for the canaries: each parameter of the path gets each of what it could be.
function guesses(route, planted) {
  const numbers = [planted.dossier, ...planted.numbers];
  const words = [planted.code, 'shouhe', 'core', 'core.parties', 'shouhe.titles', OFFICE, 'core.parties.csv', 'core.parties.xlsx'];
  let paths = [''];
  for (const piece of route.path.split(/(\{[a-z0-9]+\})/)) {
    const values = piece.startsWith('{number') ? numbers : piece.startsWith('{word') ? words : [piece];
    paths = paths.flatMap((p) => values.map((v) => p + (piece.startsWith('{') ? encodeURIComponent(v) : v)));
  }
  return paths.slice(0, 24);
}

export default async function canaries(office) {
  const planted = await plant(office);
  const document = await (await office.ask('', '/openapi.json')).json();
  const list = operations(document);
  // Numbers beside the dossier's belong to what was made with it: rows, tasks, papers.
  const base = Number(planted.dossier);
  planted.numbers = Array.from({ length: 12 }, (_, i) => String(base - 3 + i)).filter((n) => n !== planted.dossier);

  const tokens = new RegExp(planted.list.map((c) => c.token).join('|'), 'g');
  const by_token = new Map(planted.list.map((c) => [c.token, c]));
  let answers = 0;
  const found_by_right = new Set();
  for (const login of office.everyone()) {
    const seen = new Map((await crawl(office, list, login)).visited);
    for (const route of list.filter((o) => o.method === 'GET' && o.path.includes('{') && !o.path.startsWith('/a/') &&
                                            !o.types.includes('text/event-stream'))) {
      for (const address of guesses(route, planted)) {
        for (const json of route.data ? [false, true] : [false]) {
          const key = json ? `${address} as JSON` : address;
          if (!seen.has(key)) {
            const answer = await office.ask(login, address, json ? { headers: { Accept: 'application/json' } } : {});
            seen.set(key, { bytes: Buffer.from(await answer.arrayBuffer()), type: answer.headers.get('content-type') ?? '',
              location: answer.headers.get('location') });
          }
        }
      }
    }
    const leaks = new Set();
    for (const [address, answer] of seen) {
      answers++;
      for (const [token] of text_of(answer).matchAll(tokens)) {
        const c = by_token.get(token);
        if (hidden_from(office, login, c.kind)) {
          leaks.add(`${address}: ${c.place} (${c.kind})`);
        } else {
          found_by_right.add(c);
        }
      }
    }
    point(leaks.size === 0, `${login || 'everybody'} finds no private value in ${seen.size} answers`, [...leaks].slice(0, 12));
  }
  note(`${planted.list.length} canaries, ${answers} answers; seen by those who may: ${found_by_right.size}`);
  point(found_by_right.size > 0, 'those who may see them do, so the search can find one');
}
