// Where the main blocks of each page stand, at both sizes. Of every page: no block reaches out of the window, none lies on
// another. And held against layout.json: which blocks there are, in which order, and in which column. Heights and widths
// change with data and fonts and are not kept. UPDATE=1 writes the file anew: look at the pages first.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { point, note } from './tap.mjs';
import { SIZES } from './pages.mjs';
import { firsts_of, survey } from './survey.mjs';

const FILE = new URL('./layout.json', import.meta.url);

// In the page: the landmarks and the children of main as "name" or "name column" (equal neighbours once), and what is
// wrong with where they stand.
function blocks() {
  const frame = document.querySelector('main').getBoundingClientRect();
  const rows = [];
  const wrong = [];
  const name = (e) => e.tagName.toLowerCase() + (e.classList.length > 0 ? `.${e.classList[0]}` : '');
  const column = (box) => {
    const wide = box.width >= 0.6 * frame.width;
    return wide ? '' : box.left + box.width / 2 < frame.left + frame.width / 2 ? ' left' : ' right';
  };
  let before = null;
  for (const e of document.querySelectorAll('body > *, main > *, main > .two > *, main > .half > *')) {
    const box = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    if (e.matches('.skip, script') || box.width <= 1 || box.height <= 1 || style.position === 'fixed') {
      continue;
    }
    if (box.left < -1 || box.right > innerWidth + 1) {
      wrong.push(`${name(e)} reaches out of the window: ${Math.round(box.left)} to ${Math.round(box.right)}`);
    }
    const beside = before && before.element.parentElement === e.parentElement && style.position !== 'sticky' &&
      before.style.position !== 'sticky';
    if (beside && Math.min(before.box.bottom, box.bottom) - Math.max(before.box.top, box.top) > 2 &&
        Math.min(before.box.right, box.right) - Math.max(before.box.left, box.left) > 2) {
      wrong.push(`${name(e)} lies on ${name(before.element)}`);
    }
    before = { element: e, box, style };
    // In the middle of a line what stands where depends on the words.
    const row = ['P', 'A', 'SPAN'].includes(e.tagName) ? name(e) : name(e) + column(box);
    if (row !== rows.at(-1)) {
      rows.push(row);
    }
  }
  return { rows, wrong };
}

function differences(was, is) {
  const gone = was.filter((row) => !is.includes(row));
  const fresh = is.filter((row) => !was.includes(row));
  const lines = [...gone.map((row) => `${row} is gone`), ...fresh.map((row) => `${row} is new`)];
  return lines.length > 0 || JSON.stringify(was) === JSON.stringify(is) ? lines
    : [`the order was ${was.join(', ')}`, `and is ${is.join(', ')}`];
}

async function look(office, browser, firsts) {
  const found = {};
  for (const login of new Set(firsts.map((c) => c.login))) {
    for (const size of SIZES) {
      const context = await office.context(browser, login, size);
      const page = await context.newPage();
      for (const c of firsts.filter((one) => one.login === login)) {
        await page.goto(office.url + c.address);
        found[`${c.route.path} ${size.width}`] = await page.evaluate(blocks);
      }
      await context.close();
    }
  }
  return found;
}

export default async function layout(office, browser) {
  const found = await look(office, browser, firsts_of((await survey(office)).chosen));
  if (process.env.UPDATE) {
    const lines = Object.keys(found).sort().map((k) => `${JSON.stringify(k)}: ${JSON.stringify(found[k].rows)}`);
    writeFileSync(FILE, `{\n${lines.join(',\n')}\n}\n`);
    note(`layout.json has ${lines.length} pages`);
  }
  const kept = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};
  for (const [key, { rows, wrong }] of Object.entries(found)) {
    const lines = kept[key] ? differences(kept[key], rows) : ['it is not in layout.json: look at it, then UPDATE=1'];
    point(wrong.length + lines.length === 0, `the blocks of ${key} stand where they stood`, wrong, lines);
  }
  const over = Object.keys(kept).filter((key) => !found[key]);
  point(over.length === 0, 'layout.json has no page that is gone', over);
}
