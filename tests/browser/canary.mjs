// Private values that can be recognised are put into every private field: of a party in the register, of a declaration and
// the rows in it, of what officers write beside it, of an objection and of an account. Then everybody, people from outside,
// a guest and each officer ask for everything: what links lead to, and every route with the numbers and names of the
// canaries, guessed. What comes back holds none that is not theirs to see. Nor do counts change for those whom the party
// does not concern, and what is not theirs looks like what is not there, in words and in time.
// What PDFs show is not searched: their text is glyphs. Workbooks are.

import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { point, note } from './tap.mjs';
import { crawl } from './crawl.mjs';
import { routes } from './survey.mjs';

const SCHEMES = new URL('../../schemes/', import.meta.url);
const OFFICE = '330100';
const NAME = '示例金丝雀有限公司';
const GUESSES = 24; // addresses of a route for one person

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

// The values of the text fields of a form that are not public, by their class; a group is a context, a list one row of its
// fields.
function fill(components, list, values, class_above = 'internal') {
  for (const c of components) {
    const kind = c.properties?.class ?? class_above;
    if (c.type === 'dynamiclist' && c.properties?.layout !== 'matrix' && c.path !== 'proofs') {
      values[c.path] = [fill(c.components, list, {}, kind)];
    } else if (c.type === 'group') {
      fill(c.components ?? [], list, c.path ? values[c.path] ??= {} : values, kind);
    } else if (c.key && ['textfield', 'textarea'].includes(c.type) && kind !== 'public' && !c.validate?.pattern &&
               !c.validate?.validationType && !(c.validate?.maxLength < 20) && c.key !== 'credit_code') {
      values[c.key] = canary(list, `declare.${c.key}`, kind);
    } else if (c.key && c.type === 'select' && values[c.key] === undefined && c.validate?.required && c.values) {
      values[c.key] = c.values[0].value;
    } else if (c.key && c.subtype === 'date' && values[c.key] === undefined && c.validate?.required) {
      values[c.key] = '2024-01-05';
    }
  }
  return values;
}

const sample = (path) => JSON.parse(readFileSync(new URL(path, SCHEMES), 'utf8'));

// Another county of the same city, with every role.
async function bring_others(office) {
  office.command(['people', 'office', '330199', '示例邻区局', '--in', '3301']);
  for (const role of ['clerk', 'reviewer', 'leader', 'manager']) {
    const login = `other-${role}`;
    const password = `a-long-password-for-${role}`;
    office.command(['people', 'add', login, `邻某${role}`, '--office', '330199']);
    office.command(['people', 'password', login], password + '\n');
    office.command(['people', 'give', login, role, '--office', '330199']);
    office.people[login] = { login, password, roles: [role], office: '330199' };
    await office.login(login);
  }
}

function plant_party(office, list, code) {
  const row = { kind: '企业', code, name: NAME };
  for (const field of sample('core/ledgers/parties.json').fields) {
    if (field.class !== 'public' && field.type === 'text') {
      row[field.name] = canary(list, `core.parties.${field.name}`, `ledger${field.class}`);
    }
  }
  office.command(['party', 'add', JSON.stringify(row), '--office', OFFICE]);
}

// A declaration, what the clerk writes about it, and its follow code.
async function plant_dossier(office, list, code) {
  const declare = { ...sample('shouhe/sample/declare.json'), name: NAME, credit_code: code };
  fill(sample('shouhe/forms/declare.form').components, list, declare);
  const started = JSON.parse(office.command(['dossier', 'start', 'shouhe', '--process', 'county', '--office', OFFICE,
    '--subject', code, '--with', JSON.stringify(declare)]));
  list.push({ token: started.code, place: 'the follow code', kind: 'code' });
  await office.complete(started.dossier, 'receive', 'zhao', { received_on: '2026-01-05', received: ['application'] });
  await office.complete(started.dossier, 'first_check', 'zhao', { first: '受理',
    first_note: canary(list, 'first_check.first_note', 'internal') });
  return String(started.dossier);
}

// What somebody writes who objects: for the office that answers, and nobody else.
async function plant_objection(office, list) {
  const [address] = office.starts[''];
  const [, number, code] = /\/d\/(\d+)\?code=(\w+)/.exec(address);
  const page = await (await office.ask('', `/d/${number}/object?code=${code}`)).text();
  const key = /name="key" value="([^"]*)"/.exec(page)[1];
  const { text } = await office.send('', `/d/${number}/object`, { code, key,
    ground: canary(list, 'objection.ground', 'objection'), contact: canary(list, 'objection.contact', 'objection') });
  return [...text.matchAll(/<strong>([^<]*)<\/strong>/g)].map((m) => m[1])[0];
}

async function plant(office) {
  const list = [];
  const code = credit_code();
  await bring_others(office);
  await office.send('newcomer', '/me', { name: canary(list, 'account.name', 'account') }); // stands on each page of his
  const before = await counts(office);
  plant_party(office, list, code);
  const dossier = await plant_dossier(office, list, code);
  const objection = await plant_objection(office, list);
  list.push({ token: '13900000001', place: 'account.address', kind: 'account' });
  return { list, code, dossier, objection, before };
}

// Who may see which. An officer sees what is internal in the register of his office and of those below it; only managers
// and auditors what is personal, nobody on a page what is sealed. A dossier is seen by those who have a task in it, by the
// manager and the auditor; a new account by itself and by the office that it has asked to be bound by.
const COUNTY = ['qian', 'sun', 'tang', 'li', 'ren', 'he', 'shen'];
const MANAGERS_ABOVE = ['zheng', 'feng'];
const ABOVE = ['zhou', 'zheng', 'fang', 'wang', 'feng'];
const MAY = {
  ledgerinternal: [...COUNTY, ...ABOVE],
  ledgerpersonal: ['he', 'shen'],
  ledgersealed: [],
  internal: ['zhao', ...COUNTY, ...MANAGERS_ABOVE],
  personal: ['zhao', 'qian', 'sun', 'tang', 'he', 'shen'],
  sealed: ['zhao', 'qian', 'sun', 'tang', 'shen'],
  code: [],
  objection: ['ren', 'li', 'he', 'shen', 'wang', 'feng', 'fang', 'zheng'],
  account: ['newcomer', ...COUNTY, ...MANAGERS_ABOVE],
};

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
  const numbers = [planted.dossier, planted.objection, ...planted.numbers];
  const words = [planted.code, 'shouhe', 'core', 'core.parties', 'shouhe.titles', OFFICE, 'core.parties.csv', 'core.parties.xlsx'];
  let paths = [''];
  for (const piece of route.path.split(/(\{[a-z0-9]+\})/)) {
    const values = piece.startsWith('{number') ? numbers : piece.startsWith('{word') ? words : [piece];
    paths = paths.flatMap((p) => values.map((v) => p + (piece.startsWith('{') ? encodeURIComponent(v) : v)));
  }
  return paths.slice(0, GUESSES);
}

// Everything that somebody gets: by links, and by guessing.
async function everything(office, list, login, planted) {
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
  return seen;
}

async function look_for_values(office, list, planted) {
  const tokens = new RegExp(planted.list.map((c) => c.token).join('|'), 'g');
  const by_token = new Map(planted.list.map((c) => [c.token, c]));
  const found_by_right = new Set();
  let answers = 0;
  for (const login of office.everyone()) {
    const seen = await everything(office, list, login, planted);
    const leaks = new Set();
    for (const [address, answer] of seen) {
      answers++;
      for (const [token] of text_of(answer).matchAll(tokens)) {
        const c = by_token.get(token);
        if (MAY[c.kind].includes(login)) {
          found_by_right.add(c);
        } else if (address !== '/outbox') { // where the demonstration shows what it would have sent
          leaks.add(`${address}: ${c.place} (${c.kind})`);
        }
      }
    }
    point(leaks.size === 0, `${login || 'everybody'} finds no private value in ${seen.size} answers`, [...leaks].slice(0, 12));
  }
  note(`${planted.list.length} canaries, ${answers} answers; seen by those who may: ${found_by_right.size}`);
  const unseen = planted.list.filter((c) => MAY[c.kind].length > 0 && !found_by_right.has(c)).map((c) => `${c.place} (${c.kind})`);
  note(`seen by nobody: ${unseen.join(', ') || 'none'}`);
  point(found_by_right.size > planted.list.length / 2, 'those who may see them do, so the search can find one');
}

// ---- Counts ----

// Pages that count, as those see them whom the party does not concern.
const COUNTING = ['/', '/notices?q=金丝雀', '/r/shouhe/titles?q=金丝雀', '/office', '/office?tab=team', '/office?tab=free',
  '/office/lists', '/office/ledgers', '/office/ledgers/core.parties', '/office/ledgers/core.parties?q=金丝雀',
  '/office/statistics', '/office/messages', '/bindings', '/visits', '/my'];
const UNCONCERNED = ['', 'newcomer', 'firm', 'guest', 'wu', 'lin', 'other-clerk', 'other-reviewer', 'other-leader',
  'other-manager'];

// Without what changes at each request or with time: its name, the session's token, the keys of forms, the minute, ages.
const plain = (text) => text.replace(/[0-9a-f]{16}/g, '').replace(/value="[0-9a-f]{32,}"/g, '')
  .replace(/\d{2}:\d{2}/g, '').replace(/\?v=[^"]*/g, '').replace(/(刚刚|\d+(分钟|小时)前)暂存/g, '');

async function counts(office) {
  const found = new Map();
  for (const login of UNCONCERNED) {
    for (const address of COUNTING) {
      const answer = await office.ask(login, address);
      found.set(`${login || 'everybody'} ${address}`, `${answer.status} ${plain(await answer.text())}`);
    }
  }
  return found;
}

function tell_counts(before, after) {
  const changed = [...before].filter(([key, text]) => after.get(key) !== text).map(([key]) => key);
  point(changed.length === 0, `${before.size} pages that count say the same before and after`, changed);
}

// ---- What is not theirs, and what is not there ----

const NOWHERE = '99999999';

// The same status and the same words, but for the number itself.
async function same_as_nothing(office, list, planted) {
  const different = [];
  let asked = 0;
  for (const login of ['', 'newcomer', 'firm', 'guest', 'wu', 'other-reviewer', 'other-manager']) {
    for (const route of list.filter((o) => o.method === 'GET' && /\{number\}/.test(o.path) && !o.path.includes('{word}') &&
                                            !o.types.includes('text/event-stream'))) {
      const told = [];
      for (const number of [planted.dossier, NOWHERE]) {
        const answer = await office.ask(login, route.path.replace('{number}', number).replace('{number2}', '1'));
        told.push(`${answer.status} ${answer.headers.get('location') ?? ''} ${plain(await answer.text())}`
          .replaceAll(number, 'N'));
      }
      asked++;
      if (told[0] !== told[1]) {
        const at = [...told[0]].findIndex((letter, i) => letter !== told[1][i]);
        different.push(`${login || 'everybody'} ${route.path}: ${told.map((text) => text.slice(Math.max(0, at - 60),
          at + 120)).join(' and ')}`);
      }
    }
  }
  point(different.length === 0, `${asked} times what is another's answers like what is not there`,
    different.slice(0, 8));
}

// The quickest of many answers, taken in turns: noise only adds to it.
async function same_time(office, planted) {
  const TIMES = 25;
  const APART_MS = 5;
  const slow = [];
  for (const [login, path] of [['', '/d/N?code=AAAAAAAAAAAA'], ['firm', '/my/N'], ['other-reviewer', '/office/d/N'],
    ['other-reviewer', '/office/d/N/t/1']]) {
    const best = [Infinity, Infinity];
    for (let i = 0; i < TIMES; i++) {
      for (const [k, number] of [planted.dossier, NOWHERE].entries()) {
        const begun = performance.now();
        await (await office.ask(login, path.replace('N', number))).arrayBuffer();
        best[k] = Math.min(best[k], performance.now() - begun);
      }
    }
    if (Math.abs(best[0] - best[1]) > APART_MS) {
      slow.push(`${login || 'everybody'} ${path}: ${best.map((ms) => ms.toFixed(1)).join(' and ')} ms`);
    }
  }
  point(slow.length === 0, 'and in the same time', slow);
}

export default async function canaries(office) {
  const planted = await plant(office);
  const list = await routes(office);
  // Numbers beside the dossier's belong to what was made with it: rows, tasks, papers.
  const base = Number(planted.dossier);
  planted.numbers = Array.from({ length: 12 }, (_, i) => String(base - 3 + i)).filter((n) => n !== planted.dossier);
  tell_counts(planted.before, await counts(office));
  await same_as_nothing(office, list, planted);
  await same_time(office, planted);
  await look_for_values(office, list, planted);
}
