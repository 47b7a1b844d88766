-- Version 3: answers by wave (sources.answers). SQLite cannot change a CHECK, so the table of imports
-- is made anew with its rows.

DROP VIEW coach;
DROP VIEW person;
DROP VIEW episode;
DROP VIEW recruitment;

CREATE TABLE import_made_anew (
    id            INTEGER PRIMARY KEY REFERENCES event (seq),
    source        TEXT NOT NULL
                  CHECK (source IN ('coaches', 'people', 'episodes', 'recruitment', 'answers')),
    file          TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    mapping       TEXT NOT NULL,
    rows          INTEGER NOT NULL CHECK (rows >= 0),
    rows_sha256   TEXT NOT NULL,
    superseded_by INTEGER REFERENCES import (id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO import_made_anew
SELECT id, source, file, sha256, mapping, rows, rows_sha256, superseded_by FROM import;
DROP TABLE import;
ALTER TABLE import_made_anew RENAME TO import;
CREATE UNIQUE INDEX import_current ON import (source) WHERE superseded_by IS NULL;

CREATE TABLE answer_row (
    import  INTEGER NOT NULL REFERENCES import (id),
    row     INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    person  TEXT,
    wave    TEXT,
    item    TEXT,
    value   TEXT,
    columns TEXT NOT NULL,
    PRIMARY KEY (import, row)
) STRICT, WITHOUT ROWID;

CREATE VIEW coach AS
SELECT r.* FROM coach_row r JOIN import i ON i.id = r.import WHERE i.superseded_by IS NULL;
CREATE VIEW person AS
SELECT r.* FROM person_row r JOIN import i ON i.id = r.import WHERE i.superseded_by IS NULL;
CREATE VIEW episode AS
SELECT r.* FROM episode_row r JOIN import i ON i.id = r.import WHERE i.superseded_by IS NULL;
CREATE VIEW recruitment AS
SELECT r.* FROM recruitment_row r JOIN import i ON i.id = r.import WHERE i.superseded_by IS NULL;

CREATE VIEW answer AS
SELECT r.* FROM answer_row r JOIN import i ON i.id = r.import WHERE i.superseded_by IS NULL;

PRAGMA user_version = 3;
