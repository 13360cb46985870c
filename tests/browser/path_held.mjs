// Somebody's session ends while he fills in a form: what he typed is kept for him, he logs in again and sends it on.

import { dirname, join } from 'node:path';
import { point } from './tap.mjs';
import { as } from './walk.mjs';
import { whole } from './pages.mjs';
import { tabbed } from './keyboard.mjs';

const ADDRESS = '13900000003';

// The same server at the same address, with a clock that is later than a session lasts.
async function half_an_hour_later(office) {
  await office.stop();
  office.status = undefined;
  office.listen = new URL(office.url).host;
  office.env = { LATE_SECONDS: '2000', LD_PRELOAD: join(dirname(office.gongshi), 'tests/liblate_clock.so') };
  await office.start('--demo');
}

export default async function path_held(office, browser) {
  await office.login_by_code('typist', ADDRESS);
  await as(office, browser, 'typist', {}, async (w) => {
    await w.open('/apply/stalls/permit/1');
    await w.enter({ 年龄: 41 });
    await half_an_hour_later(office);
    w.noise.length = 0; // what the page asked for in between
    await w.press('保存并继续');
    w.is_at(/^\/account\?back=/, 'the ended session leads to the log-in');
    await w.fill({ 手机号码或电子邮箱: ADDRESS });
    await w.press('发送验证码');
    await w.fill({ 六位验证码: await office.code_sent() });
    await w.press('登录');
    w.is_at(/^\/held\//, 'and from there to what was typed');
    await w.sees('填写的内容还在', 'which is still there');
    office.cookies.typist = (await w.context.cookies()).filter((c) => c.name !== 'look').map((c) => `${c.name}=${c.value}`)[0];
    const wrong = [...await whole(office, browser, 'typist', w.path()), ...await tabbed(office, browser, 'typist', w.path())];
    point(wrong.length === 0, 'the page is seen, heard and reached by Tab', wrong);
    await w.press(/.+/);
    await w.open('/apply/stalls/permit/1');
    point(await w.page.inputValue('[name=年龄]') === '41', 'sent on, it stands where it belongs');
  });
}
