// What everybody and each person can reach, found once for all parts: the routes, the crawls without the texts of pages,
// the forms that were on them, and the pages to look at.

import { crawl_all, forms_of, operations, pages_to_see } from './crawl.mjs';

// The operations with their patterns, which do not survive JSON.
export async function routes(office) {
  return operations(await (await office.ask('', '/openapi.json')).json());
}

const key_of = (route) => `${route.method} ${route.path}`;

// What on a page would need a script: the plain text of a page is all that a browser without one has.
function needs_script(html) {
  const wrong = [];
  for (const [tag] of html.matchAll(/<button\b[^>]*>/g)) {
    if (/type="button"/.test(tag) && !/\bhidden\b/.test(tag)) {
      wrong.push(`${tag} does nothing`);
    }
  }
  if (/href="(javascript:|#")/.test(html)) {
    wrong.push('a link leads nowhere');
  }
  if (!/<main\b[^>]*>[\s\S]*<h1\b[^>]*>\s*\S/.test(html)) {
    wrong.push('no heading in main');
  }
  return wrong;
}

export async function survey(office) {
  const list = await routes(office);
  if (!office.survey) {
    const all = await crawl_all(office, list);
    const chosen = pages_to_see(all, list, 1).map(({ login, address, route }) => ({ login, address, route: key_of(route),
      scripted: needs_script(all[login].visited.get(address).text) }));
    const crawls = Object.fromEntries(Object.entries(all).map(([login, { visited, dead }]) => [login, { dead,
      count: visited.size, forms: [...visited].filter(([, answer]) => answer.type.startsWith('text/html'))
        .flatMap(([address, answer]) => forms_of(answer.text, address).map((form) => ({ address, form }))) }]));
    office.survey = { crawls, chosen };
  }
  const by_key = new Map(list.map((route) => [key_of(route), route]));
  return { list, crawls: office.survey.crawls,
    chosen: office.survey.chosen.map((c) => ({ ...c, route: by_key.get(c.route) })) };
}

// The first page of each route.
export const firsts_of = (chosen) => chosen.filter((c) => chosen.find((d) => d.route === c.route) === c);
