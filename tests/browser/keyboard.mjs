// Every page by Tab alone: what can be used is reached in the order of the page, one sees where one is, and the first
// stop leads past the head.

import { point } from './tap.mjs';
import { SIZES } from './pages.mjs';
import { firsts_of, survey } from './survey.mjs';

const STOPS = 80; // enough to see the order; long tables go on like they begin

// In the page: numbers what can be used, in the order of the page. Radios of one name are one stop.
function number_stops() {
  const groups = new Set();
  let count = 0;
  for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')) {
    const shown = e.checkVisibility ? e.checkVisibility({ checkVisibilityCSS: true }) : e.offsetParent !== null;
    if (!shown || e.disabled || e.type === 'hidden' || e.tabIndex < 0) {
      continue;
    }
    if (e.type === 'radio') {
      if (groups.has(e.name)) {
        continue;
      }
      groups.add(e.name);
    }
    e.setAttribute('data-stop', String(count++));
  }
  // From the top of the page, also where a summary of what is wrong has taken the focus.
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
  window.getSelection()?.removeAllRanges();
  return count;
}

// In the page: where the focus is, and whether it shows.
function stop_now() {
  const e = document.activeElement;
  if (!e || e === document.body) {
    return null;
  }
  const style = getComputedStyle(e);
  const label = e.labels?.[0] ? getComputedStyle(e.labels[0], '::before') : null;
  const shows = (s) => s && ((s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none');
  const box = e.getBoundingClientRect();
  const numbered = e.hasAttribute('data-stop') ? e
    : e.type === 'radio' ? document.querySelector(`input[type=radio][data-stop][name="${CSS.escape(e.name)}"]`) : null;
  return { parts: ['date', 'time', 'datetime-local', 'month'].includes(e.type), stop: numbered ? Number(numbered.dataset.stop) : -1, skip: e.classList.contains('skip'),
    seen: shows(style) || shows(label), inside: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    name: `${e.tagName.toLowerCase()} ${e.id || e.name || e.textContent.trim().slice(0, 20)}` };
}

async function tab_through(page) {
  const wrong = [];
  const count = Math.min(await page.evaluate(number_stops), STOPS);
  let last = -1;
  let reached = 0;
  // A field for a date has a stop for each of its parts.
  for (let i = 0; i < 4 * count && reached < count; i++) {
    await page.keyboard.press('Tab');
    const now = await page.evaluate(stop_now);
    if (!now) {
      break;
    }
    if (now.stop === last && now.parts) {
      continue;
    }
    reached++;
    if (now.stop <= last) {
      wrong.push(`${now.name} comes after what stands behind it`);
      break;
    }
    if (i === 0 && !now.skip) {
      wrong.push(`the first stop is ${now.name}, not the skip link`);
    }
    if (!now.seen) {
      wrong.push(`the focus on ${now.name} cannot be seen`);
    }
    if (!now.inside) {
      wrong.push(`${now.name} has the focus outside of the window`);
    }
    last = now.stop;
  }
  if (reached < count && wrong.length === 0) {
    wrong.push(`only ${reached} of ${count} can be reached`);
  }
  return wrong;
}

// What is wrong with a page for those who use the keyboard.
async function keyed(page, url) {
  await page.goto(url);
  const wrong = await tab_through(page);
  // The skip link leads to the content: the next stop is inside of it, or behind it where it has none.
  await page.goto(url);
  await page.evaluate(number_stops);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const after = await page.evaluate(() => {
    const main = document.querySelector('main');
    const e = document.activeElement;
    return e === document.body || main.contains(e) ||
      (main.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  }).catch(() => false); // it has led to another page
  if (!after) {
    wrong.push('the skip link does not lead past the head');
  }
  return wrong.slice(0, 5);
}

// For pages that only a path comes to.
export async function tabbed(office, browser, login, address) {
  const context = await office.context(browser, login, SIZES[0]);
  const wrong = await keyed(await context.newPage(), office.url + address);
  await context.close();
  return wrong;
}

export default async function keyboard(office, browser) {
  const { chosen } = await survey(office);
  const firsts = firsts_of(chosen);
  for (const login of new Set(firsts.map((c) => c.login))) {
    const context = await office.context(browser, login, SIZES[0]);
    const page = await context.newPage();
    for (const c of firsts.filter((one) => one.login === login)) {
      const wrong = await keyed(page, office.url + c.address);
      point(wrong.length === 0, `${c.route.path} by Tab`, wrong);
    }
    await context.close();
  }
}
