package verify_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/verify"
)

var update = flag.Bool("update", false, "rewrite the wanted reports of testdata/*.txtar")

// TestCases judges the artifacts of testdata/*.txtar. Each file holds
//
//	what it shows, and directives (see options and write)
//	repo/…           the repository
//	test_script.sh … the five files of the artifact
//	fix.diff         patches to be graded, when the artifact is consistent
//	want             the report, as text
//
// and stands on base.txtar: a file that it does not have is taken from there.
// In all of them ␍ stands for a carriage return at the end of a line.
func TestCases(t *testing.T) {
	provider := machine.Provider(t)
	paths, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	for _, path := range paths {
		if filepath.Base(path) == "base.txtar" {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			c := readCase(t, path)
			leavesNothing(t, func() {
				judge := &verify.Judge{Provider: provider, Options: c.options(t)}
				c.check(t, c.masked(c.judged(t, judge)))
			})
		})
	}
}

// A judgeCase is one file of testdata.
type judgeCase struct {
	path       string
	archive    *txtar.Archive
	files      map[string]string // those of base.txtar included
	directives [][]string
	dir        string
}

func readCase(t testing.TB, path string) *judgeCase {
	t.Helper()
	c := &judgeCase{path: path, files: map[string]string{}, dir: t.TempDir()}
	for _, path := range []string{"testdata/base.txtar", path} {
		archive, err := txtar.ParseFile(path)
		require.NoError(t, err)
		for _, file := range archive.Files {
			c.files[file.Name] = strings.ReplaceAll(string(file.Data), "␍\n", "\r\n")
		}
		c.archive = archive
	}
	for line := range strings.Lines(string(c.archive.Comment)) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] != "#" {
			c.directives = append(c.directives, fields)
		}
	}
	c.write(t)
	return c
}

// write puts the repository and the artifact on disk.
func (c *judgeCase) write(t testing.TB) {
	t.Helper()
	for _, d := range c.directives {
		switch d[0] {
		case "without": // a file of base.txtar
			delete(c.files, d[1])
		case "cut": // the newline at the end of a file
			c.files[d[1]] = strings.TrimSuffix(c.files[d[1]], "\n")
		}
	}
	for name, data := range c.files {
		into := filepath.Join(c.dir, "artifact", name)
		if strings.HasPrefix(name, "repo/") {
			into = filepath.Join(c.dir, name)
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(into), 0o777))
		require.NoError(t, os.WriteFile(into, []byte(data), 0o666))
	}
	for _, d := range c.directives {
		switch d[0] {
		case "link": // a symlink of the repository, and its target
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(c.dir, d[1])), 0o777))
			require.NoError(t, os.Symlink(d[2], filepath.Join(c.dir, d[1])))
		case "exec":
			require.NoError(t, os.Chmod(filepath.Join(c.dir, d[1]), 0o777))
		}
	}
}

func (c *judgeCase) has(directive string) bool {
	for _, d := range c.directives {
		if d[0] == directive {
			return true
		}
	}
	return false
}

// judged returns the report as text, and the grades of the patches.
func (c *judgeCase) judged(t *testing.T, judge *verify.Judge) string {
	t.Helper()
	artifact, err := bug.Load(filepath.Join(c.dir, "artifact"))
	if format, ok := errors.AsType[*bug.FormatError](err); ok {
		return text(verify.Refused(format))
	}
	require.NoError(t, err)
	report, err := judge.Verify(t.Context(), open(t, filepath.Join(c.dir, "repo")), artifact)
	require.NoError(t, err)
	got := text(report)
	b, ok := report.Bug()
	require.Equal(t, report.Consistent, ok)
	if ok {
		got += c.grades(t, judge, b)
	}
	return got
}

func (c *judgeCase) grades(t *testing.T, judge *verify.Judge, b verify.Bug) string {
	t.Helper()
	var got strings.Builder
	for _, file := range c.archive.Files {
		if !strings.HasPrefix(file.Name, "fix") {
			continue
		}
		grade, err := judge.Grade(t.Context(), b, []byte(c.files[file.Name]), verify.GradeOptions{Paper: c.has("paper")})
		require.NoError(t, err)
		fmt.Fprintf(&got, "%s: %v: %s\n", file.Name, grade.Outcome, grade.Reason)
		for _, left := range grade.LeftOut {
			fmt.Fprintf(&got, "  left out: %s, line %d: %s\n", left.Path, left.Line, left.Why)
		}
	}
	return got.String()
}

// masked hides what chance has a part in.
func (c *judgeCase) masked(got string) string {
	for _, d := range c.directives {
		if d[0] == "mask" {
			got = regexp.MustCompile(d[1]).ReplaceAllString(got, "…")
		}
	}
	return got
}

// check compares with what is wanted, or rewrites it.
func (c *judgeCase) check(t *testing.T, got string) {
	t.Helper()
	if !*update {
		require.Equal(t, c.files["want"], got)
		return
	}
	var files []txtar.File
	for _, file := range c.archive.Files {
		if file.Name != "want" {
			files = append(files, file)
		}
	}
	c.archive.Files = append(files, txtar.File{Name: "want", Data: []byte(got)})
	require.NoError(t, os.WriteFile(c.path, txtar.Format(c.archive), 0o666))
}
