-- NULL where the field was kept by a version that did not look.
ALTER TABLE fields ADD COLUMN verdict TEXT CHECK (verdict IN ('good', 'usable', 'unusable'));
ALTER TABLE fields ADD COLUMN reasons TEXT;   -- JSON list of sentences
ALTER TABLE fields ADD COLUMN measures TEXT;  -- JSON object
-- How the colours of the slide were brought to those of the model; NULL where they were left alone.
ALTER TABLE slides ADD COLUMN stain TEXT;     -- JSON object
