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
