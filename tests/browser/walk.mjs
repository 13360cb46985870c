// A person with a browser: what the paths are told in. A step that cannot be taken ends the path, with the page that was
// there; what is seen or not seen is a point.

import { point } from './tap.mjs';
import { wait_for } from './office.mjs';
import { SIZES } from './pages.mjs';

export const PDF = { name: 'paper.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\npaper') };

export class Walker {
  // WHO is a login of the office, or '' for everybody. OPTIONS: size, lang, and what a context of Playwright takes.
  static async come(office, browser, who, { size = SIZES[0], lang = 'zh', ...options } = {}) {
    const walker = new Walker();
    Object.assign(walker, { office, who, noise: [] });
    walker.context = await office.context(browser, who, size, lang, { bypassCSP: false, ...options });
    walker.page = await walker.context.newPage();
    walker.page.setDefaultTimeout(15000);
    walker.page.on('console', (m) => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && walker.noise.push(`${m.text()} ${m.location().url}`));
    walker.page.on('pageerror', (e) => walker.noise.push(e.stack));
    return walker;
  }

  async leave() {
    point(this.noise.length === 0, `${this.name()}: nothing in the console`, this.noise.slice(0, 5));
    await this.context.close();
  }

  name() {
    return this.who || 'everybody';
  }

  path() {
    const url = new URL(this.page.url());
    return url.pathname + url.search;
  }

  async main() {
    return (await this.page.locator('main').innerText()).replace(/\n{2,}/g, '\n');
  }

  // Does something on the page; where it cannot be done, the page is told.
  async step(what, act) {
    try {
      return await act();
    } catch (error) {
      const main = await this.main().catch(() => 'no page');
      throw new Error(`${this.name()} at ${this.path()}: ${what}: ${error.message.split('\n')[0]}\n${main.slice(0, 700)}`);
    }
  }

  async open(path) {
    const answer = await this.page.goto(this.office.url + path);
    if (answer.status() >= 400) {
      await this.step(`opens ${path}`, () => { throw new Error(`status ${answer.status()}`); });
    }
    return this;
  }

  // Waits for the page that a click leads to. The script of pages may write it into the place of this one, which is no
  // navigation: what comes is known by the mark that it has not.
  async go(what, act) {
    await this.step(what, async () => {
      await this.page.evaluate(() => document.documentElement.setAttribute('data-left', ''));
      await act();
      await wait_for('the next page', () => this.page.evaluate(() =>
        !document.documentElement.hasAttribute('data-left') && document.readyState === 'complete').catch(() => false));
    });
    return this;
  }

  within(place) {
    return place ? this.page.locator(place) : this.page.locator('main');
  }

  // A link by its words, in main where no other place is given.
  follow(text, place) {
    return this.go(`follows "${text}"`, () => this.within(place).getByRole('link', { name: text }).first().click());
  }

  // A link of the main menu, which is folded on a narrow screen.
  async menu(text) {
    const fold = this.page.locator('.ways details:not([open]) summary');
    if (await fold.isVisible()) {
      await this.step('unfolds the menu', () => fold.click());
    }
    return this.follow(text, 'nav.ways');
  }

  press(text, place) {
    return this.go(`presses "${text}"`, () => this.within(place).getByRole('button', { name: text }).first().click());
  }

  unfold(text) {
    return this.step(`unfolds "${text}"`, () => this.within().locator('summary', { hasText: text }).first().click());
  }

  // Fields by their labels: {"label": value}. true and false are ticks; a list, ticks of a group or files.
  async fill(values, place) {
    for (const [label, value] of Object.entries(values)) {
      await this.step(`fills "${label}"`, async () => {
        const field = this.within(place).getByLabel(label, { exact: true }).first();
        const tag = await field.evaluate((e) => e.tagName === 'INPUT' ? e.type : e.tagName);
        if (tag === 'SELECT') {
          await field.selectOption(typeof value === 'string' ? { label: value } : value.value);
        } else if (tag === 'file') {
          await field.setInputFiles(value);
        } else if (typeof value === 'boolean') {
          await field.setChecked(value);
        } else {
          await field.fill(String(value));
        }
      });
    }
    return this;
  }

  // Fields by their names, for the many of a long form.
  async enter(values) {
    for (const [name, value] of Object.entries(values)) {
      await this.step(`enters ${name}`, async () => {
        const fields = this.page.locator(`main [name="${name}"]:not([type=hidden])`);
        const type = await fields.first().evaluate((e) => e.tagName === 'INPUT' ? e.type : e.tagName);
        if (type === 'SELECT') {
          await fields.first().selectOption(String(value));
        } else if (type === 'radio' || type === 'checkbox') {
          for (const one of [value].flat().filter((v) => v !== false)) {
            await (one === true ? fields.first() : this.page.locator(`main [name="${name}"][value="${one}"]`)).check();
          }
        } else {
          await fields.first().fill(String(value));
        }
      });
    }
    return this;
  }

  // Those answers whose fields are on this page: of a form in several sections each time its part.
  async enter_part(values) {
    const names = await this.page.locator('main [name]').evaluateAll((all) => all.map((e) => e.name));
    return this.enter(Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name))));
  }

  // The choice of a group: the words of its legend, the words of the answer.
  choose(legend, answer) {
    return this.step(`answers "${legend}" with "${answer}"`, () => this.within().getByRole('group', { name: legend })
      .getByLabel(answer, { exact: true }).first().check());
  }

  // Points: the content of the page says this (text or pattern), or does not.
  async sees(text, name) {
    const main = await this.main();
    const found = [text].flat().filter((t) => !(t instanceof RegExp ? t.test(main) : main.includes(t)));
    return point(found.length === 0, `${this.name()}: ${name}`, `${this.path()} does not say: ${found.join(', ')}`,
      main.slice(0, 700));
  }

  async sees_not(text, name) {
    const main = await this.main();
    const found = [text].flat().filter((t) => (t instanceof RegExp ? t.test(main) : main.includes(t)));
    return point(found.length === 0, `${this.name()}: ${name}`, `${this.path()} says: ${found.join(', ')}`);
  }

  is_at(pattern, name) {
    return point(pattern instanceof RegExp ? pattern.test(this.path()) : this.path() === pattern, `${this.name()}: ${name}`,
      `is at ${this.path()}`);
  }

  // A part of the page by a pattern with one group, e.g. a number of a receipt.
  async read(pattern, place = 'main') {
    return this.step(`reads ${pattern}`, async () => {
      const found = pattern.exec(await this.page.locator(place).first().innerText());
      if (!found) {
        throw new Error('it is not there');
      }
      return found[1];
    });
  }
}

// Runs what WALK does as somebody, who comes and leaves.
export async function as(office, browser, who, options, walk) {
  const walker = await Walker.come(office, browser, who, options);
  try {
    await walk(walker);
  } finally {
    await walker.leave();
  }
}
