// An office that is real, from its first start: the administrator with the code of the console, the second factor that
// staff must have, and the log-in in two steps. The pages that only then are there are looked at as all others are.

import { createHmac } from 'node:crypto';
import { rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { point } from './tap.mjs';
import { as } from './walk.mjs';
import { Office, wait_for } from './office.mjs';
import { whole } from './pages.mjs';
import { tabbed } from './keyboard.mjs';

const PASSWORD = 'a long password of the tests';
const STEP = 30000; // milliseconds for which a code is shown

// The code that a telephone shows (RFC 6238: SHA-1, six digits) so many steps from now.
function code_shown(seed, steps = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...seed].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP) + steps));
  const mac = createHmac('sha1', key).update(count).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

async function looked_at(office, browser, w, name) {
  const cookie = (await w.context.cookies()).map((c) => `${c.name}=${c.value}`).filter((c) => !c.startsWith('look='))[0];
  office.cookies[name] = cookie;
  const wrong = [...await whole(office, browser, name, w.path()), ...await tabbed(office, browser, name, w.path())];
  point(wrong.length === 0, `${name} is seen, heard and reached by Tab`, wrong);
}

async function begins(office, browser, w) {
  await w.open('/first');
  await looked_at(office, browser, w, 'the page of the first administrator');
  const code = await wait_for('the code of the console', () => /[0-9a-z]{4}-[0-9a-z-]{19}/.exec(office.log)?.[0]);
  await w.enter({ code, name: '管理员', login: 'admin', password: PASSWORD, again: PASSWORD });
  await w.press(/.+/);
  w.is_at(/^\/factor/, 'the code of the console makes the first administrator, who sets up a second factor');
}

async function sets_up(office, browser, w) {
  await looked_at(office, browser, w, 'what a second factor is');
  await w.press(/.+/);
  await looked_at(office, browser, w, 'the second factor');
  const seed = (await w.page.locator('main code').first().innerText()).replace(/\s/g, '');
  await w.enter({ code: code_shown(seed) });
  await w.press(/.+/);
  await w.sees(/恢复码/, 'gets codes for the day on which the telephone is lost');
  return seed;
}

async function logs_in(office, browser, w, seed) {
  await w.open('/login');
  await w.enter({ login: 'admin', password: PASSWORD });
  await w.press('登录');
  w.is_at(/^\/login\/code/, 'the password alone is not enough');
  await looked_at(office, browser, w, 'the second step of a log-in');
  await w.enter({ code: '000000' });
  await w.press(/.+/);
  point((await w.page.title()).startsWith('错误：'), 'a wrong code is told', await w.page.title());
  await w.enter({ code: code_shown(seed, 1) }); // that of now has served
  await w.press(/.+/);
  w.is_at(/^\/(admin|office|$)/, 'password and code are');
}

export default async function path_first(district, browser) {
  const folder = `${district.folder}-first`;
  const made = spawnSync(district.gongshi, ['init', folder], { encoding: 'utf8' });
  point(made.status === 0, 'an office is made', made.stderr);
  const office = new Office({ gongshi: district.gongshi, folder, people: { admin: {} } });
  try {
    await office.start();
    let seed;
    await as(office, browser, '', {}, async (w) => {
      await begins(office, browser, w);
      seed = await sets_up(office, browser, w);
    });
    await as(office, browser, '', {}, (w) => logs_in(office, browser, w, seed));
    const gone = await office.ask('', '/first');
    point(gone.status === 404, 'and the page of the first administrator is gone');
  } finally {
    point(await office.stop() === 0, 'the server stops by itself', office.log.slice(-2000));
    rmSync(folder, { recursive: true, force: true });
  }
}
