/* http_int: what the files of http share.
 *
 *   wire.c        the lines of a message, byte by byte: where it ends, and what no message may contain
 *   request.c     reading a request: wire.c and llhttp together, the rules that they leave open; what handlers ask
 *   target.c      paths, queries, forms, hosts: decoding
 *   body.c        where a body goes: memory, spool, form
 *   multipart.c   a multipart form as it streams by
 *   answer.c      making an answer, on the thread of whoever makes it
 *   cache.c       answers for everybody
 *   connection.c  one socket: reading, writing, deadlines
 *   server.c      the loop, the workers, and what passes between them
 *   events.c      server-sent events
 *   address.c     addresses: of clients, of proxies, how many connections each has
 *
 * The first five know no socket: a request is read from bytes in memory just as well, which tests and fuzzers do.
 *
 * Threads: whatever belongs to a server or a connection is touched by the loop only, except what says otherwise.
 */
#ifndef GONGSHI_HTTP_HTTP_INT_H
#define GONGSHI_HTTP_HTTP_INT_H

#include "base/buf.h"
#include "base/limit.h"
#include "http/http.h"

#include <llhttp.h>
#include <netinet/in.h>
#include <uv.h>

/* A sentence that a client is refused with; the macro marks it for po/zh.po. */
struct http__refusal {
    int status;
    const char *message;
};

/* ---- wire.c ---- */

enum http__line {
    HTTP__START, HTTP__START_LF, HTTP__METHOD, HTTP__TARGET, HTTP__VERSION,
    HTTP__LINE_LF, HTTP__NAME_FIRST, HTTP__NAME, HTTP__VALUE, HTTP__END_LF,
    HTTP__SIZE_FIRST, HTTP__SIZE, HTTP__EXTENSION, HTTP__SIZE_LF, HTTP__DATA, HTTP__DATA_CR, HTTP__DATA_LF,
    HTTP__END
};

struct http__wire {
    enum http__line line;
    bool chunk_lines;    /* behind the head: chunks and trailers */
    uint32_t bytes;      /* of the head, or of the trailers, so far */
    uint32_t length;     /* of the present method, target or extension */
    uint32_t headers;
    uint64_t chunk_left; /* bytes of the present chunk */
    struct http__refusal refusal;
};

/* Reads on, up to the end of the head (or of a chunked body, after http__wire_chunks), where w->line is HTTP__END, or
 * up to a byte that may not be, where w->refusal says why. Returns the bytes that were read. */
size_t http__wire_read(struct http__wire *w, const char *data, size_t len);

/* From a head that has ended to the chunks behind it. */
void http__wire_chunks(struct http__wire *w);

bool http__is_token(str s);

/* ---- multipart.c ---- */

enum http__part_state { HTTP__PREAMBLE, HTTP__DELIMITED, HTTP__PART_HEAD, HTTP__PART_DATA, HTTP__EPILOGUE };

struct http__multipart {
    enum http__part_state state;
    char delimiter[76]; /* CR LF -- boundary */
    uint32_t delimiter_len;
    uint32_t matched;   /* bytes of the delimiter seen at the end of what came */
    char head[LIMIT_HTTP_PART_HEAD]; /* of the present part */
    uint32_t head_len;
    bool is_file;
    str name, file_name, type;
};

/* ---- The request ---- */

enum http__state {
    HTTP__IN_HEAD,
    HTTP__IN_BODY,
    HTTP__COMPLETE, /* what follows is the next request */
    HTTP__REFUSED   /* r->refusal says why; what follows is not read */
};

enum http__sink { HTTP__MEMORY, HTTP__SPOOL, HTTP__URLENCODED, HTTP__MULTIPART };

enum http__answer { HTTP__NO_ANSWER, HTTP__BYTES, HTTP__FILE, HTTP__EVENTS };

/* A list of pairs that grows in an arena. */
struct http__pairs {
    struct http_pair *items;
    size_t count, size;
};

/* A piece of text that grows in an arena. */
struct http__text {
    char *ptr;
    size_t len, size;
};

struct http_request {
    struct http_request *next; /* in the one list that it stands in: waiting, answered, free */
    struct http_server *server; /* NULL in tests of the reader alone */
    const struct http_config *config;
    struct http__connection *connection; /* NULL once the client is gone */
    struct arena arena;
    char client[INET6_ADDRSTRLEN];
    char id_line[40];          /* "X-Request-Id: …", with its line end; empty: it has none */
    const char *label;
    int64_t asked_at;          /* by the clock of the loop, in nanoseconds; 0: it is not complete */
    bool from_proxy;           /* came over a connection of a trusted proxy */
    bool everybodys;           /* its answer may be in the cache, or go there … */
    uint32_t variant;          /* … as this variant … */
    uint64_t version;          /* … of the counter, when the handler was called */

    /* The reader */
    enum http__state state;
    struct http__refusal refusal;
    struct http__wire wire;
    llhttp_t parser;
    struct http__text head;
    bool head_ended, ended;    /* llhttp has seen the end of the head, of the message */
    bool keep_alive, chunked, wants_continue, has_length;
    uint64_t length, body_bound, body_read;

    /* The request */
    enum http_method method;
    str target, path, query, host;
    struct http__pairs headers;
    bool personal;             /* has a cookie or an authorization */
    bool ranged;
    struct http__pairs queries, fields;
    enum http__sink sink;
    bool may_block;            /* its body may touch files: not to be read on the loop */
    struct http__text body;
    int body_fd;
    struct http__multipart *multipart;
    size_t form_bytes;
    struct http_file *files;   /* LIMIT_HTTP_FILES of them, once there is a multipart form */
    size_t file_count;
    char *upload;              /* HTTP__READ_BUFFER bytes for a body that may block; NULL until it is wanted */

    /* The answer */
    enum http__answer answer;
    bool may_cache, wrong_header, not_modified, is_refusal;
    int status;
    struct http__text added;   /* header lines of the caller */
    str etag;
    str answer_head;           /* status line and headers, without what the loop adds */
    str answer_type, answer_body;
    int answer_fd;
    uint64_t answer_size, answer_sent;
    struct http_events *events;
};

/* An empty request. Before its first use `r` is all zero. */
void http__request_begin(struct http_request *r, const struct http_config *config);

#define HTTP__ID_NAME "X-Request-Id: "

/* Closes its files, forgets its texts; keeps a little memory. */
void http__request_end(struct http_request *r);

/* Reads on. Returns the bytes that were used: all of them while the state stays, and never beyond the end of the head
 * or of the body, so that the caller can look at the state in between. */
size_t http__request_read(struct http_request *r, const char *data, size_t len);

/* Refuses the request unless it is refused already; returns false. */
bool http__refuse(struct http_request *r, int status, const char *message);

/* ---- target.c ---- */

bool http__read_target(struct http_request *r, str raw);
bool http__read_host(struct http_request *r);
/* name=value&name=value… */
bool http__read_pairs(struct http_request *r, str text, struct http__pairs *pairs);
void http__add_pair(struct http_request *r, struct http__pairs *pairs, str name, str value);
bool http__is_text(str s); /* UTF-8 without NUL */

/* ---- body.c ---- */

void http__text_add(struct arena *a, struct http__text *t, str s);
bool http__body_begin(struct http_request *r); /* when the head has been read and a body follows */
bool http__body_add(struct http_request *r, str piece);
bool http__body_end(struct http_request *r);
int http__spool_open(struct http_request *r); /* a nameless file, or -1 and the request is refused */
bool http__spool_write(struct http_request *r, int fd, str piece);

bool http__multipart_begin(struct http_request *r, str content_type);
bool http__multipart_add(struct http_request *r, str piece);
bool http__multipart_end(struct http_request *r);

/* A parameter of a header value, `; name=value` or `; name="value"`, unquoted; false where there is none. */
bool http__parameter(struct arena *a, str value, const char *name, str *ret);

/* ---- answer.c ---- */

/* Makes r->answer_head and decides on 304; on the thread of the caller. */
void http__compose(struct http_request *r, int status, str type, bool has_length, uint64_t length);
/* A refusal's answer: the caller's page. */
void http__compose_error(struct http_request *r, int status, const char *message);
/* True when the client's If-None-Match has the tag. */
bool http__has_version(const struct http_request *r, str etag);
/* "Date: Sat, 28 Nov 2026 09:26:18 GMT" into 38 bytes with its NUL; returns 37. */
size_t http__date(int64_t seconds, char *out, size_t size);

/* ---- cache.c ---- */

struct http__entry {
    struct arena arena; /* which holds the entry too */
    uint32_t references; /* the table's and those of answers on their way */
    uint32_t variant;
    uint64_t version, used;
    str target, host, etag;
    const char *label;
    str head, head_not_modified, body;
    size_t bytes;
};

struct http__cache;
struct http__cache *http__cache_new(struct arena *a);
void http__cache_free(struct http__cache *c);
/* The entry, with a reference for the caller, or NULL. */
struct http__entry *http__cache_find(struct http__cache *c, const struct http_request *r, uint32_t variant,
                                     uint64_t version);
void http__cache_put(struct http__cache *c, const struct http_request *r, uint32_t variant);
void http__entry_drop(struct http__entry *e);

/* ---- address.c ---- */

struct http__address {
    unsigned char bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
};
struct http__network {
    struct http__address address;
    uint32_t bits;
};
struct http__tally; /* connections of each address */

bool http__address_read(const char *text, size_t len, struct http__address *ret);
struct http__address http__address_of(const struct sockaddr *s);
void http__address_text(struct http__address a, char *out, size_t size);
bool http__network_read(const char *text, struct http__network *ret);
bool http__network_has(const struct http__network *networks, size_t count, struct http__address a);
/* Where a trusted proxy sent the request, its client is the last address of X-Forwarded-For that is no proxy's. */
void http__name_client(struct http_request *r);

struct http__tally *http__tally_new(struct arena *a, uint32_t connections);
/* One more of its address; false when there are `bound` already. */
bool http__tally_add(struct http__tally *t, struct http__address a, uint32_t bound);
void http__tally_take(struct http__tally *t, struct http__address a);

/* ---- connection.c ---- */

enum http__phase {
    HTTP__READING,   /* between requests, or in one */
    HTTP__SPOOLING,  /* a piece of a body is on a thread of the pool */
    HTTP__WORKING,   /* the handler has the request */
    HTTP__WRITING,
    HTTP__FETCHING,  /* a piece of a file is on a thread of the pool */
    HTTP__STREAMING, /* events */
    HTTP__LINGERING, /* answered for the last time; what still comes is thrown away so that the answer arrives */
    HTTP__CLOSED
};

struct http__connection {
    struct http__connection *next, *prev; /* all; or the next of the free ones */
    struct http__connection *next_ready;
    struct http_server *server;
    uv_tcp_t socket;
    uv_write_t write;
    uv_shutdown_t shutdown;
    union {
        uv_work_t work;
        uv_fs_t fs;
    } pool;
    enum http__phase phase;
    bool busy;         /* something of it is on a thread of the pool */
    bool gone;         /* the socket is closed */
    bool reading;      /* the socket is being read */
    bool writing;      /* libuv has the rest of what is written */
    bool half_closed;  /* the client will send no more */
    bool idle;         /* between two requests: the next byte begins a new deadline */
    bool closing;      /* after the present answer */
    bool counted, from_proxy, ready;
    struct http__address address;
    char client[INET6_ADDRSTRLEN];
    struct http_request *request;
    struct http__entry *entry; /* the cached answer on its way */
    struct buf pending;        /* came, and is not used yet */
    str piece;                 /* of a body, on a thread of the pool */
    size_t piece_used;
    char tail[96];             /* an unsent rest of the lines that all answers share */
    int64_t due;               /* a deadline that does not move; 0: none */
    int64_t rate_from;         /* since then, bytes count against the rate; 0: they do not */
    uint64_t moved;            /* bytes since then; when writing, those given to libuv */
    int64_t quiet_since;       /* of a stream: the last bytes */
};

void http__connection_open(struct http_server *s);
/* The handler has sent: write it. */
void http__connection_answer(struct http_request *r);
void http__connection_resume(struct http__connection *c);
/* Looks at the deadlines. */
void http__connection_check(struct http__connection *c, int64_t now);
/* Ends what is idle; the rest after its answer. */
void http__connection_stop(struct http__connection *c);
void http__connection_close(struct http__connection *c);
/* The stream has something to send. */
void http__connection_pump(struct http__connection *c);

/* ---- events.c ---- */

struct http_events {
    struct arena arena;       /* which holds this too */
    struct http_events *next; /* in the list of the server */
    struct http_server *server;
    uv_mutex_t mutex;         /* guards what follows */
    struct buf queued;
    bool listed, ended, slow, gone;
    uint32_t holders;         /* the caller, the loop, the list */
    /* The loop's: */
    struct http__connection *connection;
    struct buf sending;
};

/* Moves what is queued to e->sending, which is empty. True when nothing will follow. */
bool http__events_take(struct http_events *e);
/* The loop found it in its list. True: the reader is too slow and is to be dropped. */
bool http__events_listed(struct http_events *e);
/* One holder less; frees it with the last. `gone`: it was the connection. */
void http__events_leave(struct http_events *e, bool gone);

/* ---- server.c ---- */

struct http_server {
    struct http_config config;
    struct arena arena; /* which holds this too */
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_async_t wake;
    uv_timer_t timer;
    uint16_t port;
    bool stopping;
    int64_t stop_at;
    atomic_bool stop_wanted;

    char *read_buffer;
    char date_keep[64], date_close[96]; /* the last header lines, renewed each second */
    size_t date_keep_len, date_close_len;
    int64_t date_second, date_at;

    struct http__connection *connections, *free_connections, *ready;
    uint32_t open;
    struct http__tally *tally;
    struct http__network *proxies;
    size_t proxy_count;
    struct http_request *free_requests;
    struct http__cache *cache;
    uint64_t next_id;
    uint64_t handed_out; /* requests that handlers have */

    uv_mutex_t mutex; /* guards the queue of the workers */
    uv_cond_t work;
    struct http_request *first, **last;
    uint32_t queued;
    bool workers_end;
    uv_thread_t *workers;
    uint32_t worker_count;

    uv_mutex_t answered_mutex; /* guards what others tell the loop */
    struct http_request *answered, **answered_last;
    struct http_events *told;

    struct {
        atomic_uint_fast64_t connections, open, turned_away, requests, cached, refused, overdue, overloaded;
    } counts;
};

#define HTTP__COUNT(s, what) atomic_fetch_add_explicit(&(s)->counts.what, 1, memory_order_relaxed)

enum { HTTP__READ_BUFFER = 64 << 10 };

struct http_request *http__request_new(struct http_server *s);
void http__request_free(struct http_request *r);
/* Queues it for a worker; false when the queue is full. */
bool http__hand_out(struct http_request *r);
/* From any thread: the loop shall write the answer; the stream has something to send; look at the ready ones. */
void http__answered(struct http_request *r);
void http__told(struct http_events *e);
void http__wake(struct http_server *s);
/* The clock of the loop, in milliseconds. */
int64_t http__now(const struct http_server *s);
/* The last lines of a head: the date, and whether the connection goes on. */
str http__tail(struct http_server *s, bool closing);
/* A connection is open, or one is not any more. */
void http__opened(struct http_server *s);
void http__closed(struct http_server *s);

#endif
