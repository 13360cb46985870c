-- The second schema: ledgers, parameters, assessments and what hangs on them. See 001.sql for the words.

-- work

ALTER TABLE decision ADD COLUMN facts TEXT NOT NULL DEFAULT ''; -- the rows that it rests on, canonical JSON

ALTER TABLE dossier ADD COLUMN round TEXT NOT NULL DEFAULT ''; -- that it was begun in: a JSON value; empty: not known
ALTER TABLE dossier ADD COLUMN ended_at TEXT NOT NULL DEFAULT '';  -- the end event that it came to, where there was one

CREATE TABLE once (              -- what no second dossier may be about, while this one runs or has come to its end
    key TEXT PRIMARY KEY,        -- SHA-256 of scheme, process and the values of its `once`
    dossier INT NOT NULL
) STRICT;
CREATE INDEX once_dossier ON once (dossier);

-- record: sealed values

CREATE TABLE sealed (            -- personal values, encrypted with a key of their owner, which is not in here
    id INT PRIMARY KEY,
    owner TEXT NOT NULL,         -- the handle of a party, or "dossier:17"
    at INT NOT NULL,
    bytes BYTES NOT NULL
) STRICT;

CREATE TABLE attached (          -- who has a file: an erasure takes those that nobody else has
    hash TEXT NOT NULL,          -- of a blob
    owner TEXT NOT NULL,         -- as in `sealed`; empty: the office, which keeps it
    PRIMARY KEY (hash, owner)
) STRICT;
CREATE INDEX attached_owner ON attached (owner);

-- record: the rows of ledgers: what they said, when it held, when the office knew it

ALTER TABLE record RENAME TO record_before;
DROP INDEX record_ledger;

CREATE TABLE record (            -- revisions; one is never changed, only ended
    id INT PRIMARY KEY,
    version INT NOT NULL,
    ledger TEXT NOT NULL,        -- "scheme.ledger"
    entry INT NOT NULL,          -- the row that this is a revision of
    revision INT NOT NULL,       -- from 1
    key BYTES NOT NULL,          -- of the ledger's key fields, or empty
    office INT NOT NULL,
    party TEXT NOT NULL,         -- the handle of its owner, or empty
    dossier INT NOT NULL,        -- that wrote it; 0: none
    parent INT NOT NULL,         -- the row that this row of a child ledger belongs to; 0: none
    valid_from INT NOT NULL,     -- the least and the greatest INT: without bound
    valid_to INT NOT NULL,
    known_from INT NOT NULL,     -- 0 while its batch is on its own shelf: then when the batch was made visible
    known_to INT NOT NULL,       -- the greatest INT: is known
    actor INT NOT NULL,
    batch INT NOT NULL,          -- 0: none
    body TEXT NOT NULL           -- canonical JSON (docs/record.md)
) STRICT;
CREATE INDEX record_entry ON record (entry, revision);
CREATE INDEX record_party ON record (party, entry) WHERE party <> '';
CREATE INDEX record_dossier ON record (dossier, entry) WHERE dossier <> 0;

CREATE TABLE record_index (      -- where revisions are found; can be made again from them
    name TEXT NOT NULL,          -- "scheme.ledger", with key empty; "scheme.ledger.field"; "scheme.ledger#office" …
    shelf INT NOT NULL,          -- 0: is ended; 1: is known; otherwise its batch
    key BYTES NOT NULL,          -- of the value, in its order (feel/key.c)
    entry INT NOT NULL,
    id INT NOT NULL,
    office INT NOT NULL,
    valid_from INT NOT NULL,
    valid_to INT NOT NULL,
    known_from INT NOT NULL,
    known_to INT NOT NULL,
    PRIMARY KEY (name, shelf, key, entry, id)
) STRICT;

CREATE TABLE record_indexed (    -- the names of record_index that are kept; "building" ones are not yet asked
    ledger TEXT NOT NULL,
    name TEXT NOT NULL,
    version INT NOT NULL,
    state TEXT NOT NULL,         -- "whole", "building", "leaving"
    since INT NOT NULL,          -- when the scheme was installed that wants it so
    shelf INT NOT NULL,          -- of "building": how far it is; -1: what an earlier life left is being cleared
    entry INT NOT NULL,
    id INT NOT NULL,
    PRIMARY KEY (ledger, name)
) STRICT;

CREATE TABLE record_key (        -- whoever writes a row of this key takes it: two at once cannot both win
    ledger TEXT NOT NULL,
    key BYTES NOT NULL,
    version INT NOT NULL,
    PRIMARY KEY (ledger, key)
) STRICT;

CREATE TABLE record_batch (      -- imports that are not yet among the other rows
    id INT PRIMARY KEY,
    version INT NOT NULL,
    ledger TEXT NOT NULL,
    state TEXT NOT NULL,         -- "open", "visible", "dropped"
    at INT NOT NULL,             -- of "visible": since when
    actor INT NOT NULL,
    count INT NOT NULL           -- rows
) STRICT;
CREATE INDEX record_batch_ledger ON record_batch (ledger, id);

INSERT INTO record
    SELECT id, version, ledger, id, 1, CAST('' AS BYTES), 0, '', dossier, 0, valid_from,
           CASE valid_to WHEN 0 THEN 9223372036854775807 ELSE valid_to END, known_from,
           CASE known_to WHEN 0 THEN 9223372036854775807 ELSE known_to END, 0, 0, body
    FROM record_before;
INSERT INTO record_index
    SELECT ledger, CASE known_to WHEN 9223372036854775807 THEN 1 ELSE 0 END, CAST('' AS BYTES), entry, id, office,
           valid_from, valid_to, known_from, known_to
    FROM record;
DROP TABLE record_before;

-- work: clocks, links, messages between offices, guests

CREATE TABLE clock (             -- what lists need of the clocks of dossiers: a cache, which events and calendar make
    dossier INT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,         -- "running", "undetermined", "stopped", "ended"
    due INT NOT NULL,            -- the end of the last day; 0: none
    party INT NOT NULL,          -- 1: it runs for the party
    late INT NOT NULL,           -- when its lateness was acted upon; 0: never
    provisional INT NOT NULL,
    calendar TEXT NOT NULL,      -- the version that it was computed with
    began INT NOT NULL,          -- when it was started last; 0: it waits
    ended INT NOT NULL,          -- 0: it has not
    PRIMARY KEY (dossier, name)
) STRICT;
CREATE INDEX clock_due ON clock (due, dossier) WHERE state = 'running' AND late = 0;
CREATE INDEX clock_calendar ON clock (calendar, dossier) WHERE state = 'running';

CREATE TABLE tell (              -- what somebody is told without having to do anything
    id INT PRIMARY KEY,
    at INT NOT NULL,
    office INT NOT NULL,
    role TEXT NOT NULL,          -- of an office; empty: the party of the dossier
    dossier INT NOT NULL,
    what TEXT NOT NULL,          -- JSON: {"clock":…,"due":…} …
    seen INT NOT NULL            -- 0: not yet
) STRICT;
CREATE INDEX tell_open ON tell (office, role, id) WHERE seen = 0;
CREATE INDEX tell_dossier ON tell (dossier, id);

CREATE TABLE link (              -- how dossiers hang together
    dossier INT NOT NULL,
    kind TEXT NOT NULL,          -- "part of", "about", "duplicate of"
    other INT NOT NULL,
    at INT NOT NULL,
    PRIMARY KEY (dossier, kind, other)
) STRICT;
CREATE INDEX link_other ON link (other, dossier);

CREATE TABLE message (           -- between offices (来往件); one row for both sides
    id INT PRIMARY KEY,
    version INT NOT NULL,
    name TEXT NOT NULL,
    sender INT NOT NULL,         -- an office
    receiver INT NOT NULL,       -- an office
    about INT NOT NULL,          -- the dossier of the sender
    target INT NOT NULL,         -- the dossier that it is for; 0: who waits for it, or begins with it
    dossier INT NOT NULL,        -- that took it; 0: none yet
    answers INT NOT NULL,        -- the message that it answers; 0: none
    bundle TEXT NOT NULL,        -- the package that it was sent under
    payload TEXT NOT NULL,       -- JSON: what is sent along, and nothing else is
    files TEXT NOT NULL,         -- JSON: [{"name":…,"hash":…}…]
    transport TEXT NOT NULL,     -- "here", "hand"
    paper TEXT NOT NULL,         -- by hand: the number of the paper, once it is registered
    state TEXT NOT NULL,         -- "sent", "delivered", "unclaimed", "registered", "answered"
    reason TEXT NOT NULL,        -- why it is unclaimed
    sent INT NOT NULL,
    taken INT NOT NULL,          -- when it was delivered or registered; 0: not yet
    answered INT NOT NULL,
    wait INT NOT NULL            -- by hand: the last task of `about` that stands for the other office; 0: none
) STRICT;
CREATE INDEX message_about ON message (about, id);
CREATE INDEX message_target ON message (target, id) WHERE target <> 0;
CREATE INDEX message_dossier ON message (dossier, id) WHERE dossier <> 0;
CREATE INDEX message_receiver ON message (receiver, id);
CREATE INDEX message_state ON message (state, id);

CREATE TABLE transport (         -- how messages reach an office that they do not reach here
    office INT PRIMARY KEY,
    kind TEXT NOT NULL           -- "here", "hand"
) STRICT;

CREATE TABLE held (              -- answers of a task that wait for a countersignature
    dossier INT NOT NULL,
    wait INT NOT NULL,           -- of the task
    sign INT NOT NULL,           -- the wait of the countersign task
    actor INT NOT NULL,          -- who gave them
    at INT NOT NULL,
    answers TEXT NOT NULL,       -- JSON
    PRIMARY KEY (dossier, wait)
) STRICT;

CREATE TABLE recusal (           -- who has declared an interest in a dossier
    dossier INT NOT NULL,
    person INT NOT NULL,
    at INT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (dossier, person)
) STRICT;

CREATE TABLE guest (             -- tasks by one-time link
    token TEXT PRIMARY KEY,      -- SHA-256 of the token: what is stored
    dossier INT NOT NULL,
    wait INT NOT NULL,           -- the task; 0: whichever of `element` is open
    element TEXT NOT NULL,
    paper INT NOT NULL,          -- the document that it stands on, or 0
    made INT NOT NULL,
    made_by INT NOT NULL,
    until INT NOT NULL,
    ended INT NOT NULL,          -- 0: not yet …
    how TEXT NOT NULL            -- … "used", "replaced"
) STRICT;
CREATE INDEX guest_task ON guest (dossier, wait);
-- record: facts ask for the dossiers of a subject

CREATE INDEX dossier_subject ON dossier (subject, id) WHERE subject <> '';

-- work: assessments (src/work/assess.h)

CREATE TABLE assessment (        -- one list made from many records or waiting dossiers
    id INT PRIMARY KEY,
    version INT NOT NULL,
    scheme TEXT NOT NULL,
    bundle TEXT NOT NULL,
    name TEXT NOT NULL,          -- of the manifest
    office INT NOT NULL,
    state TEXT NOT NULL,         -- "draft", "frozen", "seeded", "computed", "previewed", "approved", "done", "superseded"
    corrects INT NOT NULL,       -- the assessment that this one supersedes, or 0
    cut INT NOT NULL,            -- the instant at which records are looked at
    opened INT NOT NULL,
    opened_by INT NOT NULL,
    frozen INT NOT NULL,
    frozen_by INT NOT NULL,
    count INT NOT NULL,          -- of entries
    population TEXT NOT NULL,    -- SHA-256 of what was frozen
    list TEXT NOT NULL,          -- SHA-256 of the list that a lot is drawn of
    given BYTES NOT NULL,        -- what all entries have in common: parameters, thresholds; canonical
    seed TEXT NOT NULL,
    seeded INT NOT NULL,
    seeded_by INT NOT NULL,
    computed INT NOT NULL,
    computed_by INT NOT NULL,
    result TEXT NOT NULL,        -- SHA-256 of what was computed
    quotas TEXT NOT NULL,        -- JSON: quotas and how many have each grade
    previewed INT NOT NULL,
    previewed_by INT NOT NULL,
    approved INT NOT NULL,
    approved_by INT NOT NULL,
    done INT NOT NULL,
    document INT NOT NULL,       -- the paper of the whole list, or 0
    notice INT NOT NULL          -- the notice of the whole list, or 0
) STRICT;
CREATE INDEX assessment_scheme ON assessment (scheme, id);

CREATE TABLE assessment_entry (
    assessment INT NOT NULL,
    number INT NOT NULL,         -- from 1, in the order of freezing
    version INT NOT NULL,
    subject INT NOT NULL,        -- the row or the dossier
    id TEXT NOT NULL,            -- how the list names it
    input BYTES NOT NULL,        -- what is known of it alone; canonical
    struck TEXT NOT NULL,        -- why it has left; or empty
    struck_at INT NOT NULL,
    decision TEXT NOT NULL,      -- SHA-256 of the record of its decision, which can be computed again
    position INT NOT NULL,       -- in the list, from 1; 0: not graded
    part INT NOT NULL,           -- its group, from 0
    grade TEXT NOT NULL,         -- empty: none
    result TEXT NOT NULL,        -- JSON: rank, grade, why
    called INT NOT NULL,         -- the place of another that it was called to, or 0
    outcome TEXT NOT NULL,       -- of carrying out: "", "done", "not waiting", or what went wrong
    carried INT NOT NULL,
    PRIMARY KEY (assessment, number)
) STRICT;
CREATE INDEX assessment_entry_position ON assessment_entry (assessment, position) WHERE position > 0;
CREATE INDEX assessment_entry_subject ON assessment_entry (subject, assessment);

-- publish: papers that are sealed and served, blocks of numbers, notices and whom they are for

ALTER TABLE document ADD COLUMN seal TEXT NOT NULL DEFAULT 'none';      -- "none", "wet", "hook"
ALTER TABLE document ADD COLUMN sample INT NOT NULL DEFAULT 0;          -- 1: rests on a parameter row in state 示例
ALTER TABLE document ADD COLUMN issued INT NOT NULL DEFAULT 0;          -- when its seal was recorded; 0: a draft
ALTER TABLE document ADD COLUMN issued_by INT NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN served INT NOT NULL DEFAULT 0;          -- 0: not yet
ALTER TABLE document ADD COLUMN service TEXT NOT NULL DEFAULT '';       -- JSON: {"how":…,"to":…,"by":…,"note":…}
ALTER TABLE document ADD COLUMN reason TEXT NOT NULL DEFAULT '';        -- why it is void, or could not be made, sealed
ALTER TABLE document ADD COLUMN sealed TEXT NOT NULL DEFAULT '';        -- hash of what the hook made of the PDF

CREATE INDEX document_unserved ON document (id) WHERE served = 0 AND seal <> 'none';

CREATE TABLE number_block (      -- numbers of a series that were given out to a pad or a device
    id INT PRIMARY KEY,
    version INT NOT NULL,
    series TEXT NOT NULL,
    scheme TEXT NOT NULL,
    name TEXT NOT NULL,          -- of the document in the manifest
    office INT NOT NULL,
    holder TEXT NOT NULL,        -- "pad 7", "terminal 3"
    count INT NOT NULL,
    given INT NOT NULL,
    given_by INT NOT NULL
) STRICT;
CREATE INDEX number_block_series ON number_block (series, id);

CREATE TABLE block_number (      -- each of them: used by a document, void, or still out
    id INT PRIMARY KEY,
    version INT NOT NULL,
    series TEXT NOT NULL,
    number INT NOT NULL,
    block INT NOT NULL,
    state TEXT NOT NULL,         -- "out", "used", "void"
    document INT NOT NULL,       -- of "used"
    reason TEXT NOT NULL,        -- of "void"
    at INT NOT NULL,             -- when it was used or voided; 0: out
    actor INT NOT NULL,
    UNIQUE (series, number)
) STRICT;
CREATE INDEX block_number_block ON block_number (block, number);

ALTER TABLE notice ADD COLUMN name TEXT NOT NULL DEFAULT '';            -- of the manifest
ALTER TABLE notice ADD COLUMN audience TEXT NOT NULL DEFAULT 'public';  -- "public", "parties", "internal"
ALTER TABLE notice ADD COLUMN party TEXT NOT NULL DEFAULT '';           -- of "parties": the handle
ALTER TABLE notice ADD COLUMN sample INT NOT NULL DEFAULT 0;            -- as of documents
ALTER TABLE notice ADD COLUMN list INT NOT NULL DEFAULT 0;              -- the list that it is an entry of
ALTER TABLE notice ADD COLUMN before INT NOT NULL DEFAULT 0;            -- the notice that it takes the place of
ALTER TABLE notice ADD COLUMN after INT NOT NULL DEFAULT 0;             -- the one that took its place
ALTER TABLE notice ADD COLUMN ended INT NOT NULL DEFAULT 0;             -- withdrawn, superseded or expired then; 0: not
ALTER TABLE notice ADD COLUMN reason TEXT NOT NULL DEFAULT '';          -- why withdrawn, or why it took another's place
ALTER TABLE notice ADD COLUMN objections TEXT NOT NULL DEFAULT '';      -- the process that takes them
ALTER TABLE notice ADD COLUMN placed INT NOT NULL DEFAULT 0;            -- 1: a field of it is a place
ALTER TABLE notice ADD COLUMN office INT NOT NULL DEFAULT 0;            -- whose it is
ALTER TABLE notice ADD COLUMN publisher TEXT NOT NULL DEFAULT '';       -- the role whose word it waits for, or empty
ALTER TABLE notice ADD COLUMN wait INT NOT NULL DEFAULT 0;              -- the wait of its dossier meanwhile, or 0
ALTER TABLE notice ADD COLUMN proposed INT NOT NULL DEFAULT 0;          -- when; state "waiting" or "declined" until published
ALTER TABLE notice ADD COLUMN proposed_by INT NOT NULL DEFAULT 0;       -- a person, or 0
ALTER TABLE notice ADD COLUMN proposers TEXT NOT NULL DEFAULT '[]';     -- JSON: the persons who may not publish it
ALTER TABLE notice ADD COLUMN held TEXT NOT NULL DEFAULT '';            -- JSON: {"days"|"until":…,"found":[…]}
ALTER TABLE notice ADD COLUMN published_by INT NOT NULL DEFAULT 0;
ALTER TABLE notice ADD COLUMN released TEXT NOT NULL DEFAULT '';        -- why what was found in it may be public
CREATE INDEX notice_desk ON notice (office, id) WHERE state = 'waiting';
CREATE INDEX notice_placed ON notice (id) WHERE placed = 1;
CREATE INDEX notice_list ON notice (list, id) WHERE list <> 0;
CREATE INDEX notice_audience ON notice (audience, state, id);

CREATE TABLE rating (            -- one-time tokens: who has one may rate that thing once
    token TEXT PRIMARY KEY,      -- SHA-256 of what was handed out
    version INT NOT NULL,
    scheme TEXT NOT NULL,
    name TEXT NOT NULL,          -- of the rating in the manifest
    dossier INT NOT NULL,
    office INT NOT NULL,
    made INT NOT NULL,
    until INT NOT NULL,
    used INT NOT NULL,           -- 0: not yet
    started INT NOT NULL         -- the dossier of the process that handles it
) STRICT;
CREATE INDEX rating_dossier ON rating (dossier);

-- work: chains of signatures, drafts

ALTER TABLE held ADD COLUMN persons TEXT NOT NULL DEFAULT '[]'; -- JSON: who has signed so far, and on whose behalf
ALTER TABLE held ADD COLUMN roles TEXT NOT NULL DEFAULT '';     -- who is to sign after that, a line each

CREATE TABLE draft (             -- answers that were not given yet
    owner TEXT NOT NULL,         -- "person 7", or "party p23…": who goes on with it
    about TEXT NOT NULL,         -- a task "17.5", or what is begun: "scheme/process subject"
    at INT NOT NULL,
    keep TEXT NOT NULL,          -- how long, as the manifest says
    sealed INT NOT NULL,         -- the row of sealed, which goes with this one
    answers TEXT NOT NULL,       -- its commitment
    PRIMARY KEY (owner, about)
) STRICT;
CREATE INDEX draft_about ON draft (about);

-- record: days of rows that bring something about

CREATE TABLE due_look (          -- rows whose days are to be computed again: they were written, or their scheme was
    id INT PRIMARY KEY,
    version INT NOT NULL,
    ledger TEXT NOT NULL,
    entry INT NOT NULL,          -- the row; 0: all of the ledger, from `after` on
    after TEXT NOT NULL
) STRICT;

CREATE TABLE due (
    entry INT NOT NULL,
    name TEXT NOT NULL,          -- of the day in the manifest
    day INT NOT NULL,            -- its first instant
    version INT NOT NULL,
    ledger TEXT NOT NULL,
    office INT NOT NULL,
    done INT NOT NULL,           -- when it was acted upon; 0: not yet
    dossier INT NOT NULL,        -- that began by it; 0: none
    PRIMARY KEY (entry, name, day)
) STRICT;
CREATE INDEX due_open ON due (day, entry, name) WHERE done = 0;
CREATE INDEX due_ledger ON due (ledger, day, entry, name);
ALTER TABLE tell ADD COLUMN party TEXT NOT NULL DEFAULT ''; -- the party that is told where there is no dossier
CREATE INDEX tell_party ON tell (party, id) WHERE party <> '';

-- people: accounts from outside, whom they act for, what is sent to them

CREATE TABLE account (           -- a person without login, who logs in by codes
    person INT PRIMARY KEY,
    version INT NOT NULL,
    address TEXT NOT NULL UNIQUE, -- HMAC of the address under the key "accounts"; of a closed one "closed 17"
    sealed BYTES NOT NULL        -- address and name, under the key "account:17"
) STRICT;

CREATE TABLE code (              -- the last code that was sent to an address
    address TEXT PRIMARY KEY,    -- as in account
    version INT NOT NULL,
    mac TEXT NOT NULL,           -- HMAC of address and code; empty: used up
    at INT NOT NULL,             -- when it was made
    tries INT NOT NULL,          -- wrong ones since
    since INT NOT NULL,          -- the codes of an address are counted from here …
    count INT NOT NULL           -- … so many
) STRICT;
CREATE INDEX code_at ON code (at);

CREATE TABLE binding (           -- that a person from outside may act for a party
    id INT PRIMARY KEY,
    version INT NOT NULL,
    person INT NOT NULL,
    party TEXT NOT NULL,         -- the handle
    office INT NOT NULL,         -- whose officers decide
    state TEXT NOT NULL,         -- "requested", "bound", "refused", "ended"
    licence TEXT NOT NULL,       -- hash of a blob; empty: shown at the counter
    letter TEXT NOT NULL,        -- likewise: the letter of authority
    requested INT NOT NULL,
    decided INT NOT NULL,
    decided_by INT NOT NULL,
    until INT NOT NULL,          -- of "bound"
    ended INT NOT NULL,
    ended_by INT NOT NULL,
    reason TEXT NOT NULL         -- of "refused" and "ended"
) STRICT;
CREATE INDEX binding_person ON binding (person, id);
CREATE INDEX binding_party ON binding (party, id);
CREATE INDEX binding_office ON binding (office, state, id);

CREATE TABLE outbox (            -- what is to be sent to people
    id INT PRIMARY KEY,
    version INT NOT NULL,
    at INT NOT NULL,
    state TEXT NOT NULL,         -- "waiting", "sent", "failed"
    ready INT NOT NULL,          -- of "waiting": not to be tried before
    tries INT NOT NULL,
    sealed BYTES NOT NULL        -- address and text, under the key "outbox"
) STRICT;
CREATE INDEX outbox_ready ON outbox (ready, id) WHERE state = 'waiting';
CREATE INDEX outbox_at ON outbox (at, id);

ALTER TABLE session ADD COLUMN party TEXT NOT NULL DEFAULT ''; -- that it acts for

-- work: dossiers that a person from outside has begun without acting for a party

CREATE TABLE began (
    dossier INT PRIMARY KEY,
    person INT NOT NULL
) STRICT;
CREATE INDEX began_person ON began (person, dossier);
-- work: tasks as officers look for them

ALTER TABLE task ADD COLUMN scheme TEXT NOT NULL DEFAULT '';
UPDATE task SET scheme = (SELECT d.scheme FROM dossier d WHERE d.id = task.dossier);
ALTER TABLE task ADD COLUMN line TEXT NOT NULL DEFAULT ''; -- of what is done on site: what the scheme says of it now
-- Lists are read and counted in these alone: so they have every column that a list asks for, status too.
DROP INDEX task_open;
DROP INDEX task_assignee;
CREATE INDEX task_open ON task (office, role, due, dossier, wait, status) WHERE status = 'open';
CREATE INDEX task_assignee ON task (assignee, due, dossier, wait, scheme, element, office, status)
    WHERE status = 'open' AND assignee <> 0;
CREATE INDEX task_free ON task (office, role, due, dossier, wait, assignee, status)
    WHERE status = 'open' AND assignee = 0;
CREATE INDEX task_step ON task (office, role, scheme, element, due, dossier, wait, assignee, status)
    WHERE status = 'open';
CREATE INDEX role_office ON role (office, role);

-- record: files that came in while the virus scanner was silent

CREATE TABLE unscanned (
    hash TEXT PRIMARY KEY,       -- of a blob
    at INT NOT NULL,
    refused INT NOT NULL         -- 0: waits for the scanner; 1: the scanner refuses it
) STRICT;
-- people: the second factor; passwords that somebody else gave; what a session was opened with

CREATE TABLE factor (            -- the second factor of a person: codes that a telephone computes (RFC 6238)
    person INT PRIMARY KEY,
    version INT NOT NULL,
    sealed BYTES NOT NULL,       -- the seed, under the key "factor:17"; empty: none yet
    next BYTES NOT NULL,         -- likewise one that no code has proved yet; empty: none was begun
    since INT NOT NULL,          -- when a code proved the seed; 0: not yet
    step INT NOT NULL,           -- of the last code that was taken: it and all before it are used up
    failures INT NOT NULL,       -- wrong codes in a row
    locked_until INT NOT NULL,
    recovery TEXT NOT NULL       -- SHA-256 of each recovery code that is left, with blanks between
) STRICT;
ALTER TABLE person ADD COLUMN given_until INT NOT NULL DEFAULT 0; -- somebody else gave the password: to be changed before
ALTER TABLE session ADD COLUMN proved INT NOT NULL DEFAULT 0;     -- when all that a log-in takes was last given
ALTER TABLE session ADD COLUMN second INT NOT NULL DEFAULT 0;     -- 1: the second factor was
CREATE INDEX audit_actor ON audit (actor, id);                    -- who did what, for administrators
CREATE INDEX audit_at ON audit (at);
-- work: departures

CREATE TABLE departure (         -- a person's result stands in the place of the one that was computed
    decision INT PRIMARY KEY,
    dossier INT NOT NULL,
    at INT NOT NULL,
    actor INT NOT NULL,          -- who gave it; all who signed stand in the history
    reason TEXT NOT NULL         -- JSON: out of the list of reasons
) STRICT;

-- record: numbers of rows

CREATE TABLE record_number (     -- of fields that are numbered: whoever writes a row of this key has that number
    series TEXT NOT NULL,        -- "sites.findings.paper/2026"
    number INT NOT NULL,         -- from 1, without gaps
    entry INT NOT NULL,          -- the row
    PRIMARY KEY (series, number)
) STRICT;

-- work: drawings by lot of people, of whom one may have to be replaced

CREATE TABLE drawing (
    dossier INT NOT NULL,
    wait INT NOT NULL,           -- of the service task that drew
    at INT NOT NULL,             -- when it was drawn, or somebody replaced
    role TEXT NOT NULL,          -- of which people were drawn
    list TEXT NOT NULL,          -- of logins, a line each
    hash TEXT NOT NULL,          -- its SHA-256
    seed TEXT NOT NULL,
    drawn TEXT NOT NULL,         -- JSON: the logins that have the places now; null: nobody is left
    PRIMARY KEY (dossier, wait)
) STRICT;

-- record: files that came in and that perhaps nothing will ever name

CREATE TABLE sent (
    hash TEXT NOT NULL,          -- of a blob, which comes after the row
    at INT NOT NULL,
    owner TEXT NOT NULL,         -- as in `attached`: whose it is until something is written that names it
    PRIMARY KEY (hash, at)
) STRICT;
CREATE INDEX sent_at ON sent (at);
CREATE INDEX sent_owner ON sent (owner);
