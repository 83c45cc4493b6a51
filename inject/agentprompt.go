package inject

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"text/template"
	"time"

	"github.com/selfplay-swe/ssr/agent"
)

// The prompts: rules.tmpl is the role's, and each strategy has one of its own.
// They say, in our words, what sections 1, 2 and 6 of the rules ask of an injector
// (paper, section 2.2).
//
//go:embed prompts/*.tmpl
var promptFiles embed.FS

var prompts = template.Must(template.ParseFS(promptFiles, "prompts/*.tmpl"))

// promptsKey changes with any word of them.
func promptsKey() string {
	sum := sha256.New()
	names, _ := fs.Glob(promptFiles, "prompts/*.tmpl") // sorted; the pattern is right
	for _, name := range names {
		text, err := promptFiles.ReadFile(name)
		if err != nil {
			panic(err) // it was listed
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:4])
}

// facts are what the prompts are filled in with.
type facts struct {
	Minima   Minima
	Broken   int     // the share of tests that may break, in percent
	Seconds  float64 // that a run of the script may take
	Target   Target
	Folder   string
	Feedback int
	Limits   agent.Limits
	Releases bool // a commit of the history is a release
}

// prompts are the rules of the role and what is asked.
func (d *desk) prompts() (system, request string, err error) {
	f := facts{
		Minima:   d.Minima.atLeastOne(),
		Broken:   int(math.Round(100 * d.Minima.MaxBrokenShare)),
		Seconds:  cmp.Or(d.Minima.MaxTime, 90*time.Second).Seconds(),
		Target:   d.Target,
		Folder:   defaultFolder,
		Feedback: d.Feedback,
		Limits:   d.Loop.Limits.Complete(),
		Releases: strings.HasPrefix(d.Repository.Snapshot.Source, "module:"),
	}
	if system, err = f.fill("rules.tmpl"); err != nil {
		return "", "", err
	}
	request, err = f.fill(string(d.Strategy) + ".tmpl")
	return system, request, err
}

func (f facts) fill(name string) (string, error) {
	var b strings.Builder
	err := prompts.ExecuteTemplate(&b, name, f)
	return strings.TrimSpace(b.String()) + "\n", err
}

// atLeastOne are the minima as they are told: what asks for nothing asks for one.
func (m Minima) atLeastOne() Minima {
	m.PassingTests, m.ChangedFiles, m.FailingTests = max(1, m.PassingTests), max(1, m.ChangedFiles), max(1, m.FailingTests)
	return m
}
