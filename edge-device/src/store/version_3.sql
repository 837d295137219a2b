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
