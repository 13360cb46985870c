// An officer works a queue of 20 with the keyboard alone. The page says which keys there are; none fires while an input
// method composes, in a field, or where the officer has switched them off.

import { point } from './tap.mjs';
import { as } from './walk.mjs';
import { declared } from './settle.mjs';

const QUEUE = 20;
const FIRST = 60; // 示例060… of the register

// Presses a key and waits for the page that it leads to.
const key = (w, name) => w.go(`presses ${name}`, () => w.page.keyboard.press(name));

// A key that must not do anything: where one is stays where one is.
async function nothing_happens(w, name, act) {
  const before = w.path();
  await w.page.evaluate(() => document.documentElement.setAttribute('data-left', ''));
  await act();
  await w.page.waitForTimeout(300);
  const stays = await w.page.evaluate(() => document.documentElement.hasAttribute('data-left')).catch(() => false);
  point(stays && w.path() === before, `zhao: nothing fires ${name}`, `${before} → ${w.path()}`);
}

// As an input method sends it: the letter with isComposing, or with the code 229.
const composing = (page, init) => page.evaluate((given) => {
  document.body.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'c', code: 'KeyC', bubbles: true, cancelable: true,
    ...given }));
}, init);

async function hints(w) {
  await w.open('/office?tab=free');
  point(await w.page.locator('main kbd', { hasText: 'N' }).first().isVisible(), 'zhao: the key stands at its button');
  await w.page.keyboard.press('?');
  await w.sees(['下一项、上一项', '领取或办结'], 'the question mark shows all keys');
  await w.page.keyboard.press('?');
}

async function stays_quiet(w) {
  await key(w, 'n');
  await nothing_happens(w, 'while an input method composes', () => composing(w.page, { isComposing: true }));
  await nothing_happens(w, 'for what an input method has taken', () => composing(w.page, { keyCode: 229 }));
  await key(w, 'c');
  await w.page.keyboard.press('r');
  await nothing_happens(w, 'in a field', () => w.page.keyboard.type('cn'));
  point(await w.page.evaluate(() => document.activeElement.value) === 'cn', 'zhao: but the letters stand in the remark');
  await w.page.evaluate(() => { document.activeElement.value = ''; document.activeElement.blur(); });
  await w.page.keyboard.press('?');
  await w.page.locator('[data-keys]').setChecked(false);
  await w.page.evaluate(() => document.activeElement.blur());
  await nothing_happens(w, 'when single keys are switched off', () => w.page.keyboard.press('n'));
  await w.page.locator('[data-keys]').setChecked(true);
  await w.page.evaluate(() => document.activeElement.blur());
}

// The task that is open: its first item is answered with the first choice, and completed.
async function completes(w) {
  await w.page.keyboard.press('j');
  await w.page.keyboard.press('1');
  await key(w, 'c');
}

export default async function path_queue(office, browser) {
  for (let i = 0; i < QUEUE; i++) {
    await declared(office, `示例${String(FIRST + i).padStart(3, '0')}`, 1);
  }
  await as(office, browser, 'zhao', {}, async (w) => {
    await hints(w);
    await stays_quiet(w);
    await completes(w);
    const done = new Set([await w.read(/办件 (\d+)/)]);
    for (let i = 1; i < QUEUE; i++) {
      await key(w, 'c'); // to the next task, which the page names
      await key(w, 'c'); // takes it
      await completes(w);
      done.add(await w.read(/办件 (\d+)/));
    }
    point(done.size === QUEUE, `zhao: ${QUEUE} tasks were completed by the keyboard alone`, [...done].join(' '));
    await w.sees(/下一件|队列/, 'and the page says what is next');
  });
}
