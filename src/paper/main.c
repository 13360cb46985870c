/* gongshi-paper: the helper program that makes PDF, and reads and writes workbooks. See docs/paper.md, docs/sheet.md.
 *
 * Without arguments: a request on standard input, the PDF on standard output. With --serve it is what gongshi starts
 * (src/helper/helper.h). Either way it gives up its rights before it reads anything.
 */
#include "base/limit.h"
#include "helper/sandbox.h"
#include "helper/serve.h"
#include "paper/paper.h"
#include "sheet/sheet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_FAILED = 3 };

static enum lang user_language(void)
{
    static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && value[0] != '\0') {
            return lang_from_name(value);
        }
    }
    return LANG_EN;
}

static int report(const struct error *err)
{
    fprintf(stderr, "gongshi-paper: ");
    if (err->where.line > 0) {
        fprintf(stderr, "%u:%u: ", err->where.line, err->where.column);
    }
    fprintf(stderr, "%s%s%s\n", err->message, err->detail[0] != '\0' ? ": " : "", err->detail);
    if (err->hint[0] != '\0') {
        fprintf(stderr, "  %s\n", err->hint);
    }
    return err->code == ERROR_IO ? EXIT_FAILED : EXIT_REFUSED;
}

/* A job with files is about a workbook, any other is a document. */
static enum error_code work(void *context, struct arena *a, const struct helper_request *request, struct buf *reply,
                            struct error *err)
{
    if (request->file_count > 0) {
        return sheet_work(a, request, reply, err);
    }
    struct paper_document d;
    enum error_code code = paper_read(a, request->text, &d, err);
    return code == OK ? paper_print(context, &d, reply, err) : code;
}

static enum error_code read_request(struct buf *request, struct error *err)
{
    char chunk[64 << 10];
    ssize_t n;
    while (!request->overflow && (n = read(STDIN_FILENO, chunk, sizeof chunk)) != 0) {
        if (n < 0) {
            error_set(err, ERROR_IO, "cannot read the file");
            error_detail(err, "%s", strerrordesc_np(errno));
            return ERROR_IO;
        }
        buf_add(request, (str){ chunk, (size_t)n });
    }
    if (request->overflow) {
        error_set(err, ERROR_LIMIT, "the request to the helper is too large");
        error_detail(err, "limit %s = %d", "HELPER_REQUEST", LIMIT_HELPER_REQUEST);
        return ERROR_LIMIT;
    }
    return OK;
}

static enum error_code write_reply(const struct buf *reply, struct error *err)
{
    if (reply->overflow) {
        error_set(err, ERROR_LIMIT, "the answer of the helper is too large");
        error_detail(err, "limit %s = %d", "HELPER_REPLY", LIMIT_HELPER_REPLY);
        return ERROR_LIMIT;
    }
    for (size_t at = 0; at < reply->len;) {
        ssize_t n = write(STDOUT_FILENO, reply->ptr + at, reply->len - at);
        if (n <= 0) {
            error_set(err, ERROR_IO, "the document could not be written");
            error_detail(err, "%s", strerrordesc_np(errno));
            return ERROR_IO;
        }
        at += (size_t)n;
    }
    return OK;
}

static int filter(struct paper_press *press, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct buf request = BUF_INIT(LIMIT_HELPER_REQUEST), reply = BUF_INIT(LIMIT_HELPER_REPLY);
    enum error_code code = read_request(&request, err);
    code = code == OK ? work(press, &a, &(struct helper_request){ .text = buf_str(&request) }, &reply, err) : code;
    code = code == OK ? write_reply(&reply, err) : code;
    buf_release(&request);
    buf_release(&reply);
    arena_release(&a);
    return code == OK ? EXIT_DONE : report(err);
}

static int usage(enum lang lang)
{
    fprintf(stderr, "gongshi-paper <REQUEST.json >DOCUMENT.pdf\n    %s\n",
            lang_text(lang, "make a PDF of a document (docs/paper.md)"));
    return EXIT_USAGE;
}

/* Gives up the rights and works; returns the exit status. */
static int run(bool serving, enum lang lang)
{
    struct error err = { .lang = lang };
    struct arena process = ARENA_INIT;
    struct paper_press *press = NULL;
    uint32_t rights = 0;
    if (sandbox_enter(&(struct sandbox){ paper_folders, serving }, &rights, &err) != OK ||
        paper_open(&process, &press, &err) != OK) {
        return report(&err);
    }
    if (serving) {
        return helper_serve(rights, work, press) ? EXIT_DONE : EXIT_FAILED;
    }
    return filter(press, &err);
}

int main(int argc, char **argv)
{
    bool serving = argc == 2 && strcmp(argv[1], "--serve") == 0;
    enum lang lang = user_language();
    if (argc > 1 && !serving) {
        return usage(lang);
    }
    if (!serving) {
        close_range(STDERR_FILENO + 1, ~0U, 0);
    }
    /* Not exit: nothing that fontconfig and pango keep needs to be taken apart, and a leak checker may not look. */
    _exit(run(serving, lang));
}
