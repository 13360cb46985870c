#!/usr/bin/env node
// check_record FILE [--hash HEX]: is a decision record in the canonical form of RFC 8785, and which is its SHA-256?
//
// It knows nothing of Gongshi: it reads the JSON, writes it again as the RFC says and compares the bytes. Beyond the
// RFC it demands what docs/record.md adds: no numbers, and the members of a record. "-" reads standard input. Exit
// status: 0 canonical (and the hash is HEX), 1 not, 2 wrong usage.
'use strict';
const crypto = require('crypto');
const fs = require('fs');

const MEMBERS = ['decision', 'environment', 'inputs', 'matched', 'model', 'outputs', 'semantics'];
const TAGS = new Set(['$n', '$d', '$t', '$dt', '$dd', '$ym', '$r', '$f']);

function fail(text) {
    console.error(`check_record: ${text}`);
    process.exit(1);
}

// A reader of its own: JSON.parse takes the last of two members of one name, and drops __proto__.
class Reader {
    constructor(text) {
        this.text = text;
        this.at = 0;
    }

    error(what) {
        fail(`character ${this.at}: ${what}`);
    }

    take(expected) {
        if (!this.text.startsWith(expected, this.at)) {
            this.error(`expected ${expected}`);
        }
        this.at += expected.length;
    }

    string() {
        const match = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
        match.lastIndex = this.at;
        const found = match.exec(this.text);
        const value = found === null ? this.error('expected a string') : JSON.parse(found[0]);
        this.at = match.lastIndex;
        if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value)) {
            this.error('half of a surrogate pair');
        }
        return value;
    }

    // Items up to the closing bracket.
    items(close, read) {
        this.at++;
        const list = [];
        if (this.text[this.at] !== close) {
            list.push(read());
            while (this.text[this.at] === ',') {
                this.at++;
                list.push(read());
            }
        }
        this.take(close);
        return list;
    }

    // Arrays as arrays, objects as Maps in the order of the text.
    value() {
        const c = this.text[this.at];
        if (c === '{') {
            const members = this.items('}', () => [this.string(), (this.take(':'), this.value())]);
            const object = new Map(members);
            if (object.size !== members.length) {
                this.error('an object with a name twice');
            }
            return object;
        }
        if (c === '[') {
            return this.items(']', () => this.value());
        }
        if (c === '"') {
            return this.string();
        }
        for (const [word, value] of [['true', true], ['false', false], ['null', null]]) {
            if (this.text.startsWith(word, this.at)) {
                this.at += word.length;
                return value;
            }
        }
        return this.error('expected a value; records hold no numbers and no white space');
    }
}

// RFC 8785, 3.2.2 and 3.2.3: JSON.stringify writes strings as the RFC does, and < orders them by UTF-16 code units.
function canonical(value) {
    if (Array.isArray(value)) {
        return `[${value.map(canonical).join(',')}]`;
    }
    if (value instanceof Map) {
        const names = [...value.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value.get(name))}`).join(',')}}`;
    }
    return JSON.stringify(value);
}

// A name with one dollar sign in front is a tag, and stands alone; one of the data's own has two.
function checkTags(value) {
    if (Array.isArray(value)) {
        value.forEach(checkTags);
    } else if (value instanceof Map) {
        for (const [name, inside] of value) {
            const tag = /^\$(?!\$)/.test(name);
            if (tag && (value.size !== 1 || !TAGS.has(name))) {
                fail(`${name} is no value form of docs/record.md`);
            }
            checkTags(inside);
        }
    }
}

const args = process.argv.slice(2);
const hashed = args.indexOf('--hash');
const wanted = hashed < 0 ? undefined : args.splice(hashed, 2)[1];
if (args.length !== 1 || (hashed >= 0 && !/^[0-9a-f]{64}$/.test(wanted || ''))) {
    console.error('usage: check_record FILE [--hash HEX]');
    process.exit(2);
}
const bytes = fs.readFileSync(args[0] === '-' ? 0 : args[0]);
let text = '';
try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
} catch {
    fail('not UTF-8');
}
const reader = new Reader(text);
const record = reader.value();
if (reader.at !== text.length) {
    reader.error('something follows the record');
}
if (!(record instanceof Map) || MEMBERS.some((name) => !record.has(name)) || record.size !== MEMBERS.length) {
    fail(`a record has the members ${MEMBERS.join(', ')}`);
}
checkTags(record);
if (!Buffer.from(canonical(record), 'utf8').equals(bytes)) {
    fail('not in canonical form');
}
const hash = crypto.createHash('sha256').update(bytes).digest('hex');
console.log(hash);
if (wanted !== undefined && wanted !== hash) {
    fail(`the hash is not ${wanted}`);
}
