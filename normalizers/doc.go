// Package normalizers knows what may differ between two observations of one
// case, and why.
package normalizers
