CREATE SCHEMA audit;
CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE DOMAIN points AS numeric(6,2) CHECK (VALUE >= 0);
CREATE TABLE classes (id serial PRIMARY KEY, name text NOT NULL, head int);
CREATE TABLE students (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  class int REFERENCES classes ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  name varchar(20) NOT NULL, feels mood, tags text[] NOT NULL DEFAULT '{}', seen timestamptz, photo bytea,
  data jsonb, born date, quota int4range, code char(5), twice text GENERATED ALWAYS AS (name || name) STORED
);
ALTER TABLE classes ADD FOREIGN KEY (head) REFERENCES students DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE grades (student bigint REFERENCES students ON DELETE CASCADE, task text, score points, weight float8, PRIMARY KEY (student, task));
CREATE TABLE audit.log (message text, amount numeric);
CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2000-01-01') TO ('2020-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2040-01-01');
CREATE VIEW happy AS SELECT id, name FROM students WHERE feels = 'happy';
CREATE SEQUENCE tickets START 100 INCREMENT 10;
CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO audit.log VALUES ('score ' || NEW.task, NEW.score); RETURN NEW; END $$;
CREATE TRIGGER audited AFTER UPDATE ON grades FOR EACH ROW EXECUTE FUNCTION audited();
INSERT INTO classes (name) VALUES ('from the schema');
