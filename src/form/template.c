/* template: texts with FEEL in double braces, which form-js calls feelers.
 *
 *     {{expression}}   {{#if condition}}…{{/if}}   {{#loop list}}… {{this}} …{{/loop}}
 *
 * In a loop `this` is the element, and so are the names of its entries when it is a context. What is filled in is plain
 * text: whoever makes HTML of it escapes the whole.
 */
#include "form/form_int.h"

struct parser {
    struct form__loader *l;
    uint32_t scope, depth;
    str rest;
    const struct json *at;
    bool failed;
};

bool form__is_template(str text)
{
    return memmem(text.ptr, text.len, "{{", 2) != NULL;
}

static bool wrong(struct parser *p, str text)
{
    if (!p->failed) {
        form__fail(p->l, ERROR_SYNTAX, p->at, "the template is not closed at \"%.*s\"", STR_ARG(text));
        error_hint(p->l->err, "each {{ has its }}, each {{#if}} and {{#loop}} its {{/if}} and {{/loop}}");
    }
    p->failed = true;
    return false;
}

static const struct form__piece *parse(struct parser *p, const char *closing);

/* What stands between braces; the piece is filled. */
static bool parse_braces(struct parser *p, str inside, struct form__piece *piece)
{
    str text = str_trim(inside);
    const char *closing = NULL;
    piece->kind = FORM__PIECE_VALUE;
    if (str_starts_with(text, STR("#if "))) {
        piece->kind = FORM__PIECE_IF;
        closing = "/if";
    } else if (str_starts_with(text, STR("#loop "))) {
        piece->kind = FORM__PIECE_LOOP;
        closing = "/loop";
    }
    if (closing != NULL) {
        text = str_trim(str_slice(text, strlen(closing) + 1, text.len));
    }
    if (!form__compile(p->l, p->scope, text, p->at, &piece->program)) {
        p->failed = true;
        return false;
    }
    if (closing != NULL) {
        piece->inside = parse(p, closing);
    }
    return !p->failed;
}

/* Up to the closing word, which is taken, or to the end when there is to be none. */
static const struct form__piece *parse(struct parser *p, const char *closing)
{
    const struct form__piece *first = NULL, **end = &first;
    if (++p->depth > LIMIT_FORM_DEPTH) {
        wrong(p, p->rest);
    }
    while (!p->failed && p->rest.len > 0) {
        const char *open = memmem(p->rest.ptr, p->rest.len, "{{", 2);
        size_t plain = open == NULL ? p->rest.len : (size_t)(open - p->rest.ptr);
        struct form__piece *piece = ARENA_NEW(p->l->a, struct form__piece);
        if (plain > 0) {
            piece->text = str_slice(p->rest, 0, plain);
            p->rest = str_slice(p->rest, plain, p->rest.len);
        } else {
            const char *close = memmem(p->rest.ptr, p->rest.len, "}}", 2);
            if (close == NULL) {
                wrong(p, p->rest);
                break;
            }
            str inside = str_slice(p->rest, 2, (size_t)(close - p->rest.ptr));
            p->rest = str_slice(p->rest, inside.len + 4, p->rest.len);
            if (str_starts_with(str_trim(inside), STR("/"))) {
                if (closing == NULL || !str_eq(str_trim(inside), str_of(closing))) {
                    wrong(p, inside);
                }
                p->depth--;
                return first;
            }
            parse_braces(p, inside, piece);
        }
        *end = piece;
        end = &piece->next;
    }
    if (closing != NULL) {
        wrong(p, str_of(closing));
    }
    p->depth--;
    return first;
}

bool form__compile_template(struct form__loader *l, uint32_t scope, str text, const struct json *at,
                            const struct form__piece **ret)
{
    struct parser p = { .l = l, .scope = scope, .rest = text, .at = at };
    *ret = parse(&p, NULL);
    return !p.failed;
}

/* ---- Filling in ---- */

struct filler {
    struct form__state *st;
    struct form__row *row;
    struct buf *out;
};

static void fill_pieces(struct filler *f, const struct form__item *item, const struct form__piece *pieces)
{
    for (const struct form__piece *p = pieces; p != NULL && !f->out->overflow; p = p->next) {
        if (p->kind == FORM__PIECE_PLAIN) {
            buf_add(f->out, p->text);
            continue;
        }
        feel_value v = form__run_with(f->st, f->row, item, p->program);
        if (p->kind == FORM__PIECE_VALUE) {
            buf_add(f->out, form__text_of(f->st->a, v));
        } else if (p->kind == FORM__PIECE_IF) {
            fill_pieces(f, item, feel_is_true(v) ? p->inside : NULL);
        } else if (v.kind == FEEL_LIST) {
            for (uint32_t i = 0; i < v.count; i++) {
                struct form__item inner = { item, v.items[i] };
                fill_pieces(f, &inner, p->inside);
            }
        }
    }
}

feel_value form__fill(struct form__state *st, struct form__row *row, const struct form__piece *pieces)
{
    struct buf out = BUF_INIT(LIMIT_FORM_TEXT);
    struct filler f = { st, row, &out };
    fill_pieces(&f, NULL, pieces);
    if (out.overflow) {
        st->limit = "FORM_TEXT";
    }
    str text = arena_str(st->a, buf_str(&out));
    buf_release(&out);
    return feel_string(text);
}
