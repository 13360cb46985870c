// Where the main blocks of each page stand, held against layout.json: a block that vanished, moved to another column or
// changed its width is a break; heights change with the data and are not kept.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { point, note } from './tap.mjs';
import { SIZES } from './pages.mjs';
import { firsts_of, survey } from './survey.mjs';

const FILE = new URL('./layout.json', import.meta.url);
const NEAR = 8; // pixels that fonts of another machine may make

// In the page: the landmarks and the children of main, each as "name x width", equal neighbours once.
function blocks() {
  const name = (e) => e.tagName.toLowerCase() + [...e.classList].sort().map((c) => `.${c}`).join('');
  const row = (e) => {
    const box = e.getBoundingClientRect();
    return box.width === 0 ? null : [name(e), Math.round(box.left), Math.round(box.width)];
  };
  const rows = [];
  for (const e of document.querySelectorAll('body > *, main > *, main > * > .pane, main > * > table')) {
    if (e.matches('.skip, script')) {
      continue;
    }
    const r = row(e);
    if (r && JSON.stringify(r) !== JSON.stringify(rows.at(-1))) {
      rows.push(r);
    }
  }
  return rows;
}

function differences(was, is) {
  const lines = [];
  const key = (r) => r[0];
  const left = new Map(was.map((r) => [key(r), r]));
  const right = new Map(is.map((r) => [key(r), r]));
  for (const [k, r] of left) {
    const now = right.get(k);
    if (!now) {
      lines.push(`${k} is gone`);
    } else if (Math.abs(now[1] - r[1]) > NEAR || Math.abs(now[2] - r[2]) > NEAR) {
      lines.push(`${k} stood at ${r[1]}, ${r[2]} wide; now at ${now[1]}, ${now[2]} wide`);
    }
  }
  for (const k of right.keys()) {
    if (!left.has(k)) {
      lines.push(`${k} is new`);
    }
  }
  return lines;
}

export default async function layout(office, browser) {
  const { chosen } = await survey(office);
  const firsts = firsts_of(chosen);
  const kept = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};
  const now = {};
  for (const login of new Set(firsts.map((c) => c.login))) {
    for (const size of SIZES) {
      const context = await office.context(browser, login, size);
      const page = await context.newPage();
      for (const c of firsts.filter((one) => one.login === login)) {
        await page.goto(office.url + c.address);
        now[`${c.route.path} ${size.width}`] = await page.evaluate(blocks);
      }
      await context.close();
    }
  }
  if (process.env.UPDATE) {
    const lines = Object.keys(now).sort().map((k) => `${JSON.stringify(k)}: ${JSON.stringify(now[k])}`);
    writeFileSync(FILE, `{\n${lines.join(',\n')}\n}\n`);
    note(`layout.json has ${lines.length} pages`);
    return;
  }
  for (const [key, rows] of Object.entries(now)) {
    if (!kept[key]) {
      point(false, `${key} is in layout.json`, 'look at the page, then write it with UPDATE=1');
    } else {
      const lines = differences(kept[key], rows);
      point(lines.length === 0, `the blocks of ${key} stand where they stood`, lines);
    }
  }
}
