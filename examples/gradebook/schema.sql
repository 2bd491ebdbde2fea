-- The gradebook: what is taught and scored in public, who was told what in audit.
CREATE SCHEMA audit;

CREATE TYPE standing AS ENUM ('active', 'paused', 'left');

CREATE TABLE students (
    id      bigserial PRIMARY KEY,
    name    text NOT NULL,
    email   text UNIQUE,
    number  text,
    digit   integer,
    notes   text,
    credits numeric(10, 2) NOT NULL DEFAULT 0 CHECK (credits >= 0)
);

CREATE TABLE courses (
    id       bigserial PRIMARY KEY,
    code     text NOT NULL UNIQUE,
    title    text NOT NULL,
    capacity integer NOT NULL DEFAULT 0,
    tags     text[] NOT NULL DEFAULT '{}',
    rubric   jsonb,
    created  timestamptz NOT NULL
);

CREATE TABLE enrolments (
    course_id  bigint NOT NULL REFERENCES courses ON DELETE CASCADE,
    student_id bigint NOT NULL REFERENCES students ON DELETE CASCADE,
    standing   standing NOT NULL DEFAULT 'active',
    seat       integer,
    joined     timestamptz NOT NULL,
    PRIMARY KEY (course_id, student_id)
);

CREATE TABLE assessments (
    id        bigserial PRIMARY KEY,
    course_id bigint NOT NULL REFERENCES courses ON DELETE CASCADE,
    title     text NOT NULL,
    points    numeric(8, 2) NOT NULL CHECK (points > 0),
    weight    double precision NOT NULL DEFAULT 1,
    due       timestamp -- of no zone in particular
);

CREATE TABLE scores (
    id            bigserial PRIMARY KEY,
    assessment_id bigint NOT NULL REFERENCES assessments ON DELETE CASCADE,
    student_id    bigint NOT NULL REFERENCES students ON DELETE CASCADE,
    points        numeric(8, 3) NOT NULL,
    percent       double precision NOT NULL,
    late          boolean NOT NULL DEFAULT false,
    graded        timestamptz NOT NULL,
    UNIQUE (assessment_id, student_id)
);

CREATE TABLE comments (
    id       bigserial PRIMARY KEY,
    score_id bigint NOT NULL REFERENCES scores ON DELETE CASCADE,
    author   text NOT NULL,
    body     text NOT NULL,
    length   integer NOT NULL,
    written  timestamp NOT NULL
);

CREATE TABLE audit.changes (
    id            bigserial PRIMARY KEY,
    assessment_id bigint NOT NULL,
    student_id    bigint NOT NULL,
    was           numeric(8, 3),
    becomes       numeric(8, 3),
    at            timestamptz NOT NULL
);

CREATE TABLE audit.reminders (
    course_id  bigint NOT NULL,
    student_id bigint NOT NULL,
    text       text NOT NULL
); -- somebody may be reminded twice: there is no key

CREATE SEQUENCE audit.receipt_numbers START 1;

CREATE TABLE audit.receipts (
    number  text PRIMARY KEY,
    giver   bigint NOT NULL,
    taker   bigint NOT NULL,
    amount  numeric(10, 2) NOT NULL,
    at      timestamptz NOT NULL
);
