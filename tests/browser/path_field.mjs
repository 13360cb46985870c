// An inspector on site with a telephone: several sheets begun side by side; a picture with place, time and hash; without
// network everything stays on the device, through a reload, and is sent once when the network is back; two pages of one
// sheet; a session that has ended; a file in place of the network. Then signed by a second person, the paper looked at
// before it is made, issued, sealed, served, answered by the site with the code that stands on it, and looked at again.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { point } from './tap.mjs';
import { wait_for } from './office.mjs';
import { Walker, as } from './walk.mjs';
import { SIZES } from './pages.mjs';

const PLACE = { latitude: 30.304512, longitude: 120.381234, accuracy: 12 };
const PHONE = { size: SIZES[1], geolocation: PLACE, permissions: ['geolocation'], timezoneId: 'Asia/Shanghai' };
const today = new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10);

const png = (text) => Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.from(text)]);
const picture = (name) => ({ name: `${name}.png`, mimeType: 'image/png', buffer: png(name) });
const hash = (name) => createHash('sha256').update(png(name)).digest('hex');

// What waits on the device, as the database of the browser has it.
const kept = (page) => page.evaluate(() => new Promise((done) => {
  const request = indexedDB.open('field', 1);
  request.onsuccess = () => {
    const all = request.result.transaction('items').objectStore('items').getAll();
    all.onsuccess = () => { request.result.close(); done(all.result.map(({ blob, ...item }) => item)); };
  };
}));

const nothing_waits = async (page) => {
  for (let i = 0; i < 100; i++) {
    if ((await kept(page)).length === 0) {
      return true;
    }
    await page.waitForTimeout(100);
  }
  return false;
};

const says = (page, text) => page.waitForFunction((t) => document.querySelector('.queue')?.innerText.includes(t), text)
  .then(() => true, () => false);

const file_input = (page) => page.locator('input[type=file][name="found[1].photos"]');

// The draft of a task, as the server has it.
const draft_of = async (office, login, path) => {
  const html = await (await office.ask(login, path)).text();
  return { html, at: /name="-at" value="(\d+)"/.exec(html)?.[1] };
};

async function begin(w, name) {
  await w.open('/visits');
  await w.follow(new RegExp(name));
  await w.press('认领并开始');
  return w.path();
}

// ---- Drafts side by side ----

async function drafts(office, w) {
  const first = await begin(w, '示例0058');
  await w.enter({ remark: '第一张，填到一半' });
  point(await says(w.page, '已送达'), 'a sheet is kept as a draft by itself while it is filled in');
  const second = await begin(w, '示例0044');
  await w.open('/visits');
  await w.sees(['草稿', '刚刚暂存'], 'the list tells which sheets are begun, and how long ago');
  await w.open(first);
  point(await w.page.inputValue('[name=remark]') === '第一张，填到一半', 'the first draft is as it was left');
  return second;
}

// ---- The sheet ----

async function fill_in(office, w, path) {
  await w.open(path);
  await w.page.locator('details[data-fold="present"] summary').click();
  await w.enter({ day: today, attended: '项目经理', phase: '2', certificates: true, numbers: '吴某 示例证1，陈某 示例证2',
    standard: '示例表', present: ['01', '02'], 'sheets[1].sheet': '01' });
  point(await says(w.page, '已送达'), 'what is chosen is kept');
  await w.page.locator('fieldset.list', { hasText: '检查评分表' }).getByRole('button', { name: '增加一行' }).click();
  await w.page.waitForLoadState();
  await w.enter({ 'sheets[2].sheet': '02' });
  await w.page.locator('fieldset.list', { hasText: '发现的问题' }).getByRole('button', { name: '增加一行' }).click();
  await w.page.waitForLoadState();
  await w.enter({ 'found[1].code': '010202', 'found[1].position': '南门', 'found[1].text': '无专项方案' });
  await w.page.waitForFunction(() => document.querySelector('.hint.warn')?.innerText.includes('此前'));
  await w.sees([/施工单位期内第\d+次；此前：\d{4}-\d\d-\d\d/, '按表：'],
    'a problem that was found before says so while it is entered: which two, and what the table gives');
  await w.sees('按现在填写的：总分', 'and what the sheet comes to so far');
  const bottom = await w.page.locator('.sheet .bar').boundingBox();
  point(bottom.y + bottom.height <= SIZES[1].height + 1, 'the buttons are under the thumb', JSON.stringify(bottom));
}

// ---- Pictures ----

async function with_network(office, w, path) {
  await file_input(w.page).setInputFiles(picture('before-1'));
  await w.page.locator('.sent').waitFor();
  await w.sees([hash('before-1').slice(0, 12), '30.304512,120.381234 ±12 m'], 'a picture is received, with hash and place');
  point(await nothing_waits(w.page), 'and nothing of it stays on the device');
  const { html } = await draft_of(office, 'wu', path);
  point(html.includes('30.304512,120.381234 ±12 m'), 'the server has the place with its accuracy');
}

async function without_network(office, w, path) {
  await w.context.setOffline(true);
  await file_input(w.page).setInputFiles([picture('before-2'), picture('before-3')]);
  await w.page.locator('[name=remark]').fill('没有网络时写的');
  point(await says(w.page, '没有网络'), 'without network the page says so');
  point(await says(w.page, '待发送'), 'how much waits, and since when');
  await w.page.waitForTimeout(2500);
  const items = await kept(w.page);
  const pictures = items.filter((i) => i.kind === 'picture');
  point(pictures.length === 2 && items.some((i) => i.kind === 'draft'), 'two pictures and the draft are on the device',
    JSON.stringify(items).slice(0, 500));
  point(pictures.every((i) => i.hash && i.place === '30.304512,120.381234' && i.taken && i.state === 'waits'),
    'with hash, place and time of the device', JSON.stringify(pictures));
  await w.page.locator('.sheet .bar button[value=send]').click();
  point(await says(w.page, '没有网络') && w.path() === path, 'sending the sheet is held back, and nothing is lost');
  await w.page.reload().catch(() => 'there is no network');
  await w.context.setOffline(false);
  await w.open(path);
  point(await w.page.waitForFunction(() => document.querySelector('[name=remark]')?.value === '没有网络时写的')
    .then(() => true, () => false), 'after a reload what was not sent stands in the sheet');
  point(await nothing_waits(w.page), 'and with the network everything is sent by itself', await w.page.innerText('.queue'));
  const { html } = await draft_of(office, 'wu', path);
  point(['before-1', 'before-2', 'before-3'].every((n) => html.split(`${n}.png</`).length === 2 || html.split(`${n}.png`).length > 1),
    'the server has all pictures');
  point(html.match(/data-kept/g)?.length === 3, 'each of them once', String(html.match(/data-kept/g)?.length));
  point(html.includes('没有网络时写的'), 'and the draft');
}

// Wherever it is not allowed, that is said, and nothing is made up.
async function refused_place(office, browser, path) {
  await as(office, browser, 'wu', { ...PHONE, permissions: [] }, async (w) => {
    await w.open(path);
    await file_input(w.page).setInputFiles(picture('before-4'));
    await w.page.locator('.sent').waitFor();
    await w.sees('您没有允许定位', 'a picture without place says that none was allowed');
  });
  const { html } = await draft_of(office, 'wu', path);
  point(html.includes('没有位置：未允许定位'), 'and so does the server');
}

// ---- Two pages of one sheet ----

async function two_pages(office, w, path) {
  const other = await w.context.newPage();
  await w.open(path);
  await other.goto(office.url + path);
  await w.page.locator('[name=remark]').fill('这一页写的');
  point(await says(w.page, '已送达'), 'the first of two pages keeps its draft');
  await other.locator('[name=remark]').fill('另一页写的');
  point(await says(other, '两份都保留着'), 'the second learns that the draft was changed, and keeps its own');
  const { html } = await draft_of(office, 'wu', path);
  point(html.includes('这一页写的') && !html.includes('另一页写的'), 'what the first has kept is not overwritten');
  await other.getByRole('button', { name: '用本机这份' }).click();
  point(await nothing_waits(other), 'whoever decides for the other one');
  point((await draft_of(office, 'wu', path)).html.includes('另一页写的'), 'has it kept');
  await Promise.all([file_input(w.page).setInputFiles(picture('before-5')),
    file_input(other).setInputFiles(picture('before-6'))]);
  point(await nothing_waits(w.page), 'pictures of two pages are all sent');
  const count = async () => (await draft_of(office, 'wu', path)).html.match(/data-kept/g)?.length;
  await wait_for('six pictures', async () => await count() >= 6).catch(() => null);
  point(await count() === 6, 'each once', String(await count()));
  await other.close();
}

// ---- A session that has ended; a file ----

async function logged_out(office, w, path) {
  const cookies = await w.context.cookies();
  await w.open(path);
  await w.context.clearCookies();
  await file_input(w.page).setInputFiles(picture('before-7'));
  point(await says(w.page, '请重新登录'), 'where the session has ended the page says so and keeps the picture');
  const [download] = await Promise.all([w.page.waitForEvent('download'),
    w.page.getByRole('button', { name: '存成文件' }).click()]);
  const saved = await download.path();
  const { items } = JSON.parse(readFileSync(saved, 'utf8'));
  const bytes = Buffer.from(items[0].blob.split(',')[1], 'base64');
  point(items.length === 1 && createHash('sha256').update(bytes).digest('hex') === hash('before-7') &&
    items[0].hash === hash('before-7'), 'what is not sent can be saved to a file, byte by byte');
  await w.page.evaluate(() => new Promise((done) => { indexedDB.deleteDatabase('field').onsuccess = done; setTimeout(done, 500); }));
  await w.context.addCookies(cookies);
  await w.open('/visits');
  await w.page.locator('.take input').setInputFiles(saved);
  point(await nothing_waits(w.page), 'and taken up on another device');
  point((await draft_of(office, 'wu', path)).html.includes('before-7.png'), 'from where it is sent');
}

// ---- To the end ----

async function send(office, w, path) {
  await w.open(path);
  await w.enter({ remark: '已检查', signed: '已签字' });
  point(await says(w.page, '已送达'), 'the sheet is whole');
  await w.press('提交');
  w.is_at('/visits?sent', 'the sheet is sent') || await w.sees('已提交', 'and the page says so');
  point((await kept(w.page)).length === 0, 'and nothing of it is left on the device');
  return path.split('/')[2];
}

// Completes as the second inspector, with a look at the paper before it is made.
async function sign(office, browser, check) {
  const [dossier, wait] = (await office.task(check, 'agree')).split('.');
  await as(office, browser, 'chen', PHONE, async (w) => {
    await w.open(`/visits/${dossier}/${wait}`);
    await w.press('认领并开始');
    await w.enter({ agreed: true });
    const [paper] = await Promise.all([w.context.waitForEvent('response', (r) => r.request().method() === 'POST' &&
      (r.headers()['content-type'] ?? '').includes('pdf')), w.page.getByRole('button', { name: '预览文书' }).click()]);
    point(paper.status() === 200, 'the record is looked at before it is made');
    await w.press('提交并生成文书');
    await w.sees('检查记录', 'the record stands where it can be read');
  });
}

async function issue(office, browser, check) {
  let order;
  await as(office, browser, 'wu', PHONE, async (w) => {
    await w.open('/visits');
    for (let i = 0; i < 50 && !(await w.main()).includes('签发通知书：限期整改1项'); i++) {
      await w.page.waitForTimeout(200);
      await w.open('/visits');
    }
    const link = w.page.locator('.visits li', { hasText: '示例0044' }).filter({ hasText: '签发通知书' }).getByRole('link');
    await w.go('opens the notice', () => link.first().click());
    order = w.path().split('/')[2];
    await w.sees(['010202', '检查结果'], 'the notice shows what it is about, with its pictures');
    await w.press('认领并开始');
    await w.enter({ n: '5', unit: '日', demand: '补编专项方案', article: '示例条款' });
    const preview = await office.ask('wu', w.path(), { method: 'POST', body: form({ csrf: await office.csrf('wu'), do: 'paper',
      n: '5', unit: '日', demand: '补编专项方案', article: '示例条款' }) });
    const bytes = Buffer.from(await preview.arrayBuffer());
    point(preview.status === 200 && bytes.subarray(0, 4).toString() === '%PDF', 'the paper is seen as it will be');
    point(JSON.parse(office.command(['document', 'list', order])).every((d) => d.name !== '限期整改通知书'),
      'which makes none');
    await w.press('提交并生成文书');
    await w.is_at(`/visits/${order}?sent`, 'it is issued on the spot');
    await w.sees('限期整改通知书', 'and stands to be handed over');
    await w.press('已盖章');
    await w.fill({ 交给: '项目经理' });
    await w.press('登记送达');
    await w.sees(['送达', '最后一天'], 'sealed and served, the time limit runs');
    await w.press('给项目部的链接');
    point(await w.page.locator('svg.code path').count() === 1, 'a link is shown as a QR code');
    const address = await w.read(/(http\S+\/g\/[0-9a-f]{64})/);
    await w.open(`/visits/${order}`);
    await w.unfold('给过的链接');
    await w.sees(['吴某', '印在文书上', '已被替换', '由工作人员出示', '有效至'], 'who gave which link, and what became of it, is kept');
    order = { number: order, link: new URL(address).pathname };
  });
  return order;
}

function form(fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    body.append(name, value);
  }
  return body;
}

async function answer(office, browser, order) {
  await as(office, browser, '', PHONE, async (w) => {
    await w.open(order.link);
    await w.sees(['示例0044', '检查结果', '最后一天', '理由', '项目自查'], 'the site sees what, until when, why its colour');
    await w.sees_not(['示例0058', '示例0031'], 'and no other site');
    await w.page.locator('[name=purpose][value=整改回复]').check();
    await w.page.locator('[name="results[1].done"]').waitFor();
    point(true, 'what belongs to the answer appears when it is chosen');
    await w.page.locator('input[type=file][name="results[1].photos"]').setInputFiles(picture('after-1'));
    await w.page.locator('.files li').first().waitFor();
    await w.enter({ 'results[1].done': '已补编并论证', by_name: '示某' });
    await w.press('提交');
    await w.sees(['回复已收到', order.number], 'the answer has arrived');
  });
  await as(office, browser, '', PHONE, async (w) => {
    const gone = await w.page.goto(office.url + order.link);
    point(gone.status() === 404, 'the link has served');
    await w.sees('这个链接已经答复过', 'and says when it was answered');
  });
}

async function again(office, browser, order) {
  const [dossier, wait] = (await office.task(order.number, 'recheck')).split('.');
  await as(office, browser, 'wu', PHONE, async (w) => {
    await w.open(`/visits/${dossier}/${wait}`);
    await w.sees(['整改前后', '010202'], 'looking again shows before and after of what had failed');
    point(await w.page.locator('.pictures img').count() >= 2, 'side by side');
    await w.press('认领并开始');
    await w.enter({ day: today, numbers: '吴某 示例证1，陈某 示例证2', 'results[1].passed': 'true', signed: '已签字' });
    point(await says(w.page, '已送达'), 'kept');
    await w.press('提交');
  });
}

export default async function path_field(office, browser) {
  const w = await Walker.come(office, browser, 'wu', PHONE);
  try {
    const path = await drafts(office, w);
    await fill_in(office, w, path);
    await with_network(office, w, path);
    await without_network(office, w, path);
    await refused_place(office, browser, path);
    await two_pages(office, w, path);
    await logged_out(office, w, path);
    const check = await send(office, w, path);
    w.noise = w.noise.filter((n) => !/ERR_INTERNET_DISCONNECTED|Failed to fetch/.test(n));
    await sign(office, browser, check);
    const order = await issue(office, browser, check);
    await answer(office, browser, order);
    await again(office, browser, order);
  } finally {
    await w.leave();
  }
}
