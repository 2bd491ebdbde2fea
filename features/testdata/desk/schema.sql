CREATE TABLE grades (id int PRIMARY KEY, score numeric(5,2));
CREATE TABLE log (id serial PRIMARY KEY, grade_id int, note text);
