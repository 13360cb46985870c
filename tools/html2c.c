/* html2c: turns the templates of src/web/pages into C.
 *
 *   html2c pages.h pages.inc assets… -- template.html…
 *
 * src/web/README.md has the language. Each file NAME.html becomes the function page_NAME. The tool follows the HTML to
 * know where a value stands, and so which escaping it takes; it refuses every place that has none: tag and attribute
 * names, attributes without double quotes, handlers (on…), style, script. Branches must end where they began.
 *
 * It runs at each build and lives for milliseconds, so it stops at the first mistake and frees nothing then.
 */
#define _GNU_SOURCE

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPEN = 64, MAX_NEST = 32, MAX_NAME = 64, MAX_BLOCKS = 8, MAX_WORD = 512, MAX_ARGUMENTS = 8 };

enum place { IN_TEXT, IN_TAG, IN_NAME, AFTER_NAME, IN_VALUE, IN_COMMENT };

enum control { IS_IF, IS_ELSE, IS_EACH, IS_BLOCK };

struct nest {
    enum control control;
    int line, open, scope;
    enum place place;
    FILE *outer; /* of a block: where to go on afterwards */
};

/* One template on its way through the tool. */
static struct {
    const char *path;
    char name[MAX_NAME];
    char *text, *at;
    int line;
    FILE *out, *functions; /* what is written now; finished blocks */
    char *body, *blocks_text;
    size_t body_size, blocks_size;
    enum place place;
    char tag[MAX_NAME], attribute[MAX_NAME];
    bool closing, started; /* of the tag: </…; of the attribute's value: something stands in it */
    char open[MAX_OPEN][MAX_NAME];
    int open_count;
    struct nest nests[MAX_NEST];
    int nest_count, scope, scopes, loose;
    char layout[MAX_NAME];
    char blocks[MAX_BLOCKS][MAX_NAME];
    int block_count;
    char *markup;
    size_t markup_size, markup_room;
} t;

static char **templates, **assets;
static int template_count, asset_count;

static _Noreturn void fail(const char *format, ...)
{
    va_list args;
    fprintf(stderr, "%s:%d: error: ", t.path, t.line);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

static bool is_one_of(const char *word, const char *const *list)
{
    while (*list != NULL && strcmp(*list, word) != 0) {
        list++;
    }
    return *list != NULL;
}

static void *room_for(void *old, size_t size)
{
    void *p = realloc(old, size);
    if (p == NULL) {
        fail("out of memory");
    }
    return p;
}

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
        fail("cannot be read");
    }
    size_t size = (size_t)ftell(f);
    char *text = room_for(NULL, size + 1);
    rewind(f);
    if (fread(text, 1, size, f) != size || memchr(text, '\0', size) != NULL) {
        fail("cannot be read, or has a NUL");
    }
    text[size] = '\0';
    fclose(f);
    return text;
}

/* ---- Writing C ---- */

static void write_literal(FILE *out, const char *s, size_t n)
{
    fputc('"', out);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\n') {
            fputs(i + 1 < n ? "\\n\"\n        \"" : "\\n", out);
        } else if (c == '"' || c == '\\') {
            fprintf(out, "\\%c", c);
        } else if (c == '?') {
            fputs("\\?", out);
        } else {
            fputc(c, out);
        }
    }
    fputc('"', out);
}

static void flush_markup(void)
{
    if (t.markup_size > 0) {
        fputs("    template_markup(t, ", t.out);
        write_literal(t.out, t.markup, t.markup_size);
        fprintf(t.out, ", %zu);\n", t.markup_size);
        t.markup_size = 0;
    }
}

static void add_markup(char c)
{
    if (t.markup_size == t.markup_room) {
        t.markup_room = t.markup_room * 2 + 1024;
        t.markup = room_for(t.markup, t.markup_room);
    }
    t.markup[t.markup_size++] = c;
}

/* ---- Following the HTML ---- */

static bool keeps_space(void)
{
    for (int i = 0; i < t.open_count; i++) {
        if (strcmp(t.open[i], "pre") == 0 || strcmp(t.open[i], "textarea") == 0) {
            return true;
        }
    }
    return false;
}

static void open_element(void)
{
    static const char *const empty[] = { "area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source",
                                         "wbr", "!doctype", NULL };
    if (is_one_of(t.tag, empty)) {
        return;
    }
    if (t.open_count == MAX_OPEN) {
        fail("elements are nested too deep");
    }
    snprintf(t.open[t.open_count++], MAX_NAME, "%s", t.tag);
}

static void close_element(void)
{
    int least = t.nest_count > 0 ? t.nests[t.nest_count - 1].open : 0;
    if (t.open_count <= least || strcmp(t.open[t.open_count - 1], t.tag) != 0) {
        fail("</%s> closes nothing that was opened here", t.tag);
    }
    t.open_count--;
}

static void end_tag(void)
{
    static const char *const refused[] = { "style", "iframe", "object", "embed", "base", NULL };
    t.place = IN_TEXT;
    if (is_one_of(t.tag, refused)) {
        fail("<%s> has no place in a page", t.tag);
    }
    if (t.closing) {
        close_element();
        return;
    }
    open_element();
    if (strcmp(t.tag, "script") == 0 && strncmp(t.at + 1, "</script>", 9) != 0) {
        fail("a script is a file of its own: <script src=\"…\"></script>");
    }
}

static void begin_tag(void)
{
    char *p = t.at + 1;
    size_t n = 0;
    t.closing = *p == '/';
    p += t.closing;
    while ((isalnum((unsigned char)*p) || *p == '!' || *p == '-') && n + 1 < MAX_NAME) {
        t.tag[n++] = (char)tolower((unsigned char)*p++);
    }
    t.tag[n] = '\0';
    if (n == 0) {
        fail("\"<\" begins no tag; write &lt;");
    }
    for (char *q = t.at; q < p; q++) {
        add_markup(*q);
    }
    t.at = p - 1;
    t.place = IN_TAG;
}

static void check_attribute(void)
{
    if (strncmp(t.attribute, "on", 2) == 0 || strcmp(t.attribute, "style") == 0 ||
        strcmp(t.attribute, "srcdoc") == 0) {
        fail("the attribute %s has no place in a page", t.attribute);
    }
}

static void name_character(char c)
{
    size_t n = strlen(t.attribute);
    if (isalnum((unsigned char)c) || c == '-' || c == ':') {
        if (n + 1 >= MAX_NAME) {
            fail("an attribute's name is too long");
        }
        t.attribute[n] = (char)tolower((unsigned char)c);
        t.attribute[n + 1] = '\0';
    } else if (c == '=') {
        check_attribute();
        t.place = AFTER_NAME;
    } else if (c == '>') {
        check_attribute();
        end_tag();
    } else if (isspace((unsigned char)c)) {
        check_attribute();
        t.place = IN_TAG;
    } else {
        fail("\"%c\" in the name of an attribute", c);
    }
}

static void tag_character(char c)
{
    if (c == '>') {
        end_tag();
    } else if (isalpha((unsigned char)c)) {
        t.place = IN_NAME;
        t.attribute[0] = '\0';
        name_character(c);
    } else if (!isspace((unsigned char)c)) {
        fail("\"%c\" between attributes", c);
    }
}

static void html_character(char c)
{
    switch (t.place) {
    case IN_TEXT:
        if (strncmp(t.at, "<!--", 4) == 0) {
            t.place = IN_COMMENT;
            return;
        }
        if (c == '<') {
            begin_tag();
            return;
        }
        if (isspace((unsigned char)c) && !keeps_space()) {
            bool line = c == '\n';
            while (isspace((unsigned char)t.at[1])) {
                t.at++;
                line |= *t.at == '\n';
                t.line += *t.at == '\n';
            }
            c = line ? '\n' : ' ';
        }
        break;
    case IN_TAG: tag_character(c); break;
    case IN_NAME: name_character(c); break;
    case AFTER_NAME:
        if (c != '"') {
            fail("the value of %s has no double quotes", t.attribute);
        }
        t.place = IN_VALUE;
        t.started = false;
        break;
    case IN_VALUE:
        if (c == '"') {
            t.place = IN_TAG;
        } else if (c == '<' || c == '>') {
            fail("\"%c\" in a value; write it as an entity", c);
        }
        t.started = true;
        break;
    case IN_COMMENT:
        if (strncmp(t.at, "-->", 3) == 0) {
            t.at += 2;
            t.place = IN_TEXT;
        }
        return;
    }
    add_markup(c);
}

/* ---- Statements ---- */

static void skip_blanks(void)
{
    while (*t.at == ' ') {
        t.at++;
    }
}

static bool take(const char *word)
{
    size_t n = strlen(word);
    if (strncmp(t.at, word, n) != 0 || isalnum((unsigned char)t.at[n]) || t.at[n] == '_' || t.at[n] == '.') {
        return false;
    }
    t.at += n;
    skip_blanks();
    return true;
}

/* A name, or names with dots, perhaps with a dot in front, or "." alone. */
static void take_name(char *ret)
{
    size_t n = 0;
    while ((isalnum((unsigned char)*t.at) || *t.at == '_' || *t.at == '.') && n + 1 < MAX_NAME) {
        ret[n++] = *t.at++;
    }
    ret[n] = '\0';
    if (n == 0 || (n > 1 && (ret[n - 1] == '.' || strstr(ret, "..") != NULL))) {
        fail("a name is missing at \"%.20s\"", t.at);
    }
    skip_blanks();
}

static size_t take_quoted(char quote, char *ret)
{
    size_t n = 0;
    if (*t.at++ != quote) {
        fail("%c is missing", quote);
    }
    for (; *t.at != quote; t.at++) {
        if (*t.at == '\\' && t.at[1] == quote) {
            t.at++;
        }
        if (*t.at == '\0' || *t.at == '\n' || n + 1 == MAX_WORD) {
            fail("a quoted text has no end, or is too long");
        }
        ret[n++] = *t.at;
    }
    ret[n] = '\0';
    t.at++;
    skip_blanks();
    return n;
}

static void close_brace(void)
{
    if (*t.at != '}') {
        fail("\"}\" is missing at \"%.20s\"", t.at);
    }
}

static void must_be_writable(void)
{
    if (t.place != IN_TEXT && t.place != IN_VALUE) {
        fail("a value can stand only in text and in an attribute in double quotes");
    }
}

static void write_get(const char *name)
{
    fprintf(t.out, "template_get(s%d, \"%s\")", t.scope, name);
}

static bool in_address(void)
{
    static const char *const addresses[] = { "href", "src", "action", "formaction", "poster", "cite", NULL };
    return t.place == IN_VALUE && is_one_of(t.attribute, addresses);
}

static void write_value(void)
{
    char name[MAX_NAME];
    take_name(name);
    must_be_writable();
    fprintf(t.out, "    template_%s(t, ", !in_address() ? "text" : t.started ? "part" : "address");
    write_get(name);
    fputs(");\n", t.out);
    t.started = true;
}

static int conversions(const char *s)
{
    int n = 0;
    for (; (s = strchr(s, '%')) != NULL; s += 2) {
        if (s[1] != 's') {
            fail("a sentence of a template knows only %%s");
        }
        n++;
    }
    return n;
}

static void write_sentence(void)
{
    char english[MAX_WORD], names[MAX_ARGUMENTS][MAX_NAME];
    int count = 0;
    size_t size = take_quoted('\'', english);
    must_be_writable();
    if (in_address()) {
        fail("a sentence is no address");
    }
    while (*t.at != '}' && count < MAX_ARGUMENTS) {
        take_name(names[count++]);
    }
    if (count != conversions(english)) {
        fail("the sentence has %d %%s, and %d values follow", conversions(english), count);
    }
    fputs("    template_say(t, ", t.out);
    write_literal(t.out, english, size);
    fputs(", ", t.out);
    fputs(count == 0 ? "NULL" : "(const struct node *const[]){ ", t.out);
    for (int i = 0; i < count; i++) {
        write_get(names[i]);
        fputs(i + 1 < count ? ", " : " }", t.out);
    }
    fprintf(t.out, ", %d);\n", count);
    t.started = true;
}

static struct nest *nest(enum control control)
{
    if (t.nest_count == MAX_NEST) {
        fail("nested too deep");
    }
    if (t.place == AFTER_NAME) {
        fail("no statement can stand here");
    }
    struct nest *n = &t.nests[t.nest_count++];
    *n = (struct nest){ control, t.line, t.open_count, t.scope, t.place, NULL };
    t.started = true;
    return n;
}

static void begin_if(void)
{
    char name[MAX_NAME], literal[MAX_WORD];
    bool negated = take("not");
    nest(IS_IF);
    take_name(name);
    fprintf(t.out, "    if (%s", negated ? "!" : "");
    if (*t.at == '=') {
        t.at++;
        skip_blanks();
        size_t size = take_quoted('"', literal);
        fputs("template_is(", t.out);
        write_get(name);
        fputs(", ", t.out);
        write_literal(t.out, literal, size);
        fprintf(t.out, ", %zu)) {\n", size);
    } else {
        fputs("node_is_something(", t.out);
        write_get(name);
        fputs(")) {\n", t.out);
    }
}

static void begin_each(void)
{
    char name[MAX_NAME];
    nest(IS_EACH);
    take_name(name);
    int n = ++t.scopes;
    fprintf(t.out, "    const struct node *l%d = ", n);
    write_get(name);
    fprintf(t.out, ";\n    for (const struct node *i%d = template_first(l%d); i%d != NULL; i%d = "
            "template_next(l%d, i%d)) {\n    const struct template_scope f%d = { i%d, s%d }, *s%d = &f%d;\n",
            n, n, n, n, n, n, n, n, t.scope, n, n);
    t.scope = n;
}

static void same_place(const struct nest *n)
{
    if (t.place != n->place || t.open_count != n->open) {
        fail("what began at line %d ends in another place than it began: %s", n->line,
             t.open_count > n->open ? t.open[t.open_count - 1] : "an attribute or a tag is open");
    }
}

static void go_on_with_else(void)
{
    struct nest *n = t.nest_count > 0 ? &t.nests[t.nest_count - 1] : NULL;
    if (n == NULL || n->control != IS_IF) {
        fail("else without if");
    }
    same_place(n);
    n->control = IS_ELSE;
    fputs("    } else {\n", t.out);
}

static void end_statement(void)
{
    if (t.nest_count == 0) {
        fail("end without beginning");
    }
    struct nest *n = &t.nests[--t.nest_count];
    same_place(n);
    t.scope = n->scope;
    if (n->control == IS_BLOCK) {
        fputs("}\n\n", t.out);
        t.out = n->outer;
    } else {
        fputs("    }\n", t.out);
    }
}

static void begin_block(void)
{
    char name[MAX_NAME];
    if (t.nest_count > 0 || t.open_count > 0 || t.layout[0] == '\0' || t.block_count == MAX_BLOCKS) {
        fail("a block stands at the top of a page with a layout");
    }
    take_name(name);
    struct nest *n = nest(IS_BLOCK);
    n->outer = t.out;
    t.out = t.functions;
    snprintf(t.blocks[t.block_count++], MAX_NAME, "%s", name);
    fprintf(t.out, "static void block_%s_%s(struct template *t, const struct template_scope *s0)\n{\n    (void)s0;\n",
            t.name, name);
}

static const char *stem(const char *path, char *ret)
{
    const char *slash = strrchr(path, '/');
    snprintf(ret, MAX_NAME, "%s", slash == NULL ? path : slash + 1);
    *strchrnul(ret, '.') = '\0';
    return ret;
}

static void must_be_template(const char *name)
{
    char other[MAX_NAME];
    for (int i = 0; i < template_count; i++) {
        if (strcmp(stem(templates[i], other), name) == 0) {
            return;
        }
    }
    fail("there is no template %s", name);
}

static void use_part(void)
{
    char name[MAX_NAME];
    take_name(name);
    must_be_template(name);
    if (t.place != IN_TEXT) {
        fail("another template can be used only in text");
    }
    fprintf(t.out, "    template_use(t, page_%s, s%d);\n", name, t.scope);
}

static void use_layout(void)
{
    take_name(t.layout);
    must_be_template(t.layout);
}

static void put_block(void)
{
    char name[MAX_NAME];
    take_name(name);
    must_be_writable();
    fprintf(t.out, "    template_put(t, \"%s\", s%d);\n", name, t.scope);
}

static void say_value(void)
{
    char name[MAX_NAME];
    take_name(name);
    must_be_writable();
    if (in_address()) {
        fail("a sentence is no address");
    }
    fputs("    template_say_value(t, ", t.out);
    write_get(name);
    fputs(");\n", t.out);
}

static void write_asset(void)
{
    char name[MAX_WORD];
    size_t size = take_quoted('\'', name);
    bool there = false;
    for (int i = 0; i < asset_count && !there; i++) {
        const char *slash = strrchr(assets[i], '/');
        there = strcmp(slash == NULL ? assets[i] : slash + 1, name) == 0;
    }
    if (!there || !in_address() || t.started) {
        fail("%s is no file of the assets, or does not stand alone in an address", name);
    }
    for (size_t i = 0; i < size; i++) {
        name[i] = (char)(isalnum((unsigned char)name[i]) ? toupper((unsigned char)name[i]) : '_');
    }
    fprintf(t.out, "    template_markup(t, ASSET_%s, sizeof ASSET_%s - 1);\n", name, name);
    t.started = true;
}

static void statement(void)
{
    static const struct {
        const char *word;
        void (*act)(void);
    } words[] = { { "if", begin_if },   { "else", go_on_with_else }, { "end", end_statement }, { "each", begin_each },
                  { "use", use_part },  { "layout", use_layout },    { "block", begin_block }, { "put", put_block },
                  { "say", say_value }, { "asset", write_asset } };
    flush_markup();
    t.at++;
    if (t.place == IN_NAME) {
        check_attribute();
        t.place = IN_TAG;
    }
    if (*t.at == '\'') {
        write_sentence();
        close_brace();
        return;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (take(words[i].word)) {
            words[i].act();
            close_brace();
            return;
        }
    }
    write_value();
    close_brace();
}

/* ---- A whole template ---- */

static void write_function(FILE *out)
{
    fclose(t.out);
    fclose(t.functions);
    fputs(t.blocks_text, out);
    if (t.layout[0] == '\0') {
        fprintf(out, "void page_%s(struct template *t, const struct template_scope *s0)\n{\n    (void)s0;\n%s}\n\n",
                t.name, t.body);
        return;
    }
    fprintf(out, "static void block_%s_body(struct template *t, const struct template_scope *s0)\n{\n    (void)s0;\n%s"
            "}\n\n", t.name, t.body);
    fprintf(out, "void page_%s(struct template *t, const struct template_scope *s0)\n{\n"
            "    static const struct template_block blocks[] = {\n        { \"body\", block_%s_body },\n",
            t.name, t.name);
    for (int i = 0; i < t.block_count; i++) {
        fprintf(out, "        { \"%s\", block_%s_%s },\n", t.blocks[i], t.name, t.blocks[i]);
    }
    fprintf(out, "    };\n    t->blocks = blocks;\n    t->block_count = sizeof blocks / sizeof blocks[0];\n"
            "    template_use(t, page_%s, s0);\n}\n\n", t.layout);
}

static void compile(const char *path, FILE *out)
{
    memset(&t, 0, sizeof t);
    t.path = path;
    t.line = 1;
    t.text = t.at = read_file(path);
    stem(path, t.name);
    t.out = open_memstream(&t.body, &t.body_size);
    t.functions = open_memstream(&t.blocks_text, &t.blocks_size);
    for (; *t.at != '\0'; t.at++) {
        if (t.place == IN_COMMENT || *t.at != '{') {
            t.line += *t.at == '\n';
            html_character(*t.at);
        } else {
            statement();
        }
    }
    flush_markup();
    if (t.nest_count > 0 || t.open_count > 0 || t.place != IN_TEXT) {
        fail("the file ends before what began at line %d, or <%s>, does",
             t.nest_count > 0 ? t.nests[t.nest_count - 1].line : t.line,
             t.open_count > 0 ? t.open[t.open_count - 1] : "");
    }
    write_function(out);
    free(t.text);
    free(t.body);
    free(t.blocks_text);
    free(t.markup);
}

static void write_header(const char *path)
{
    FILE *out = fopen(path, "w");
    char name[MAX_NAME];
    t.path = path;
    if (out == NULL) {
        fail("cannot be written");
    }
    fputs("/* Made from src/web/pages by tools/html2c.c; not to be edited. */\n"
          "#include \"web/template.h\"\n\n", out);
    for (int i = 0; i < template_count; i++) {
        fprintf(out, "void page_%s(struct template *t, const struct template_scope *s0);\n", stem(templates[i], name));
    }
    if (fclose(out) != 0) {
        fail("could not be written");
    }
}

int main(int argc, char **argv)
{
    int split = 3;
    t.path = "html2c";
    while (split < argc && strcmp(argv[split], "--") != 0) {
        split++;
    }
    if (split + 1 >= argc) {
        fail("usage: html2c pages.h pages.inc ASSET… -- TEMPLATE…");
    }
    assets = argv + 3;
    asset_count = split - 3;
    templates = argv + split + 1;
    template_count = argc - split - 1;
    write_header(argv[1]);
    FILE *out = fopen(argv[2], "w");
    if (out == NULL) {
        fail("%s cannot be written", argv[2]);
    }
    fputs("/* Made from src/web/pages by tools/html2c.c; not to be edited. */\n", out);
    for (int i = 0; i < template_count; i++) {
        compile(templates[i], out);
    }
    if (fclose(out) != 0) {
        fail("%s could not be written", argv[2]);
    }
    return 0;
}
