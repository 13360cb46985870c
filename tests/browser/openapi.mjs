// /openapi.json against the rules of OpenAPI 3.1 that it needs, and every operation asked with random input.

import { point, note } from './tap.mjs';
import { operations } from './crawl.mjs';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const MEMBERS = {
  root: ['openapi', 'info', 'paths', 'components', 'security', 'tags', 'servers', 'externalDocs', 'jsonSchemaDialect'],
  operation: ['operationId', 'summary', 'description', 'parameters', 'requestBody', 'responses', 'security', 'tags',
    'deprecated', 'externalDocs', 'callbacks', 'servers'],
  parameter: ['name', 'in', 'required', 'schema', 'description', 'deprecated', 'allowEmptyValue', 'style', 'explode'],
  answer: ['description', 'headers', 'content', 'links'],
};
const TYPES = ['string', 'integer', 'number', 'boolean', 'object', 'array', 'null'];

// What is wrong with the document, as sentences.
export function faults_of(document) {
  const faults = [];
  const fault = (place, text) => faults.push(`${place}: ${text}`);
  const only = (place, object, names) => {
    for (const name of Object.keys(object)) {
      if (!names.includes(name) && !name.startsWith('x-')) {
        fault(place, `no member "${name}" stands there (OpenAPI 3.1.0)`);
      }
    }
  };
  const check_schema = (place, schema) => {
    if (typeof schema !== 'object' || (schema.type !== undefined && !TYPES.includes(schema.type))) {
      fault(place, `no type: ${JSON.stringify(schema.type)}`);
      return;
    }
    for (const name of ['minimum', 'maximum', 'maxLength', 'minLength']) {
      if (schema[name] !== undefined && typeof schema[name] !== 'number') {
        fault(place, `${name} is no number`);
      }
    }
    if (schema.pattern !== undefined) {
      try { new RegExp(schema.pattern, 'u'); } catch { fault(place, 'pattern is no regular expression'); }
    }
    for (const name of schema.required ?? []) {
      if (!schema.properties?.[name]) {
        fault(place, `required "${name}" is no property`);
      }
    }
    for (const [name, inside] of Object.entries(schema.properties ?? {})) {
      check_schema(`${place}.${name}`, inside);
    }
  };
  if (!/^3\.1\.\d+$/.test(document.openapi)) { fault('openapi', 'is not 3.1'); }
  only('document', document, MEMBERS.root);
  if (!document.info?.title || !document.info?.version) { fault('info', 'wants title and version'); }
  const ids = new Set();
  const shapes = new Set();
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    if (!path.startsWith('/')) { fault(path, 'a path begins with /'); }
    const shape = path.replace(/\{[^}]*\}/g, '{}');
    if (shapes.has(shape)) { fault(path, 'the same path stands there with other names'); }
    shapes.add(shape);
    const wanted = [...path.matchAll(/\{([^}]*)\}/g)].map((m) => m[1]);
    if (new Set(wanted).size !== wanted.length) { fault(path, 'a parameter of the path stands there twice'); }
    for (const [method, o] of Object.entries(item)) {
      const place = `${method} ${path}`;
      if (!METHODS.includes(method)) { fault(place, 'no such method'); continue; }
      only(place, o, MEMBERS.operation);
      if (!o.operationId || ids.has(o.operationId)) { fault(place, `operationId "${o.operationId}" is missing or taken`); }
      ids.add(o.operationId);
      if (!o.responses || Object.keys(o.responses).length === 0) { fault(place, 'has no responses'); }
      for (const [status, answer] of Object.entries(o.responses ?? {})) {
        if (!/^([1-5](\d\d|XX)|default)$/.test(status)) { fault(place, `"${status}" is no status`); }
        if (typeof answer.description !== 'string') { fault(place, `answer ${status} has no description`); }
        only(`${place} ${status}`, answer, MEMBERS.answer);
      }
      const names = new Set();
      for (const p of o.parameters ?? []) {
        only(`${place} parameter ${p.name}`, p, MEMBERS.parameter);
        if (!p.name || !['query', 'path', 'header', 'cookie'].includes(p.in)) { fault(place, 'a parameter without name or place'); }
        if (names.has(`${p.in} ${p.name}`)) { fault(place, `parameter "${p.name}" stands there twice`); }
        names.add(`${p.in} ${p.name}`);
        if (p.in === 'path' && p.required !== true) { fault(place, `parameter "${p.name}" of the path must be required`); }
        if (!p.schema) { fault(place, `parameter "${p.name}" has no schema`); } else { check_schema(place, p.schema); }
      }
      const given = (o.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name);
      if (given.join() !== wanted.join()) { fault(place, `parameters of the path: ${given} for ${wanted}`); }
      if (method === 'get' && o.requestBody) { fault(place, 'a body of GET has no meaning'); }
      for (const [type, content] of Object.entries(o.requestBody?.content ?? {})) {
        if (!/^[a-z]+\/[a-z0-9.+-]+$/.test(type)) { fault(place, `"${type}" is no media type`); }
        check_schema(`${place} ${type}`, content.schema ?? {});
      }
      if (o.requestBody && Object.keys(o.requestBody.content ?? {}).length === 0) { fault(place, 'a body without content'); }
      for (const need of o.security ?? []) {
        for (const name of Object.keys(need)) {
          if (!document.components?.securitySchemes?.[name]) { fault(place, `no security scheme "${name}"`); }
        }
      }
    }
  }
  return faults;
}

// ---- Random input ----

// A small generator, so that a failing run can be had again.
function generator(seed) {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * bound);
  };
}

const TEXTS = ['', '0', '-1', '1', '7', '999999999999999999999', '示例', '\u0000', "' OR 1=1 --", '"><svg onload=1>',
  '../../etc/passwd', '%00', '\ud83d\ude00', '{{7*7}}', 'a'.repeat(300), '．', '2026-02-30', '1e999', 'NaN', '{"a":[1', '{}',
  '\r\nX: y', 'null', '\u202etxt', '张·某', '91000000100001211M', '330100', 'core.parties', 'shouhe', 'declare'];

function random_text(random) {
  return TEXTS[random(TEXTS.length)];
}

function random_json(random, depth = 0) {
  switch (random(depth > 3 ? 4 : 6)) {
    case 0: return random_text(random);
    case 1: return random(1000000) - 500000;
    case 2: return null;
    case 3: return random(2) === 0;
    case 4: return Array.from({ length: random(4) }, () => random_json(random, depth + 1));
    default: return Object.fromEntries(Array.from({ length: random(4) }, () =>
      [random_text(random), random_json(random, depth + 1)]));
  }
}

const ACTS = ['start', 'claim', 'complete', 'release', 'cancel', 'assign', 'draft', 'depart', 'object', 'withdraw'];

function address_of(random, o) {
  const path = o.path.replace(/\{number2?\}/g, () => String([random(40), random(300), 0, 99999999][random(4)]))
    .replace(/\{word2?\}/g, () => encodeURIComponent(['shouhe', 'core', '330100', 'none', 'declare', 'core.parties',
      random_text(random).replace(/[/\\]/g, '')][random(7)] || 'x'));
  const query = new URLSearchParams();
  for (const p of o.operation.parameters ?? []) {
    if (p.in === 'query' && random(2) === 0) {
      query.set(p.name, p.schema.type === 'integer' ? String(random(200)) : random_text(random).slice(0, p.schema.maxLength));
    }
  }
  const tail = query.toString();
  return path + (tail ? `?${tail}` : '');
}

function body_of(random, o, csrf) {
  const [type, content] = Object.entries(o.operation.requestBody?.content ?? {})[0] ?? [];
  if (!type) {
    return {};
  }
  const properties = Object.entries(content.schema.properties ?? {});
  const required = content.schema.required ?? [];
  const fields = properties.filter(([name]) => required.includes(name) || random(2) === 0)
    .map(([name, schema]) => [name, schema.type === 'integer' ? String(random(500))
      : random_text(random).slice(0, schema.maxLength)]);
  if (content.schema.additionalProperties) {
    for (let i = random(4); i > 0; i--) {
      fields.push([['name', 'received', 'note', 'do', random_text(random)][random(5)], random_text(random)]);
    }
  }
  if (type === 'application/json') {
    const value = content.schema.additionalProperties && random(2) === 0
      ? { act: ACTS[random(ACTS.length)], dossier: String(random(60)), wait: random(20), with: random_json(random, 2) }
      : random(4) === 0 ? random_json(random) : Object.fromEntries(fields);
    return { body: JSON.stringify(value), headers: { 'Content-Type': type, 'X-CSRF': csrf } };
  }
  const form = type === 'multipart/form-data' ? new FormData() : new URLSearchParams();
  for (const [name, value] of fields) {
    if (type === 'multipart/form-data' && random(3) === 0) {
      form.set(name, new Blob([random_text(random)]), 'a.xlsx');
    } else {
      form.set(name, value);
    }
  }
  form.set('csrf', csrf);
  return { body: form, headers: {} };
}

export default async function openapi(office, { rounds = 12, seed = 1 } = {}) {
  const document = await (await office.ask('', '/openapi.json')).json();
  const faults = faults_of(document);
  point(faults.length === 0, 'openapi.json keeps the rules of OpenAPI 3.1', faults.slice(0, 20));
  // The check can fail.
  const broken = structuredClone(document);
  broken.paths['/login'].get.responses = {};
  broken.paths['/login'].post.operationId = broken.paths['/login'].get.operationId;
  point(faults_of(broken).length === 2, 'and a document that breaks them is found out');

  const list = operations(document);
  const random = generator(seed);
  const logins = ['', ...Object.keys(office.people)];
  const tokens = {};
  for (const login of logins) {
    tokens[login] = await office.csrf(login);
  }
  let asked = 0;
  const wrong = [];
  for (const o of list) {
    const stream = o.types.includes('text/event-stream');
    for (let i = 0; i < (stream ? 1 : rounds) && wrong.length < 20; i++) {
      // Whoever logs out needs a new session.
      if (/logout|session|password|factor|totp/.test(o.path) && o.method !== 'GET' && i > 2) {
        continue;
      }
      const login = logins[(i + random(logins.length)) % logins.length];
      const address = address_of(random, o);
      const { body, headers } = body_of(random, o, tokens[login]);
      asked++;
      try {
        const stop = AbortSignal.timeout(stream ? 300 : 10000);
        const answer = await office.ask(login, address, { method: o.method, body, headers, signal: stop });
        if (answer.status >= 500) {
          wrong.push(`${login || 'everybody'}: ${o.method} ${address} ${typeof body === 'string' ? body : ''}: ${answer.status} ${
            (await answer.text()).slice(0, 300)}`);
        } else if (!stream) {
          await answer.arrayBuffer();
        } else {
          stop.aborted || await answer.body?.cancel();
        }
      } catch (error) {
        if (!(stream && error.name === 'TimeoutError')) {
          wrong.push(`${login}: ${o.method} ${address}: ${error.message} ${error.cause?.message ?? ''}`);
        }
      }
    }
  }
  point(wrong.length === 0, `random input to ${list.length} operations: no answer of 5xx`, wrong);
  note(`${asked} requests, seed ${seed}`);
  point(office.status === undefined, 'and the server is still there', office.log.slice(-2000));
}
