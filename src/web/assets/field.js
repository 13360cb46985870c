/* field: what pages on site can do more with a script; everything works without it.
 *
 *   .queue             one queue for all pages: capture → queue → send → receipt. What is taken is kept on the
 *                      device (IndexedDB) before anything else happens, survives the closing of the page, and leaves
 *                      the device only after the server's receipt, which has the SHA-256 that the server computed. One
 *                      window sends at a time (a lease in the same database). Sending twice does no harm: the server
 *                      knows a picture by its hash. Its data-… are the sentences; in them @n is a number, @s a size,
 *                      @t a time, @r a reason.
 *   form[data-queue]   a sheet: pictures go into the queue with their time, place and hash; the sheet is kept as a
 *                      draft while it is filled in, and drawn anew when the server has it
 *   form[data-look]    a form that is drawn anew by itself when something is chosen
 *   .sheet             long lists of choices are folded and searched; remarks are remembered on this device
 *
 * An item of the queue: {id, who, task, kind: "picture" or "draft", at, name, size, state, reason}, a picture also
 * {path, hash, taken, chosen, place, accuracy, nowhere, blob}, a draft {fields, before, base, page, edit}: the instant
 * and the fields of the draft that it takes the place of, the page that it is of, which alone sends it while that is
 * there, and how many edits that page had seen. state: "taking" (place and hash are not known yet), "waits",
 * "refused" (the server does not want it: a person decides), "conflict"
 * (another page was faster, and both drafts are kept: likewise).
 */
(function () {
    'use strict';

    var RETRY = 10000, LEASE = 30000, AGAIN = 1000, TAKING = 15000, LEFT = 60000, OLD = 86400000, IDLE = 1500;
    var page = Math.random().toString(36).slice(2);
    var box = document.querySelector('.queue'), sheet = document.querySelector('form[data-queue]');
    var say = (box || document.querySelector('.sheet') || document.body).dataset;

    function all(root, selector, act) {
        Array.prototype.forEach.call(root.querySelectorAll(selector), act);
    }

    function element(name, text, act) {
        var e = document.createElement(name);
        e.textContent = text;
        if (act) {
            e.type = 'button';
            e.className = 'plain';
            e.addEventListener('click', act);
        }
        return e;
    }

    /* ---- What is kept on the device ---- */

    var opened;

    function database() {
        opened = opened || new Promise(function (done, fail) {
            var request = window.indexedDB.open('field', 1);
            request.onupgradeneeded = function () {
                request.result.createObjectStore('items', { keyPath: 'id' });
                request.result.createObjectStore('lease', { keyPath: 'id' });
            };
            request.onsuccess = function () { done(request.result); };
            request.onerror = function () { fail(request.error); };
        });
        return opened;
    }

    /* Runs act(store) in one transaction; the promise has what the request that it returns has found. */
    function within(name, mode, act) {
        return database().then(function (db) {
            return new Promise(function (done, fail) {
                var transaction = db.transaction(name, mode), request = act(transaction.objectStore(name));
                transaction.oncomplete = function () { done(request && request.result); };
                transaction.onerror = transaction.onabort = function () { fail(transaction.error); };
            });
        });
    }

    function keep(item) {
        return within('items', 'readwrite', function (s) { return s.put(item); });
    }

    function drop(item) {
        return within('items', 'readwrite', function (s) { return s.delete(item.id); });
    }

    /* Those of whoever is logged in, the oldest first. */
    function mine() {
        return within('items', 'readonly', function (s) { return s.getAll(); }).then(function (items) {
            return items.filter(function (i) { return i.who === say.who; })
                .sort(function (a, b) { return a.at - b.at || (a.id < b.id ? -1 : 1); });
        });
    }

    /* The window outlives its pages: a page that was left while it sent does not keep out the one that follows it. */
    function window_id() {
        try {
            window.sessionStorage.field = window.sessionStorage.field || page;
            return window.sessionStorage.field;
        } catch (e) {
            return page;
        }
    }

    /* True for the one window that may send now; it asks again while it sends. */
    function lease() {
        var got = false, own = window_id();
        return within('lease', 'readwrite', function (s) {
            var request = s.get('send');
            request.onsuccess = function () {
                var held = request.result;
                if (!held || held.window === own || held.until < Date.now()) {
                    got = true;
                    s.put({ id: 'send', window: own, until: Date.now() + LEASE });
                }
            };
        }).then(function () { return got; });
    }

    function release() {
        var own = window_id();
        return within('lease', 'readwrite', function (s) {
            var request = s.get('send');
            request.onsuccess = function () {
                if (request.result && request.result.window === own) {
                    s.delete('send');
                }
            };
        });
    }

    /* ---- What is said of it ---- */

    var sending = false, flight = Promise.resolve(), trouble = '', told = '', next;

    function fill(sentence, values) {
        return sentence.replace(/@([a-z])/g, function (whole, name) { return name in values ? values[name] : whole; });
    }

    function size_of(bytes) {
        return bytes < 1048576 ? Math.ceil(bytes / 1024) + ' KB' : (bytes / 1048576).toFixed(1) + ' MB';
    }

    function time_of(ms) {
        var minutes = Math.floor(ms / 60000);
        return minutes < 60 ? fill(say.minutes, { n: minutes })
            : minutes < 2880 ? fill(say.hours, { n: Math.floor(minutes / 60) })
                : fill(say.days, { n: Math.floor(minutes / 1440) });
    }

    function is_here(item) {
        return sheet && item.task === sheet.dataset.queue;
    }

    /* What a person has to decide on. */
    function line(item) {
        var conflict = item.state === 'conflict', text = item.kind === 'draft' ? say.draft : item.name;
        var p = element('p', text + ' ' + size_of(item.size) + ' · '
            + (conflict ? say.conflict : fill(say.refused, { r: item.reason })) + ' ');
        if (conflict && is_here(item)) {
            p.appendChild(element('button', say.mine, function () { insist(item); }));
            p.appendChild(document.createTextNode(' '));
        } else if (conflict) {
            var link = document.createElement('a');
            link.href = item.task;
            link.textContent = say.open;
            p.appendChild(link);
            return p;
        }
        p.appendChild(element('button', conflict ? say.theirs : say.drop, function () { drop(item).then(show); }));
        return p;
    }

    function draw(items) {
        var waits = items.filter(function (i) { return i.state === 'waits' || i.state === 'taking'; });
        var asked = items.filter(function (i) { return waits.indexOf(i) < 0; });
        var bytes = items.reduce(function (sum, i) { return sum + i.size; }, 0);
        var age = items.length > 0 ? Date.now() - items[0].at : 0, head = '';
        if (waits.length > 0) {
            head = fill(sending && !trouble ? say.sending : say.waits, { n: waits.length, s: size_of(bytes),
                t: time_of(Date.now() - waits[0].at) });
        }
        var text = [head, items.length > 0 ? trouble : '', age > OLD ? say.old : '', items.length === 0 ? told : '']
            .filter(Boolean).join('. ');
        box.textContent = '';
        box.hidden = text === '' && items.length === 0;
        box.classList.toggle('bad', items.length > 0 && (Boolean(trouble) || age > OLD || asked.length > 0));
        if (text) {
            box.appendChild(element('p', text));
        }
        asked.forEach(function (i) { box.appendChild(line(i)); });
        if (items.length > 0 && (trouble || asked.length > 0)) {
            var ways = element('p', '');
            ways.appendChild(element('button', say.retry, send));
            ways.appendChild(document.createTextNode(' '));
            ways.appendChild(element('button', say['export'], save_file));
            box.appendChild(ways);
        }
        box.dataset.pictures = String(items.filter(function (i) { return i.kind === 'picture' && is_here(i); }).length);
    }

    function show() {
        return box ? mine().then(draw, function () {
            box.hidden = false;
            box.classList.add('bad');
            box.textContent = say.unkept;
        }) : Promise.resolve();
    }

    /* ---- Sending ---- */

    function csrf() {
        var input = document.querySelector('input[name=csrf]');
        return input ? input.value : '';
    }

    function body_of(item) {
        var body = new FormData();
        body.append('csrf', csrf());
        if (item.kind === 'draft') {
            item.fields.forEach(function (pair) { body.append(pair[0], pair[1]); });
            if (item.before !== '') {
                body.append('-at', item.before);
            }
            body.append('do', 'save');
        } else {
            ['path', 'hash', 'taken', 'chosen', 'place', 'accuracy', 'nowhere'].forEach(function (name) {
                if (item[name]) {
                    body.append(name, item[name]);
                }
            });
            body.append('photo', new File([item.blob], item.name, { type: item.blob.type }));
        }
        return body;
    }

    /* "done", "again" (later), "login", or why the server does not want it. */
    function post(item) {
        return fetch(item.task + (item.kind === 'draft' ? '' : '/photo'), { method: 'POST', body: body_of(item),
            headers: { Accept: 'application/json' }, redirect: 'manual' }).then(function (answer) {
            if (answer.type === 'opaqueredirect' || answer.status === 401) {
                return { end: 'login' };
            }
            return answer.json().catch(function () { return {}; }).then(function (said) {
                var reason = said.error ? said.error.message : String(answer.status);
                return answer.ok ? { end: 'done', said: said }
                    : answer.status >= 500 || answer.status === 429 ? { end: 'again' }
                        : { end: answer.status === 409 ? 'changed' : 'refused', reason: reason };
            });
        }, function () {
            return { end: 'offline' };
        });
    }

    /* A picture changes nothing in the fields of any page; a draft has those of one. */
    function is_of(item, which) {
        return item.kind === 'picture' || item.page === which;
    }

    /* May this page send it now? */
    function is_due(item) {
        var age = Date.now() - item.at, left = item.kind === 'picture' ? TAKING : LEFT;
        return item.state === 'waits' ? item.kind === 'picture' || item.page === page || age > left
            : item.state === 'taking' && age > left;
    }

    /* What was sent goes, unless a newer draft has taken its place; a draft that waits then takes the place of what the
     * server has now, if nobody else was in between. */
    function remove(item, said) {
        var was = item.kind === 'draft' ? item.before : said.was, id = draft_id(item.task);
        return within('items', 'readwrite', function (s) {
            var request = s.get(item.id);
            request.onsuccess = function () {
                if (request.result && request.result.at === item.at) {
                    s.delete(item.id);
                }
                var next = s.get(id);
                next.onsuccess = function () {
                    if (next.result && next.result.before === was && is_of(item, next.result.page)) {
                        next.result.before = said.at;
                        s.put(next.result);
                    }
                };
            };
        }).then(function () {
            var field = is_here(item) ? sheet.elements['-at'] : null;
            if (field && field.value === was && is_of(item, page)) {
                field.value = said.at;
            }
        });
    }

    /* The draft of the server is not the one that this one was to take the place of. Where its fields are those all the
     * same, or ours already, only a receipt was lost, or a picture came in between: this one takes its place. */
    function rebase(item) {
        var was = item.before;
        return fetch(item.task).then(function (answer) {
            return answer.ok ? answer.text() : '';
        }).then(function (html) {
            var form = new DOMParser().parseFromString(html, 'text/html').querySelector('form[data-queue]');
            var has = form && text_of_fields(fields_of(form)), field = is_here(item) ? sheet.elements['-at'] : null;
            if (!form || (has !== item.base && has !== text_of_fields(item.fields))) {
                return false;
            }
            item.before = form.elements['-at'].value;
            if (field && field.value === was) {
                field.value = item.before;
            }
            return within('items', 'readwrite', function (s) {
                var request = s.get(item.id);
                request.onsuccess = function () {
                    if (request.result && request.result.before === was) {
                        s.put(Object.assign(request.result, { before: item.before, tries: item.tries }));
                    }
                };
            }).then(function () { return true; });
        }, function () { return true; }); /* no network: later */
    }

    function settle(item, answer) {
        if (answer.end === 'done') {
            return remove(item, answer.said).then(function () { arrived(item, answer.said); });
        }
        item.tries = (item.tries || 0) + 1;
        if (answer.end === 'changed' && item.kind === 'picture' && item.tries < 5) {
            return keep(item); /* the draft was changed while the picture was on its way: once more */
        }
        if (answer.end === 'changed' && item.kind === 'draft' && item.tries < 5) {
            return rebase(item).then(function (mended) { return mended || refuse(item, answer); });
        }
        return refuse(item, answer);
    }

    /* A person decides. */
    function refuse(item, answer) {
        item.state = answer.end === 'changed' && item.kind === 'draft' ? 'conflict' : 'refused';
        item.reason = answer.reason;
        return item.state !== 'conflict' ? keep(item) : drop(item).then(function () {
            item.id = 'conflict ' + item.id + ' ' + item.at; /* the next draft must not take its place */
            return keep(item);
        });
    }

    /* How an attempt ends: in how many milliseconds there is to be another one. */
    function attempt(got) {
        return (got ? mine() : Promise.resolve([])).then(function (items) {
            var item = items.filter(is_due)[0];
            if (!item) {
                return got ? RETRY : AGAIN; /* somebody else sends just now */
            }
            draw(items);
            return post(item).then(function (answer) {
                trouble = answer.end === 'login' ? say.login
                    : answer.end === 'offline' || answer.end === 'again' ? say.offline : '';
                return trouble ? RETRY : settle(item, answer).then(function () { return 0; });
            });
        });
    }

    /* Sends what waits, one after the other, until nothing does or something stands in the way. */
    function send() {
        if (sending || !box) {
            return Promise.resolve();
        }
        sending = true;
        clearTimeout(next);
        flight = lease().then(attempt).then(function (wait) {
            sending = false;
            if (wait === 0) {
                return send();
            }
            next = setTimeout(send, wait);
            return release().then(show);
        }, function () {
            sending = false;
            next = setTimeout(send, RETRY);
            return show();
        });
        return flight;
    }

    /* ---- A file in place of the network ---- */

    function text_of(blob) {
        return new Promise(function (done) {
            var reader = new FileReader();
            reader.onload = function () { done(reader.result); };
            reader.readAsDataURL(blob);
        });
    }

    function save_file() {
        mine().then(function (items) {
            return Promise.all(items.map(function (item) {
                var copy = Object.assign({}, item);
                return item.blob ? text_of(item.blob).then(function (data) {
                    copy.blob = data;
                    return copy;
                }) : copy;
            }));
        }).then(function (items) {
            var link = document.createElement('a');
            link.href = URL.createObjectURL(new Blob([JSON.stringify({ format: 'gongshi field 1', items: items })],
                { type: 'application/json' }));
            link.download = 'unsent-' + new Date().toISOString().slice(0, 16).replace(':', '') + '.json';
            link.click();
        });
    }

    function blob_of(data) {
        var comma = data.indexOf(','), bytes = atob(data.slice(comma + 1)), raw = new Uint8Array(bytes.length);
        for (var i = 0; i < bytes.length; i++) {
            raw[i] = bytes.charCodeAt(i);
        }
        return new Blob([raw], { type: data.slice(5, comma).split(';')[0] });
    }

    /* A file that was saved on another device, by the same person. */
    function take_file(file) {
        return file.text().then(function (text) {
            var saved = JSON.parse(text);
            return Promise.all((saved.format === 'gongshi field 1' ? saved.items : []).map(function (item) {
                item.blob = item.blob && blob_of(item.blob);
                item.who = say.who;
                return keep(item);
            }));
        }).then(send, send);
    }

    function offer_file() {
        var label = element('label', say['import'] + ' '), input = document.createElement('input');
        input.type = 'file';
        input.accept = '.json,application/json';
        input.addEventListener('change', function () {
            if (input.files[0]) {
                take_file(input.files[0]);
                input.value = '';
            }
        });
        label.className = 'take quiet';
        label.appendChild(input);
        box.insertAdjacentElement('afterend', label);
    }

    /* ---- Pictures ---- */

    function hash_of(file) {
        return file.arrayBuffer().then(function (bytes) {
            return window.crypto && window.crypto.subtle ? window.crypto.subtle.digest('SHA-256', bytes) : null;
        }).then(function (digest) { /* without https there is no digest; the server makes one */
            return digest ? Array.prototype.map.call(new Uint8Array(digest), function (b) {
                return ('0' + b.toString(16)).slice(-2);
            }).join('') : '';
        });
    }

    /* Where the device is, or why it does not say. */
    function place() {
        return new Promise(function (done) {
            if (!navigator.geolocation) {
                done({ nowhere: 'missing' });
                return;
            }
            navigator.geolocation.getCurrentPosition(function (p) {
                done({ place: p.coords.latitude.toFixed(6) + ',' + p.coords.longitude.toFixed(6),
                    accuracy: String(Math.round(p.coords.accuracy)) });
            }, function (error) {
                done({ nowhere: error.code === 1 ? 'denied' : error.code === 3 ? 'late' : 'missing' });
            }, { enableHighAccuracy: true, timeout: 8000, maximumAge: 60000 });
        });
    }

    /* China's time with its offset, as the server writes it. */
    function instant(ms) {
        return new Date(ms + 28800000).toISOString().slice(0, 19) + '+08:00';
    }

    /* Kept at once; place and hash follow, since the page may be closed before they are known. */
    function capture(form, input, file, number) {
        var now = Date.now(), item = { id: 'picture ' + now + ' ' + page + ' ' + number, who: say.who, kind: 'picture',
            task: form.dataset.queue, path: input.name, name: file.name, size: file.size, blob: file, state: 'taking',
            at: now, taken: instant(file.lastModified || now), chosen: instant(now) };
        return keep(item).then(function () {
            input.value = '';
            return Promise.all([hash_of(file), place(), show()]);
        }).then(function (known) {
            return keep(Object.assign(item, { hash: known[0], state: 'waits' }, known[1]));
        });
    }

    function receipt(item, said) {
        var input = sheet && Array.prototype.filter.call(sheet.querySelectorAll('input[type=file]'), function (i) {
            return i.name === item.path;
        })[0];
        if (input) {
            var nowhere = item.nowhere === 'denied' ? say.denied : item.nowhere ? say.unplaced : '';
            var p = element('p', '✓ ' + item.name + ' ' + said.hash.slice(0, 12) + ' · ' + (item.place
                ? item.place + ' ±' + item.accuracy + ' m' : nowhere));
            p.className = 'sent';
            input.insertAdjacentElement('afterend', p);
        }
    }

    /* ---- The sheet as a draft ---- */

    var typed = 0, edits = 0, base = '', waiting, renewing;

    function fields_of(form) {
        var fields = [];
        new FormData(form).forEach(function (value, name) {
            if (typeof value === 'string' && name !== 'csrf' && name !== '-at') {
                fields.push([name, value]);
            }
        });
        return fields;
    }

    /* What can be compared: names with "-" are of the page, not of the sheet. */
    function text_of_fields(fields) {
        return JSON.stringify(fields.filter(function (pair) { return pair[0].charAt(0) !== '-'; }));
    }

    function draft_id(task) {
        return 'draft ' + say.who + ' ' + task;
    }

    function draft(form) {
        var fields = fields_of(form);
        return keep({ id: draft_id(form.dataset.queue), who: say.who, kind: 'draft', at: Date.now(),
            task: form.dataset.queue, name: '', size: JSON.stringify(fields).length, fields: fields, state: 'waits',
            before: form.elements['-at'].value, base: base, page: page, edit: edits }).then(send);
    }

    function restore(form, fields) {
        var names = {};
        fields.forEach(function (pair) {
            (names[pair[0]] = names[pair[0]] || []).push(pair[1]);
        });
        Array.prototype.forEach.call(form.elements, function (e) {
            if (!e.name || e.type === 'file' || e.type === 'hidden' || e.tagName === 'BUTTON') {
                return;
            }
            if (e.type === 'checkbox' || e.type === 'radio') {
                e.checked = (names[e.name] || []).indexOf(e.value) >= 0;
            } else if (names[e.name]) {
                e.value = names[e.name][0];
            }
        });
    }

    /* ---- Drawing the form anew ---- */

    function parsed(form, html) {
        return new DOMParser().parseFromString(html, 'text/html').getElementById(form.id);
    }

    /* What is remarked on the fields, without touching the fields. */
    function renew_remarks(form, fresh) {
        all(form, '.hint.warn, #remarks', function (old) { old.remove(); });
        all(fresh, '.hint.warn', function (remark) {
            var field = remark.closest('.field').querySelector('[name]:not(button)');
            var own = field && form.elements[field.name], first = own && (own.nodeType ? own : own[0]);
            var place = first && first.closest('.field');
            if (place) {
                place.querySelector('label, legend').insertAdjacentElement('afterend', remark);
            }
        });
        all(fresh, '#remarks', function (remarks) {
            form.querySelector('.queue').insertAdjacentElement('afterend', remarks);
        });
    }

    function redraw(form, html) {
        var fresh = parsed(form, html), queue = form.querySelector('.queue');
        var at = document.activeElement, id = form.contains(at) ? at.id : '';
        var open = Array.prototype.map.call(form.querySelectorAll('details[open][data-fold]'), function (d) {
            return d.dataset.fold;
        });
        if (!fresh) {
            return;
        }
        var bar = fresh.querySelector('.queue');
        if (queue && bar) {
            bar.replaceWith(queue);
        }
        base = text_of_fields(fields_of(fresh));
        /* The camera may be open for one of these: what it takes comes to this very element. */
        all(form, 'input[type=file]', function (old) {
            var same = Array.prototype.filter.call(fresh.querySelectorAll('input[type=file]'), function (input) {
                return input.name === old.name;
            })[0];
            if (same) {
                same.replaceWith(old);
            }
        });
        form.replaceChildren.apply(form, Array.prototype.slice.call(fresh.childNodes));
        improve(form);
        all(form, 'details[data-fold]', function (d) { d.open = open.indexOf(d.dataset.fold) >= 0; });
        if (id && document.getElementById(id)) {
            document.getElementById(id).focus({ preventScroll: true });
        }
    }

    /* Text under the fingers is left alone. */
    function idle(form) {
        var at = document.activeElement, writes = form.contains(at) && /^(TEXTAREA|INPUT)$/.test(at.tagName)
            && !/^(checkbox|radio|file|submit)$/.test(at.type);
        return Date.now() - typed > (writes ? 4 * IDLE : IDLE);
    }

    /* Puts a draft in the place of whatever draft the server has. */
    function insist(item) {
        fetch(window.location.pathname).then(function (answer) { return answer.text(); }).then(function (html) {
            sheet.elements['-at'].value = parsed(sheet, html).elements['-at'].value;
            restore(sheet, item.fields);
            return draft(sheet).then(function () { return drop(item); }).then(show);
        }, show);
    }

    /* Brings the sheet to what the server makes of the draft: remarks at once, fields that come and go once nobody
     * writes. What was edited since the draft was taken is not in it yet: then the next one brings it. */
    function renew(form, edit) {
        clearTimeout(renewing);
        fetch(window.location.pathname).then(function (answer) {
            return answer.ok ? answer.text() : '';
        }).then(function (html) {
            var fresh = html && parsed(form, html);
            if (fresh && edit === edits && idle(form)) {
                redraw(form, html);
            } else if (fresh) {
                renew_remarks(form, fresh);
                renewing = edit === edits ? setTimeout(renew, 2 * IDLE, form, edit) : 0;
            }
        }, function () { /* it stays as it is */ });
    }

    function arrived(item, said) {
        told = say.sent;
        if (!is_here(item)) {
            return;
        }
        if (item.kind === 'picture') {
            receipt(item, said);
        } else {
            base = text_of_fields(item.fields);
            renew(sheet, item.edit);
        }
    }

    function look(form) {
        var body = new FormData(form);
        body.append('do', form.dataset.look);
        fetch(form.action, { method: 'POST', body: body }).then(function (answer) {
            return answer.ok ? answer.text() : '';
        }).then(function (html) {
            if (html) {
                redraw(form, html);
            }
        }, function () { /* the button does the same */ });
    }

    /* ---- Long lists of choices ---- */

    function searching(act) {
        var input = document.createElement('input');
        input.type = 'search';
        input.dataset.search = '1';
        input.placeholder = say.search || '';
        input.setAttribute('aria-label', say.search || '');
        input.addEventListener('input', function () {
            var wanted = input.value.trim().toLowerCase().split(/\s+/);
            act(function (text) {
                return wanted.every(function (word) { return text.toLowerCase().indexOf(word) >= 0; });
            });
        });
        return input;
    }

    /* Beyond six choices they are folded away behind how many are chosen. */
    function fold(field, choices) {
        var details = document.createElement('details'), summary = element('summary', '');
        var inner = document.createElement('div');
        function count() {
            summary.textContent = fill(say.chosen, { n: field.querySelectorAll('input:checked').length });
        }
        details.dataset.fold = choices[0].querySelector('input').name;
        choices[0].insertAdjacentElement('beforebegin', details);
        details.appendChild(summary);
        details.appendChild(inner);
        Array.prototype.forEach.call(choices, function (choice) { inner.appendChild(choice); });
        field.addEventListener('change', count);
        count();
        return inner;
    }

    function improve_field(field) {
        var select = field.querySelector('select'), choices = field.querySelectorAll('.choice');
        if (select && select.options.length > 20) {
            select.insertAdjacentElement('beforebegin', searching(function (fits) {
                Array.prototype.forEach.call(select.options, function (option) {
                    option.hidden = option.value !== '' && !option.selected && !fits(option.text);
                });
            }));
        } else if (choices.length > 6 && say.chosen && choices[0].querySelector('[type=checkbox]')) {
            var inner = fold(field, choices);
            if (choices.length > 20) {
                inner.insertBefore(searching(function (fits) {
                    Array.prototype.forEach.call(choices, function (choice) {
                        choice.hidden = !choice.querySelector('input').checked && !fits(choice.textContent);
                    });
                }), inner.firstChild);
                field.classList.add('long');
            }
        }
    }

    /* ---- Remarks that were used before ---- */

    function remembered() {
        try {
            return JSON.parse(window.localStorage.getItem('remarks') || '[]');
        } catch (e) {
            return [];
        }
    }

    function remember(form) {
        var texts = remembered();
        all(form, 'textarea', function (area) {
            var text = area.value.trim();
            if (text && text.length < 200 && texts.indexOf(text) < 0) {
                texts.unshift(text);
            }
        });
        try {
            window.localStorage.setItem('remarks', JSON.stringify(texts.slice(0, 30)));
        } catch (e) {
            /* Without storage nothing is remembered. */
        }
    }

    function offer_remarks(form) {
        var list = document.createElement('datalist');
        list.id = 'remarks-used';
        remembered().forEach(function (text) { list.appendChild(element('option', '')).value = text; });
        form.appendChild(list);
        all(form, list.children.length > 0 ? 'textarea' : 'none', function (area) {
            var pick = document.createElement('input');
            pick.setAttribute('list', list.id);
            pick.dataset.search = '1';
            pick.className = 'remark';
            pick.placeholder = say.phrase;
            pick.setAttribute('aria-label', say.phrase);
            pick.addEventListener('change', function () {
                area.value += pick.value;
                pick.value = '';
                area.dispatchEvent(new Event('input', { bubbles: true }));
            });
            area.insertAdjacentElement('afterend', pick);
        });
    }

    /* ---- Sheets ---- */

    var waited = false;

    /* Acts when the promise has ended, or after a while. */
    function once(promise, act) {
        Promise.race([promise, new Promise(function (done) { setTimeout(done, AGAIN * 5); })]).then(act, act);
    }

    /* Not yet: and it can be sent again. */
    function hold(form, event) {
        event.preventDefault();
        form.removeAttribute('data-sent');
    }

    /* By the same button, which may have been drawn anew. */
    function submit_anew(form, button) {
        var same = Array.prototype.filter.call(form.elements, function (e) {
            return button && e.tagName === 'BUTTON' && e.name === button.name && e.value === button.value;
        })[0];
        waited = true;
        if (form.requestSubmit) {
            form.requestSubmit(same);
        } else if (same) {
            same.click();
        }
        waited = false;
    }

    function improve(form) {
        all(form, 'fieldset.field', improve_field);
        if (form.dataset.queue) {
            all(form, 'input[type=file][accept="image/*"]', function (input) {
                input.setAttribute('capture', 'environment');
            });
            offer_remarks(form);
        }
    }

    function is_own(event) {
        return event.target.type !== 'file' && !event.target.dataset.search;
    }

    function begin_sheet(form) {
        form.addEventListener('change', function (event) {
            var input = event.target;
            if (input.type === 'file') {
                Promise.all(Array.prototype.map.call(input.files, function (file, i) {
                    return capture(form, input, file, i);
                })).then(send, show); /* where nothing is kept, the file goes with the form */
            } else if (is_own(event)) {
                edits++;
                typed = 0; /* chosen, not typed: the sheet may be drawn anew at once */
                clearTimeout(waiting);
                waiting = setTimeout(draft, 200, form);
            }
        });
        form.addEventListener('input', function (event) {
            if (is_own(event)) {
                edits++;
                typed = Date.now();
                clearTimeout(waiting);
                waiting = event.isComposing ? 0 : setTimeout(draft, 2000, form);
            }
        });
        /* What is sent has the sheet itself; a picture that is still on its way would be missing in it. A draft that is
         * on its way comes first: the sheet takes its place, and not that of the one before it. */
        form.addEventListener('submit', function (event) {
            var offline = navigator.onLine === false, sends = event.submitter && event.submitter.value === 'send';
            clearTimeout(waiting);
            remember(form);
            if (sending && !offline && !waited) {
                hold(form, event);
                once(flight, function () { submit_anew(form, event.submitter); });
            } else if (offline || (sends && Number(box.dataset.pictures) > 0)) {
                hold(form, event);
                draft(form).then(show).then(function () {
                    box.hidden = false;
                    box.insertBefore(element('p', offline ? say.offline : say.hold), box.firstChild);
                });
            } else {
                drop({ id: draft_id(form.dataset.queue) });
            }
        });
        base = text_of_fields(fields_of(form));
        mine().then(function (items) {
            var own = items.filter(function (i) { return i.id === draft_id(form.dataset.queue); })[0];
            if (own && own.state === 'waits') {
                keep(Object.assign(own, { page: page, edit: edits })).then(send);
                restore(form, own.fields);
                box.insertAdjacentElement('afterend', element('p', say.restored));
            }
        });
    }

    all(document, '.sheet', improve);
    if (sheet) {
        begin_sheet(sheet);
    }
    all(document, 'form[data-look]', function (form) {
        form.addEventListener('change', function (event) {
            if (/^(radio|checkbox|select-one)$/.test(event.target.type)) {
                look(form);
            }
        });
    });
    if (box && window.indexedDB) {
        if (!sheet) {
            offer_file();
        }
        show().then(send);
        window.addEventListener('online', send);
        document.addEventListener('visibilitychange', function () {
            if (!document.hidden) {
                send();
            }
        });
    } else if (box) {
        box.hidden = false;
        box.textContent = say.unkept;
    }
})();
