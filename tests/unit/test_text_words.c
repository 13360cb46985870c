/* test_text_words: texts in another language: the whole ones, those with gaps, what is no file of words. */
#include "tap.h"

#include "base/buf.h"
#include "base/limit.h"
#include "text/words.h"

static struct arena memory;

static const struct words *read(const char *json, struct error *err)
{
    const struct words *w = NULL;
    *err = (struct error){ .lang = LANG_EN };
    return words_read(&memory, STR("en.json"), str_of(json), &w, err) == OK ? w : NULL;
}

static const char file[] =
    "{\"有\": \"Yes\", \"限期\": \"within a limit\", \"多行\\n文字\": \"two\\nlines\",\n"
    "\"管理{1}人，技术{2}人\": \"{2} technical and {1} managing\",\n"
    "\"{1}：须有\": \"{1}: needed\", \"{1}：须有{2}\": \"{1}: {2} is needed\",\n"
    "\"共{1}\": \"{1} in all\", \"空{1}格\": \"gap\", \"{1}{2}尾\": \"{1}|{2}|tail\"}";

static void fills(const struct words *w, const char *text, const char *want)
{
    is_str(words_fill(&memory, w, str_of(text)), str_of(want), "%s", text);
}

static void test_texts(void)
{
    struct error err;
    const struct words *w = read(file, &err);
    if (!ok(w != NULL, "a file of words")) {
        return;
    }
    is_str(words_of(w, STR("有")), STR("Yes"), "a text");
    is_str(words_of(w, STR("多行\n文字")), STR("two\nlines"), "a text of two lines");
    is_str(words_of(w, STR("没有")), STR("没有"), "one that is not there stays");
    is_str(words_of(w, STR("")), STR(""), "so does none");
    is_str(words_of(NULL, STR("有")), STR("有"), "no words at all");
    is_int(words_count(w), 9, "all are counted");
    is_int(words_count(NULL), 0, "none are");
    is_int(words_find(w, STR("没")), -1, "there is no such text");
    is_str(words_entry(w, (uint32_t)words_find(w, STR("限期"))).other, STR("within a limit"), "an entry is found");
}

static void test_gaps(void)
{
    struct error err;
    const struct words *w = read(file, &err);
    fills(w, "有", "Yes");
    fills(w, "管理3人，技术12人", "12 technical and 3 managing");
    fills(w, "管理3人，技术12个", "管理3人，技术12个");
    fills(w, "管理3人", "管理3人");
    fills(w, "管理人，技术人", "管理人，技术人");
    fills(w, "有：须有", "Yes: needed");
    fills(w, "有：须有限期", "Yes: within a limit is needed"); /* the one that says more */
    fills(w, "共有", "Yes in all");
    fills(w, "共共管理3人，技术12人", "12 technical and 3 managing in all in all");
    fills(w, "共共共共有", "共有 in all in all in all"); /* three levels down */
    fills(w, "空5格", "gap");
    fills(w, "甲乙尾", "甲乙尾"); /* nothing says where the first gap ends */
    fills(w, "", "");
    fills(NULL, "管理3人，技术12人", "管理3人，技术12人");
    int gap;
    str rest = STR("{0}甲{1}乙{x}{"), piece = words_piece(&rest, &gap);
    is_str(piece, STR("{0}甲"), "before the first gap");
    is_int(gap, 1, "its number");
    is_str(words_piece(&rest, &gap), STR("乙{x}{"), "behind the last");
    is_int(gap, 0, "there is no more");
}

static void refused(const char *json, uint32_t line, const char *what)
{
    struct error err;
    ok(read(json, &err) == NULL && err.where.line == line, "%s is refused at line %u", what, line);
}

static void test_refused(void)
{
    struct error err;
    refused("[]", 1, "a list");
    refused("{\"a\": \"b\",\n\"c\": 1}", 2, "a number");
    refused("{\"a\": \"b\",\n\n\"c\": \"\"}", 3, "a text without a translation");
    refused("{\"\": \"b\"}", 1, "no text");
    refused("{\"a\": \"b\",\n\"a\": \"c\"}", 2, "the same text twice");
    struct buf b = BUF_INIT(1 << 20);
    for (int i = 0; i < LIMIT_WORDS_GAPPED + 1; i++) {
        buf_printf(&b, "%s\"%d{1}\": \"x\"", i == 0 ? "{" : ",", i);
    }
    buf_addc(&b, '}');
    ok(read(b.ptr, &err) == NULL && strstr(err.detail, "WORDS_GAPPED") != NULL, "WORDS_GAPPED texts with gaps");
    buf_release(&b);
}

int main(void)
{
    test_texts();
    test_gaps();
    test_refused();
    arena_release(&memory);
    return tap_done();
}
