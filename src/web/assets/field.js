/* field: what pages on site can do more with a script; everything works without it.
 *
 *   form[data-queue]   one queue: capture -> queue -> send -> receipt. A picture is hashed on the device, gets the time
 *                      and, where the device tells it, the place, and is sent by itself; the sheet is kept as a draft
 *                      while somebody fills it in. Each item waits until the one before has its receipt; what could not
 *                      be sent is tried again. The receipt has the SHA-256 that the server computed.
 *   .sheet             long lists of choices are searched by words or code; remarks are remembered on this device
 */
(function () {
    'use strict';

    var words = document.documentElement.lang.indexOf('zh') === 0
        ? { search: '按编码或者文字查找', wait: '待发送 ', sent: '已送达', again: '没有网络，稍后重发 ', bad: '收到的内容不一致，重发 ' }
        : { search: 'Search by code or words',
            wait: 'waiting: ', sent: 'received', again: 'no network, sent again soon: ',
            bad: 'other bytes arrived, sent again: ' };

    function all(root, selector, act) {
        Array.prototype.forEach.call(root.querySelectorAll(selector), act);
    }

    /* ---- The queue ---- */

    var items = [], busy = false, state;

    function show(text, bad) {
        if (state) {
            state.hidden = false;
            state.textContent = text;
            state.classList.toggle('bad', Boolean(bad));
        }
    }

    function next() {
        var item = items[0];
        if (busy || !item) {
            return;
        }
        busy = true;
        show(words.wait + items.length);
        fetch(item.address, { method: 'POST', body: item.body, headers: { Accept: 'application/json' } })
            .then(function (answer) {
                return answer.json().then(function (said) {
                    return { ok: answer.ok, status: answer.status, said: said };
                });
            })
            .then(function (answer) {
                busy = false;
                if (answer.status === 409 && item.tries < 3) {
                    item.tries++;
                    show(words.bad + items.length, true);
                    setTimeout(next, 1000);
                    return;
                }
                items.shift();
                if (answer.ok) {
                    show(words.sent + ' ' + String(answer.said.hash).slice(0, 12));
                    item.done(answer.said);
                } else {
                    show(answer.said.error ? answer.said.error.message : String(answer.status), true);
                }
                next();
            })
            .catch(function () {
                busy = false;
                show(words.again + items.length, true);
                setTimeout(next, 5000);
            });
    }

    function queue(address, body, done) {
        items.push({ address: address, body: body, done: done, tries: 0 });
        next();
    }

    /* ---- Pictures ---- */

    function hex(bytes) {
        return Array.prototype.map.call(new Uint8Array(bytes), function (b) {
            return ('0' + b.toString(16)).slice(-2);
        }).join('');
    }

    function place() {
        return new Promise(function (done) {
            if (!navigator.geolocation) {
                done(null);
                return;
            }
            navigator.geolocation.getCurrentPosition(function (p) {
                done(p.coords);
            }, function () {
                done(null);
            }, { timeout: 5000, maximumAge: 60000 });
        });
    }

    function hash(file) {
        return file.arrayBuffer().then(function (bytes) {
            return window.crypto && window.crypto.subtle ? window.crypto.subtle.digest('SHA-256', bytes) : null;
        }).then(function (digest) {
            return digest ? hex(digest) : '';
        });
    }

    function receipt(input, file, said) {
        var line = document.createElement('p');
        line.className = 'sent';
        line.textContent = '✓ ' + file.name + ' ' + said.hash.slice(0, 12) + (said.place ? ' ' + said.place : '');
        input.insertAdjacentElement('afterend', line);
    }

    function send(form, input, file) {
        return Promise.all([hash(file), place()]).then(function (known) {
            var body = new FormData(), at = known[1];
            body.append('csrf', form.elements.csrf.value);
            body.append('path', input.name);
            body.append('hash', known[0]);
            body.append('taken', new Date(file.lastModified || Date.now()).toISOString());
            if (at) {
                body.append('place', at.longitude.toFixed(6) + ',' + at.latitude.toFixed(6));
                body.append('accuracy', String(Math.round(at.accuracy)));
            }
            body.append('photo', file);
            queue(form.dataset.queue + '/photo', body, function (said) {
                receipt(input, file, said);
            });
        });
    }

    function draft(form) {
        var body = new FormData(form);
        all(form, 'input[type=file]', function (input) {
            body.delete(input.name);
        });
        body.append('do', 'save');
        queue(form.dataset.queue, body, function () {});
    }

    all(document, 'form[data-queue]', function (form) {
        var waiting;
        state = form.querySelector('.queue');
        form.addEventListener('change', function (event) {
            var input = event.target;
            if (input.type === 'file') {
                Array.prototype.forEach.call(input.files, function (file) {
                    send(form, input, file);
                });
                input.value = '';
            }
        });
        form.addEventListener('input', function (event) {
            if (!event.isComposing && event.target.type !== 'file' && !event.target.dataset.search) {
                clearTimeout(waiting);
                waiting = setTimeout(draft, 2000, form);
            }
        });
        form.addEventListener('submit', function () {
            clearTimeout(waiting);
        });
    });

    /* ---- Long lists of choices ---- */

    function searching(act) {
        var input = document.createElement('input');
        input.type = 'search';
        input.dataset.search = '1';
        input.placeholder = words.search;
        input.setAttribute('aria-label', words.search);
        input.addEventListener('input', function () {
            var wanted = input.value.trim().toLowerCase().split(/\s+/);
            act(function (text) {
                return wanted.every(function (word) {
                    return text.toLowerCase().indexOf(word) >= 0;
                });
            });
        });
        return input;
    }

    all(document, '.sheet fieldset.field', function (field) {
        var select = field.querySelector('select'), choices = field.querySelectorAll('.choice'), box;
        if (select && select.options.length > 20) {
            box = searching(function (fits) {
                Array.prototype.forEach.call(select.options, function (option) {
                    option.hidden = option.value !== '' && !option.selected && !fits(option.text);
                });
            });
            select.insertAdjacentElement('beforebegin', box);
        } else if (choices.length > 20) {
            box = searching(function (fits) {
                Array.prototype.forEach.call(choices, function (choice) {
                    choice.hidden = !choice.querySelector('input').checked && !fits(choice.textContent);
                });
            });
            choices[0].insertAdjacentElement('beforebegin', box);
            field.classList.add('long');
        }
    });

    /* ---- Remarks that were used before ---- */

    function remembered() {
        try {
            return JSON.parse(window.localStorage.getItem('remarks') || '[]');
        } catch (e) {
            return [];
        }
    }

    all(document, '.sheet[data-queue]', function (form) {
        var list = document.createElement('datalist');
        list.id = 'remarks';
        remembered().forEach(function (text) {
            var option = document.createElement('option');
            option.value = text;
            list.appendChild(option);
        });
        form.appendChild(list);
        all(form, 'textarea', function (area) {
            var pick = document.createElement('input');
            if (list.children.length === 0) {
                return;
            }
            pick.setAttribute('list', 'remarks');
            pick.dataset.search = '1';
            pick.className = 'remark';
            pick.placeholder = '…';
            pick.setAttribute('aria-label', area.name);
            pick.addEventListener('change', function () {
                area.value += pick.value;
                pick.value = '';
            });
            area.insertAdjacentElement('afterend', pick);
        });
        form.addEventListener('submit', function () {
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
        });
    });
})();
