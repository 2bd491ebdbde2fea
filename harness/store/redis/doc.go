// Package redis replays on Redis: an embedded server, a private one of installed
// binaries, or one that is given by its URL and marked as disposable.
//
// Every key is an entity with the properties type, value and ttl
// ([corpus.RedisKey]). What a request changed is the difference between what was
// seeded and what is there afterwards, so that a key that was written and
// deleted again, or written as it was, is no effect. Nothing tells what was read.
package redis
