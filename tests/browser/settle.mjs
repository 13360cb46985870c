// What the sample district does not begin with, so that every route of pages has something to show: people from outside
// (a firm that is bound, one that builds, a newcomer, the guest of a link), a declaration that is begun, one to be corrected, an objection,
// a rating, a scheme with a second version.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SCHEMES = new URL('../../schemes/', import.meta.url);
const FIRM = '91000000100038225W'; // 示例039纺织有限公司, whose materials wait for the first check
export const PAPER = new Blob(['%PDF-1.4\npaper'], { type: 'application/pdf' });

export const sample = (path) => JSON.parse(readFileSync(new URL(path, SCHEMES), 'utf8'));

// The dossiers of a party, newest first.
export function dossiers_of(office, scheme, party) {
  return JSON.parse(office.command(['dossier', 'list', scheme])).filter((d) => d.subject === party).map((d) => d.dossier);
}

// Binds somebody from outside to a party and lets him act for it.
export async function bind(office, login, party) {
  await office.send(login, '/me/bind', { code: party, office: '330100', licence: PAPER, letter: PAPER });
  const [link] = (await (await office.ask('li', '/bindings')).text()).match(/\/bindings\/\d+/);
  const until = new Date(Date.now() + 60 * 86400000).toISOString().slice(0, 10);
  await office.send('li', link, { do: 'bind', licence: 'on', letter: 'on', until });
  await office.send(login, '/me/party', { party });
}

const round_up = { received_on: new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10),
  received: ['application', 'consent', 'subject', 'honours', 'system', 'lower_title'] };

// The declaration of a firm of the register, by commands, up to a step: its number and follow code.
export async function declared(office, party, until) {
  const { values } = JSON.parse(office.command(['party', 'list', '--words', party])).rows[0];
  const answers = { ...sample('shouhe/sample/declare.json'), name: values.name, credit_code: values.code,
    established: values.established, address: values.address };
  const { dossier, code } = JSON.parse(office.command(['dossier', 'start', 'shouhe', '--process', 'county', '--office',
    '330100', '--subject', values.handle, '--with', JSON.stringify(answers)]));
  const steps = [['receive', 'zhao', round_up], ['first_check', 'zhao', { first: '受理', first_note: '材料齐全' }],
    ['online', 'qian', { online_result: '通过', online_note: '与附件一致' }],
    ['visit', 'qian', { staff: { value: 398, note: '工资册' } }], ['visit', 'sun', { agree: true }]];
  for (const [element, login, given] of steps.slice(0, until)) {
    await office.complete(dossier, element, login, given);
  }
  return { number: String(dossier), code };
}

// The answers of the first correction of a firm: its staff is asked about.
async function ask_for_correction(office) {
  const [dossier] = dossiers_of(office, 'shouhe', FIRM);
  await office.complete(dossier, 'first_check', 'zhao', { first: '补正', first_note: '请补正',
    open: [{ path: 'staff', text: '在职人数与工资册不符' }] });
  const task = await office.task(dossier, 'correct');
  return [`/my/${dossier}`, `/my/${task.replace('.', '/')}`, `/my/${dossier}/withdraw`, `/my/${dossier}/receipt`];
}

async function settle_outside(office) {
  await office.login_by_code('newcomer', '13900000001');
  await office.send('newcomer', '/me/bind', { code: '91000000100042574C', office: '330100', licence: PAPER, letter: PAPER });
  await office.login_by_code('firm', '13900000002');
  await bind(office, 'firm', FIRM);
  office.starts.firm = ['/my', '/gap/shouhe/county', '/apply/shouhe/county', '/apply/shouhe/county/pledge',
    ...await ask_for_correction(office)];
  office.starts.newcomer = ['/my', '/me', '/apply/shouhe/county'];
  const [site] = JSON.parse(office.command(['ledger', 'query', 'sites.sites', '--where', 'name = "示例0012地块项目"'])).rows;
  await office.login_by_code('builder', '13900000003');
  await bind(office, 'builder', site.values.contractor);
  office.starts.builder = ['/my/grades'];
  const page = await (await office.ask('firm', '/apply/shouhe/county/1')).text();
  await office.send('firm', '/apply/shouhe/county/1', { '-base': /name="-base" value="([^"]*)"/.exec(page)[1], applied: 'A',
    do: 'later' });
}

// The guest of the first rectification that waits for one.
async function settle_guest(office) {
  const list = JSON.parse(office.command(['dossier', 'list', 'sites'])).filter((d) => d.process === 'rectify');
  for (const { dossier } of list) {
    const { tasks } = JSON.parse(office.command(['dossier', 'show', String(dossier)]));
    const reply = tasks.find((t) => t.element === 'reply' && t.status === 'open');
    if (reply) {
      const { text } = await office.send('wu', `/visits/${reply.task.replace('.', '/')}/link`, {});
      office.people.guest = { login: 'guest', roles: [], guest: true };
      office.starts.guest = [/\/g\/[A-Za-z0-9_-]+/.exec(text)[0]];
      return;
    }
  }
  throw new Error('no rectification of the district waits for a reply');
}

// The newest notice that takes objections, and the key of its form.
async function open_notice(office) {
  for (const [notice] of (await (await office.ask('', '/notices')).text()).matchAll(/\/n\/\d+/g)) {
    const form = await office.ask('', `${notice}/object`);
    if (form.status === 200) {
      return { notice, key: /name="key" value="([^"]*)"/.exec(await form.text())[1] };
    }
  }
  throw new Error('no notice of the district takes objections');
}

// Anybody: an objection to a notice, and a rating of a visit, both to be followed by number and code.
async function settle_public(office) {
  const strong = (text) => [...text.matchAll(/<strong>([^<]*)<\/strong>/g)].map((m) => m[1]);
  const { notice, key } = await open_notice(office);
  const [objection, code] = strong((await office.send('', `${notice}/object`, { key, ground: '示例异议：名称有误' })).text);
  const visited = await declared(office, '示例050', 5);
  const [rating, again] = strong((await office.send('', '/rate', { ...visited, grade: '5' })).text);
  office.starts[''] = [`/d/${objection}?code=${code}`, `/rated?number=${rating}&code=${again}`, `${notice}/object`];
}

// What officers are led to only now and then: the acts on a dossier, a paper without its seal, a list that is not frozen.
function settle_officers(office) {
  const [dossier] = dossiers_of(office, 'shouhe', FIRM);
  office.starts.he.push(`/office/d/${dossier}?tab=acts`, `/office/d/${dossier}?tab=papers`);
  const { assessment } = JSON.parse(office.command(['assess', 'new', 'shouhe', 'county list', '--office', '330100', '--as',
    'sun']));
  office.starts.sun.push(`/office/lists/${assessment}`);
}

// A round that is opened, with its tables to go out and in.
async function settle_round(office) {
  const { location } = await office.send('admin', '/office/rounds', { scheme: 'shouhe', round: '2099', from: '2099-01-01' });
  const round = location.split('?')[0];
  office.starts.admin.push(round, `${round}/import`);
}

// A second version of the stalls, with another number.
function settle_versions(office) {
  const package_of = join(office.folder, 'packages', 'stalls-changed');
  cpSync(join(office.folder, 'packages', 'stalls'), package_of, { recursive: true });
  const manifest = join(package_of, 'scheme.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"每户上限": 1', '"每户上限": 2'));
  office.command(['scheme', 'install', package_of]);
}

export async function settle(office) {
  settle_versions(office);
  await settle_outside(office);
  await settle_guest(office);
  await settle_public(office);
  settle_officers(office);
  await settle_round(office);
  await office.login('admin'); // a second time, so that one of his sessions can be ended from the other
}
