/* heading: which column of a table is which field. A column is named by the name of its field or by its title in either
 * language; a title that two fields share names neither. */
#include "record/exchange_int.h"

static bool has_title(const struct scheme_field *f, str text)
{
    return text.len > 0 && (str_eq(f->title.zh, text) || str_eq(f->title.en, text));
}

/* The field of a heading; RECORD__NO_FIELD: none, *ret_many: because several have the title. */
static int32_t find_field(const struct exchange *x, str text, bool *ret_many)
{
    const struct scheme_ledger *l = x->ledger;
    int32_t field = scheme_field(l, text);
    *ret_many = false;
    if (field < 0 && l->parent.len > 0 && (str_eq(text, STR("parent")) || str_eq(text, STR("上级行")))) {
        return RECORD__PARENT_FIELD;
    }
    for (uint32_t i = 0; field < 0 && i < l->field_count; i++) {
        if (has_title(&l->fields[i], text)) {
            field = (int32_t)i;
            for (uint32_t k = i + 1; k < l->field_count; k++) {
                *ret_many |= has_title(&l->fields[k], text);
            }
        }
    }
    bool own = x->table != NULL && field >= (int32_t)(x->table->parameter->column_count + TABLE__PAPER);
    return *ret_many || field < 0 || own ? RECORD__NO_FIELD : field;
}

static const char *words(const struct exchange *x, const char *english)
{
    return lang_text(x->config.lang, english);
}

static void find(struct exchange *x, const struct table_row *row, uint32_t column, const char *text, const char *remedy)
{
    str value = column == 0 || column > row->count ? STR("") : str_trim(row->cells[column - 1].text);
    record__find(x, row->line, column, value, false, str_of(words(x, text)), str_of(words(x, remedy)));
    x->unusable = true;
}

/* The column in which an annotated copy says what is wrong: who has corrected the copy sends it as it is. */
static bool is_notes(str text)
{
    return str_eq(text, str_of(lang_text(LANG_ZH, "what is wrong"))) ||
           str_eq(text, str_of(lang_text(LANG_EN, "what is wrong")));
}

static void read_column(struct exchange *x, const struct table_row *row, uint32_t i)
{
    const struct table_cell *cell = &row->cells[i];
    str text = str_trim(cell->text);
    bool many;
    x->titles[i] = arena_str(&x->arena, text);
    x->columns[i] = RECORD__NO_FIELD;
    if ((cell->flags & TABLE_MERGED) != 0) {
        find(x, row, i + 1, "the heading is of merged cells",
             "take away what stands above the names of the columns, and unmerge them: the first row names each column");
    } else if (text.len == 0) {
        find(x, row, i + 1, "the column has no name", "name it in the first row, or delete it");
    } else if (is_notes(text)) {
        return;
    } else if ((x->columns[i] = find_field(x, text, &many)) == RECORD__NO_FIELD) {
        find(x, row, i + 1, many ? "several fields have this title" : "there is no field of this name",
             many ? "use the names of the fields" : "use the names or titles of the fields; an export shows them");
    }
    for (uint32_t k = 0; k < i && x->columns[i] != RECORD__NO_FIELD; k++) {
        if (x->columns[k] == x->columns[i]) {
            find(x, row, i + 1, "the column stands there twice", "delete one of them");
        }
    }
}

uint32_t record__column_of(const struct exchange *x, int32_t field)
{
    for (uint32_t i = 0; i < x->column_count; i++) {
        if (x->columns[i] == field) {
            return i + 1;
        }
    }
    return 0;
}

static bool is_of_key(const struct scheme_ledger *l, str name)
{
    for (uint32_t i = 0; i < l->key_count; i++) {
        if (str_eq(l->key[i], name)) {
            return true;
        }
    }
    return false;
}

/* Columns that must be there: of required fields, of the key, of the row above. An update can do without the former. */
static void find_missing(struct exchange *x, const struct table_row *row)
{
    const struct scheme_ledger *l = x->ledger;
    for (uint32_t i = 0; i < l->field_count; i++) {
        const struct scheme_field *f = &l->fields[i];
        bool made = x->of_parties && str_eq(f->name, STR("handle"));
        bool needed = is_of_key(l, f->name) || (f->required && !x->config.update && !made);
        if (needed && record__column_of(x, (int32_t)i) == 0) {
            str title = scheme_text(f->title, x->config.lang);
            record__find(x, row->line, 0, title.len > 0 ? title : f->name, false,
                         str_of(words(x, "the table has no such column")),
                         str_of(words(x, "add it; its field must be given")));
            x->unusable = true;
        }
    }
    if (l->parent.len > 0 && !x->config.update && record__column_of(x, RECORD__PARENT_FIELD) == 0) {
        record__find(x, row->line, 0, STR("parent"), false, str_of(words(x, "the table has no such column")),
                     str_of(words(x, "give its number as the text parent")));
        x->unusable = true;
    }
}

bool record__is_given(const struct exchange *x, uint32_t field)
{
    str name = x->ledger->fields[field].name;
    uint32_t own = x->table == NULL ? 0 : x->table->parameter->column_count;
    bool made = (x->of_parties && str_eq(name, STR("handle"))) || (x->table != NULL && field == own + TABLE__STATE) ||
                (x->config.round.len > 0 && field == own + TABLE__ROUND);
    return made || record__column_of(x, (int32_t)field) > 0;
}

/* The ledger's own shape where all of its fields are given: rows of it are taken without looking at names. */
static const struct feel_shape *given_shape(struct exchange *x)
{
    const struct scheme_ledger *l = x->ledger;
    str *names = ARENA_ARRAY(&x->arena, str, l->field_count + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (record__is_given(x, i)) {
            names[n++] = l->fields[i].name;
        }
    }
    if (l->parent.len > 0) {
        names[n++] = STR("parent");
    } else if (n == l->field_count && l->shape != NULL) {
        return l->shape;
    }
    return feel_shape_new(&x->arena, names, n);
}

void record__read_heading(struct exchange *x, const struct table_row *row)
{
    x->headed = true;
    x->column_count = row->count;
    x->columns = ARENA_ARRAY(&x->arena, int32_t, row->count);
    x->titles = ARENA_ARRAY(&x->arena, str, row->count);
    for (uint32_t i = 0; i < row->count; i++) {
        x->columns[i] = RECORD__NO_FIELD;
    }
    for (uint32_t i = 0; i < row->count; i++) {
        read_column(x, row, i);
    }
    find_missing(x, row);
    x->given = given_shape(x);
}
