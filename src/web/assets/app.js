/* app: what pages can do more with a script. Everything works without it.
 *
 *   .problems              gets the focus, so that a reader begins at what is to be corrected
 *   form                   is sent once, however often the button is pressed
 *   form[data-live]        its <output data-name> are computed by the server while somebody types: the address is given
 *                          the form's fields and answers {"values": {name: text}}
 *   form[data-progress]    shows how far an upload is
 *   input[type=file]       takes files that are dropped on its field
 *   [data-files]           in a form: its files are sent one by one to that address as soon as they are chosen, each
 *                          with its state: waits, n %, checked, or why it was refused; sending the form waits for them
 *   [data-key]             a link, button or radio that the letter chooses; never while an input method composes or in
 *                          a field, and not at all where the reader switched it off (localStorage "keys" = "off")
 *   [data-item]            J and K go from one to the next; in the one they are at, 1, 2, 3 choose a radio, X ticks, O
 *                          opens [data-open], R goes to [data-remark]; E goes to [data-evidence], ? shows [data-help]
 *   [data-events]          the page is loaded again when the stream at that address says "changed"
 *   [data-print]           prints
 */
(function () {
    'use strict';

    function all(selector, act) {
        Array.prototype.forEach.call(document.querySelectorAll(selector), act);
    }

    all('.problems', function (box) {
        box.focus();
    });

    all('[data-print]', function (button) {
        button.hidden = false;
        button.addEventListener('click', function () {
            window.print();
        });
    });

    /* ---- Sending once, with progress ---- */

    var sending = [];

    function progress(form, event) {
        var bar = document.createElement('progress');
        var request = new XMLHttpRequest();
        var data = new FormData(form);
        if (event.submitter && event.submitter.name) {
            data.append(event.submitter.name, event.submitter.value);
        }
        event.preventDefault();
        bar.max = 1;
        bar.setAttribute('aria-label', form.dataset.progress);
        form.appendChild(bar);
        request.upload.onprogress = function (e) {
            if (e.lengthComputable) {
                bar.value = e.loaded / e.total;
            }
        };
        request.onload = function () {
            /* Where it leads on, one goes; a page that is the answer is shown: asked for again it may be another. */
            if (request.status < 400 && request.responseURL && request.responseURL !== form.action) {
                window.location.assign(request.responseURL);
                return;
            }
            document.open();
            document.write(request.responseText);
            document.close();
        };
        request.onerror = function () {
            bar.remove();
            form.removeAttribute('data-sent');
        };
        request.open('POST', form.action);
        request.send(data);
    }

    all('form[method=post]', function (form) {
        form.addEventListener('submit', function (event) {
            if (form.hasAttribute('data-sent') || heldUp(form, event)) {
                event.preventDefault();
                return;
            }
            if (event.submitter && event.submitter.formTarget === '_blank') {
                return; /* to be looked at beside this page, from which it is sent afterwards */
            }
            form.setAttribute('data-sent', '');
            if (form.dataset.progress) {
                progress(form, event);
            }
        });
    });

    /* A page that comes back from the browser's memory can be sent again. */
    window.addEventListener('pageshow', function () {
        all('form[data-sent]', function (form) {
            form.removeAttribute('data-sent');
        });
    });

    all('input[type=file]', function (input) {
        var field = input.closest('.field') || input;
        ['dragover', 'dragleave', 'drop'].forEach(function (name) {
            field.addEventListener(name, function (event) {
                event.preventDefault();
                field.classList.toggle('drop', name === 'dragover');
                if (name === 'drop' && event.dataTransfer.files.length > 0) {
                    input.files = event.dataTransfer.files;
                    input.dispatchEvent(new Event('change', { bubbles: true }));
                }
            });
        });
    });

    /* ---- Files, one by one ---- */

    /* The form is sent once the files are there: by the button that was pressed. */
    function heldUp(form, event) {
        var busy = sending.some(function (one) {
            return one.form === form;
        });
        if (busy) {
            form.waiting = event.submitter || null;
        }
        return busy;
    }

    function stateOf(one, text, bad) {
        one.state.textContent = text;
        one.state.className = bad ? 'error' : 'quiet';
    }

    function sendNext() {
        var one = sending[0], request, data;
        if (!one || one.busy) {
            return;
        }
        one.busy = true;
        request = new XMLHttpRequest();
        data = new FormData();
        ['csrf', '-base'].forEach(function (name) {
            var field = one.form.querySelector('input[name="' + name + '"]');
            if (field) {
                data.append(name, field.value);
            }
        });
        /* Which fields a guest's form has depends on what stands in the others, of which the server keeps nothing. */
        if (one.form.querySelector('[data-guest]')) {
            new FormData(one.form).forEach(function (value, name) {
                if (typeof value === 'string' && !/^(-|(csrf|do|path|file)$)/.test(name)) {
                    data.append(name, value);
                }
            });
        }
        data.append('path', one.path);
        data.append('file', one.file, one.file.name);
        request.upload.onprogress = function (e) {
            if (e.lengthComputable) {
                one.bar.value = e.loaded / e.total;
                stateOf(one, one.words.sending + ' ' + Math.floor(100 * e.loaded / e.total) + ' %');
            }
        };
        request.upload.onload = function () {
            stateOf(one, one.words.checking);
        };
        request.onload = function () {
            ended(one, request);
        };
        request.onerror = function () {
            ended(one, null);
        };
        request.open('POST', one.words.files);
        request.setRequestHeader('Accept', 'application/json');
        request.send(data);
    }

    function answerOf(request) {
        try {
            return JSON.parse(request.responseText);
        } catch (e) {
            return {};
        }
    }

    function ended(one, request) {
        var answer = request ? answerOf(request) : {}, form = one.form;
        if (request && request.status === 409 && one.tries < 2) {
            one.tries++;
            one.busy = false;
            setTimeout(sendNext, 500);
            return;
        }
        sending.shift();
        one.bar.remove();
        if (request && request.status === 200 && answer.hash) {
            received(one, answer);
        } else {
            refused(one, answer.error);
        }
        if (sending.length > 0) {
            sendNext();
        } else if (form.waiting !== undefined && form.requestSubmit && !form.querySelector('.files .error')) {
            form.requestSubmit(form.waiting || undefined);
            delete form.waiting;
        }
    }

    /* The row of a file is its place among those that are there. */
    function removal(one) {
        var button = document.createElement('button');
        button.className = 'plain';
        button.name = 'do';
        button.value = 'remove ' + one.path + ' ' + one.item.parentNode.querySelectorAll('[data-kept]').length;
        button.formNoValidate = true;
        button.textContent = one.words.remove;
        return button;
    }

    function received(one, answer) {
        var base = one.form.querySelector('input[name="-base"]'), kept = document.createElement('input');
        Array.prototype.forEach.call(one.item.parentNode.querySelectorAll('[data-kept]'), function (item) {
            if (!one.input.multiple || item.dataset.kept === answer.hash) {
                item.remove();
            }
        });
        one.item.setAttribute('data-kept', answer.hash);
        stateOf(one, answer.size + ' · ' + (answer.state === 'fine' ? one.words.fine : one.words.held));
        one.name.textContent = answer.name;
        one.item.appendChild(document.createTextNode(' '));
        one.item.appendChild(removal(one));
        if (base && answer.base) {
            base.value = answer.base;
        }
        if (!base && one.form.querySelector('[data-guest]')) {
            kept.type = 'hidden';
            kept.name = '-f ' + one.path;
            kept.value = answer.hash + ' ' + answer.name;
            one.item.appendChild(kept);
        }
    }

    function refused(one, error) {
        var again;
        stateOf(one, error ? error.message + (error.hint ? '; ' + error.hint : '') : one.words.lost, true);
        if (!error) {
            again = document.createElement('button');
            again.type = 'button';
            again.className = 'plain';
            again.textContent = one.words.again;
            again.addEventListener('click', function () {
                again.remove();
                one.tries = 0;
                queue(one);
            });
            one.item.appendChild(again);
        }
        delete one.form.waiting;
    }

    function queue(one) {
        one.busy = false;
        one.item.insertBefore(one.bar, one.state.nextSibling);
        stateOf(one, one.words.waiting);
        sending.push(one);
        sendNext();
    }

    function take(form, input, words, file) {
        var list = input.parentNode.querySelector('.files'), one;
        if (!list) {
            list = document.createElement('ul');
            list.className = 'files';
            input.parentNode.insertBefore(list, input);
        }
        one = { form: form, input: input, words: words, path: input.name, file: file, tries: 0,
                item: document.createElement('li'), name: document.createElement('span'),
                state: document.createElement('span'), bar: document.createElement('progress') };
        one.name.textContent = file.name;
        one.state.setAttribute('role', 'status');
        one.bar.max = 1;
        one.bar.value = 0;
        one.bar.setAttribute('aria-label', file.name);
        one.item.appendChild(one.name);
        one.item.appendChild(document.createTextNode(' '));
        one.item.appendChild(one.state);
        list.appendChild(one.item);
        if (file.size > Number(input.dataset.largest)) {
            stateOf(one, words.large, true);
        } else {
            queue(one);
        }
    }

    /* Also of fields that came when something was chosen. */
    document.addEventListener('change', function (event) {
        var input = event.target, form = input.type === 'file' && input.form;
        var words = form && form.querySelector('[data-files]');
        if (words) {
            Array.prototype.forEach.call(input.files, function (file) {
                take(input.form, input, words.dataset, file);
            });
            input.value = '';
        }
    });

    /* ---- What the server computes ---- */

    function compute(form) {
        fetch(form.dataset.live, { method: 'POST', body: new URLSearchParams(new FormData(form)),
                                   headers: { Accept: 'application/json' } })
            .then(function (answer) {
                return answer.ok ? answer.json() : { values: {} };
            })
            .then(function (answer) {
                Array.prototype.forEach.call(form.querySelectorAll('output[data-name]'), function (output) {
                    if (output.dataset.name in answer.values) {
                        output.textContent = answer.values[output.dataset.name];
                    }
                });
            })
            .catch(function () {
                /* Without the server the figures stay as they were. */
            });
    }

    all('form[data-live]', function (form) {
        var waiting;
        form.addEventListener('input', function (event) {
            if (!event.isComposing) {
                clearTimeout(waiting);
                waiting = setTimeout(compute, 400, form);
            }
        });
    });

    /* ---- Keys ---- */

    function keysAreOff() {
        try {
            return window.localStorage.getItem('keys') === 'off';
        } catch (e) {
            return false;
        }
    }

    /* ---- Items ---- */

    var current = null;

    /* What is marked as an item, and the choices of a task's form. */
    function itemsOfPage() {
        var all = document.querySelectorAll('[data-item], form.task fieldset.field');
        return Array.prototype.filter.call(all, function (e) {
            return !e.parentElement.closest('[data-item]');
        });
    }

    function moveTo(step) {
        var items = itemsOfPage(), at = items.indexOf(current);
        var to = at < 0 ? (step > 0 ? 0 : items.length - 1) : at + step;
        if (to < 0 || to >= items.length) {
            return;
        }
        if (current) {
            current.classList.remove('at');
        }
        current = items[to];
        if (current.closest('details')) {
            current.closest('details').open = true;
        }
        current.classList.add('at');
        current.setAttribute('tabindex', '-1');
        current.focus({ preventScroll: true });
        current.scrollIntoView({ block: 'center' });
    }

    function choose(element) {
        if (element) {
            element.focus();
            element.click();
        }
        return Boolean(element);
    }

    function goTo(selector, place) {
        var element = place && place.querySelector(selector);
        if (element) {
            element.focus();
            element.scrollIntoView({ block: 'nearest' });
        }
        return Boolean(element);
    }

    /* Whether the key meant something. */
    function itemKey(key) {
        var help = document.querySelector('[data-help]');
        switch (key) {
        case 'j':
        case 'k':
            moveTo(key === 'j' ? 1 : -1);
            return true;
        case '1':
        case '2':
        case '3':
            return Boolean(current) && choose(current.querySelectorAll('input[type=radio]')[Number(key) - 1]);
        case 'x': return Boolean(current) && choose(current.querySelector('input[type=checkbox]'));
        case 'o': return Boolean(current) && choose(current.querySelector('[data-open]'));
        case 'r': return goTo('[data-remark]', current) || goTo('[data-remark], textarea', document);
        case 'e': return goTo('[data-evidence]', document);
        case '?':
            if (help) {
                help.open = !help.open;
                help.scrollIntoView({ block: 'nearest' });
            }
            return Boolean(help);
        default: return false;
        }
    }

    document.addEventListener('keydown', function (event) {
        var at = event.target, found;
        if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey ||
            keysAreOff() ||
            (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && at.type !== 'radio' && at.type !== 'checkbox')) {
            return;
        }
        found = Array.prototype.filter.call(document.querySelectorAll('[data-key]'), function (e) {
            return e.dataset.key === event.key.toLowerCase();
        })[0];
        if (found) {
            event.preventDefault();
            found.focus();
            found.click();
        } else if (itemKey(event.key.toLowerCase())) {
            event.preventDefault();
        }
    });

    all('[data-keys]', function (box) {
        box.checked = !keysAreOff();
        box.addEventListener('change', function () {
            window.localStorage.setItem('keys', box.checked ? 'on' : 'off');
        });
    });

    /* ---- Events ---- */

    all('[data-events]', function (place) {
        var stream = new EventSource(place.dataset.events);
        stream.addEventListener('changed', function () {
            stream.close();
            window.location.reload();
        });
    });
})();
