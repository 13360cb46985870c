/* app: what pages can do more with a script. Everything works without it.
 *
 *   .problems              gets the focus, so that a reader begins at what is to be corrected
 *   form                   is sent once, however often the button is pressed
 *   form[data-live]        its <output data-name> are computed by the server while somebody types: the address is given
 *                          the form's fields and answers {"values": {name: text}}
 *   form[data-progress]    shows how far an upload is
 *   input[type=file]       takes files that are dropped on its field
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
            if (request.status < 400) {
                window.location.assign(request.responseURL || window.location.href);
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
            if (form.hasAttribute('data-sent')) {
                event.preventDefault();
                return;
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
                }
            });
        });
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

    function moveTo(step) {
        var items = Array.prototype.slice.call(document.querySelectorAll('[data-item]'));
        var at = items.indexOf(current), to = at < 0 ? (step > 0 ? 0 : items.length - 1) : at + step;
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
