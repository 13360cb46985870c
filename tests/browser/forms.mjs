// Every form without JavaScript: a page has it, what a browser sends is what its route reads, and the answer is one of
// the program's: done, or what is to be corrected. Changes the district, so it comes last.

import { point, note } from './tap.mjs';
import { route_of } from './crawl.mjs';
import { survey } from './survey.mjs';

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
function multipart(fields) {
  const mark = '----form-of-the-tests';
  const parts = fields.map(({ name, value, file }) => file
    ? `--${mark}\r\nContent-Disposition: form-data; name="${name}"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n`
    : `--${mark}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  return { body: `${parts.join('')}--${mark}--\r\n`, headers: { 'Content-Type': `multipart/form-data; boundary=${mark}` } };
}

// The request that the first button sends, everything else as it stands on the page.
function request_of(form) {
  const fields = [];
  const radios = new Set();
  for (const f of form.fields) {
    if (f.name === undefined || f.type === 'submit' || (['checkbox', 'radio'].includes(f.type) && !f.checked) ||
        (f.type === 'radio' && radios.has(f.name)) || (f.type === 'file' && !form.multipart)) {
      continue;
    }
    radios.add(f.name);
    // What a browser would not send empty gets something.
    fields.push({ name: f.name, value: f.value || !f.required ? f.value : '1', file: f.type === 'file' });
  }
  const button = form.buttons.find((b) => b.name);
  if (button) {
    fields.push({ name: button.name, value: button.value });
  }
  return form.multipart ? multipart(fields) : { body: new URLSearchParams(fields.map((f) => [f.name, f.value])) };
}

export default async function forms(office) {
  const { list, crawls } = await survey(office);
  const found = new Map(); // "METHOD /path" → [{login, form, page}]
  const wrong = new Map();
  for (const [login, { forms: of_login }] of Object.entries(crawls)) {
    for (const { address, form } of of_login) {
      // A form that is only to be looked at.
      if (!form.sent_to && form.buttons.length === 0) {
        continue;
      }
      const route = route_of(list, form.method, form.pathname);
      const key = `${form.method} ${route?.path ?? form.pathname}`;
      const bad = route ? mismatches(form, route) : ['no such route'];
      if (bad.length > 0 && !wrong.has(key)) {
        wrong.set(key, bad.map((b) => `${login || 'everybody'} ${address}: ${b}`));
      }
      if (!found.has(key)) {
        found.set(key, []);
      }
      if (route && found.get(key).length < 1) {
        found.get(key).push({ login, form, address });
      }
    }
  }
  for (const key of found.keys()) {
    point(!wrong.has(key), `what a form sends is what ${key} reads`, (wrong.get(key) ?? []).slice(0, 6));
  }
  const posts = list.filter((o) => o.method === 'POST' && o.operation.requestBody &&
    !Object.keys(o.operation.requestBody.content).includes('application/json'));
  const missing = posts.map((o) => `POST ${o.path}`).filter((key) => !found.has(key));
  point(missing.length === 0, `a page of the district has the form of each of ${posts.length} routes`, missing);

  let sent = 0;
  for (const [key, places] of found) {
    if (!key.startsWith('POST') || ENDS_SESSION.test(key)) {
      continue;
    }
    for (const { login, form, address } of places) {
      const answer = await office.ask(login, form.pathname + form.search, { method: 'POST',
        ...request_of(form) });
      await answer.arrayBuffer();
      sent++;
      point(answer.status < 500 && ![400, 404, 405, 413, 415].includes(answer.status),
        `${key} without script, as ${login || 'everybody'}: ${answer.status}`, `from ${address}`);
    }
  }
  note(`${sent} forms sent`);
}
