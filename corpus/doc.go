// Package corpus is the model of recorded cases and their YAML form: load, save
// and validate. It knows no network and no clock.
package corpus
