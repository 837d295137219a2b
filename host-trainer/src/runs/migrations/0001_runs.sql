-- One row a run folder; everything in it can be read again from that folder.
CREATE TABLE runs (
    folder      TEXT PRIMARY KEY,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    recipe      TEXT NOT NULL,
    protocol    TEXT NOT NULL,
    belongs     TEXT,
    point       TEXT NOT NULL,
    fold        INTEGER,
    seed        INTEGER NOT NULL,
    data        TEXT NOT NULL,
    revision    TEXT,
    environment TEXT,
    started     TEXT,
    ended       TEXT,
    state       TEXT NOT NULL CHECK (state IN ('running', 'finished', 'failed', 'interrupted')),
    problem     TEXT,
    process     TEXT,
    epochs      INTEGER NOT NULL,
    steps       INTEGER NOT NULL,
    seconds     REAL NOT NULL
) STRICT;

CREATE INDEX runs_by_id ON runs (id);
CREATE INDEX runs_by_group ON runs (belongs);

-- Figures by side (validation, test) and name.
CREATE TABLE figures (
    folder TEXT NOT NULL REFERENCES runs (folder) ON DELETE CASCADE,
    side   TEXT NOT NULL CHECK (side IN ('validation', 'test')),
    figure TEXT NOT NULL,
    value  REAL NOT NULL,
    PRIMARY KEY (folder, side, figure)
) STRICT, WITHOUT ROWID;
