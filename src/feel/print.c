/* print: values and types as FEEL text, which gives the value again when it is read (functions of FEEL excepted:
 * only their parameters are shown).
 */
#include "feel/program_int.h"

static void print(feel_value v, struct buf *out);

/* ---- Strings and names ---- */

/* DMN 1.5, grammar rule 64. Controls become escapes, so that a text stays on one line. */
static void print_string(str s, struct buf *out)
{
    buf_addc(out, '"');
    for (size_t i = 0; i < s.len && !out->overflow; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        switch (c) {
        case '"': buf_addz(out, "\\\""); break;
        case '\\': buf_addz(out, "\\\\"); break;
        case '\n': buf_addz(out, "\\n"); break;
        case '\r': buf_addz(out, "\\r"); break;
        case '\t': buf_addz(out, "\\t"); break;
        default:
            if (c < 0x20 || c == 0x7F) {
                buf_printf(out, "\\u%04X", c);
            } else {
                buf_addc(out, (char)c);
            }
        }
    }
    buf_addc(out, '"');
}

/* True for words with a space between each two, none of them a keyword: the parser takes them for a key as they
 * stand. Other names are quoted. */
static bool is_plain_name(str name)
{
    const char *p = name.ptr, *end = name.ptr + name.len;
    while (p < end) {
        uint32_t n = feel__word(p, end);
        if (n == 0 || feel__is_keyword((str){ p, n })) {
            return false;
        }
        p += n;
        if (p < end && (*p != ' ' || ++p == end)) {
            return false;
        }
    }
    return name.len > 0;
}

static void print_key(str name, struct buf *out)
{
    if (is_plain_name(name)) {
        buf_add(out, name);
    } else {
        print_string(name, out);
    }
}

/* ---- Composed values ---- */

static void print_list(feel_value v, struct buf *out)
{
    buf_addc(out, '[');
    for (uint32_t i = 0; i < v.count && !out->overflow; i++) {
        if (i > 0) {
            buf_addz(out, ", ");
        }
        print(v.items[i], out);
    }
    buf_addc(out, ']');
}

static void print_context(feel_value v, struct buf *out)
{
    buf_addc(out, '{');
    for (uint32_t i = 0; i < v.count && !out->overflow; i++) {
        if (i > 0) {
            buf_addz(out, ", ");
        }
        print_key(v.shape->names[i], out);
        buf_addz(out, ": ");
        print(v.values[i], out);
    }
    buf_addc(out, '}');
}

const char *feel__range_operator(const struct feel_range *r)
{
    if (r->start.kind == FEEL_NULL) {
        return r->end_included ? "<=" : "<";
    }
    if (r->end.kind == FEEL_NULL) {
        return r->start_included ? ">=" : ">";
    }
    return r->outside ? "!=" : "=";
}

static void print_range(const struct feel_range *r, struct buf *out)
{
    if (r->comparison) {
        buf_printf(out, "(%s ", feel__range_operator(r));
        print(r->start.kind == FEEL_NULL ? r->end : r->start, out);
        buf_addc(out, ')');
    } else {
        buf_addc(out, r->start_included ? '[' : '(');
        print(r->start, out);
        buf_addz(out, "..");
        print(r->end, out);
        buf_addc(out, r->end_included ? ']' : ')');
    }
}

static void print_function(const struct feel_function *f, struct buf *out)
{
    if (f->kind == FUNCTION_BUILTIN) {
        buf_add(out, f->name);
        return;
    }
    buf_addz(out, "function(");
    for (uint32_t i = 0; i < f->parameter_count; i++) {
        if (i > 0) {
            buf_addz(out, ", ");
        }
        buf_add(out, f->parameters[i].name);
        const struct feel_type *type = f->parameters[i].type;
        if (type != NULL && type->kind != FEEL_TYPE_ANY) {
            buf_addz(out, ": ");
            feel_type_print(type, out);
        }
    }
    buf_addc(out, ')');
}

/* Recurses as deep as v, which is bounded. */
static void print(feel_value v, struct buf *out)
{
    switch (v.kind) {
    case FEEL_NULL: buf_addz(out, "null"); break;
    case FEEL_BOOLEAN: buf_addz(out, v.boolean ? "true" : "false"); break;
    case FEEL_NUMBER: dec_print(v.number, out); break;
    case FEEL_STRING: print_string(feel_str(v), out); break;
    case FEEL_LIST: print_list(v, out); break;
    case FEEL_CONTEXT: print_context(v, out); break;
    case FEEL_RANGE: print_range(v.range, out); break;
    case FEEL_FUNCTION: print_function(v.function, out); break;
    default:
        buf_addz(out, "@\"");
        feel__print_bare(v, out);
        buf_addc(out, '"');
        break;
    }
}

void feel_print(feel_value v, struct buf *out)
{
    print(v, out);
}

void feel__print_bare(feel_value v, struct buf *out)
{
    switch (v.kind) {
    case FEEL_STRING: buf_add(out, feel_str(v)); break;
    case FEEL_DATE: cal_print_date(v.date, out); break;
    case FEEL_TIME: cal_print_time(v.time, out); break;
    case FEEL_DATE_TIME: cal_print_datetime(v.date_time, out); break;
    case FEEL_SPAN: cal_print_span(v.span, out); break;
    case FEEL_MONTHS: cal_print_months(v.months, out); break;
    default: print(v, out); break;
    }
}

/* ---- Types ---- */

enum { TYPE_DEPTH = 16 }; /* item definitions may name themselves: what is deeper is shown as Any */

static void print_type(const struct feel_type *type, uint32_t depth, struct buf *out);

static void print_fields(const struct feel_type *type, bool names, uint32_t depth, struct buf *out)
{
    buf_addc(out, '<');
    for (uint32_t i = 0; i < type->count && !out->overflow; i++) {
        if (i > 0) {
            buf_addz(out, ", ");
        }
        if (names) {
            buf_add(out, type->fields[i].name);
            buf_addz(out, ": ");
        }
        print_type(type->fields[i].type, depth, out);
    }
    buf_addc(out, '>');
}

static void print_element(const struct feel_type *type, const char *word, uint32_t depth, struct buf *out)
{
    buf_addz(out, word);
    if (type->element != NULL) {
        buf_addc(out, '<');
        print_type(type->element, depth, out);
        buf_addc(out, '>');
    }
}

static void print_function_type(const struct feel_type *type, uint32_t depth, struct buf *out)
{
    buf_addz(out, "function");
    if (type->count > 0 || type->result != NULL) {
        print_fields(type, false, depth, out);
        buf_addz(out, "->");
        print_type(type->result, depth, out);
    }
}

static void print_type(const struct feel_type *type, uint32_t depth, struct buf *out)
{
    if (type == NULL || depth == 0) {
        buf_addz(out, "Any");
        return;
    }
    if (type->name.len > 0) {
        buf_add(out, type->name);
        return;
    }
    switch (type->kind) {
    case FEEL_TYPE_ANY: buf_addz(out, "Any"); break;
    case FEEL_TYPE_NULL: buf_addz(out, "Null"); break;
    case FEEL_TYPE_BOOLEAN: buf_addz(out, "boolean"); break;
    case FEEL_TYPE_NUMBER: buf_addz(out, "number"); break;
    case FEEL_TYPE_STRING: buf_addz(out, "string"); break;
    case FEEL_TYPE_DATE: buf_addz(out, "date"); break;
    case FEEL_TYPE_TIME: buf_addz(out, "time"); break;
    case FEEL_TYPE_DATE_TIME: buf_addz(out, "date and time"); break;
    case FEEL_TYPE_SPAN: buf_addz(out, "days and time duration"); break;
    case FEEL_TYPE_MONTHS: buf_addz(out, "years and months duration"); break;
    case FEEL_TYPE_LIST: print_element(type, "list", depth - 1, out); break;
    case FEEL_TYPE_RANGE: print_element(type, "range", depth - 1, out); break;
    case FEEL_TYPE_CONTEXT:
        buf_addz(out, "context");
        if (type->count > 0) {
            print_fields(type, true, depth - 1, out);
        }
        break;
    case FEEL_TYPE_FUNCTION: print_function_type(type, depth - 1, out); break;
    }
}

void feel_type_print(const struct feel_type *type, struct buf *out)
{
    print_type(type, TYPE_DEPTH, out);
}
