package selfplay

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/verify"
)

// targets are those of the injector, or else the files of code.
func (e *Engine) targets(ctx context.Context, g *ground) ([]inject.Target, error) {
	if targeter, ok := e.Injector.(inject.Targeter); ok {
		return targeter.Targets(ctx, g.Repository)
	}
	return codeFiles(g.Snapshot.Tree, e.shared().config.Verify.Steering), nil
}

// An injection is the payload of StageInject and StageVerify.
type injection struct {
	assignment

	// of StageInject
	Files  Ref    `json:"files"`            // the five files, as JSON of bug.Files
	Record Ref    `json:"record"`           // the injector's own
	Ending string `json:"ending,omitempty"` // what kept it from handing in anything

	// of StageVerify
	Report     Ref      `json:"report"`
	Bug        string   `json:"bug"` // its key; "" when the artifact is not consistent
	Refusal    *Refusal `json:"refusal,omitempty"`
	Changed    []string `json:"changed"` // files that the bug touches
	FailToPass int      `json:"fail_to_pass"`
	PassToPass int      `json:"pass_to_pass"`
	Likeness   Ref      `json:"likeness"`
	spans
}

func (i *injection) event() Event {
	event := Event{Source: i.Source.Repo, Round: i.Round, Text: fmt.Sprintf("%s %s", i.Strategy, i.Target)}
	switch {
	case i.Refusal != nil:
		event.Text = fmt.Sprintf("refused: %s: %s", i.Refusal.Check, i.Refusal.Finding)
	case i.Bug != "":
		event.Text = fmt.Sprintf("consistent: %d files, %d tests broken", len(i.Changed), i.FailToPass)
	}
	return event
}

func (e *Engine) inject(ctx context.Context, i *injection) (runs, saved int, err error) {
	g, err := e.at(ctx, i.Source, i.Snapshot)
	if err != nil {
		return 0, 0, err
	}
	made, err := e.Injector.Inject(ctx, inject.Assignment{
		Repository: g.Repository,
		Strategy:   i.Strategy,
		Target:     i.Target,
		Seed:       i.Seed,
		Minima:     minima(e.shared().config.Verify),
	})
	if err != nil {
		return 0, 0, err
	}
	if i.Files, err = e.write(ctx, made.Files); err != nil {
		return 0, 0, err
	}
	i.Ending = made.Ending
	i.Record, err = e.put(ctx, made.Record)
	return 0, 0, err
}

func (e *Engine) verify(ctx context.Context, i *injection) (runs, saved int, err error) {
	g, err := e.at(ctx, i.Source, i.Snapshot)
	if err != nil {
		return 0, 0, err
	}
	report, err := e.judge(ctx, g, i.Files)
	if err != nil {
		return 0, 0, err
	}
	if i.Report, err = e.write(ctx, report); err != nil {
		return 0, 0, err
	}
	found, ok := report.Bug()
	if !ok {
		i.Refusal, err = e.refused(ctx, i, report)
		return report.Runs, report.RunsSaved, err
	}
	return report.Runs, report.RunsSaved, e.describe(ctx, i, found)
}

// describe fills in what the play needs to know of a bug.
func (e *Engine) describe(ctx context.Context, i *injection, found verify.Bug) (err error) {
	i.Bug, i.FailToPass, i.PassToPass = found.Key(), len(found.FailToPass()), len(found.PassToPass())
	for _, entry := range found.Artifact().Inject.Entries {
		i.Changed = append(i.Changed, entry.Touches()...)
	}
	slices.Sort(i.Changed)
	likeness, err := liken(found)
	if err != nil {
		return err
	}
	i.Likeness, err = e.write(ctx, likeness)
	return err
}

// refused says why there is no bug. An injector that finds none hands in empty
// files, which the judge can only tell from a file that was forgotten here.
func (e *Engine) refused(ctx context.Context, i *injection, report *verify.Report) (*Refusal, error) {
	why := refusal(report)
	var files bug.Files
	if err := e.read(ctx, i.Files, &files); err != nil {
		return nil, err
	}
	if len(files.Script)+len(files.Parser)+len(files.TestFiles)+len(files.Inject)+len(files.Weaken) == 0 {
		why.Finding = "the injector found no bug, and handed in five empty files"
		if i.Ending != "" {
			why.Finding += "; " + i.Ending
		}
	}
	return why, nil
}

// refusal is the first check that was made and did not pass.
func refusal(report *verify.Report) *Refusal {
	for _, check := range report.Checks {
		if !check.Passed && !strings.HasPrefix(check.Finding, "not run: ") {
			return &Refusal{check.Name, check.Finding}
		}
	}
	return nil
}

func minima(o verify.Options) inject.Minima {
	return inject.Minima{
		PassingTests:   o.MinPassing,
		ChangedFiles:   o.MinChangedFiles,
		FailingTests:   o.MinFailing,
		MaxBrokenShare: o.MaxBrokenShare,
		MaxTime:        o.Timeout,
	}
}
