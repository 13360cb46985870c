/* demo: gongshi demo DIR | postgres://… FOLDER: a sample district to try everything with.
 *
 * Makes the data directory DIR as `gongshi init DIR --demo` does, writes the packages of its schemes to DIR/packages
 * (beside a database, to FOLDER), where an officer may look at them and change them, and carries out demo/steps.jsonl
 * of them: the same commands that the command line gives, one on each line. In a line, and in the tables beside it,
 * $(name) stands for what an earlier step has kept, $(packages) for the folder, and $(today), $(today+30), $(today-90)
 * for days.
 *
 * A step is an object with one of these members:
 *   title     what the next steps are about, told while they run
 *   command   a command of the office; "keep": {"firm":"dossier"} keeps a member of its answer under a
 *             name, {"site":"rows/1/values/row"} that of the first in a list
 *   person    login, name, office, roles (each "role" there, "role@office", or "role@": everywhere): gets a password,
 *             which is told once
 *   applicant address, name, parties, office, as: an account that the officer `as` binds to the parties
 *   start     scheme, process, office, subject, with, keep; "but": members that take the place of those of "with"
 *   complete  dossier, element, as or party, with: waits for the open task of the element, claims and completes it
 *   save      the same, and keeps only a draft
 *   picture   a picture beside it, keep: becomes a file of the office; its hash is kept
 *   find      scheme, process, keep: waits for a dossier of that process newer than those found before
 */
#include "base/clock.h"
#include "base/limit.h"
#include "cli/applicant.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

static const struct {
    const char *name, *bytes;
    size_t size;
} files[] = {
#include "cli_packages.inc"
#include "cli_tables.inc"
};

enum {
    FILES = sizeof files / sizeof files[0],
    KEPT = 128,
    PEOPLE = 64,
    APPLICANTS = 8,
    PASSWORD = 17,          /* four groups of three, hyphens, NUL, and room */
    WAIT_MS = 20000,        /* for a task or a dossier to appear */
    LOOK_MS = 20
};

struct demo {
    struct office office;
    struct arena arena;     /* as long as the demo is being made */
    const char *folder;     /* of the packages */
    struct {
        str name, value;
    } kept[KEPT];
    uint32_t kept_count;
    struct {
        str login, name, office, roles;
        char password[PASSWORD];
    } people[PEOPLE];
    uint32_t people_count;
    struct {
        str address, name;
    } applicants[APPLICANTS];
    uint32_t applicant_count;
    int64_t found;          /* the newest dossier that a step has found */
    struct error *err;
};

/* ---- Words that stand for something ---- */

/* $(today), with days added or taken away. */
static str day_of(struct demo *d, str offset)
{
    long days = offset.len == 0 ? 0 : strtol(arena_str(&d->arena, offset).ptr, NULL, 10);
    struct buf text = BUF_INIT(32);
    cal_date day;
    cal_date_from_days(clock_now_micros() / 1000000 / 86400 + days, &day);
    cal_print_date(day, &text);
    str s = arena_str(&d->arena, buf_str(&text));
    buf_release(&text);
    return s;
}

static bool find_file(str name, str *ret)
{
    for (size_t i = 0; i < FILES; i++) {
        if (str_eq(str_of(files[i].name), name)) {
            *ret = (str){ files[i].bytes, files[i].size };
            return true;
        }
    }
    return false;
}

static bool look_up(struct demo *d, str name, str *ret)
{
    if (str_starts_with(name, STR("="))) {
        return find_file(str_slice(name, 1, name.len), ret);
    }
    if (str_starts_with(name, STR("today"))) {
        *ret = day_of(d, str_slice(name, 5, name.len));
        return true;
    }
    for (uint32_t i = 0; i < d->kept_count; i++) {
        if (str_eq(d->kept[i].name, name)) {
            *ret = d->kept[i].value;
            return true;
        }
    }
    return false;
}

static enum error_code keep(struct demo *d, str name, str value)
{
    uint32_t i = 0;
    while (i < d->kept_count && !str_eq(d->kept[i].name, name)) {
        i++;
    }
    if (i == KEPT) {
        return error_set(d->err, ERROR_LIMIT, "the steps of the demonstration keep too many names");
    }
    d->kept_count += i == d->kept_count;
    d->kept[i].name = arena_str(&d->arena, name);
    d->kept[i].value = arena_str(&d->arena, value);
    return OK;
}

/* The text with every $(name) replaced. */
static enum error_code fill_in(struct demo *d, str text, struct buf *out)
{
    for (size_t i = 0, end; i < text.len; i = end) {
        str value = str_slice(text, i, end = i + 1);
        if (text.ptr[i] == '$' && end < text.len && text.ptr[end] == '(') {
            while (end < text.len && text.ptr[end] != ')') {
                end++;
            }
            str name = str_slice(text, i + 2, end++);
            if (!look_up(d, name, &value)) {
                return error_set(d->err, ERROR_INVALID, "no step has kept a \"%.*s\"", STR_ARG(name));
            }
        }
        buf_add(out, value);
    }
    return OK;
}

/* ---- The packages ---- */

static enum error_code io_error(struct demo *d, const char *path)
{
    error_set(d->err, ERROR_IO, "cannot write the file");
    error_at(d->err, str_of(path), 0, 0);
    return ERROR_IO;
}

/* Makes the folders above a file. */
static enum error_code make_folders(struct demo *d, char *path)
{
    for (char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        int failed = mkdir(path, 0755) != 0 && errno != EEXIST;
        *p = '/';
        if (failed) {
            return io_error(d, path);
        }
    }
    return OK;
}

static enum error_code write_file(struct demo *d, str name, str bytes)
{
    char *path = (char *)(uintptr_t)arena_printf(&d->arena, "%s/%.*s", d->folder, STR_ARG(name)).ptr;
    enum error_code code = make_folders(d, path);
    FILE *f = code == OK ? fopen(path, "wb") : NULL;
    if (code == OK && (f == NULL || fwrite(bytes.ptr, 1, bytes.len, f) != bytes.len)) {
        code = io_error(d, path);
    }
    if (f != NULL && fclose(f) != 0 && code == OK) {
        code = io_error(d, path);
    }
    return code;
}

/* A table of the demonstration, or a file that takes the place of a package's: its days are those of today. */
static enum error_code write_own(struct demo *d, str name, str bytes)
{
    struct buf filled = BUF_INIT(LIMIT_SCHEME_BYTES);
    str over = STR("demo/over/");
    enum error_code code = fill_in(d, bytes, &filled);
    name = str_starts_with(name, over) ? str_slice(name, over.len, name.len) : name;
    code = code == OK ? write_file(d, name, buf_str(&filled)) : code;
    buf_release(&filled);
    return code;
}

static enum error_code write_packages(struct demo *d)
{
    enum error_code code = OK;
    for (int own = 0; own < 2; own++) {
        for (size_t i = 0; i < FILES && code == OK; i++) {
            str name = str_of(files[i].name), bytes = { files[i].bytes, files[i].size };
            bool steps = str_eq(name, STR("demo/steps.jsonl"));
            if (str_starts_with(name, STR("demo/")) == (own == 1) && !steps) {
                code = own ? write_own(d, name, bytes) : write_file(d, name, bytes);
            }
        }
    }
    return code;
}

/* ---- Commands ---- */

static enum error_code command(struct demo *d, str json, feel_value *ret)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    enum error_code code = office_command(&d->office, json, &out, d->err);
    *ret = feel_null();
    if (code == OK && buf_str(&out).len > 0) {
        code = feel_json_read(&d->arena, arena_str(&d->arena, buf_str(&out)), ret, d->err);
    }
    buf_release(&out);
    return code;
}

/* What a path leads to: "rows/2/name" is the member of the second in a list. */
static feel_value follow(feel_value v, const char *path)
{
    char name[64];
    for (const char *end; path != NULL; path = end == NULL ? NULL : end + 1) {
        end = strchr(path, '/');
        snprintf(name, sizeof name, "%.*s", end == NULL ? (int)strlen(path) : (int)(end - path), path);
        unsigned long place = strtoul(name, NULL, 10);
        if (v.kind == FEEL_LIST) {
            v = place >= 1 && place <= v.count ? v.items[place - 1] : feel_null();
        } else {
            v = feel_member(v, name);
        }
    }
    return v;
}

/* What a path leads to as text, be it a number or a text. */
static str member(struct demo *d, feel_value v, const char *path)
{
    feel_value m = follow(v, path);
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    if (m.kind == FEEL_STRING) {
        return feel_str(m);
    }
    if (m.kind != FEEL_NULL) {
        feel_json_write(m, false, &text);
    }
    str s = arena_str(&d->arena, buf_str(&text));
    buf_release(&text);
    return s;
}

static enum error_code keep_members(struct demo *d, feel_value names, feel_value answer)
{
    enum error_code code = OK;
    for (uint32_t i = 0; names.kind == FEEL_CONTEXT && i < names.count && code == OK; i++) {
        str from = arena_str(&d->arena, feel_str(names.values[i]));
        code = keep(d, names.shape->names[i], member(d, answer, from.ptr));
    }
    return code;
}

static enum error_code do_command(struct demo *d, feel_value step, str line)
{
    feel_value answer;
    enum error_code code = command(d, line, &answer);
    return code == OK ? keep_members(d, feel_member(step, "keep"), answer) : code;
}

/* ---- People ---- */

/* Four groups of three letters and digits that nobody mistakes for others: 60 bits. */
static void make_password(char ret[PASSWORD])
{
    static const char signs[] = "23456789abcdefghjkmnpqrstuvwxyz!"; /* 32; the last is never used */
    unsigned char random[12];
    char *p = ret;
    for (size_t got = 0; got < sizeof random;) {
        ssize_t n = getrandom(random + got, sizeof random - got, 0);
        got += n > 0 ? (size_t)n : 0;
    }
    for (size_t i = 0; i < sizeof random; i++) {
        if (i > 0 && i % 3 == 0) {
            *p++ = '-';
        }
        *p++ = signs[random[i] % 31];
    }
    *p = '\0';
}

/* A command of texts: names and values by turns. */
static enum error_code say(struct demo *d, const char *name, const char *const *names, const str *values, size_t count)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    feel_value answer;
    json_writer_init(&w, &json, false);
    json_begin_object(&w);
    json_text_member(&w, "command", str_of(name));
    for (size_t i = 0; i < count; i++) {
        json_text_member(&w, names[i], values[i]);
    }
    json_end_object(&w);
    enum error_code code = command(d, arena_str(&d->arena, buf_str(&json)), &answer);
    buf_release(&json);
    return code;
}

/* "role", or "role@office". */
static enum error_code give_role(struct demo *d, str login, str role, str office)
{
    static const char *const names[] = { "login", "role", "office" };
    size_t at = 0;
    while (at < role.len && role.ptr[at] != '@') {
        at++;
    }
    str values[] = { login, str_slice(role, 0, at), at < role.len ? str_slice(role, at + 1, role.len) : office };
    return say(d, "role-give", names, values, 3);
}

static enum error_code add_person(struct demo *d, feel_value person)
{
    static const char *const names[] = { "login", "name", "office", "password" };
    if (d->people_count == PEOPLE) {
        return error_set(d->err, ERROR_LIMIT, "the steps of the demonstration make too many people");
    }
    str login = member(d, person, "login"), name = member(d, person, "name"), office = member(d, person, "office");
    feel_value roles = feel_member(person, "roles");
    char *password = d->people[d->people_count].password;
    make_password(password);
    str values[] = { login, name, office, str_of(password) };
    enum error_code code = say(d, "person-add", names, values, 3);
    code = code == OK ? say(d, "password", names, values, 4) : code;
    for (uint32_t i = 0; roles.kind == FEEL_LIST && i < roles.count && code == OK; i++) {
        code = give_role(d, login, feel_str(roles.items[i]), office);
    }
    d->people[d->people_count].login = arena_str(&d->arena, login);
    d->people[d->people_count].name = arena_str(&d->arena, name);
    d->people[d->people_count].office = arena_str(&d->arena, office);
    d->people[d->people_count].roles = member(d, person, "roles");
    d->people_count++;
    return code;
}

static enum error_code add_applicant(struct demo *d, feel_value what)
{
    feel_value parties = feel_member(what, "parties");
    uint32_t count = parties.kind == FEEL_LIST ? parties.count : 0;
    str *handles = ARENA_ARRAY(&d->arena, str, count);
    const struct applicant who = { .address = member(d, what, "address"), .name = member(d, what, "name"),
                                   .officer = member(d, what, "as"), .office = member(d, what, "office"),
                                   .parties = handles, .party_count = count };
    for (uint32_t i = 0; i < count; i++) {
        handles[i] = feel_str(parties.items[i]);
    }
    if (d->applicant_count == APPLICANTS) {
        return error_set(d->err, ERROR_LIMIT, "the steps of the demonstration make too many people");
    }
    d->applicants[d->applicant_count].address = arena_str(&d->arena, who.address);
    d->applicants[d->applicant_count++].name = arena_str(&d->arena, who.name);
    return applicant_make(&d->office, &d->arena, &who, d->err);
}

/* ---- Tasks ---- */

static void pause_a_moment(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 1000000L }, NULL);
}

static enum error_code find_task(struct demo *d, str dossier, str element, str *ret)
{
    struct buf json = BUF_INIT(1024);
    feel_value answer;
    *ret = STR("");
    buf_printf(&json, "{\"command\":\"show\",\"dossier\":\"%.*s\"}", STR_ARG(dossier));
    enum error_code code = command(d, arena_str(&d->arena, buf_str(&json)), &answer);
    feel_value tasks = code == OK ? feel_member(answer, "tasks") : feel_null();
    for (uint32_t i = 0; tasks.kind == FEEL_LIST && i < tasks.count; i++) {
        if (str_eq(feel_text_member(tasks.items[i], "element"), element) &&
            str_eq(feel_text_member(tasks.items[i], "status"), STR("open"))) {
            *ret = feel_text_member(tasks.items[i], "task");
        }
    }
    buf_release(&json);
    return code;
}

/* {"act":…,"dossier":…,"wait":…} by somebody. */
static enum error_code act(struct demo *d, feel_value what, const char *verb, str wait)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    feel_value answer, with = feel_member(what, "with");
    str as = member(d, what, "as"), party = member(d, what, "party");
    json_writer_init(&w, &json, false);
    json_begin_object(&w);
    json_text_member(&w, "command", STR("act"));
    if (as.len > 0) {
        json_text_member(&w, "as", as);
    }
    json_key(&w, STR("request"));
    json_begin_object(&w);
    json_text_member(&w, "act", str_of(verb));
    json_text_member(&w, "dossier", member(d, what, "dossier"));
    json_text_member(&w, "wait", wait);
    if (party.len > 0) {
        json_text_member(&w, "party", party);
    }
    if (with.kind != FEEL_NULL && strcmp(verb, "claim") != 0) {
        json_key(&w, STR("with"));
        json_raw(&w, member(d, what, "with"));
    }
    json_end_object(&w);
    json_end_object(&w);
    enum error_code code = command(d, arena_str(&d->arena, buf_str(&json)), &answer);
    buf_release(&json);
    return code;
}

static enum error_code do_task(struct demo *d, feel_value what, const char *verb)
{
    str task = STR(""), element = member(d, what, "element");
    enum error_code code = OK;
    for (int waited = 0; code == OK && task.len == 0 && waited < WAIT_MS; waited += LOOK_MS) {
        code = find_task(d, member(d, what, "dossier"), element, &task);
        if (task.len == 0) {
            pause_a_moment();
        }
    }
    if (code == OK && task.len == 0) {
        code = error_set(d->err, ERROR_MISSING, "the dossier has no open task \"%.*s\"", STR_ARG(element));
    }
    bool party = member(d, what, "party").len > 0;
    size_t dot = 0;
    while (dot < task.len && task.ptr[dot] != '.') {
        dot++;
    }
    str wait = dot < task.len ? str_slice(task, dot + 1, task.len) : task;
    code = code == OK && !party ? act(d, what, "claim", wait) : code;
    return code == OK ? act(d, what, verb, wait) : code;
}

static enum error_code put_picture(struct demo *d, str name, str kept_as)
{
    char hash[STORE_HASH + 1];
    str bytes;
    if (!find_file(arena_printf(&d->arena, "demo/%.*s", STR_ARG(name)), &bytes)) {
        return error_set(d->err, ERROR_MISSING, "the demonstration has no file \"%.*s\"", STR_ARG(name));
    }
    enum error_code code = store_blob_put(d->office.store, bytes, hash, d->err);
    return code == OK ? keep(d, kept_as, str_of(hash)) : code;
}

/* ---- Dossiers ---- */

static void write_value(feel_value v, struct json_writer *w)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(v, false, &text);
    json_raw(w, buf_str(&text));
    buf_release(&text);
}

/* The members of `with`, but those that `but` has. */
static void write_answers(feel_value with, feel_value but, struct json_writer *w)
{
    json_begin_object(w);
    for (int k = 0; k < 2; k++) {
        feel_value from = k == 0 ? with : but;
        for (uint32_t i = 0; from.kind == FEEL_CONTEXT && i < from.count; i++) {
            str name = from.shape->names[i];
            if (k == 1 || but.kind != FEEL_CONTEXT || feel_shape_find(but.shape, name) < 0) {
                json_key(w, name);
                write_value(from.values[i], w);
            }
        }
    }
    json_end_object(w);
}

static enum error_code start(struct demo *d, feel_value what)
{
    static const char *const texts[] = { "scheme", "process", "office", "subject" };
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    feel_value answer;
    json_writer_init(&w, &json, false);
    json_begin_object(&w);
    json_text_member(&w, "command", STR("act"));
    json_key(&w, STR("request"));
    json_begin_object(&w);
    json_text_member(&w, "act", STR("start"));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (member(d, what, texts[i]).len > 0) {
            json_text_member(&w, texts[i], member(d, what, texts[i]));
        }
    }
    json_key(&w, STR("with"));
    write_answers(feel_member(what, "with"), feel_member(what, "but"), &w);
    json_end_object(&w);
    json_end_object(&w);
    enum error_code code = command(d, arena_str(&d->arena, buf_str(&json)), &answer);
    buf_release(&json);
    str name = member(d, what, "keep");
    return code == OK && name.len > 0 ? keep(d, name, member(d, answer, "dossier")) : code;
}

static int64_t newest_of(feel_value list, str process)
{
    int64_t newest = 0;
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        int64_t id = feel_whole_member(list.items[i], "dossier");
        if (str_eq(feel_text_member(list.items[i], "process"), process) && id > newest) {
            newest = id;
        }
    }
    return newest;
}

static enum error_code find(struct demo *d, feel_value what)
{
    struct buf json = BUF_INIT(1024);
    feel_value answer;
    enum error_code code = OK;
    int64_t newest = 0;
    buf_printf(&json, "{\"command\":\"list\",\"max\":\"1000\",\"scheme\":\"%.*s\"}",
               STR_ARG(member(d, what, "scheme")));
    for (int waited = 0; code == OK && newest <= d->found && waited < WAIT_MS; waited += LOOK_MS) {
        code = command(d, arena_str(&d->arena, buf_str(&json)), &answer);
        newest = code == OK ? newest_of(answer, member(d, what, "process")) : 0;
        if (newest <= d->found) {
            pause_a_moment();
        }
    }
    buf_release(&json);
    if (code == OK && newest <= d->found) {
        return error_set(d->err, ERROR_MISSING, "no dossier of \"%.*s\" has begun",
                         STR_ARG(member(d, what, "process")));
    }
    d->found = newest;
    return code == OK ? keep(d, member(d, what, "keep"), arena_printf(&d->arena, "%lld", (long long)newest)) : code;
}

/* ---- The steps ---- */

static enum error_code take_step(struct demo *d, str line)
{
    feel_value step;
    enum error_code code = feel_json_read(&d->arena, line, &step, d->err);
    if (code != OK) {
        return code;
    }
    str title = feel_text_member(step, "title");
    if (title.len > 0) {
        fprintf(stderr, "gongshi: %.*s\n", STR_ARG(title));
        return OK;
    }
    if (feel_member(step, "person").kind == FEEL_CONTEXT) {
        return add_person(d, feel_member(step, "person"));
    }
    if (feel_member(step, "applicant").kind == FEEL_CONTEXT) {
        return add_applicant(d, feel_member(step, "applicant"));
    }
    if (feel_member(step, "start").kind == FEEL_CONTEXT) {
        return start(d, feel_member(step, "start"));
    }
    if (feel_member(step, "complete").kind == FEEL_CONTEXT) {
        return do_task(d, feel_member(step, "complete"), "complete");
    }
    if (feel_member(step, "save").kind == FEEL_CONTEXT) {
        return do_task(d, feel_member(step, "save"), "save");
    }
    if (feel_text_member(step, "picture").len > 0) {
        return put_picture(d, feel_text_member(step, "picture"), feel_text_member(step, "keep"));
    }
    if (feel_member(step, "find").kind == FEEL_CONTEXT) {
        return find(d, feel_member(step, "find"));
    }
    return do_command(d, step, line);
}

static enum error_code take_steps(struct demo *d)
{
    str text = STR("");
    enum error_code code = OK;
    uint32_t line = 0;
    find_file(STR("demo/steps.jsonl"), &text);
    for (size_t i = 0, end; i < text.len && code == OK; i = end + 1) {
        struct buf filled = BUF_INIT(LIMIT_JSON_BYTES);
        for (end = i; end < text.len && text.ptr[end] != '\n';) {
            end++;
        }
        line++;
        code = fill_in(d, str_slice(text, i, end), &filled);
        str step = arena_str(&d->arena, buf_str(&filled));
        code = code == OK && step.len > 0 ? take_step(d, step) : code;
        buf_release(&filled);
        if (code != OK) {
            error_at(d->err, STR("demo/steps.jsonl"), line, 0);
        }
    }
    return code;
}

/* ---- The whole ---- */

static void tell_people(const struct demo *d)
{
    printf("%s\n", lang_text(cli_lang, "Who can log in, shown this once:"));
    for (uint32_t i = 0; i < d->people_count; i++) {
        printf("  %-10.*s %s  %.*s  %.*s %.*s\n", STR_ARG(d->people[i].login), d->people[i].password,
               STR_ARG(d->people[i].name), STR_ARG(d->people[i].office), STR_ARG(d->people[i].roles));
    }
    for (uint32_t i = 0; i < d->applicant_count; i++) {
        printf("  %.*s  %.*s: %s\n", STR_ARG(d->applicants[i].address), STR_ARG(d->applicants[i].name),
               lang_text(cli_lang, "an applicant; the code that /account sends stands in /outbox"));
    }
}

/* `folder` of the packages; NULL: in the data directory. */
static enum error_code make(struct demo *d, const char *where, const char *folder)
{
    const struct office_config config = { .where = where, .address = "", .create = true, .serve = true };
    enum error_code code = office_open(&config, &d->office, d->err);
    if (code != OK) {
        return code;
    }
    char *here = realpath(where, NULL);
    d->folder = folder != NULL ? folder : arena_printf(&d->arena, "%s/packages", here == NULL ? where : here).ptr;
    free(here); /* style: allow free: of realpath */
    code = keep(d, STR("packages"), str_of(d->folder));
    code = code == OK ? office_mark_demo(&d->office, d->err) : code;
    code = code == OK ? write_packages(d) : code;
    code = code == OK ? take_steps(d) : code;
    office_close(&d->office);
    return code;
}

int cli_demo(int argc, char **argv)
{
    struct error err = { .lang = cli_lang };
    struct demo d = { .err = &err };
    bool database = argc > 1 && str_starts_with(str_of(argv[1]), STR("postgres"));
    if (argc != (database ? 3 : 2) || argv[1][0] == '-') {
        return cli_usage("where? gongshi demo DIR, or a database and a folder for the packages");
    }
    enum error_code code = make(&d, argv[1], argv[2]);
    if (code == OK) {
        tell_people(&d);
        printf(lang_text(cli_lang, "%s is ready: gongshi serve --data %s"), argv[1], argv[1]);
        printf("\n");
    }
    arena_release(&d.arena);
    return code == OK ? EXIT_DONE : cli_report(&err);
}
