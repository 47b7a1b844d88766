-- Version 5: clients, what identifies them, their consent. docs/ledger.md tells what each column means.
-- What identifies a person stands in the log as ciphertext only; the keys stand here, so that they can
-- be destroyed.

CREATE TABLE client (
    id         TEXT PRIMARY KEY,
    registered INTEGER NOT NULL UNIQUE REFERENCES event (seq),
    assigned   INTEGER NOT NULL REFERENCES event (seq),
    coach      TEXT NOT NULL,
    erased     INTEGER REFERENCES event (seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX client_of_coach ON client (coach);

-- At most one row: under which master key the keys of people are wrapped.
CREATE TABLE vault (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    event INTEGER NOT NULL REFERENCES event (seq),
    key   TEXT NOT NULL,
    study TEXT NOT NULL
) STRICT;

CREATE TABLE person_key (
    client  TEXT PRIMARY KEY REFERENCES client (id),
    key     TEXT NOT NULL,
    wrapped TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every version is an event; after an erasure nobody can open them.
CREATE TABLE identity_version (
    client  TEXT NOT NULL REFERENCES client (id),
    version INTEGER NOT NULL CHECK (version >= 1),
    event   INTEGER NOT NULL UNIQUE REFERENCES event (seq),
    PRIMARY KEY (client, version)
) STRICT, WITHOUT ROWID;

-- The current version. mark: a keyed hash of the BSN.
CREATE TABLE identity (
    client  TEXT PRIMARY KEY REFERENCES person_key (client),
    version INTEGER NOT NULL,
    mark    TEXT UNIQUE,
    FOREIGN KEY (client, version) REFERENCES identity_version (client, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE consent (
    event   INTEGER PRIMARY KEY REFERENCES event (seq),
    client  TEXT NOT NULL REFERENCES client (id),
    kind    TEXT NOT NULL CHECK (kind IN ('given', 'withdrawn')),
    moment  TEXT NOT NULL,
    version TEXT NOT NULL,
    how     TEXT NOT NULL CHECK (how IN ('', 'paper', 'screen', 'spoken')),
    rule    TEXT NOT NULL CHECK (rule IN ('', 'keep', 'remove'))
) STRICT;
CREATE INDEX consent_of_client ON consent (client, event);

CREATE TABLE client_link (
    client TEXT PRIMARY KEY REFERENCES client (id),
    event  INTEGER NOT NULL UNIQUE REFERENCES event (seq),
    token  TEXT NOT NULL UNIQUE,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 5;
