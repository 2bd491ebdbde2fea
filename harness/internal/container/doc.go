// Package container runs Docker containers for the harness: the servers of
// stores, and implementations that are given as images.
//
// Every container and network is labelled with its owner, the process that asked
// for it. What a process leaves behind is removed in two ways, because none alone
// is enough: a guard process outlives a kill -9 of its owner and removes what the
// owner had; and the next owner on the same machine removes what dead ones left,
// where the guard was killed too. The reaper of testcontainers-go is not used: it
// is an image of its own that has to be pulled, and that is given the daemon's
// socket.
package container
