/* http: a server for HTTP/1.1. TLS and HTTP/2 belong to the reverse proxy in front of it.
 *
 * Vocabulary
 *   server      a listening socket, one loop thread that owns all sockets, and the workers
 *   worker      a thread that runs the handler; handlers never run on the loop
 *   request     what a client asks, complete: the handler sees it when its body has been read. It is also the handle to
 *               answer by
 *   answer      what goes back, exactly one for each request, made by one of the http_send functions
 *   form        the fields of a urlencoded or multipart body; its files lie in the spool
 *   spool       a folder for what is too large for memory: files without a name, which vanish when they are closed
 *   cache       answers that the loop gives again by itself, as long as the caller's version counter stands still
 *   refusal     the answer to what breaks the protocol or a limit: a page of the caller's, and the connection closes
 *   events      a stream of server-sent events: an answer without end
 *
 * Invariants
 *   1. A request is refused unless it can be read in one way only (RFC 9112): two lengths, a length beside an encoding,
 *      a bare CR or LF, a folded header, no Host or two … are 400, and nothing more is read from that connection.
 *   2. Each wait for a client has an absolute deadline, which single bytes do not move: for a head, for a body (with a
 *      least rate), between requests, for a reader that does not read. A handler has none: its request waits until it
 *      is sent. What waits costs memory, never a thread.
 *   3. Everything a client can make grow has a bound: the rows HTTP_… of base/limit.def, and below them the fields of
 *      struct http_config.
 *   4. Requests of one connection are handled one after another, and answered in their order.
 *   5. No text of an answer's header can break out of it: what has a CR, LF or NUL makes the answer a 500.
 *
 * Ownership: a request belongs to the loop until the handler is called; then to the handler, on whatever thread, until
 * it is sent; then to the loop again, and may be gone. All texts of a request live in its arena, http_arena(), as may
 * what is made for its answer. A client that goes away takes nothing with it: the request stays until it is sent.
 *
 * Life cycle: http_open, http_run (on a thread of its own, or the main one), http_stop from anywhere, http_close once
 * http_run has returned.
 *
 * Units: sizes in bytes, times in milliseconds. Texts from clients are UTF-8 without NUL where they are decoded (path,
 * query, form) and any bytes but CR, LF and NUL where they are not (headers, cookies, the raw target).
 */
#ifndef GONGSHI_HTTP_HTTP_H
#define GONGSHI_HTTP_HTTP_H

#include "base/arena.h"
#include "base/error.h"

#include <stdatomic.h>

struct http_server;
struct http_request;
struct http_events;

/* ---- The server ---- */

/* Called on a worker, once for each request. It sends the answer, or keeps `r` and sends it later from any thread. */
typedef void http_handler(struct http_request *r, void *context);

/* A page for an answer that has nothing but a status and a sentence to say. `message` is English and has a translation
 * (base/lang.h). `r` may be half read: its headers can be asked, its path and form may be empty. Called on the loop or
 * by http_send_error; what it returns lives in http_arena(r) or longer. */
struct http_page {
    str type; /* "text/html; charset=utf-8" */
    str body;
};
typedef struct http_page http_error_page(struct http_request *r, int status, const char *message, void *context);

/* Which of the cached answers to one target this client gets: a number for its class (language, encoding …). Called on
 * the loop, so it looks at headers and does nothing else. */
typedef uint32_t http_variant(const struct http_request *r, void *context);

/* How large the body of this request may be; called on the loop when its head has been read. */
typedef uint64_t http_body_bound(const struct http_request *r, void *context);

enum http_method {
    HTTP_METHOD_GET,
    HTTP_METHOD_HEAD, /* answer it as GET: the body is left out by the loop */
    HTTP_METHOD_POST,
    HTTP_METHOD_PUT,
    HTTP_METHOD_DELETE,
    HTTP_METHOD_PATCH,
    HTTP_METHOD_OPTIONS,
    HTTP_METHODS
};

/* What a log says of a request that was answered: nothing of who asked, and nothing that he wrote. */
struct http_answered {
    str id;             /* http_id */
    enum http_method method;
    const char *label;  /* http_label; NULL: the handler gave none, or never saw it */
    int status;
    uint64_t bytes;     /* of the body; of a stream of events 0 */
    int64_t micros;     /* since the request was there as a whole; of a refusal 0 */
    bool cached, gone;  /* the loop answered by itself; nobody was there any more to take the answer */
};

/* Called on the loop when the answer is about to be written, so it must not wait. */
typedef void http_log(const struct http_answered *what, void *context);

/* Zero in any field stands for the default beside it. */
struct http_config {
    const char *listen;             /* "127.0.0.1:8080", "[::1]:8080"; the port 0 takes a free one */
    http_handler *handler;
    http_error_page *error_page;    /* plain text */
    http_variant *variant;          /* all clients alike */
    http_body_bound *body_bound;    /* body_bytes for all */
    void *context;                  /* given to all four */
    http_log *log;                  /* none */
    void *log_context;
    uint64_t first_id;              /* answers have no X-Request-Id. Otherwise the first one; each further request has
                                     * the next. What was never used before, such as microseconds since 1970 */
    const atomic_uint_fast64_t *version; /* no cache. Otherwise: raised whenever something that pages show has changed,
                                          * after the change can be seen; outlives the server */
    const char *spool;              /* none: bodies beyond body_memory and files are refused with 413 */
    const char *const *proxies;     /* none. NULL-terminated: addresses or networks ("10.0.0.0/8") of reverse proxies,
                                     * whose X-Forwarded-For is believed and which have no bound of connections */
    uint32_t workers;               /* processors + 1 */
    uint32_t connections;           /* LIMIT_HTTP_CONNECTIONS */
    uint32_t connections_per_address; /* LIMIT_HTTP_CONNECTIONS_PER_ADDRESS; an IPv6 network /64 counts as one */
    uint32_t queue;                 /* LIMIT_HTTP_QUEUE: requests that wait for a worker; one more is answered 503 */
    uint64_t body_bytes;            /* 25 MiB; never above LIMIT_HTTP_BODY */
    uint64_t body_memory;           /* LIMIT_HTTP_BODY_MEMORY: above it a body goes to the spool */
    uint32_t head_ms;               /* 10,000: from the first byte of a request (of a connection: from its opening) */
    uint32_t idle_ms;               /* 15,000: between requests */
    uint32_t body_ms;               /* 1,800,000 for a whole body … */
    uint32_t grace_ms;              /* 10,000: … and after these it must have come, and an answer must be taken, … */
    uint32_t rate;                  /* 1,024: … at this rate, bytes a second */
    uint32_t stop_ms;               /* 10,000: how long http_stop waits for clients to take their answers */
};

/* Listens, but answers nobody before http_run. ERROR_INVALID: an address that is none; ERROR_IO: the system said no. */
enum error_code http_open(const struct http_config *config, struct http_server **ret_server, struct error *err);

/* The port that it listens on. */
uint16_t http_port(const struct http_server *server);

/* Serves until http_stop: then no new connections are taken, idle ones and event streams are closed, and running
 * requests are answered. Returns when every request that a handler was given has been sent. */
void http_run(struct http_server *server);

/* May be called from any thread, more than once, and in a signal handler. */
void http_stop(struct http_server *server);

/* Frees everything. Before http_run, or after it has returned; never beside it. Event streams must have been ended. */
void http_close(struct http_server *server);

/* What happened since http_open; each number is right, all together are no snapshot. */
struct http_counts {
    uint64_t connections; /* taken */
    uint64_t open;        /* of them, now */
    uint64_t turned_away; /* closed at once: one too many, of all or of their address */
    uint64_t requests;    /* read completely */
    uint64_t cached;      /* of them, answered from the cache */
    uint64_t refused;     /* broke the protocol or a limit */
    uint64_t overdue;     /* missed a deadline */
    uint64_t overloaded;  /* found the queue full */
};
struct http_counts http_counts(const struct http_server *server);

/* ---- The request ---- */

struct http_pair {
    str name, value;
};

/* Memory that lives as long as the request. One thread at a time. */
struct arena *http_arena(struct http_request *r);

enum http_method http_method(const struct http_request *r);
const char *http_method_name(enum http_method method); /* "GET" */

/* The name of this one request, 16 hexadecimal digits, as its answer has it in X-Request-Id; empty where there are none
 * (first_id). It is no secret. */
str http_id(const struct http_request *r);

/* What the log calls it: a text that lives for ever. An address may hold a code; the pattern that it fits does not. */
void http_label(struct http_request *r, const char *label);

/* The target as it was sent, without scheme and host: "/a%20b?c=d". */
str http_target(const struct http_request *r);

/* Its path: percent-decoded, dot segments resolved, empty segments left out: "/a b". Always begins with "/", but for
 * OPTIONS "*". An encoded slash or a control character is refused. */
str http_path(const struct http_request *r);

/* The Host header, with its port; empty only where HTTP/1.0 has none. Whoever builds addresses of it compares first. */
str http_host(const struct http_request *r);

/* The client's address as text, "192.0.2.7" or "2001:db8::7"; behind a trusted proxy the one it names. */
str http_client(const struct http_request *r);

/* A header by its lower-case name; empty where there is none. Of several the first: count with http_headers. */
str http_header(const struct http_request *r, const char *lower_case_name);
const struct http_pair *http_headers(const struct http_request *r, size_t *ret_count);

/* A cookie by its name; empty where there is none. */
str http_cookie(const struct http_request *r, const char *name);

/* The decoded parameters of the query, in their order; of the first with a name, the value. NULL: there is none. */
const struct http_pair *http_queries(const struct http_request *r, size_t *ret_count);
const str *http_query(const struct http_request *r, const char *name);

/* The same of the form's fields; none unless the body is a form. */
const struct http_pair *http_fields(const struct http_request *r, size_t *ret_count);
const str *http_field(const struct http_request *r, const char *name);

/* A file of a multipart form. The descriptor stands at the beginning, belongs to the request and is closed with it: who
 * wants to keep the file copies it. `name` is what the client says: data, never a path of ours. */
struct http_file {
    str field, name, type;
    int fd;
    uint64_t size;
};
const struct http_file *http_files(const struct http_request *r, size_t *ret_count);

/* The body: in memory, or, when `*ret_fd` is not -1, in a file of the spool as above. Empty for forms. */
str http_body(const struct http_request *r, int *ret_fd, uint64_t *ret_size);

/* ---- The answer ---- */

/* Adds a header line to the answer, before it is sent. Not for Content-Length, Content-Type, Date, Connection and
 * Transfer-Encoding, which are made here. False: the name or value cannot stand in a header, and the answer will be a
 * 500 whatever is sent (a stream of events goes without that header). */
bool http_add_header(struct http_request *r, const char *name, str value);

/* Whether the answer has a header of this name already. */
bool http_has_added(const struct http_request *r, const char *name);

/* The entity tag of the answer, without quotes. If the client has that version, http_send answers 304 in its place. */
bool http_add_etag(struct http_request *r, str tag);

/* Lets the loop give this answer to others, until the version counter moves on from where it stood when the handler was
 * called. Counts for 200 to GET and HEAD without cookie, authorization and range, unless the answer sets a cookie; the
 * caller sees to it that it depends on nothing but target, Host and variant. */
void http_may_cache(struct http_request *r);

/* Each of these sends and takes `r` away. Callable from any thread. `type` is the Content-Type, empty for none. */

/* `body` lives in http_arena(r) or for ever; it is not copied. */
void http_send(struct http_request *r, int status, str type, str body);

/* `size` bytes of an open file from its beginning; the descriptor now belongs to the server. */
void http_send_file(struct http_request *r, int status, str type, int fd, uint64_t size);

/* The page that config.error_page makes. */
void http_send_error(struct http_request *r, int status, const char *message);

/* ---- Server-sent events ---- */

/* Begins a stream. The handle belongs to the caller, who ends it once with http_end_events. */
struct http_events *http_send_events(struct http_request *r);

/* Queues an event; name and id may be empty, line breaks in the data are kept. Never waits. False: the client is gone,
 * or was dropped because LIMIT_HTTP_EVENTS bytes waited for it; only http_end_events makes sense then. */
bool http_send_event(struct http_events *events, str name, str id, str data);

/* Ends the stream after what is queued. The handle is gone. */
void http_end_events(struct http_events *events);

#endif
