-- The first schema. Common subset of SQLite and PostgreSQL: the store replaces the words INT (int64), TEXT, BYTES and
-- the ending STRICT by what each database calls them. No column is NULL. Instants are microseconds since 1970 UTC.
-- Names of columns stand in the same order in tables.def.

-- people: who works where, who may act for whom

CREATE TABLE office (            -- the tree of offices: province, city, county, station
    id INT PRIMARY KEY,
    version INT NOT NULL,
    parent INT NOT NULL,         -- 0: the top
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    level TEXT NOT NULL          -- "county" and so on; a word of the office tree
) STRICT;

CREATE TABLE person (            -- a user; "user" is a reserved word in PostgreSQL
    id INT PRIMARY KEY,
    version INT NOT NULL,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    office INT NOT NULL,
    password TEXT NOT NULL,      -- an Argon2id string, or empty: cannot log in
    state TEXT NOT NULL,         -- "active", "closed"
    failures INT NOT NULL,       -- wrong passwords in a row
    locked_until INT NOT NULL,
    created INT NOT NULL
) STRICT;

CREATE TABLE role (              -- who may do what in which office; a delegation is a role on behalf of somebody
    person INT NOT NULL,
    office INT NOT NULL,
    role TEXT NOT NULL,
    version INT NOT NULL,
    since INT NOT NULL,
    until INT NOT NULL,          -- 0: no end
    given_by INT NOT NULL,
    on_behalf INT NOT NULL,      -- of this person; 0: in one's own right
    PRIMARY KEY (person, office, role)
) STRICT;

CREATE TABLE session (
    token TEXT PRIMARY KEY,      -- SHA-256 of the cookie
    version INT NOT NULL,
    person INT NOT NULL,
    created INT NOT NULL,
    seen INT NOT NULL,
    until INT NOT NULL,
    csrf TEXT NOT NULL
) STRICT;
CREATE INDEX session_until ON session (until);

-- work: models, dossiers and what they wait for

CREATE TABLE model (             -- a file of a bundle, named by its SHA-256
    hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,          -- "bpmn", "dmn", "form", "json"
    file TEXT NOT NULL,
    bytes BYTES NOT NULL
) STRICT;

CREATE TABLE bundle (            -- an immutable version of a scheme: names and hashes of its files
    hash TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    manifest TEXT NOT NULL,
    created INT NOT NULL
) STRICT;

CREATE TABLE deployed (          -- which bundle new dossiers of a scheme run on: the highest number
    name TEXT NOT NULL,
    number INT NOT NULL,
    bundle TEXT NOT NULL,
    since INT NOT NULL,
    actor INT NOT NULL,
    PRIMARY KEY (name, number)
) STRICT;

CREATE TABLE dossier (           -- all rows of a dossier change only in units that change its version
    id INT PRIMARY KEY,          -- also its number
    version INT NOT NULL,
    scheme TEXT NOT NULL,
    code TEXT NOT NULL,          -- the follow code: who knows it may see the public state
    bundle TEXT NOT NULL,
    process TEXT NOT NULL,
    outcome TEXT NOT NULL,       -- "running", "ended", "terminated", "failed", "cancelled"
    state BYTES NOT NULL,        -- of the process engine, canonical JSON; empty once it has ended
    office INT NOT NULL,
    subject TEXT NOT NULL,
    parent INT NOT NULL,         -- the dossier that called this one, or 0
    parent_wait INT NOT NULL,
    opened INT NOT NULL,
    changed INT NOT NULL,
    closed INT NOT NULL
) STRICT;
CREATE INDEX dossier_scheme ON dossier (scheme, id);
CREATE INDEX dossier_parent ON dossier (parent) WHERE parent <> 0;

CREATE TABLE task (
    dossier INT NOT NULL,
    wait INT NOT NULL,           -- of the process state; pages and commands call a task "dossier.wait"
    element TEXT NOT NULL,
    name TEXT NOT NULL,
    form TEXT NOT NULL,
    office INT NOT NULL,         -- of the candidates, with the role
    role TEXT NOT NULL,
    assignee INT NOT NULL,       -- 0: nobody
    status TEXT NOT NULL,        -- "open", "done", "withdrawn", "returned"
    opened INT NOT NULL,
    due INT NOT NULL,            -- 0: none
    closed INT NOT NULL,
    detail TEXT NOT NULL,        -- JSON: all that the model says of it
    PRIMARY KEY (dossier, wait)
) STRICT;
CREATE INDEX task_open ON task (office, role, due, dossier) WHERE status = 'open';
CREATE INDEX task_assignee ON task (assignee, due, dossier) WHERE status = 'open' AND assignee <> 0;

CREATE TABLE timer (
    dossier INT NOT NULL,
    wait INT NOT NULL,
    due INT NOT NULL,
    PRIMARY KEY (dossier, wait)
) STRICT;
CREATE INDEX timer_due ON timer (due, dossier, wait);

CREATE TABLE subscription (
    dossier INT NOT NULL,
    wait INT NOT NULL,
    kind TEXT NOT NULL,          -- "message", "signal"
    name TEXT NOT NULL,
    key TEXT NOT NULL,           -- canonical JSON of the correlation key; of a signal empty
    PRIMARY KEY (dossier, wait)
) STRICT;
CREATE INDEX subscription_name ON subscription (kind, name, key, dossier);

CREATE TABLE incident (          -- a step that failed and waits to be mended
    dossier INT NOT NULL,
    number INT NOT NULL,         -- of the process state
    item INT NOT NULL,
    element TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    opened INT NOT NULL,
    PRIMARY KEY (dossier, number)
) STRICT;

CREATE TABLE decision (          -- what was decided, in canonical form: docs/record.md
    id INT PRIMARY KEY,
    dossier INT NOT NULL,
    element TEXT NOT NULL,
    name TEXT NOT NULL,
    bundle TEXT NOT NULL,
    model TEXT NOT NULL,         -- hash of the DMN file
    at INT NOT NULL,
    hash TEXT NOT NULL,          -- SHA-256 of the record
    record BYTES NOT NULL
) STRICT;
CREATE INDEX decision_dossier ON decision (dossier, id);

CREATE TABLE audit (             -- who did what: at once the history of every thing
    id INT PRIMARY KEY,
    at INT NOT NULL,
    actor INT NOT NULL,          -- a person; 0: the program itself
    verb TEXT NOT NULL,
    kind TEXT NOT NULL,          -- of the object: "dossier", "person", "notice" …
    object INT NOT NULL,
    detail TEXT NOT NULL,        -- canonical JSON
    batch INT NOT NULL           -- of the chain that holds it; 0: not yet
) STRICT;
CREATE INDEX audit_object ON audit (kind, object, id);
CREATE INDEX audit_open ON audit (id) WHERE batch = 0;

CREATE TABLE audit_batch (       -- the chain: each batch names its rows, and the hash of the batch before
    number INT PRIMARY KEY,
    at INT NOT NULL,
    count INT NOT NULL,
    before TEXT NOT NULL,
    hash TEXT NOT NULL,
    ids BYTES NOT NULL
) STRICT;

CREATE TABLE request (           -- what was asked under an idempotency key, and what was answered
    key TEXT PRIMARY KEY,
    at INT NOT NULL,
    actor INT NOT NULL,
    digest TEXT NOT NULL,        -- of the request: the same key with another request is refused
    answer TEXT NOT NULL
) STRICT;
CREATE INDEX request_at ON request (at);

CREATE TABLE queue (             -- jobs, outgoing mail and the like
    id INT PRIMARY KEY,
    version INT NOT NULL,
    name TEXT NOT NULL,
    ready INT NOT NULL,          -- not before
    leased INT NOT NULL,         -- held until
    holder TEXT NOT NULL,
    tries INT NOT NULL,
    dossier INT NOT NULL,
    wait INT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX queue_ready ON queue (name, ready, id);
CREATE INDEX queue_dossier ON queue (dossier, wait);

-- publish

CREATE TABLE notice (
    id INT PRIMARY KEY,
    version INT NOT NULL,
    series TEXT NOT NULL,
    number INT NOT NULL,
    kind TEXT NOT NULL,          -- "proposed", "entry", "list", "call"
    dossier INT NOT NULL,
    title TEXT NOT NULL,
    fields TEXT NOT NULL,        -- JSON: only what the white list names
    state TEXT NOT NULL,         -- "published", "withdrawn"
    published INT NOT NULL,
    until INT NOT NULL,          -- 0: no end
    document INT NOT NULL,       -- the page for the board
    UNIQUE (series, number)
) STRICT;
CREATE INDEX notice_published ON notice (published, id);
CREATE INDEX notice_dossier ON notice (dossier, id);

CREATE TABLE document (          -- a numbered paper: its content is frozen, the PDF made of it is a blob
    id INT PRIMARY KEY,
    version INT NOT NULL,
    series TEXT NOT NULL,
    number INT NOT NULL,
    name TEXT NOT NULL,
    dossier INT NOT NULL,
    content TEXT NOT NULL,       -- JSON
    state TEXT NOT NULL,         -- "drafted", "made", "failed"
    blob TEXT NOT NULL,          -- hash, once made
    made INT NOT NULL,
    UNIQUE (series, number)
) STRICT;
CREATE INDEX document_dossier ON document (dossier, id);

CREATE TABLE record (            -- the rows of all ledgers; one is never changed, only ended
    id INT PRIMARY KEY,
    version INT NOT NULL,
    ledger TEXT NOT NULL,
    dossier INT NOT NULL,        -- that wrote it
    valid_from INT NOT NULL,
    valid_to INT NOT NULL,       -- 0: no end
    known_from INT NOT NULL,
    known_to INT NOT NULL,       -- 0: is known
    body TEXT NOT NULL           -- canonical JSON
) STRICT;
CREATE INDEX record_ledger ON record (ledger, id);

-- of the store itself

CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until INT NOT NULL
) STRICT;

CREATE TABLE series (
    name TEXT PRIMARY KEY,
    last INT NOT NULL
) STRICT;

CREATE TABLE meta (              -- "schema", "commit", "ids"
    name TEXT PRIMARY KEY,
    value INT NOT NULL
) STRICT;
