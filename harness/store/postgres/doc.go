// Package postgres replays on PostgreSQL: a private server of installed binaries
// that all lanes share, or one that is given by its URL. Each store has a
// database of its own, made from a template that has the schema.
//
// A trigger per table notes which tables a statement touched (schema "replay").
// What a request changed is the difference between the rows that were seeded and
// those of the touched tables, so that only what was touched is read, and only
// that is replaced by the next seed. Nothing tells what was read.
package postgres
