-- The role of each label, JSON by name; NULL of a version without roles: the first is the blast, all others white cells.
ALTER TABLE slides ADD COLUMN roles TEXT;
-- What the classifier of a slide calls the cells of others than those it was trained on, JSON; NULL when its package does
-- not say.
ALTER TABLE slides ADD COLUMN errors TEXT;
-- Squared distance from the cells that trained the classifier, in limits; NULL where that is not measured.
ALTER TABLE cells ADD COLUMN distance REAL CHECK (distance >= 0);

-- What was said stays said, roles and errors among it.
DROP TRIGGER what_was_said_stays_said;
CREATE TRIGGER what_was_said_stays_said
BEFORE UPDATE OF summary, settings, labels, performance, roles, errors, model_name, model_version, precision ON slides
WHEN OLD.summary IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'the summary of an ended slide does not change');
END;
