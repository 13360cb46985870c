/* web: pages and the JSON API over HTTP. docs/serve.md lists the routes; route.def is their table.
 *
 * Everybody: the register (notices, newest first, with search), a notice as page, JSON and PDF, and the public state of
 * a dossier for who has its number and follow code. With a session: acts on dossiers, tasks, dossiers.
 *
 * A request that waits for a commit holds no thread: the act is submitted, and the answer is sent by whoever learns of
 * the commit. Pages that everybody sees alike are cached by the loop until something public changes.
 */
#ifndef GONGSHI_WEB_WEB_H
#define GONGSHI_WEB_WEB_H

#include "http/http.h"
#include "people/people.h"
#include "publish/publish.h"
#include "work/work.h"

struct web;

/* A setting as it is in force, for the administrator. */
struct web_setting {
    const char *name, *sentence; /* the sentence is English */
    const char *value;           /* NULL: it is not set */
    const char *from;            /* "option", "file", "preset" */
};

struct web_settings {
    const struct web_setting *rows;
    size_t count;
};

/* How copies are made, by whoever serves. */
struct web_copying {
    int64_t since;        /* a copy is being made since then; 0: none is */
    int64_t failed;       /* when the last one came to nothing; 0: it did not */
    struct error error;   /* why */
};

struct web_copies {
    const char *folder;   /* where they stand, a folder each; NULL: the setting is missing, and none can be made here */
    bool (*make)(void *context, int64_t actor); /* begins one; false: one is being made */
    void (*look)(void *context, struct web_copying *ret);
    void *context;
};

struct web_config {
    struct store *store;
    struct people *people;
    struct work *work;
    struct record *record;
    struct publish *publish;
    struct helper *paper; /* makes workbooks and PDF; NULL: neither is served */
    const char *address; /* the public address, "https://…"; NULL: unknown, taken for plain HTTP */
    const char *name;    /* of the office, for the head of every page; NULL: none */
    const char *public_host, *staff_host; /* the names of the two sides, "a.example.cn", perhaps with ":port"; NULL:
                                           * both sides answer under every name */
    const char *scanner; /* clamd, asked about each file that comes in: the path of its socket, or "address:port"; NULL:
                          * none is asked */
    bool scanner_waits;  /* while it is silent files are kept and looked at later; otherwise none is taken */
    void (*letters)(void *context); /* something was put into the outbox; any thread; may be NULL */
    void *context;
    const char *contact, *icp, *police, *site_code; /* for the foot of every page: whom to ask; the numbers of the site
                                                     * with the ministry and the police; its code; NULL: none */
    const struct web_settings *settings; /* may be NULL */
    const struct web_copies *copies;     /* may be NULL */
    int64_t proof_seconds; /* for so long after a log-in nobody is asked for password and code again; 0: always */
    bool second_factor; /* whoever logs in with a password must have a second factor, or set one up */
    bool demo; /* says on every page that all is invented, and lets people log in over plain HTTP from elsewhere */
};

/* Lives in the arena, and as long as the work. web_close gives back what it keeps beside it and ends its streams of
 * events: when no handler runs any more, before the store and the server are closed. */
void web_open(struct arena *a, const struct web_config *config, struct web **ret);
void web_close(struct web *web);

/* Something public has changed: what is cached is made anew. Any thread. */
void web_changed(struct web *web);

/* Something stands in the outbox. */
void web_letters(struct web *web);

/* Fills the handler, the error page, the variants and the version of a server's configuration. */
void web_configure(struct web *web, struct http_config *http);

#endif
