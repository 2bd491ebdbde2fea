// Command stepsdoc writes the documentation of the step library to a file, with
// examples from the scenarios that tests run.
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/sidebyside/replay/features"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: stepsdoc FILE")
		os.Exit(2)
	}
	var b bytes.Buffer
	err := features.WriteSteps(&b, "../examples/classroom/features", "testdata/desk/features")
	if err == nil {
		err = os.WriteFile(os.Args[1], b.Bytes(), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "stepsdoc:", err)
		os.Exit(1)
	}
}
