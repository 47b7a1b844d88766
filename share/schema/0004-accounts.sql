-- Version 4: who may enter the workbench. docs/ledger.md tells what each column means. Passwords stand
-- here as argon2id only; of what opens a door (links, cookies, recovery codes) only the SHA-256.

CREATE TABLE account (
    id            INTEGER PRIMARY KEY REFERENCES event (seq),
    version       INTEGER NOT NULL REFERENCES event (seq),
    name          TEXT NOT NULL UNIQUE,
    display       TEXT NOT NULL,
    salt          TEXT NOT NULL,
    role          TEXT NOT NULL
                  CHECK (role IN ('administrator', 'coordinator', 'coach', 'researcher',
                                  'fidelity-reviewer')),
    coach         TEXT NOT NULL CHECK ((role = 'coach') = (coach <> '')),
    disabled      INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    language      TEXT NOT NULL CHECK (language IN ('en', 'nl')),
    password      TEXT NOT NULL,
    second_factor TEXT NOT NULL,
    last_step     INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_code (
    account INTEGER NOT NULL REFERENCES account (id),
    place   INTEGER NOT NULL CHECK (place BETWEEN 1 AND 10),
    hash    TEXT NOT NULL,
    used_by INTEGER REFERENCES event (seq),
    PRIMARY KEY (account, place)
) STRICT, WITHOUT ROWID;

-- From here on nothing is an event: these rows end by themselves, or count what failed.
CREATE TABLE one_time_link (
    token                TEXT PRIMARY KEY,
    account              INTEGER NOT NULL REFERENCES account (id),
    made                 INTEGER NOT NULL,
    resets_second_factor INTEGER NOT NULL CHECK (resets_second_factor IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_link_account ON one_time_link (account);

CREATE TABLE session (
    token   TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    stage   TEXT NOT NULL CHECK (stage IN ('password', 'whole')),
    pending TEXT NOT NULL,
    began   INTEGER NOT NULL,
    seen    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account);

CREATE TABLE sign_in_attempt (
    subject  TEXT PRIMARY KEY,
    failures INTEGER NOT NULL CHECK (failures >= 0),
    last     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The latest moment seen, so that a clock set back is noticed, and what subjects are hashed with.
CREATE TABLE sign_in_clock (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    latest INTEGER NOT NULL,
    salt   TEXT NOT NULL
) STRICT;

PRAGMA user_version = 4;
