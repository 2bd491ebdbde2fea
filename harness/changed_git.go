package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// checkout is a working tree of git, and a revision to compare it with.
type checkout struct {
	top       string // without symbolic links
	ref, base string // as asked for; the commit
}

// openCheckout finds the checkout that a directory is in, and the last common
// commit of ref and HEAD.
func openCheckout(ctx context.Context, dir, ref string) (*checkout, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, errors.New("git is not installed; install it, or run all cases")
	}
	g := &checkout{top: dir, ref: ref}
	top, err := g.git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, fmt.Errorf("%s is in no checkout of git (%w); check it out with git, or run all cases", dir, err)
	}
	g.top = realPath(strings.TrimSpace(top))
	commit, err := g.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("git knows no revision %q here; fetch it, with all history (fetch-depth: 0 of actions/checkout, GIT_DEPTH: 0 of GitLab)", ref)
	}
	base, err := g.git(ctx, "merge-base", strings.TrimSpace(commit), "HEAD")
	if err != nil {
		return nil, fmt.Errorf("%q and HEAD have no commit in common here; fetch all history (fetch-depth: 0 of actions/checkout, GIT_DEPTH: 0 of GitLab)", ref)
	}
	g.base = strings.TrimSpace(base)
	return g, nil
}

// Revision is the commit that is checked out where a directory is; "" where that
// cannot be told. What is edited besides does not count.
func Revision(ctx context.Context, dir string) string {
	g := &checkout{top: dir}
	commit, err := g.git(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(commit)
}

// name is the revision as people and merges tell it.
func (g *checkout) name() string { return fmt.Sprintf("%s (%.12s)", g.ref, g.base) }

// changed are the files that differ from the revision, relative to the top and
// sorted: committed, staged, edited, new and not ignored, or removed.
func (g *checkout) changed(ctx context.Context) ([]string, error) {
	tracked, err := g.git(ctx, "diff", "--name-only", "--no-renames", "-z", g.base, "--")
	if err != nil {
		return nil, fmt.Errorf("compare with %s: %w", g.name(), err)
	}
	untracked, err := g.git(ctx, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, fmt.Errorf("list new files: %w", err)
	}
	files := strings.FieldsFunc(tracked+untracked, func(r rune) bool { return r == 0 })
	slices.Sort(files)
	return slices.Compact(files), nil
}

// before is a file as it was, named relative to the top; ok is false where there
// was none.
func (g *checkout) before(ctx context.Context, name string) (data []byte, ok bool) {
	text, err := g.git(ctx, "cat-file", "blob", g.base+":"+name)
	return []byte(text), err == nil
}

func (g *checkout) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", g.top}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		first, _, _ := strings.Cut(problem.String(), "\n")
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, first)
	}
	return out.String(), nil
}
