package recorder_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/recorder"
	"github.com/sidebyside/replay/recorder/redact"
)

// byMail is refused with a message that repeats what was sent.
const byMail = `{"query":"{ count(above: \"ada@corp.io\") }"}`

// TestOnlyTheRedactedCaseIsWritten looks at every byte below the corpus.
func TestOnlyTheRedactedCaseIsWritten(t *testing.T) {
	r, err := redact.New(redact.Options{Key: []byte("a key for tests that is long enough")})
	if err != nil {
		t.Fatal(err)
	}
	s := record(t, seed(), func(o *recorder.Options) {
		o.KeepHeaders = []string{"x-user"}
		o.Redact = func(c *corpus.Case) (*corpus.Case, error) {
			clean, _, err := r.Case(c)
			return clean, err
		}
		o.Identify = func(h http.Header) (string, string, error) {
			return "X-Principal", strings.TrimPrefix(h.Get("Authorization"), "Bearer "), nil
		}
	})
	have := post(t, s.url, byMail, "X-User", "ada@corp.io", "Authorization", "Bearer bea@corp.io")
	if !strings.Contains(have.Body, "ada@corp.io") {
		t.Errorf("the client gets %s", have.Body)
	}
	cases := s.cases(t)
	if len(cases) != 1 || cases[0].Request.Headers["x-user"] == "" || cases[0].Request.Headers["x-principal"] == "" {
		t.Fatalf("have %d cases; %s", len(cases), s.rec.Summary())
	}
	if !redact.Marked(cases[0]) {
		t.Error("the case is not marked")
	}
	files := 0
	err = fs.WalkDir(os.DirFS(s.out), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := fs.ReadFile(os.DirFS(s.out), name)
		if bytes.Contains(data, []byte("corp.io\"")) || bytes.Contains(data, []byte("ada@")) {
			t.Errorf("%s holds what was to be replaced:\n%s", name, data)
		}
		return err
	})
	if err != nil || files != 1 {
		t.Errorf("have %d files, %v", files, err)
	}
}

// TestRedactionThatFailsCostsARecordingOnly: neither an error nor a panic costs
// the answer, and the summary shows no value of a panic.
func TestRedactionThatFailsCostsARecordingOnly(t *testing.T) {
	for _, row := range []struct {
		reason string
		redact func(*corpus.Case) (*corpus.Case, error)
		want   string
	}{
		{"an error", func(*corpus.Case) (*corpus.Case, error) {
			return nil, errors.New("no rule classifies property: User.bio")
		}, "1  not redacted: no rule classifies property: User.bio"},
		{"a panic", func(*corpus.Case) (*corpus.Case, error) { panic("ada@corp.io") }, "1  not redacted: redaction panicked"},
	} {
		t.Run(row.reason, func(t *testing.T) {
			s := record(t, seed(), func(o *recorder.Options) { o.Redact = row.redact })
			if have := post(t, s.url, byMail); have.Status != http.StatusOK || !strings.Contains(have.Body, "ada@corp.io") {
				t.Errorf("the client gets %d, %s", have.Status, have.Body)
			}
			summary := s.rec.Summary().String()
			if !strings.Contains(summary, row.want) || strings.Contains(summary, "corp.io") {
				t.Errorf("the summary is\n%s", summary)
			}
			if _, err := os.Stat(s.out); err == nil {
				t.Error("something was written")
			}
		})
	}
}

func TestIdentityThatCannotBeReadCostsARecording(t *testing.T) {
	s := record(t, seed(), func(o *recorder.Options) {
		o.Identify = func(http.Header) (string, string, error) { return "", "", errors.New("the token has no claim \"sub\"") }
	})
	post(t, s.url, byMail)
	if summary := s.rec.Summary().String(); !strings.Contains(summary, `1  identity not read: the token has no claim "sub"`) {
		t.Errorf("the summary is\n%s", summary)
	}
}
