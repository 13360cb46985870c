// Every form without JavaScript: a page has it, what a browser sends is what its route reads, and the answer is one of
// the program's: done, or what is to be corrected. Changes the district, so it comes last.

import { point, note } from './tap.mjs';
import { forms_of, route_of } from './crawl.mjs';
import { NO_FORM } from './exceptions.mjs';
import { firsts_of, survey } from './survey.mjs';

// Whoever sends these loses his session; the tests of people hold them.
const ENDS_SESSION = /\/(logout|sessions?|password)(\/|$)/;

// What the route does not read, or wants and does not get.
function mismatches(form, route) {
  const wrong = [];
  const o = route.operation;
  const schema = Object.values(o.requestBody?.content ?? {})[0]?.schema ?? {};
  const [type] = Object.keys(o.requestBody?.content ?? {});
  const names = new Set([...form.fields, ...form.buttons].map((f) => f.name).filter((n) => n !== undefined));
  if (form.method === 'GET') {
    const known = new Set((o.parameters ?? []).filter((p) => p.in === 'query').map((p) => p.name));
    return [...names].filter((n) => !known.has(n)).map((n) => `no parameter "${n}"`);
  }
  if (!names.has('csrf')) {
    wrong.push('no csrf');
  }
  if ((type === 'multipart/form-data') !== form.multipart && form.fields.some((f) => f.type === 'file')) {
    wrong.push('files without enctype multipart/form-data, or the other way round');
  }
  for (const name of names) {
    if (name !== 'csrf' && !schema.properties?.[name] && !schema.additionalProperties) {
      wrong.push(`the route does not read "${name}"`);
    }
  }
  for (const name of schema.required ?? []) {
    if (!names.has(name)) {
      wrong.push(`the page does not send "${name}", which the route wants`);
    }
  }
  if (!form.buttons.some((b) => ['submit', 'text'].includes(b.type)) &&
      !form.fields.some((f) => f.type === 'submit')) {
    wrong.push('no button sends it');
  }
  return wrong;
}

// As a browser writes it: a field for files without one has an empty name, which FormData of Node leaves out.
function multipart(fields, given) {
  const mark = '----form-of-the-tests';
  const head = (name) => `--${mark}\r\nContent-Disposition: form-data; name="${name}"`;
  const parts = fields.map(({ name, value, file }) => !file ? `${head(name)}\r\n\r\n${value}\r\n`
    : given ? `${head(name)}; filename="${given.file}"\r\nContent-Type: text/csv\r\n\r\n${given.text}\r\n`
      : `${head(name)}; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n`);
  return { body: `${parts.join('')}--${mark}--\r\n`, headers: { 'Content-Type': `multipart/form-data; boundary=${mark}` } };
}

// The request that the first button sends, everything else as it stands on the page; with a file where one is given.
function request_of(form, given, typed = {}, pressed = undefined) {
  const fields = [];
  const radios = new Set();
  for (const f of form.fields) {
    if (f.name === undefined || f.type === 'submit' || (['checkbox', 'radio'].includes(f.type) && !f.checked) ||
        (f.type === 'radio' && radios.has(f.name)) || (f.type === 'file' && !form.multipart)) {
      continue;
    }
    radios.add(f.name);
    // What a browser would not send empty gets something.
    fields.push({ name: f.name, value: typed[f.name] ?? (f.value || !f.required ? f.value : '1'), file: f.type === 'file' });
  }
  const button = form.buttons.find((b) => b.name && b.value === pressed) ?? form.buttons.find((b) => b.name);
  if (button) {
    fields.push({ name: button.name, value: button.value });
  }
  return form.multipart ? multipart(fields, given) : { body: new URLSearchParams(fields.map((f) => [f.name, f.value])) };
}

// Tables that a form of files needs to come to its next page.
const FILES = {
  'POST /office/ledgers/{word}/import': { file: 'parties.csv', text: 'handle,kind,code,name\n' +
    '91000000990012348G,企业,91000000990012348G,示例导入有限公司\n' },
};

// What is typed where anything else leads nowhere, and the button that leads on.
const TYPED = {
  'POST /account/code': { address: '13900000009' },
};
const PRESSED = {
  'POST /office/d/{number}/t/{number2}': 'look',
};

// The forms that were found, by "METHOD /path": the first of each with who saw it where, and what is wrong with any.
class Found {
  constructor(list) {
    Object.assign(this, { list, places: new Map(), wrong: new Map() });
  }

  add(login, address, form) {
    // A form that is only to be looked at.
    if (!form.sent_to && form.buttons.length === 0) {
      return;
    }
    const route = route_of(this.list, form.method, form.pathname);
    const key = `${form.method} ${route?.path ?? form.pathname}`;
    const bad = route ? mismatches(form, route) : ['no such route'];
    if (bad.length > 0 && !this.wrong.has(key)) {
      this.wrong.set(key, bad.map((b) => `${login || 'everybody'} ${address}: ${b}`));
    }
    if (!this.places.has(key)) {
      this.places.set(key, route ? { login, form, address } : null);
    }
  }
}

// Sends a form; the forms of the page that answers are found too.
async function send(office, found, key, { login, form, address }) {
  const given = FILES[key];
  const answer = await office.ask(login, form.pathname + form.search,
    { method: 'POST', ...request_of(form, given, TYPED[key], PRESSED[key]) });
  const text = await answer.text();
  point(answer.status < 500 && ![400, 404, 405, 413, 415].includes(answer.status),
    `${key} without script, as ${login || 'everybody'}: ${answer.status}`, `from ${address}`,
    text.slice(text.indexOf('<main')).replace(/<[^>]*>|\s+/g, ' ').replace(/ +/g, ' ').slice(0, 300));
  if ((answer.headers.get('content-type') ?? '').startsWith('text/html')) {
    for (const next of forms_of(text, form.pathname)) {
      found.add(login, `the answer of ${key}`, next);
    }
  } else if (answer.status === 303 && given) {
    const where = answer.headers.get('location');
    for (const next of forms_of(await (await office.ask(login, where)).text(), where)) {
      found.add(login, where, next);
    }
  }
}

export default async function forms(office) {
  const { list, crawls, chosen } = await survey(office);
  for (const c of firsts_of(chosen)) {
    point(c.scripted.length === 0, `${c.route.path} needs no script`, c.scripted);
  }
  const found = new Found(list);
  for (const [login, { forms: of_login }] of Object.entries(crawls)) {
    for (const { address, form } of of_login) {
      found.add(login, address, form);
    }
  }
  const sent = new Set();
  // Who acts for another firm, or for none, has other dossiers, and what was withdrawn is closed: those forms come last.
  const LAST = ['POST /my/{number}/withdraw', 'POST /me/party'];
  const later = (key) => LAST.includes(key) && [...found.places.keys()].some((k) => k.startsWith('POST') &&
    found.places.get(k) && !ENDS_SESSION.test(k) && !sent.has(k) && LAST.indexOf(k) < LAST.indexOf(key));
  for (let some = true; some;) {
    some = false;
    for (const [key, place] of [...found.places]) {
      if (place && key.startsWith('POST') && !ENDS_SESSION.test(key) && !sent.has(key) && !later(key)) {
        sent.add(key);
        some = true;
        await send(office, found, key, place);
      }
    }
  }
  for (const key of found.places.keys()) {
    point(!found.wrong.has(key), `what a form sends is what ${key} reads`, (found.wrong.get(key) ?? []).slice(0, 6));
  }
  const posts = list.filter((o) => o.method === 'POST' && o.operation.requestBody &&
    !Object.keys(o.operation.requestBody.content).includes('application/json')).map((o) => `POST ${o.path}`);
  const missing = posts.filter((key) => !found.places.has(key) && !NO_FORM[key]);
  point(missing.length === 0, `a page of the district has the form of each of ${posts.length} routes`, missing);
  const needless = Object.keys(NO_FORM).filter((key) => found.places.has(key) || !posts.includes(key));
  point(needless.length === 0, 'and no exception is needless', needless);
  note(`${sent.size} forms sent`);
}
