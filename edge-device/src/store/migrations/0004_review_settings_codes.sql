-- How far a person has gone with a slide.
ALTER TABLE slides ADD COLUMN review_state TEXT NOT NULL DEFAULT 'unsigned';
-- What its cells are found, classified and counted under, JSON. NULL only until a program that keeps it opens the database.
ALTER TABLE slides ADD COLUMN settings TEXT;
-- What was said of it when it ended, JSON; NULL while it is screened.
ALTER TABLE slides ADD COLUMN summary TEXT;

-- What was said stays said.
CREATE TRIGGER what_was_said_stays_said
BEFORE UPDATE OF summary, settings, labels, performance, model_name, model_version, precision ON slides
WHEN OLD.summary IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'the summary of an ended slide does not change');
END;
CREATE TRIGGER settings_of_a_slide_stay
BEFORE UPDATE OF settings ON slides
WHEN OLD.settings IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'the settings of a slide do not change');
END;

-- Sentences of earlier versions become the codes that they stand for.
UPDATE fields SET reasons = replace(reasons, '"not a blood field: put a stained smear on the stage"', '"not_a_blood_field"') WHERE reasons LIKE '%not a blood field: put a stained smear on the stage%';
UPDATE fields SET reasons = replace(reasons, '"too dark: raise the lamp or the exposure"', '"too_dark"') WHERE reasons LIKE '%too dark: raise the lamp or the exposure%';
UPDATE fields SET reasons = replace(reasons, '"too bright: lower the lamp or the exposure"', '"too_bright"') WHERE reasons LIKE '%too bright: lower the lamp or the exposure%';
UPDATE fields SET reasons = replace(reasons, '"blank: move to the body of the smear"', '"blank"') WHERE reasons LIKE '%blank: move to the body of the smear%';
UPDATE fields SET reasons = replace(reasons, '"too crowded: move to a thinner part"', '"too_crowded"') WHERE reasons LIKE '%too crowded: move to a thinner part%';
UPDATE fields SET reasons = replace(reasons, '"strange colours: check white balance and the order of the colour channels"', '"strange_colours"') WHERE reasons LIKE '%strange colours: check white balance and the order of the colour channels%';
UPDATE fields SET reasons = replace(reasons, '"low contrast: close the condenser diaphragm a little, or stain longer"', '"low_contrast"') WHERE reasons LIKE '%low contrast: close the condenser diaphragm a little, or stain longer%';
UPDATE fields SET reasons = replace(reasons, '"moving: wait until the stage stands still"', '"moving"') WHERE reasons LIKE '%moving: wait until the stage stands still%';
UPDATE fields SET reasons = replace(reasons, '"out of focus: turn the fine focus"', '"out_of_focus"') WHERE reasons LIKE '%out of focus: turn the fine focus%';
