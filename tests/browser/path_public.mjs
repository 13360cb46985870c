// Everybody, without an account: finds a notice by two characters, reads why, looks into a register as it stood on a day,
// checks a certificate, reads a guide, asks what could be applied for, follows a dossier by number and code, objects, rates.
// The same in English and in large type, and without JavaScript.

import { point } from './tap.mjs';
import { as } from './walk.mjs';
import { SIZES } from './pages.mjs';
import { declared } from './settle.mjs';

const day = (offset) => new Date(Date.now() + (8 + 24 * offset) * 3600000).toISOString().slice(0, 10);

async function notices(w) {
  await w.open('/');
  await w.fill({ 搜索公示: '物流' });
  await w.press('搜索', '.search');
  await w.sees('示例001物流有限公司', 'two characters find a notice');
  await w.sees_not('建材有限公司', 'and no other');
  await w.follow(/公示 · 示例001物流有限公司/);
  await w.sees(['示例001物流有限公司', 'A', '守合同重信用'], 'the notice says who and what');
  await w.follow('怎样决定的');
  await w.sees(['资格', '申报主体', '符合', '依据'], 'it says why, item by item, with the clause');
}

async function register(w) {
  await w.open('/registers');
  await w.follow('守合同重信用企业');
  await w.fill({ 搜索: '示例001' });
  await w.press('查看');
  await w.sees('示例001物流有限公司', 'the register finds the firm');
  await w.follow('详情');
  await w.sees(['今天有效', 'A', '至'], 'its entry holds today');
  await w.sees(['怎样决定的', '申报主体', '变更记录'], 'it has reasons and history');
  const entry = w.path();
  await w.open('/r/shouhe/titles?q=示例001');
  await w.fill({ 哪一天的情况: day(-2) });
  await w.press('查看');
  await w.sees_not('示例001物流有限公司', 'before the title was given it does not stand there');
  await w.sees(day(-2), 'the page says which day it shows');
  await w.follow('今天');
  return entry;
}

async function certificate(w, entry) {
  await w.open(entry);
  const code = await w.read(/(t-[0-9A-Z]+)/);
  await w.open('/check');
  await w.fill({ '编号、编码或者二维码的网址': code });
  await w.press('核验');
  await w.sees(['示例001物流有限公司', '有效'], 'a certificate is checked by its code');
  await w.open('/check');
  await w.fill({ '编号、编码或者二维码的网址': 't-00000' });
  await w.press('核验');
  await w.sees('查无此证', 'an invented one is told to be unknown');
}

async function guide(w) {
  await w.open('/');
  await w.menu('办事指南');
  await w.follow('守合同重信用企业公示');
  await w.sees(['条件', '材料', '办理步骤', '依据', '时限', '受理中'], 'the guide says all that one needs');
  await w.follow('能申报哪一级');
  await w.fill({ '统一社会信用代码 （选填）': '91000000100001211M', '在职人员总数 （选填）': '400' });
  await w.press('查看结果');
  await w.sees(['不是正式判定', '尚不能判定', '还要由经办人核查'], 'the pre-check answers without an account, and says that it is no decision');
}

async function follow(w, declaration) {
  await w.open('/');
  await w.fill({ 办件编号: declaration.number, 查询码: declaration.code });
  await w.press('查看', 'section:has(#dossier)');
  await w.sees(['办理中', '网上复核', '正在办理'], 'number and code tell how far the dossier is');
  const here = w.path();
  await w.open('/follow');
  await w.fill({ 办件编号: declaration.number, 查询码: 'AAAAAAAA' });
  await w.press('查看');
  await w.sees_not('网上复核', 'a wrong code tells nothing');
  await w.open(here);
}

async function object(w) {
  await w.open('/notices?q=名单');
  await w.follow('A级守合同重信用企业名单');
  await w.follow('对这条公示提出异议');
  await w.press('提交异议');
  await w.sees(/需要更正/, 'an objection without a ground is not sent');
  point((await w.page.title()).startsWith('错误：'), 'and the title says so', await w.page.title());
  await w.fill({ 异议的事实和理由: '示例：年度合同数与事实不符' });
  await w.press('提交异议');
  await w.sees(['办件编号', '查询码', '接下来'], 'an objection gets number and code, and says what comes next');
  await w.follow('查询办件');
  await w.sees(['异议', '审查'], 'it can be followed');
}

async function rate(w, declaration) {
  await w.open(`/d/${declaration.number}?code=${declaration.code}`);
  await w.follow('评价这次服务');
  await w.choose('您满意吗？', '不满意');
  await w.fill({ '哪里好，哪里不好？ （选填）': '示例：等候时间长', '联系方式 （选填）': '00000000000' });
  await w.press('提交评价');
  await w.sees(['办件编号', '查询码'], 'a rating gets number and code');
  await w.follow('查看处理情况');
  await w.sees('不满意', 'what becomes of it can be seen');
  await w.open(`/rate?number=${declaration.number}&code=${declaration.code}`);
  await w.choose('您满意吗？', '非常满意');
  await w.press('提交评价');
  await w.sees('已经评价', 'one rates once');
}

async function everything(w, office, firm) {
  const declaration = await declared(office, firm, 5);
  await notices(w);
  const entry = await register(w);
  await certificate(w, entry);
  await guide(w);
  await follow(w, declaration);
  await object(w);
  await rate(w, declaration);
}

async function looks(w) {
  await w.open('/notices?q=物流');
  await w.follow('English', 'header');
  point(await w.page.evaluate(() => document.documentElement.lang) === 'en', 'the switch makes the page English');
  point(w.path().includes('/notices') && w.path().includes('%E7%89%A9%E6%B5%81'), 'and stays where one was', w.path());
  await w.sees(['Notices', 'Search the notices', 'Published'], 'its words are English');
  const size = () => w.page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
  const small = await size();
  await w.follow('Large type', 'header');
  point(await size() >= 1.2 * small, 'large type is larger', `${small} → ${await size()}`);
  const wide = await w.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  point(wide <= 0, 'and nothing overflows');
  await w.follow('High contrast', 'header');
  point(await w.page.evaluate(() => document.documentElement.classList.contains('contrast')), 'high contrast is kept');
  await w.follow('中文', 'header');
  await w.sees('搜索公示', 'and back');
}

// What a telephone shows first: the heading; the main menu is a line that opens.
async function on_phone(w) {
  await w.open('/map');
  const heading = await w.page.locator('h1').boundingBox();
  point(heading.y + heading.height <= SIZES[1].height / 2, 'the heading stands in the upper half of a telephone',
    JSON.stringify(heading));
  point(await w.page.locator('main circle').count() > 0, 'the map has places');
  const link = w.page.locator('.ways a').first();
  point(!await link.isVisible(), 'the main menu is folded');
  await w.page.locator('.ways summary').click();
  point(await link.isVisible(), 'and opens, without a script');
}

export default async function path_public(office, browser) {
  await as(office, browser, '', {}, (w) => everything(w, office, '示例051'));
  await as(office, browser, '', { javaScriptEnabled: false, size: SIZES[1] }, async (w) => {
    await on_phone(w);
    await everything(w, office, '示例052');
  });
  await as(office, browser, '', { size: SIZES[1] }, looks);
}
