-- Version 1: the log, and the imports with their rows. docs/ledger.md tells what each column means.

CREATE TABLE event (
    seq    INTEGER PRIMARY KEY,
    at_utc TEXT NOT NULL,
    actor  TEXT NOT NULL,
    kind   TEXT NOT NULL,
    why    TEXT NOT NULL,
    body   TEXT NOT NULL,
    prev   TEXT NOT NULL,
    hash   TEXT NOT NULL
) STRICT;

-- Against accidents. Whoever means harm can drop a trigger; the chain is there for that.
CREATE TRIGGER event_stays BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'an event is never changed'); END;
CREATE TRIGGER event_remains BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'an event is never removed'); END;

CREATE TABLE import (
    id            INTEGER PRIMARY KEY REFERENCES event (seq),
    source        TEXT NOT NULL CHECK (source IN ('coaches', 'people', 'episodes')),
    file          TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    mapping       TEXT NOT NULL,
    rows          INTEGER NOT NULL CHECK (rows >= 0),
    rows_sha256   TEXT NOT NULL,
    superseded_by INTEGER REFERENCES import (id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- One current version of each source.
CREATE UNIQUE INDEX import_current ON import (source) WHERE superseded_by IS NULL;

-- A role that the study does not map is NULL; an empty cell is ''.
CREATE TABLE coach_row (
    import  INTEGER NOT NULL REFERENCES import (id),
    row     INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    id      TEXT,
    columns TEXT NOT NULL,
    PRIMARY KEY (import, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE person_row (
    import     INTEGER NOT NULL REFERENCES import (id),
    row        INTEGER NOT NULL,
    line       INTEGER NOT NULL,
    id         TEXT,
    "start"    TEXT,
    "end"      TEXT,
    end_reason TEXT,
    columns    TEXT NOT NULL,
    PRIMARY KEY (import, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE episode_row (
    import  INTEGER NOT NULL REFERENCES import (id),
    row     INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    person  TEXT,
    "start" TEXT,
    "end"   TEXT,
    hours   TEXT,
    kind    TEXT,
    columns TEXT NOT NULL,
    PRIMARY KEY (import, row)
) STRICT, WITHOUT ROWID;

CREATE VIEW coach AS
SELECT r.* FROM coach_row r JOIN import i ON i.id = r.import WHERE i.superseded_by IS NULL;
CREATE VIEW person AS
SELECT r.* FROM person_row r JOIN import i ON i.id = r.import WHERE i.superseded_by IS NULL;
CREATE VIEW episode AS
SELECT r.* FROM episode_row r JOIN import i ON i.id = r.import WHERE i.superseded_by IS NULL;

PRAGMA application_id = 0x46504c31;
PRAGMA user_version = 1;
