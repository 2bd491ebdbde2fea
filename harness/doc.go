// Package harness replays the cases of a corpus against the implementations of
// a configuration and judges whether they are equivalent.
//
// [LoadConfig] reads replay.yaml, [Run] does the rest, case by case (run.go):
//
//	seed -> send -> observe -> normalise -> compare -> judge -> report
//
// The package neither prints nor exits: a command decides what to do with the
// [Report].
package harness
