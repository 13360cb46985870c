// A resident with a phone, in English, and an office of two: from the public page of the stalls through the application,
// the check on the spot and the lot, which anybody can draw again, to the acceptance and the public notice.

import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { point } from './tap.mjs';
import { wait_for } from './office.mjs';
import { as } from './walk.mjs';
import { SIZES } from './pages.mjs';

const SEED = '福彩3D 2026061: 3 1 4';

// The stalls as they are, but that the seed need not be awaited for three days.
function install_without_wait(office) {
  const folder = join(office.folder, 'packages', 'stalls-now');
  cpSync(join(office.folder, 'packages', 'stalls'), folder, { recursive: true });
  const manifest = join(folder, 'scheme.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"announce": "P3D"', '"announce": "PT0S"'));
  office.command(['scheme', 'install', folder]);
}

async function applies(w, office) {
  await w.open('/');
  await w.follow('Stall permits of a night market');
  await w.sees(['You can apply at any time', 'Steps', 'Check on site'], 'the guide says when and in which steps');
  await w.follow('Log in by a code', 'header');
  await w.fill({ 'Mobile number or mail address': '13800000777' });
  await w.press('Send the code');
  await w.fill({ 'Code of six digits': await office.code_sent() });
  await w.press('Log in');
  await w.open('/my');
  await w.follow('Stall permits of a night market');
  await w.follow('What is asked', 'ul.tasks');
  await w.enter({ 年龄: 200, 经营类别: '食品', 已有摊位: 0, 违规记录: '无', 本街道居民: true });
  await w.press('Save and go on');
  await w.sees(/to be corrected/i, 'an age of 200 is told at its field');
  await w.enter({ 年龄: 30 });
  await w.enter_part({ 健康证明到期: '2099-01-01' });
  await w.press('Save and go on');
  await w.open('/apply/stalls/permit');
  await w.sees('1 of 1 complete', 'the application is complete');
  await w.follow('Check your answers and send');
  await w.sees(['Food', '30'], 'and is checked on one page');
  await w.follow('Go on to the pledge');
  await w.press('Agree and send');
  await w.sees(['Acceptance number', 'Follow code', 'What happens next', 'Check on site'], 'the receipt says what comes next');
  return { number: await w.read(/Acceptance number\s+(\d+)/), code: await w.read(/Follow code: (\w+)/) };
}

async function checks(w, number) {
  await w.open(`/office?tab=team&q=${number}`);
  await w.follow(/.+/, 'main tbody td[data-label="主体"]');
  await w.sees('现场核验', 'finds the application in the list of the street');
  await w.press(/领取/);
  await w.enter({ met: true, remark: '通道、用电符合' });
  await w.press(/完成/);
}

async function draws(w, number) {
  await w.open('/office/lists');
  const title = await w.page.locator('#what option', { hasText: '摊位抽签' }).first().innerText();
  await w.fill({ 哪种名单: title, 所属机关: '示例街道' });
  await w.press('新建名单');
  await w.press('冻结名单');
  const hash = await w.read(/([0-9a-f]{64})/, 'main section:has(#seed)');
  const names = await (await w.office.ask(w.who, `${w.path().split('?')[0]}/names`)).text();
  point(createHash('sha256').update(names).digest('hex') === hash && names.split('\n').includes(number),
    'lin: the list that is drawn of has the application, and the hash that is made known');
  await w.fill({ 种子数: SEED });
  await w.press('记下种子数');
  await w.press('计算名次和等级');
  await w.sees(number, 'the lot is drawn');
  await w.press('已过目，送签');
  return w.path().split('?')[0];
}

async function signs(w, list) {
  await w.open(list);
  await w.press('签发');
  await w.press('执行并报送');
  await w.sees('已执行', 'another one signs it, and it is carried out');
}

async function accepts(w, number) {
  await w.open('/my');
  await w.follow('Confirm the stall');
  await w.sees(/A-\d+/, 'has drawn a place, and reads which');
  await w.enter({ accepted: '接受' });
  await w.press('Send');
  await wait_for('the end', async () => (await (await w.open(`/my/${number}`)).main()).includes('ended')).catch(() => null);
  await w.sees('ended', 'accepts it');
}

async function published(w) {
  await w.open('/notices?q=摊位');
  await w.follow(/摊位许可公示/);
  await w.sees(['食品', /A-\d+/], 'the permit is public, without the name of a person');
}

export default async function path_stalls(office, browser) {
  const step = async (login, act, ...more) => {
    let result;
    await as(office, browser, login, {}, async (w) => { result = await act(w, ...more); });
    return result;
  };
  install_without_wait(office);
  await as(office, browser, '', { lang: 'en', size: SIZES[1] }, async (resident) => {
    resident.who = 'resident';
    const { number } = await applies(resident, office);
    await step('lin', checks, number);
    await step('xu', signs, await step('lin', draws, number));
    await accepts(resident, number);
    await step('', published);
  });
}
