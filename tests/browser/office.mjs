// The sample district: made in a folder, served on a free port, asked as its people.

import { spawn, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const WAIT_MS = 20000;
const LOOK_MS = 50;

// The folder that make_district made, with the people of the district and their passwords.
export function make_district(gongshi, folder) {
  const made = spawnSync(gongshi, ['demo', folder], { encoding: 'utf8' });
  if (made.status !== 0) {
    throw new Error(`gongshi demo: ${made.stderr}`);
  }
  writeFileSync(join(folder, 'settings'), `backup = ${folder}-copies\n`);
  const people = {};
  for (const line of (made.stdout + made.stderr).split('\n')) {
    const found = /^ {2}(\S+)\s+((?:[a-z0-9]{3}-){3}[a-z0-9]{3})\s+(\S+)\s*(\S*)\s*(\[.*\])?/.exec(line);
    if (found) {
      const [, login, password, name, office, roles] = found;
      people[login] = { login, password, name, office, roles: roles ? JSON.parse(roles) : [] };
    }
  }
  return { gongshi, folder, people };
}

// Asks again until `found` returns something, for at most WAIT_MS.
export async function wait_for(what, found) {
  for (const end = Date.now() + WAIT_MS; Date.now() < end;) {
    const value = await found();
    if (value) {
      return value;
    }
    await new Promise((done) => { setTimeout(done, LOOK_MS); });
  }
  throw new Error(`${what}: not after ${WAIT_MS} ms`);
}

export class Office {
  // A district as make_district makes it, or what `state` of another office has told.
  constructor(district) {
    Object.assign(this, { cookies: {}, starts: {} }, district);
  }

  // What another program needs to go on with a copy of the folder, once this office has stopped.
  state() {
    const { gongshi, people, cookies, starts, survey } = this;
    return { gongshi, people, cookies, starts, survey };
  }

  copy_to(folder) {
    cpSync(this.folder, folder, { recursive: true, filter: (path) => !path.endsWith('.sock') });
  }

  // Serves the folder; the address is in `url`, without slash at the end.
  async start(...options) {
    this.server = spawn(this.gongshi, ['serve', '--data', this.folder, '--listen', this.listen ?? '127.0.0.1:0', ...options],
      { env: { ...process.env, ...this.env, PATH: `${dirname(this.gongshi)}:${process.env.PATH}` } });
    this.log = '';
    this.server.stderr.on('data', (bytes) => { this.log += bytes; });
    this.ended = new Promise((done) => { this.server.on('exit', (status) => { this.status = status; done(status); }); });
    this.url = await new Promise((done, fail) => {
      let text = '';
      const timer = setTimeout(() => fail(new Error(`no address after ${WAIT_MS} ms: ${this.log}`)), WAIT_MS);
      this.server.stdout.on('data', (bytes) => {
        text += bytes;
        const found = /http:\/\/\S+/.exec(text);
        if (found) {
          clearTimeout(timer);
          done(found[0].replace(/\/$/, ''));
        }
      });
      this.ended.then(() => fail(new Error(`the server ended: ${this.log}`)));
    });
  }

  async stop() {
    this.server.kill();
    return this.ended;
  }

  // A command of the program on the same folder, for what a test has to prepare.
  command(args, input) {
    const ran = spawnSync(this.gongshi, args, { encoding: 'utf8', input,
      env: { ...process.env, GONGSHI_DATA: this.folder, LC_ALL: 'C.UTF-8' } });
    if (ran.status !== 0) {
      throw new Error(`gongshi ${args.slice(0, 3).join(' ')}: ${ran.stderr}${ran.stdout}`);
    }
    return ran.stdout;
  }

  file(...parts) {
    return readFileSync(join(this.folder, ...parts), 'utf8');
  }

  // Gets or posts as a person, or as everybody where login is ''. Redirections are not followed.
  async ask(login, path, options = {}) {
    const headers = { 'Accept-Language': 'zh-CN', ...options.headers };
    if (this.cookies[login]) {
      headers.Cookie = `${this.cookies[login]}${headers.Cookie ? `; ${headers.Cookie}` : ''}`;
    }
    return fetch(this.url + path, { redirect: 'manual', ...options, headers });
  }

  // A session for a person; its cookie is used by ask and by pages of this person.
  async login(login) {
    const answer = await this.ask('', '/login', { method: 'POST',
      body: new URLSearchParams({ login, password: this.people[login].password }) });
    const cookie = answer.headers.get('set-cookie');
    if (answer.status !== 303 || !cookie) {
      throw new Error(`${login} cannot log in: ${answer.status}`);
    }
    this.cookies[login] = cookie.split(';')[0];
    (this.starts[login] ??= []).push(answer.headers.get('location'));
  }

  // Somebody from outside, who logs in by the code that was sent to his number.
  async login_by_code(login, address) {
    await this.ask('', '/account/code', { method: 'POST', body: new URLSearchParams({ address }) });
    const answer = await this.ask('', '/account/login', { method: 'POST',
      body: new URLSearchParams({ address, code: await this.code_sent() }) });
    const cookie = answer.headers.get('set-cookie');
    if (answer.status !== 303 || !cookie) {
      throw new Error(`${login} cannot log in by a code: ${answer.status}`);
    }
    this.people[login] = { login, roles: [], outside: true };
    this.cookies[login] = cookie.split(';')[0];
  }

  // The code that was sent last.
  async code_sent() {
    const page = await (await this.ask('', '/outbox')).text();
    return /[^0-9]([0-9]{6})[^0-9]/.exec(page.slice(page.indexOf('<tbody>')).replace(/ class="figure">[^<]*/g, ''))[1];
  }

  async csrf(login) {
    const page = this.cookies[login] ? await (await this.ask(login, '/')).text() : '';
    return /name="csrf" value="([0-9a-f]*)"/.exec(page)?.[1] ?? '';
  }

  // Sends a form of a page; what it answers is returned, or thrown where it is a refusal.
  async send(login, path, fields) {
    const body = Object.values(fields).some((value) => value instanceof Blob) ? new FormData() : new URLSearchParams();
    for (const [name, value] of Object.entries({ csrf: await this.csrf(login), ...fields })) {
      body.append(name, value);
    }
    const answer = await this.ask(login, path, { method: 'POST', body });
    const text = await answer.text();
    if (answer.status >= 400) {
      throw new Error(`${login || 'everybody'} POST ${path}: ${answer.status} ${
        text.slice(text.indexOf('<main')).replace(/<[^>]*>|\s+/g, ' ').replace(/ +/g, ' ').slice(0, 1000)}`);
    }
    return { location: answer.headers.get('location'), text };
  }

  // The open task of a dossier at an element, once it is there.
  async task(dossier, element) {
    return wait_for(`dossier ${dossier} at ${element}`, () => {
      const { tasks } = JSON.parse(this.command(['dossier', 'show', String(dossier)]));
      return tasks.find((t) => t.element === element && t.status === 'open')?.task;
    });
  }

  // Takes and completes the task of a dossier at an element, as an officer.
  async complete(dossier, element, login, answers) {
    const task = await this.task(dossier, element);
    this.command(['dossier', 'claim', task, '--as', login]);
    this.command(['dossier', 'complete', task, '--as', login, '--with', JSON.stringify(answers)]);
  }

  async login_all() {
    for (const login of Object.keys(this.people)) {
      await this.login(login);
    }
  }

  // Everybody ('') and each person.
  everyone() {
    return ['', ...Object.keys(this.people)];
  }

  // A browser context in which the person is logged in.
  async context(browser, login, size, lang = 'zh', options = {}) {
    const context = await browser.newContext({ viewport: size, bypassCSP: true, locale: lang === 'en' ? 'en' : 'zh-CN',
      ...options });
    const cookies = [{ name: 'look', value: lang, url: this.url }];
    if (this.cookies[login]) {
      const [name, value] = this.cookies[login].split('=');
      cookies.push({ name, value, url: this.url });
    }
    await context.addCookies(cookies);
    return context;
  }
}
