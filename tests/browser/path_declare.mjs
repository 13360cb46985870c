// An enterprise that has never been here declares, and county and city bring it to an end: account, binding, nine sections
// with the contract matrix, answers checked, pledge, receipt; a correction; a check by two, of whom one has an interest and
// steps aside; a departure from the machine's result that a second person signs; list, recommendation, the city's return,
// again, publication; the certificate by its number. Beside it an objection, and a limit that a changed holiday moves.

import { point } from './tap.mjs';
import { PDF, as } from './walk.mjs';
import { declared, sample } from './settle.mjs';
import { wait_for } from './office.mjs';

const FIRM = '910000001002894033'; // 示例298餐饮有限公司, with an A of 2024
const NAME = '示例298餐饮有限公司';

// {"a.b": 1, "list[1].c": 2}: the names of a form's fields for the answers of a sample.
function flat(value, path = '', out = {}) {
  for (const [key, v] of Object.entries(value)) {
    const name = Array.isArray(value) ? `${path}[${Number(key) + 1}]` : path ? `${path}.${key}` : key;
    if (Array.isArray(v) && v.every((one) => typeof one !== 'object')) {
      out[name] = v;
    } else if (v !== null && typeof v === 'object') {
      flat(v, name, out);
    } else {
      out[name] = v;
    }
  }
  return out;
}

const answers = flat({ ...sample('shouhe/sample/declare-AA.json'), name: NAME, credit_code: FIRM, claims: ['ladder'],
  contact: { name: '李某', mobile: '13800000298' } });

async function account(w, office) {
  await w.open('/');
  await w.follow('验证码登录', 'header');
  await w.fill({ 手机号码或电子邮箱: '13800000298' });
  await w.press('发送验证码');
  await w.fill({ 六位验证码: await office.code_sent() });
  await w.press('登录');
  await w.sees(['我的事项', '您为本人办理'], 'who has never been here has an account by a code, without a password');
  await w.follow('修改');
  await w.follow('申请代表企业办理');
  await w.fill({ 统一社会信用代码: FIRM, 核对机关: '示例区局', 营业执照: PDF, '授权书（加盖公章）': PDF });
  await w.press('提交');
  await w.sees('等待机关核对', 'asks to act for an enterprise, and reads what happens with that');
}

async function bind(w) {
  await w.open('/bindings');
  await w.follow(FIRM);
  await w.press('关联');
  await w.sees(/需要?更正/, 'does not bind without having seen the papers');
  await w.fill({ '营业执照：确属该企业，且在有效期内': true, '授权书：已盖公章，写明此人': true });
  await w.press('关联');
  await w.sees_not(FIRM, 'binds him, and nobody waits any more');
}

// Section by section; the first one is left in the middle and taken up again.
async function sections(w) {
  await w.open('/me');
  await w.press('代表该主体办理');
  await w.open('/');
  await w.follow('守合同重信用企业公示');
  await w.sees(['受理中', '办理步骤'], 'the guide says until when and in which steps');
  await w.open('/my');
  await w.follow('守合同重信用企业公示');
  await w.sees('已完成 2/9', 'the declaration is a list of sections');
  await w.follow('申报事项');
  await w.enter({ applied: 'AA' });
  await w.press('保存，稍后填写');
  await w.sees(['填写中', '上次保存'], 'a section is saved as it is');
  const titles = await w.page.locator('ul.tasks a').allInnerTexts();
  for (const title of titles) {
    await w.follow(title);
    await w.enter_part(answers);
    if (title.startsWith('四、')) {
      await matrix(w);
    }
    await w.press('保存并继续');
    await w.open('/apply/shouhe/county');
  }
  await w.sees('已完成 9/9', 'all sections are complete');
}

// 15 rows by 8 columns: a row that does not add up is told at its cell; ratios are computed while one types.
async function matrix(w) {
  const ratio = () => w.page.locator('output[data-name="ratios[1].year_1"]').innerText();
  await wait_for('a ratio', async () => (await ratio()) !== '');
  const before = await ratio();
  await w.enter({ 'performance[4].income_1_count': 100 });
  await wait_for('another ratio', async () => (await ratio()) !== before);
  point(true, 'enterprise: the ratios are computed while one types');
  await w.enter({ 'performance[4].income_1_count': 99999 });
  await w.press('保存并继续');
  await w.sees(/需要?更正/, 'more performed than was due is told');
  await w.enter({ 'performance[4].income_1_count': answers['performance[4].income_1_count'] });
}

async function send(w) {
  await w.follow('核对并提交');
  await w.sees([NAME, 'AA', '合同履行状况'], 'all answers stand on one page to be checked');
  await w.follow('下一步：承诺书');
  await w.press('同意并提交');
  await w.sees(/需要?更正/, 'nothing is sent without the pledge');
  await w.enter({ commit_voluntary: true, commit_true: true, commit_publish: true, signer: '示例人' });
  await w.press('同意并提交');
  await w.sees(['申报已提交', '受理编号', '查询码', '接下来', '收件'], 'the receipt has number and code, and says what comes next');
  const number = await w.read(/受理编号\s+(\d+)/);
  const code = await w.read(/查询码：(\w+)/);
  return { number, code };
}

// ---- The office ----

// Opens the task of a step of the dossier and takes it, as one does who finds it in his list.
async function take(w, number, step) {
  await w.open(`/office?tab=team&q=${number}`);
  await w.follow(NAME);
  await w.sees(step, `finds the dossier at the step ${step}`);
  await w.press(/领取/);
}

async function received(w, number) {
  await take(w, number, '收件');
  await w.enter({ received_on: new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10),
    received: ['application', 'consent', 'subject', 'honours', 'system', 'lower_title'] });
  await w.press(/完成/);
  await w.sees(number, 'completes it, and is told so');
}

// Everything at one time: the field is marked with a note, the notice is read as it will be, and sent once.
async function asks_for_correction(w, number) {
  await take(w, number, '材料初审');
  await w.enter({ first: '补正', first_note: '请一次补正' });
  await w.unfold('标出需要补正的栏目');
  await w.unfold('一、企业基本信息');
  await w.enter({ '-Qstaff': true, '-Tstaff': '在职人数与工资册不符，请核对' });
  await w.press('通知书草稿');
  await w.sees(['补正通知书', '在职人员总数', '在职人数与工资册不符，请核对'], 'reads the notice before it goes out');
  await w.press(/一次性发出/);
}

async function corrects(w, number) {
  await w.open('/my');
  await w.follow('补正');
  await w.sees(['在职人数与工资册不符', '在职人员总数'], 'reads what the office asks, at the field');
  await w.sees_not('营业收入', 'and nothing else is open');
  await w.enter({ staff: -1 });
  await w.press('提交');
  await w.sees(/需要?更正/, 'a wrong number is told');
  await w.enter({ staff: 398 });
  await w.press('提交');
  await w.open(`/my/${number}`);
  await w.sees_not('补正说明', 'has answered');
}

async function accepts(w, number) {
  await take(w, number, '材料初审');
  await w.enter({ first: '受理', first_note: '材料齐全' });
  await w.press(/完成/);
}

// Who has an interest steps aside, and does nothing more in the dossier.
async function steps_aside(w, number) {
  await take(w, number, '网上审核');
  await w.unfold('申请回避');
  await w.fill({ 回避事由: '亲属在该企业任职' });
  await w.press('确认回避');
  await w.open('/office/next');
  point(!w.path().includes(`/d/${number}/`), 'qian: is led to other tasks, never again to this dossier', w.path());
}

async function checks(w, number) {
  await take(w, number, '网上审核');
  await w.enter({ online_result: '通过', online_note: '与附件一致' });
  await w.press(/完成/);
}

// The visit of two: one enters what was found, the other signs it.
async function visits(w, number) {
  await take(w, number, '上门核查');
  await w.unfold('一、企业基本信息');
  await w.sees(['在职人员总数', '398'], 'has what was declared beside what he finds');
  await w.enter({ '-Vstaff': 'differs', '-Wstaff': 395, '-Nstaff': '工资册' });
  await w.press(/完成/);
}

async function signs_visit(w, number) {
  await take(w, number, '上门核查');
  await w.sees(['会签内容', /395|3050/, /工资册|审计报告/], 'sees exactly what the first one found');
  await w.enter({ '-agree': 'yes' });
  await w.press(/完成/);
}

const judged = Object.fromEntries(['system', 'benefit', 'conduct', 'lawful', 'operating', 'climb', 'ban']
  .map((name) => [`judged.${name}`, 'met']));
const marks = Object.fromEntries(Array.from({ length: 36 }, (_, i) => [`marks.i${String(i + 1).padStart(2, '0')}`, 90]));

async function marks_it(w, number, dissent) {
  await take(w, number, '网上复核');
  await w.enter_part({ ...judged, ...marks, dissent, recheck_note: '同意' });
  await w.press(/完成/);
}

// The machine's score is departed from, with a listed reason; a leader signs it.
async function departs(w, number) {
  await take(w, number, '另作判断');
  await w.unfold('不采用机器结果');
  await w.fill({ 您认定的结果: '93', '理由（从清单中选择）': { value: 'evidence' }, 说明: '另有省级证明' }, 'main details');
  await w.press(/完成/);
}

async function signs_departure(w, number) {
  await take(w, number, '另作判断');
  await w.sees(['会签内容', '93', '另有省级证明'], 'sees what the machine is departed from, to what and why');
  await w.enter({ '-agree': 'yes' });
  await w.press(/完成/);
}

// ---- Lists ----

// Who works on the list makes it, and cannot sign it: it waits for a second person.
async function makes_list(w, name, office) {
  await w.open('/office/lists');
  const title = await w.page.locator('#what option', { hasText: name }).first().innerText();
  await w.fill({ 哪种名单: title, 所属机关: office });
  await w.press('新建名单');
  await w.press('冻结名单');
  await w.press('计算名次和等级');
  await w.sees([NAME, '列入'], `${name}: the firm stands on the list, with its grade`);
  await w.press('已过目，送签');
  await w.sees('等待另一人签发', `${name}: it waits for a second person`);
  return w.path().split('?')[0];
}

async function signs_list(w, list) {
  await w.open('/office/lists');
  await w.open(list);
  await w.follow(/\d+/, 'main .scroll');
  await w.sees([NAME, '判定'], 'looks into a dossier of the list before signing it');
  await w.open(list);
  await w.press('签发');
  await w.press('执行并报送');
  await w.sees(/已执行|1 件/, 'signs it, and has it carried out');
}

// ---- The city ----

async function returns_it(w) {
  await w.open(`/office?tab=team&q=${FIRM}`);
  await w.follow(NAME);
  await w.sees('网上核对', 'the recommendation has come to the city');
  await w.press(/领取/);
  await w.enter({ check: '退回', check_note: '营业收入请核对' });
  await w.press(/完成/);
}

async function sees_return(w, number) {
  await wait_for('the return', async () => {
    await w.open(`/office/d/${number}`);
    return (await w.main()).includes('上门核查');
  });
  await w.sees('营业收入请核对', 'what the city returned is back at the visit, with the reason');
}

async function visits_again(w, number) {
  await take(w, number, '上门核查');
  await w.unfold('一、企业基本信息');
  await w.enter({ '-Vrevenue': 'differs', '-Wrevenue': 3050, '-Nrevenue': '审计报告' });
  await w.press(/完成/);
}

async function agrees(w) {
  await wait_for('the second recommendation', async () => {
    await w.open(`/office?tab=team&q=${FIRM}`);
    return (await w.main()).includes('网上核对');
  });
  await w.follow(NAME);
  await w.press(/领取/);
  await w.enter({ check: '通过', check_note: '核对无误' });
  await w.press(/完成/);
}

// What waits to be public is looked at as it will stand, and published by another one than who proposed it.
async function publishes(w) {
  await w.open('/office/publication');
  await w.follow(/^（示例）守合同重信用企业名单/);
  await w.sees([NAME, 'AA'], 'reads the public copy as it will stand');
  await w.press('发布');
  await w.sees(/已发布|没有待/, 'publishes it');
}

// The certificate counts once its seal is recorded.
async function seals_certificate(w, list) {
  await w.open(list);
  await w.follow(/\d+/, 'main .scroll');
  await w.follow('文书');
  const paper = 'section.paper:has(h2:text("证书"))';
  const number = await w.read(/(示监证〔\d+〕\d+号)/, paper);
  await w.press('登记盖章', paper);
  await w.sees('盖章已登记', 'records the seal of the certificate');
  return number;
}

async function certificate_holds(w, number, certificate, code) {
  await w.open('/check');
  await w.fill({ '编号、编码或者二维码的网址': certificate });
  await w.press('核验');
  await w.sees([NAME, 'AA', '有效'], 'anybody checks the certificate by its number');
  await w.open(`/d/${number}?code=${code}`);
  await w.sees('已办结', 'and follows the dossier to its end');
  await w.open(`/notices?q=${NAME}`);
  await w.sees('守合同重信用', 'the notice is found');
}

async function reads_result(w, number) {
  await w.open(`/my/${number}`);
  await w.sees(['已办结', '资格', '符合', '年度合同数'], 'the enterprise reads the result with its reasons, item by item');
}

// ---- An objection ----

async function objects(w) {
  await w.open(`/notices?q=${encodeURIComponent('企业名单')}`);
  await w.follow(/^（示例）守合同重信用企业名单$/);
  await w.follow('对这条公示提出异议');
  await w.fill({ '异议的事实和理由': '名单中的年度合同数与事实不符' });
  await w.press('提交异议');
  const [number, code] = await w.page.locator('.receipt strong').allInnerTexts();
  return { number, code };
}

// The task of an objection, which is about no party.
async function objection_task(w, objection, step) {
  await w.open(`/office/d/${objection.number}`);
  await w.follow(step, 'ul.tasks');
  await w.press(/领取/);
}

async function examines(w, objection) {
  await objection_task(w, objection, '审查');
  await w.unfold('申报内容');
  await w.sees('名单中的年度合同数与事实不符', 'reads the objection');
  await w.fill({ 审查意见: '不成立', 理由: '已核对合同台账' });
  await w.press(/完成/);
}

async function decides(w, objection) {
  await objection_task(w, objection, '决定');
  await w.unfold('审查');
  await w.sees('已核对合同台账', 'reads what the first one found');
  await w.fill({ 决定: '不成立', 理由: '同意审查意见' });
  await w.press(/完成/);
}

async function reads_answer(w, objection) {
  await w.open(`/d/${objection.number}?code=${objection.code}`);
  await w.sees('已办结', 'who objected reads that it was dealt with');
}

// ---- A holiday ----

// A working day becomes a holiday: a limit that would have ended on it ends later, and its page counts the days.
const WAITING = '示例044';

async function last_day(w, waiting) {
  await w.open(`/office?tab=team&q=${waiting.number}`);
  return w.read(/(\d{4}-\d{2}-\d{2})/, 'main tbody');
}

async function changes_holiday(w, day) {
  await w.open(`/office/calendar?year=${day.slice(0, 4)}`);
  const rows = `day,working,name,source,state\n${day},false,防汛停工,示例通知,confirmed\n`;
  await w.fill({ 表格文件: { name: 'calendar.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) } });
  await w.press('查看会变动哪些时限');
  await w.sees(['尚未修改', '将变动的时限', day], 'sees which running limits a notice about a holiday would move');
  await w.press('采用本通知');
  await w.open(`/office/calendar?year=${day.slice(0, 4)}`);
  await w.sees([day, '防汛停工'], 'takes it in');
}

async function sees_later_day(w, waiting, before) {
  const after = await wait_for('a later day', async () => {
    const now = await last_day(w, waiting);
    return now > before ? now : null;
  });
  point(true, `zhao: the limit that ended on ${before} ends on ${after}`);
  await w.follow(WAITING);
  await w.follow('材料初审', 'ul.facts');
  await w.sees([new RegExp(`${before}\\s+–\\s+法定节假日，不计`), after], 'and its page counts the days, with the reason of each that does not count');
}

export default async function path_declare(office, browser) {
  const step = async (login, act, ...more) => {
    let result;
    await as(office, browser, login, {}, async (w) => { result = await act(w, ...more); });
    return result;
  };
  await as(office, browser, '', {}, async (firm) => {
    firm.who = 'enterprise';
    await account(firm, office);
    await step('li', bind);
    await sections(firm);
    const { number, code } = await send(firm);
    await step('zhao', received, number);
    await step('zhao', asks_for_correction, number);
    await corrects(firm, number);
    await step('zhao', received, number);
    await step('zhao', accepts, number);
    await step('qian', steps_aside, number);
    await step('tang', checks, number);
    await step('tang', visits, number);
    await step('sun', signs_visit, number);
    await step('sun', marks_it, number, true);
    await step('tang', departs, number);
    await step('li', signs_departure, number);
    await step('li', signs_list, await step('sun', makes_list, 'AA级、AAA级推荐名单', '示例区局'));
    await step('zhou', returns_it);
    await step('tang', sees_return, number);
    await step('tang', visits_again, number);
    await step('sun', signs_visit, number);
    await step('sun', marks_it, number, false);
    await step('li', signs_list, await step('sun', makes_list, 'AA级、AAA级推荐名单', '示例区局'));
    await step('zhou', agrees);
    const list = await step('zhou', makes_list, 'AA级公示名单', '示例市局');
    await step('zheng', signs_list, list);
    await step('zhou', publishes);
    const certificate = await step('zheng', seals_certificate, list);
    await step('', certificate_holds, number, certificate, code);
    await reads_result(firm, number);
    const objection = await step('', objects);
    await step('fang', examines, objection);
    await step('zheng', decides, objection);
    await step('', reads_answer, objection);
    const waiting = await declared(office, WAITING, 1);
    const day = await step('zhao', last_day, waiting);
    await step('admin', changes_holiday, day);
    await step('zhao', sees_later_day, waiting, day);
  });
}
