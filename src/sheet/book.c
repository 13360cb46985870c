/* book: which worksheets a workbook has and where its parts are. See sheet_int.h. Names of parts are followed, never
 * guessed: from the package to the workbook, from the workbook to the rest. What lies outside of the file is not. */
#include "sheet/sheet_int.h"

#include "text/xml.h"

#define PACKAGE_LINKS "_rels/.rels"

/* Whether the type of a link, a URI, is this one; there are two families of them. */
static bool is_type(const struct xml_node *link, str name)
{
    str type = xml_attr(link, STR(""), STR("Type"));
    return type.len > name.len && type.ptr[type.len - name.len - 1] == '/' &&
           str_eq(str_slice(type, type.len - name.len, type.len), name);
}

/* The part that a link of the part `from` leads to; NULL when it leads out of the file. */
static const char *target(struct arena *a, str from, const struct xml_node *link)
{
    str to = xml_attr(link, STR(""), STR("Target"));
    const char *slash = from.len > 0 ? memrchr(from.ptr, '/', from.len) : NULL;
    if (to.len == 0 || str_eq(xml_attr(link, STR(""), STR("TargetMode")), STR("External"))) {
        return NULL;
    }
    if (to.ptr[0] == '/') {
        return arena_str(a, str_slice(to, 1, to.len)).ptr;
    }
    str folder = str_slice(from, 0, slash != NULL ? (size_t)(slash - from.ptr) + 1 : 0);
    return arena_printf(a, "%.*s%.*s", STR_ARG(folder), STR_ARG(to)).ptr;
}

static enum error_code load_xml(struct sheet__book *b, const char *name, const struct xml_node **ret)
{
    str bytes;
    struct error inner = { .lang = b->zip.err != NULL ? b->zip.err->lang : LANG_EN };
    enum error_code code = sheet__load_part(&b->zip, b->arena, name, &bytes);
    if (code != OK) {
        return code;
    }
    code = xml_parse(b->arena, str_of(name), bytes, ret, &inner);
    if (code != OK) {
        error_set(b->zip.err, code, "the workbook is damaged");
        error_detail(b->zip.err, "%s:%u:%u: %s %s", name, inner.where.line, inner.where.column, inner.message,
                     inner.detail);
        error_hint(b->zip.err, "open it with a spreadsheet program and save it again as xlsx");
    }
    return code;
}

/* xl/workbook.xml has its links in xl/_rels/workbook.xml.rels. */
static const char *links_of(struct arena *a, const char *part)
{
    const char *slash = strrchr(part, '/');
    str folder = { part, slash != NULL ? (size_t)(slash - part) + 1 : 0 };
    return arena_printf(a, "%.*s_rels/%s.rels", STR_ARG(folder), part + folder.len).ptr;
}

/* ---- The worksheets ---- */

static const struct xml_node *link_by_id(const struct xml_node *links, str id)
{
    for (const struct xml_node *x = links->first_child; x != NULL; x = x->next) {
        if (str_eq(xml_attr(x, STR(""), STR("Id")), id)) {
            return x;
        }
    }
    return NULL;
}

/* The attribute id of the namespace of links, of which there are two. */
static str link_id(const struct xml_node *sheet)
{
    for (uint32_t i = 0; i < sheet->attribute_count; i++) {
        if (str_eq(sheet->attributes[i].name, STR("id")) && sheet->attributes[i].uri.len > 0) {
            return sheet->attributes[i].value;
        }
    }
    return STR("");
}

static enum error_code add_tab(struct sheet__book *b, str from, const struct xml_node *links,
                               const struct xml_node *sheet)
{
    const struct xml_node *link = link_by_id(links, link_id(sheet));
    const char *part = link != NULL && is_type(link, STR("worksheet")) ? target(b->arena, from, link) : NULL;
    if (part == NULL) {
        return OK; /* a sheet with nothing but a drawing, or a macro */
    }
    if (b->tab_count == LIMIT_SHEET_TABS) {
        return sheet__too_large(b->zip.err, "SHEET_TABS", LIMIT_SHEET_TABS);
    }
    str state = xml_attr(sheet, STR(""), STR("state"));
    b->tabs[b->tab_count++] = (struct sheet__tab){ .name = xml_attr(sheet, STR(""), STR("name")),
                                                   .part = part,
                                                   .hidden = state.len > 0 && !str_eq(state, STR("visible")) };
    return OK;
}

static enum error_code read_workbook(struct sheet__book *b, str from, const struct xml_node *links,
                                     const struct xml_node *workbook)
{
    for (const struct xml_node *x = workbook->first_child; x != NULL; x = x->next) {
        if (str_eq(x->name, STR("workbookPr"))) {
            b->from_1904 = sheet__is_true(xml_attr(x, STR(""), STR("date1904")).ptr);
        }
        if (!str_eq(x->name, STR("sheets"))) {
            continue;
        }
        for (const struct xml_node *sheet = x->first_child; sheet != NULL; sheet = sheet->next) {
            enum error_code code = add_tab(b, from, links, sheet);
            if (code != OK) {
                return code;
            }
        }
    }
    return b->tab_count > 0 ? OK : sheet__broken(&b->zip, "it has no worksheet");
}

static void find_parts(struct sheet__book *b, str from, const struct xml_node *links)
{
    for (const struct xml_node *x = links->first_child; x != NULL; x = x->next) {
        if (is_type(x, STR("sharedStrings"))) {
            b->texts_part = target(b->arena, from, x);
        } else if (is_type(x, STR("styles"))) {
            b->formats_part = target(b->arena, from, x);
        }
    }
}

/* ---- The way to them ---- */

/* The zip has no workbook of XML: what it is instead. */
static enum error_code is_other_zip(struct sheet__book *b)
{
    enum lang lang = b->zip.err != NULL ? b->zip.err->lang : LANG_EN;
    return sheet__other_kind(b->zip.err, lang_text(lang, "it is a zip file without a workbook in it, or another kind "
                                                         "of workbook (ods, xlsb)"));
}

static enum error_code find_workbook(struct sheet__book *b, const char **ret)
{
    const struct xml_node *links;
    enum error_code code = load_xml(b, PACKAGE_LINKS, &links);
    if (code != OK) {
        return code == ERROR_MISSING ? is_other_zip(b) : code;
    }
    *ret = NULL;
    for (const struct xml_node *x = links->first_child; x != NULL && *ret == NULL; x = x->next) {
        *ret = is_type(x, STR("officeDocument")) ? target(b->arena, STR(""), x) : NULL;
    }
    size_t length = *ret != NULL ? strlen(*ret) : 0;
    return length > 4 && strcmp(*ret + length - 4, ".xml") == 0 ? OK : is_other_zip(b);
}

enum error_code sheet__read_book(struct sheet__book *b)
{
    const char *part = NULL;
    const struct xml_node *links, *workbook;
    enum error_code code = find_workbook(b, &part);
    if (code != OK) {
        return code;
    }
    code = load_xml(b, part, &workbook);
    code = code == OK ? load_xml(b, links_of(b->arena, part), &links) : code;
    if (code != OK) {
        return code == ERROR_MISSING ? sheet__broken(&b->zip, "a part is missing") : code;
    }
    if (!str_eq(workbook->name, STR("workbook"))) {
        return is_other_zip(b);
    }
    find_parts(b, str_of(part), links);
    return read_workbook(b, str_of(part), links, workbook);
}

enum error_code sheet__find_tab(const struct sheet__book *b, str name, uint32_t *ret, struct error *err)
{
    for (uint32_t i = 0; i < b->tab_count; i++) {
        if (name.len > 0 ? str_eq(b->tabs[i].name, name) : !b->tabs[i].hidden) {
            *ret = i;
            return OK;
        }
    }
    if (name.len > 0) {
        error_set(err, ERROR_MISSING, "the workbook has no worksheet of this name");
        error_detail(err, "%.*s", STR_ARG(name));
    } else {
        error_set(err, ERROR_MISSING, "all worksheets of the workbook are hidden");
    }
    return ERROR_MISSING;
}
