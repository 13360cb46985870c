// Who can reach what: follows the links of each person's pages with plain requests.

const PER_ROUTE = 4; // different addresses of one route for one person, queries included

// The operations of /openapi.json: method, path, pattern, who, kind of answer.
export function operations(openapi) {
  const list = [];
  for (const [path, item] of Object.entries(openapi.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const source = path.replace(/[.?+*]/g, '\\$&').replace(/\{number2?\}/g, '\\d+').replace(/\{word2?\}/g, '[^/]+');
      const types = Object.values(operation.responses).flatMap((answer) => Object.keys(answer.content ?? {}));
      list.push({ method: method.toUpperCase(), path, pattern: new RegExp(`^${source}$`), who: operation['x-who'],
        page: method === 'get' && types.includes('text/html'), data: types.length > 1, types, operation });
    }
  }
  // The most literal first: /n/{number}.json before /{word}.
  return list.sort((a, b) => (a.path.match(/\{/g) ?? []).length - (b.path.match(/\{/g) ?? []).length ||
    b.path.length - a.path.length);
}

export function route_of(list, method, path) {
  return list.find((o) => o.method === method && o.pattern.test(path));
}

export const unescape_html = (text) => text.replace(/&(amp|lt|gt|quot|#39|#x27);/g,
  (_, name) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? "'");

// The forms of a page: method, action, and what a browser without script would send with each of its buttons.
export function forms_of(html, address) {
  const forms = [];
  for (const [, head, inside] of html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)) {
    const attribute = (tag, name) => {
      const found = new RegExp(`\\b${name}="([^"]*)"`).exec(tag);
      return found ? unescape_html(found[1]) : undefined;
    };
    const { pathname, search } = new URL(attribute(head, 'action') ?? address, `http://x${address}`);
    const form = { method: (attribute(head, 'method') ?? 'get').toUpperCase(), sent_to: attribute(head, 'action'), pathname, search,
      multipart: attribute(head, 'enctype') === 'multipart/form-data', fields: [], buttons: [] };
    const elsewhere = [];
    for (const [whole, name, within] of inside.matchAll(
      /<(select|textarea|button)\b[^>]*>([\s\S]*?)<\/\1>|<input\b[^>]*>/g)) {
      const [tag] = /^<[^>]*>/.exec(whole);
      const options = name === 'select' ? within.match(/<option\b[^>]*>/g) ?? [] : [];
      const option = options.find((o) => /\bselected\b/.test(o)) ?? options[0] ?? '';
      const field = { tag: name ?? 'input', name: attribute(tag, 'name'), type: attribute(tag, 'type') ?? 'text',
        value: name === 'textarea' ? unescape_html(within.trim()) : attribute(name === 'select' ? option : tag, 'value') ?? '',
        checked: /\bchecked\b/.test(tag), required: /\brequired\b/.test(tag) };
      if (/\bdisabled\b/.test(tag)) {
        continue;
      }
      (name === 'button' ? form.buttons : form.fields).push(field);
      if (attribute(tag, 'formaction')) {
        elsewhere.push({ action: attribute(tag, 'formaction'), button: field });
      }
    }
    forms.push(form);
    // A button that sends the same fields to another place is another form.
    for (const { action, button } of elsewhere) {
      form.buttons = form.buttons.filter((b) => b !== button);
      forms.push({ ...form, sent_to: action, pathname: new URL(action, `http://x${address}`).pathname, buttons: [button] });
    }
  }
  return forms;
}

// What the page of an address leads to: paths of this site with their queries.
function links_of(html, address) {
  const links = new Set();
  for (const [, value] of html.matchAll(/<a\b[^>]*\shref="([^"]*)"/g)) {
    const url = new URL(unescape_html(value), `http://x${address}`);
    if (url.host === 'x' && url.pathname !== '/look') {
      links.add(url.pathname + url.search);
    }
  }
  return links;
}

// Follows everything from the routes without a parameter: {visited: Map(address → answer), dead: […], unknown: […]}.
export async function crawl(office, list, login, per_route = PER_ROUTE) {
  const visited = new Map();
  const dead = [];
  const counts = new Map();
  const queue = [...office.starts[login] ?? [], ...list.filter((o) => o.method === 'GET' && !o.path.includes('{') &&
    o.path !== '/look').map((o) => o.path)].map((address) => ({ address, from: null }));
  const known = new Set(queue.map((q) => q.address));
  while (queue.length > 0) {
    const { address, from } = queue.shift();
    const route = route_of(list, 'GET', address.split('?')[0]);
    const count = counts.get(route) ?? 0;
    if (route && (count >= per_route || route.types.includes('text/event-stream'))) {
      continue;
    }
    counts.set(route, count + 1);
    const answer = await office.ask(login, address);
    const type = answer.headers.get('content-type') ?? '';
    const bytes = Buffer.from(await answer.arrayBuffer());
    const text = /text|json|xml|csv/.test(type) ? bytes.toString('utf8') : '';
    visited.set(address, { status: answer.status, route, type, bytes, text, from, location: answer.headers.get('location') });
    // All ask from one address, which may ask only so often by number and code.
    if (from !== null && answer.status >= 400 && answer.status !== 429) {
      dead.push(`${from} leads to ${address}: ${answer.status}`);
    }
    if (type.startsWith('text/html')) {
      for (const link of links_of(text, address)) {
        if (!known.has(link)) {
          known.add(link);
          queue.push({ address: link, from: address });
        }
      }
    }
  }
  return { visited, dead };
}

// Everybody's and each person's crawl.
export async function crawl_all(office, list) {
  const all = {};
  for (const login of office.everyone()) {
    all[login] = await crawl(office, list, login);
  }
  return all;
}

// The pages to look at: for each route up to `per_route` addresses as the first who gets it, and one more as somebody
// else.
export function pages_to_see(all, list, per_route) {
  const chosen = [];
  const counts = new Map();
  for (const [login, { visited }] of Object.entries(all)) {
    for (const [address, answer] of visited) {
      if (answer.status !== 200 || !answer.route?.page || !answer.type.startsWith('text/html')) {
        continue;
      }
      const key = answer.route.path;
      const seen = counts.get(key) ?? { total: 0, logins: new Set(), addresses: new Set() };
      counts.set(key, seen);
      if (seen.addresses.has(address) || seen.total >= per_route + 1 ||
          seen.logins.size >= 2 && !seen.logins.has(login)) {
        continue;
      }
      const mine = chosen.filter((c) => c.route === answer.route && c.login === login).length;
      if (mine < (seen.logins.size === 0 || seen.logins.has(login) && seen.logins.size === 1 ? per_route : 1)) {
        seen.total++;
        seen.logins.add(login);
        seen.addresses.add(address);
        chosen.push({ login, address, route: answer.route });
      }
    }
  }
  return chosen;
}
