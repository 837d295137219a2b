-- How often the classifier of a slide errs, JSON; NULL when its package does not say.
ALTER TABLE slides ADD COLUMN performance TEXT;
-- Rejected cells, of this field or earlier ones, that this field showed to be seen whole or rejected before.
ALTER TABLE fields ADD COLUMN resolved INTEGER NOT NULL DEFAULT 0;
-- The counted cell that this one is again; NULL for a counted one.
ALTER TABLE cells ADD COLUMN duplicate_of INTEGER REFERENCES cells (id) ON DELETE CASCADE;
CREATE INDEX cells_again ON cells (duplicate_of) WHERE duplicate_of IS NOT NULL;
