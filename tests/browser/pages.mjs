// Every page at two sizes and in two languages: status, overflow, language, console, axe.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { point, note } from './tap.mjs';
import { firsts_of, survey } from './survey.mjs';
import { LATIN, NO_PAGE } from './exceptions.mjs';

export const SIZES = [{ width: 1366, height: 768 }, { width: 390, height: 844 }];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// allowed.txt: a line "zh WORD" or "en TEXT"; # begins a comment.
const allowed = { zh: new Set(), en: new Set() };
for (const line of readFileSync(new URL('./allowed.txt', import.meta.url), 'utf8').split('\n')) {
  const [, lang, text] = /^(zh|en) (.+)$/.exec(line) ?? [];
  if (lang) {
    allowed[lang].add(text);
  }
}

// The Chinese of po/zh.po that is whole sentences of the program: none of it belongs on an English page.
function chinese_of_program() {
  const text = readFileSync(new URL('../../po/zh.po', import.meta.url), 'utf8');
  const found = new Set();
  for (const [, quoted] of text.matchAll(/^msgstr ((?:"(?:[^"\\]|\\.)*"\s*)+)/gm)) {
    const whole = [...quoted.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1]).join('');
    if (!whole.includes('%') && /[\u4e00-\u9fff]{2}/.test(whole)) {
      found.add(whole);
    }
  }
  return found;
}

const program_chinese = chinese_of_program();

// In the page: the texts that a reader sees or hears, each with the language of its element.
export function texts_in_page() {
  const texts = [{ text: document.title, lang: document.documentElement.lang }];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      const at = node.parentElement;
      if (node.data.trim() && !at.closest('script, style, code, pre, textarea, kbd, samp')) {
        texts.push({ text: node.data.trim(), lang: at.closest('[lang]')?.lang ?? '' });
      }
    } else {
      for (const name of ['aria-label', 'alt', 'title', 'placeholder']) {
        if (node.getAttribute(name)) {
          texts.push({ text: node.getAttribute(name), lang: node.closest('[lang]')?.lang ?? '' });
        }
      }
    }
  }
  return texts;
}

// What should be in the other language.
export function untranslated(texts, lang, names) {
  const wrong = new Set();
  for (const { text, lang: of } of texts) {
    if (lang === 'zh' && of.startsWith('zh')) {
      const words = (text.replace(/\S*(:\/\/|\/[a-z]+\/|@)\S*|[0-9a-f]{12,}/g, ' ').match(/[A-Za-z][A-Za-z'-]*[a-z][A-Za-z'-]*/g) ?? [])
        .filter((word) => word.length > 1 && !allowed.zh.has(word) && !names.has(word));
      if (words.length > 0) {
        wrong.add(`"${text.slice(0, 80)}" has ${words.slice(0, 5).join(', ')}`);
      }
    }
    if (lang === 'en' && of.startsWith('en') && program_chinese.has(text) && !allowed.en.has(text)) {
      wrong.add(`"${text}"`);
    }
  }
  return [...wrong];
}

async function look(page, url, seen) {
  const complaints = [];
  const { lang, size, axed, names } = seen;
  const noise = [];
  const on_console = (m) => m.type() === 'error' && noise.push(`console: ${m.text()} (${m.location().url})`);
  const on_error = (e) => noise.push(`script: ${e.message}`);
  page.on('console', on_console);
  page.on('pageerror', on_error);
  const answer = await page.goto(url);
  if (answer.status() !== 200) {
    complaints.push(`status ${answer.status()}`);
  }
  const facts = await page.evaluate(() => {
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    const over = wide <= 0 ? [] : [...document.querySelectorAll('main *, header *, footer *')]
      .filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1).slice(0, 3)
      .map((e) => e.tagName.toLowerCase() + (e.className ? `.${String(e.className).replace(/ /g, '.')}` : ''));
    const texts = document.querySelectorAll('h1');
    return { wide, over, h1: texts.length, title: document.title, lang: document.documentElement.lang };
  });
  if (facts.wide > 0) {
    complaints.push(`wider than the window by ${facts.wide}: ${facts.over.join(', ')}`);
  }
  if (facts.h1 !== 1 || !facts.title) {
    complaints.push(`${facts.h1} headings h1, title "${facts.title}"`);
  }
  if (!facts.lang.startsWith(lang)) {
    complaints.push(`the language is "${facts.lang}"`);
  }
  // The texts are the same at both sizes.
  const texts = size === SIZES[0] ? await page.evaluate(texts_in_page) : [];
  const free = lang === 'zh' && LATIN[seen.route.path];
  complaints.push(...(free ? [] : untranslated(texts, lang, names)).slice(0, 6).map((w) => `untranslated: ${w}`));
  if (axed) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    for (const v of found.violations) {
      if (['serious', 'critical'].includes(v.impact)) {
        complaints.push(`axe ${v.id}: ${v.nodes.slice(0, 2).map((n) => `${n.target.join(' ')} ${
          (n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ''}`).join(' | ')}`);
      }
    }
  }
  complaints.push(...noise);
  page.off('console', on_console);
  page.off('pageerror', on_error);
  return complaints.map((c) => `${size.width} ${lang}: ${c}`);
}

// What is wrong with a page at both sizes and in both languages: for pages that only a path comes to.
export async function whole(office, browser, login, address) {
  const complaints = [];
  const names = new Set(Object.keys(office.people));
  for (const size of SIZES) {
    for (const lang of ['zh', 'en']) {
      const context = await office.context(browser, login, size, lang);
      const seen = { lang, size, axed: lang === 'zh', names, route: { path: address } };
      complaints.push(...await look(await context.newPage(), office.url + address, seen));
      await context.close();
    }
  }
  return complaints;
}

// What holds of the crawls as a whole: told by the first share.
function tell_crawls(office, { list, crawls, chosen }) {
  for (const login of office.everyone()) {
    const { count, dead } = crawls[login];
    point(dead.length === 0, `${login || 'everybody'}: no link of ${count} addresses leads nowhere`, dead.slice(0, 10));
  }
  const reached = new Set(chosen.map((c) => c.route.path));
  const pages = list.filter((o) => o.page);
  const missed = pages.filter((o) => !reached.has(o.path) && !NO_PAGE[o.path]).map((o) => o.path);
  point(missed.length === 0, `each of ${pages.length} routes of pages is looked at`, missed);
  const needless = Object.keys(NO_PAGE).filter((path) => reached.has(path) || !pages.some((o) => o.path === path));
  point(needless.length === 0, 'and no exception is needless', needless);
}

// SHARE "2/3" is the second third of the pages.
export default async function pages(office, browser, share = '1/1') {
  const found = await survey(office);
  const [part, parts] = share.split('/').map(Number);
  const chosen = found.chosen.filter((_, i) => i % parts === part - 1);
  const firsts = new Set(firsts_of(found.chosen));
  if (part === 1) {
    tell_crawls(office, found);
  }

  // Logins and names of people are data.
  const names = new Set(Object.keys(office.people));
  const complaints = new Map(chosen.map((c) => [c, []]));
  for (const login of new Set(chosen.map((c) => c.login))) {
    for (const size of SIZES) {
      for (const lang of ['zh', 'en']) {
        const context = await office.context(browser, login, size, lang);
        const page = await context.newPage();
        for (const c of chosen.filter((one) => one.login === login &&
                                                  (firsts.has(one) || (size === SIZES[0] && lang === 'zh')))) {
          const seen = { lang, size, axed: lang === 'zh' && firsts.has(c), names, route: c.route };
          complaints.get(c).push(...await look(page, office.url + c.address, seen));
        }
        await context.close();
      }
    }
  }
  for (const [c, list_of] of complaints) {
    point(list_of.length === 0, `${c.route.path} as ${c.login || 'everybody'}: ${c.address}`, list_of);
  }
  note(`${chosen.length} pages; the first of each route at both sizes and in both languages`);
}
