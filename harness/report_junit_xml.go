package harness

import (
	"encoding/xml"
	"io"
	"strings"
)

// The elements of JUnit's XML, as far as GitHub's, GitLab's and Jenkins' readers
// know them: https://github.com/testmoapp/junitxml.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Time     string       `xml:"time,attr"` // seconds
		Tests    int          `xml:"tests,attr"`
		Errors   int          `xml:"errors,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	// junitCase has file and line where GitLab and the annotating actions of
	// GitHub look for them.
	junitCase struct {
		Name       string          `xml:"name,attr"`
		Classname  string          `xml:"classname,attr"`
		Time       string          `xml:"time,attr"`
		File       string          `xml:"file,attr,omitempty"`
		Line       int             `xml:"line,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property"`
		Error      *junitProblem   `xml:"error"`
		Failure    *junitProblem   `xml:"failure"`
		SystemOut  *junitOutput    `xml:"system-out"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Data    string `xml:",cdata"`
	}
	junitOutput struct {
		Data string `xml:",cdata"`
	}
)

// add puts a case into the suite and counts it.
func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	s.Errors += index(c.Error != nil)
	s.Failures += index(c.Failure != nil)
}

func (s *junitSuites) add(one junitSuite) {
	s.Suites = append(s.Suites, one)
	s.Tests += one.Tests
	s.Errors += one.Errors
	s.Failures += one.Failures
}

func (s *junitSuites) write(w io.Writer) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "\t")
	if err := enc.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// xmlText replaces what XML 1.0 cannot hold (section 2.2): a log may have
// anything in it, and one bad character makes a CI server drop the whole file.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= 0x20 && r <= 0xD7FF, r >= 0xE000 && r < 0xFFFE, r >= 0x10000:
			return r
		}
		return '\uFFFD'
	}, s)
}
