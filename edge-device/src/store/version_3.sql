CREATE TABLE slides (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    name            TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    started         TEXT NOT NULL,                 -- RFC 3339, UTC
    ended           TEXT,                          -- NULL while cells are added
    source          TEXT NOT NULL,                 -- the camera
    model_name      TEXT NOT NULL,
    model_version   TEXT NOT NULL,
    precision       TEXT NOT NULL,
    labels          TEXT NOT NULL                  -- JSON list, in the order of the network's outputs
) STRICT;

CREATE TABLE fields (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    slide           INTEGER NOT NULL REFERENCES slides (id) ON DELETE CASCADE,
    number          INTEGER NOT NULL,              -- of the frame, from its source
    name            TEXT NOT NULL,
    taken           TEXT NOT NULL,
    width           INTEGER NOT NULL,
    height          INTEGER NOT NULL,
    scale_nm        INTEGER,                       -- NULL when it could not be known
    scale_origin    TEXT CHECK (scale_origin IN ('given', 'red-cells', 'earlier-fields')),
    rejected        INTEGER NOT NULL,
    picture         BLOB NOT NULL,                 -- JPEG
    CHECK ((scale_nm IS NULL) = (scale_origin IS NULL))
) STRICT;
CREATE INDEX fields_of_slide ON fields (slide, id);

CREATE TABLE cells (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    slide           INTEGER NOT NULL REFERENCES slides (id) ON DELETE CASCADE,
    field           INTEGER NOT NULL REFERENCES fields (id) ON DELETE CASCADE,
    x               INTEGER NOT NULL,              -- box on the field, pixels
    y               INTEGER NOT NULL,
    width           INTEGER NOT NULL,
    height          INTEGER NOT NULL,
    score           REAL NOT NULL,
    class           TEXT NOT NULL,                 -- a label, or 'unidentified'
    decision        TEXT NOT NULL,                 -- the label before abstention
    probability     REAL NOT NULL CHECK (probability BETWEEN 0 AND 1), -- of the first label
    mask            BLOB NOT NULL,                 -- one bit a pixel of the box, row-major, high bit first
    crop_x          INTEGER NOT NULL,              -- top-left corner of the crop on the field
    crop_y          INTEGER NOT NULL,
    crop            BLOB NOT NULL                  -- PNG at the scale of the field, with surroundings
) STRICT;
CREATE INDEX cells_by_class ON cells (slide, class, id);
CREATE INDEX cells_of_field ON cells (field);
-- NULL where the field was kept by a version that did not look.
ALTER TABLE fields ADD COLUMN verdict TEXT CHECK (verdict IN ('good', 'usable', 'unusable'));
ALTER TABLE fields ADD COLUMN reasons TEXT;   -- JSON list of sentences
ALTER TABLE fields ADD COLUMN measures TEXT;  -- JSON object
-- How the colours of the slide were brought to those of the model; NULL where they were left alone.
ALTER TABLE slides ADD COLUMN stain TEXT;     -- JSON object
-- How often the classifier of a slide errs, JSON; NULL when its package does not say.
ALTER TABLE slides ADD COLUMN performance TEXT;
-- Rejected cells, of this field or earlier ones, that this field showed to be seen whole or rejected before.
ALTER TABLE fields ADD COLUMN resolved INTEGER NOT NULL DEFAULT 0;
-- The counted cell that this one is again; NULL for a counted one.
ALTER TABLE cells ADD COLUMN duplicate_of INTEGER REFERENCES cells (id) ON DELETE CASCADE;
CREATE INDEX cells_again ON cells (duplicate_of) WHERE duplicate_of IS NOT NULL;

-- As the program of that version wrote them: a slide that ended, and one that a power cut ended.
INSERT INTO slides VALUES (1, 'leukaemic', '2027-01-15T08:00:00.123Z', '2027-01-15T09:00:00Z', 'synthetic (drawn cells, no patient)',
    'lymphoblast', '1.1.0', 'f32', '["all","hem"]', '{"gain":[1.0,1.5,0.5],"scale":[1.0,1.0,1.0],"shift":[0.25,0.0,0.0]}',
    '{"sensitivity":{"share":0.9712345678901234,"standard_error":0.01,"cells":4365,"subjects":25},"specificity":{"share":0.58,"standard_error":0.09,"cells":2205,"subjects":12}}');
INSERT INTO fields VALUES (1, 1, 0, 'a.png', '2027-01-15T08:00:01Z', 960, 720, 110, 'red-cells', 3, x'ffd8', 'good', '[]', '{"reduction":1}', 1);
INSERT INTO fields VALUES (2, 1, 1, 'b.png', '2027-01-15T08:00:02.5Z', 960, 720, NULL, NULL, 0, x'ffd8', 'unusable',
    '["blank: move to the body of the smear","out of focus: turn the fine focus","said by nobody: do nothing"]', '{"reduction":1}', 0);
INSERT INTO cells VALUES (1, 1, 1, 10, 20, 9, 2, 0.75, 'all', 'all', 0.9, x'ff8001', 8, 18, x'010203', NULL);
INSERT INTO cells VALUES (2, 1, 1, 30, 20, 9, 2, 0.75, 'all', 'all', 0.95, x'ff8001', 8, 18, x'010203', NULL);
INSERT INTO cells VALUES (3, 1, 1, 50, 20, 9, 2, 0.75, 'hem', 'hem', 0.1, x'ff8001', 8, 18, x'010203', NULL);
INSERT INTO cells VALUES (4, 1, 1, 70, 20, 9, 2, 0.75, 'unidentified', 'all', 0.55, x'ff8001', 8, 18, x'010203', NULL);
INSERT INTO cells VALUES (5, 1, 1, 70, 90, 9, 2, 0.75, 'all', 'all', 0.9, x'ff8001', 8, 18, x'010203', 1);
INSERT INTO slides VALUES (2, 'cut off', '2027-01-16T08:00:00Z', NULL, 'replay of fields', 'lymphoblast', '1.1.0', 'int8',
    '["all","hem"]', NULL, NULL);
INSERT INTO fields VALUES (3, 2, 0, 'c.png', '2027-01-16T08:00:01Z', 960, 720, 90, 'given', 0, x'ffd8', 'good', '[]', '{"reduction":1}', 0);
PRAGMA application_id = 0x42534350;
PRAGMA user_version = 3;
