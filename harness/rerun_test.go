package harness

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/sidebyside/replay/corpus"
)

// giveToken answers with a token, made as the mode says.
func giveToken(mode string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		token := "0f6e9c1a-53b2-4d47-8c1e-2f7a90b4d5e6"
		switch mode {
		case "token random":
			token = uuid.NewString()
		case "token digest": // of something that is the same in each process
			token = fmt.Sprintf("%x", sha256.Sum256([]byte("chalk")))
		case "token second":
			token = fmt.Sprintf("%x", sha256.Sum256([]byte(time.Now().Format(time.DateTime))))
		case "token random digest":
			token = fmt.Sprintf("%x", sha256.Sum256([]byte(uuid.NewString())))
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"data":{"ok":%q}}`, token)
	}
}

// A value that looks made up, and that the candidate gives each time that it is
// asked, is not.
func TestRerun(t *testing.T) {
	tests := []struct{ reason, legacy, candidate, want string }{
		{"both make it up", "token random", "token random", "equivalent"},
		{"the candidate gives the same one each time", "token random", "token same", "divergent"},
		{"a digest of chance against one of a constant", "token random digest", "token digest", "divergent"},
		{"a digest of the second at which it was asked is not the same each time", "token random digest", "token second", "equivalent"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			cs := testCase("a/1")
			cs.Expect.Response = corpus.JSON(`{"data":{"ok":"5e0d4b8a-1c3f-4f7a-9b2d-6a7c8e9f0a1b"}}`)
			if tt.legacy == "token random digest" {
				cs.Expect.Response = corpus.JSON(fmt.Sprintf(`{"data":{"ok":"%x"}}`, sha256.Sum256([]byte("then"))))
			}
			c := testConfig(t, tt.legacy, tt.candidate)
			report, err := Run(t.Context(), c, &corpus.Corpus{SHA256: "0", Cases: []*corpus.Case{cs}}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{"a/1": tt.want}, verdicts(report)); diff != "" {
				t.Errorf("(-want +got):\n%s\n%+v", diff, report.Results)
			}
		})
	}
}
