/* applicant: makes an account as its owner and an officer would: the code that was sent is taken out of the outbox. */
#include "cli/applicant.h"

#include "base/clock.h"
#include "base/limit.h"

enum { DIGITS = 6, BOUND_DAYS = 365 };
#define DAY INT64_C(86400000000)

/* The six digits of the text that was sent to this address last. */
static enum error_code find_code(struct office *o, struct arena *a, struct people_address to, str *ret,
                                 struct error *err)
{
    const struct people_letter *letters;
    struct store_view *v;
    uint32_t count;
    enum error_code code = store_view(o->store, &v, err);
    if (code != OK) {
        return code;
    }
    code = people_letters(o->people, v, a, false, clock_now_micros(), 1, &letters, &count, err);
    store_view_end(v);
    bool own = code == OK && count == 1 && str_eq(letters[0].to.text, to.text);
    for (size_t i = 0, digits = 0; own && i < letters[0].text.len; i++) {
        digits = letters[0].text.ptr[i] >= '0' && letters[0].text.ptr[i] <= '9' ? digits + 1 : 0;
        if (digits == DIGITS) {
            *ret = str_slice(letters[0].text, i + 1 - DIGITS, i + 1);
            return OK;
        }
    }
    return code == OK ? error_set(err, ERROR_MISSING, "no code was sent") : code;
}

static enum error_code rename_account(struct office *o, struct arena *a, int64_t person, str name, struct error *err)
{
    struct people_plan plan;
    enum error_code code = people_begin(o->people, a, person, clock_now_micros(), &plan, err);
    return code == OK ? people_finish(&plan, people_account_rename(&plan, person, name, err), NULL, err) : code;
}

static enum error_code bind(struct office *o, struct arena *a, const struct applicant *who, int64_t person, str party,
                            struct error *err)
{
    struct people_plan plan;
    struct people_person officer;
    int64_t office, binding = 0, now = clock_now_micros();
    enum error_code code = people_begin(o->people, a, person, now, &plan, err);
    if (code != OK) {
        return code;
    }
    code = office_by_code(plan.view, who->office, &office, err);
    code = code == OK ? people_person_by_login(plan.view, a, who->officer, &officer, err) : code;
    code = code == OK ? people_binding_request(&plan, person, party, office, STR(""), STR(""), &binding, err) : code;
    code = people_finish(&plan, code, NULL, err);
    code = code == OK ? people_begin(o->people, a, officer.id, now, &plan, err) : code;
    if (code != OK) {
        return code;
    }
    code = people_binding_bind(&plan, binding, now + BOUND_DAYS * DAY, err);
    return people_finish(&plan, code, NULL, err);
}

enum error_code applicant_make(struct office *o, struct arena *a, const struct applicant *who, struct error *err)
{
    struct people_address address;
    struct people_login login;
    str digits = STR("");
    enum error_code code = people_address_read(who->address, a, &address, err);
    enum lang lang = err->lang;
    err->lang = LANG_ZH; /* of the letter: it stands in the sample, which is Chinese */
    code = code == OK ? people_code_send(o->people, address, clock_now_micros(), err) : code;
    err->lang = lang;
    code = code == OK ? find_code(o, a, address, &digits, err) : code;
    code = code == OK ? people_code_use(o->people, address, digits, clock_now_micros(), &login, err) : code;
    code = code == OK ? rename_account(o, a, login.session.person, who->name, err) : code;
    for (uint32_t i = 0; i < who->party_count && code == OK; i++) {
        code = bind(o, a, who, login.session.person, who->parties[i], err);
    }
    return code;
}
