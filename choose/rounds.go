package choose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// Rounds is InfCode's adversarial play: a test writer states the problem as tests, a
// fixer writes patches until they pass, the writer makes the tests stronger, and so
// on. It ends when a patch passes the stronger tests at once, or at Max patches. All
// patches of all rounds are then run against all tests, and one is chosen.
//
// Tests must fail on the original code to be evidence: tests that do not, count for
// nothing, and neither does passing them. Where no patch passed any tests, none is
// chosen.
type Rounds struct {
	Max     int     // patches at most; default 5 (this engine's)
	Chooser Chooser // among all patches; default [MostPassed]

	// Compat takes the first patch where none passed, as InfCode does.
	Compat bool

	// Write returns tests that fail on the original code; after a success, stronger
	// ones. Empty or unchanged tests say that it knows none.
	Write func(ctx context.Context, now Turn) (tests string, err error)

	// Fix returns a patch of the original code; an empty one is a round lost.
	Fix func(ctx context.Context, now Turn) (patch string, err error)

	Run Run
}

// A Turn is what a writer or a fixer is shown. On the first turn of a play only its
// zero value is.
type Turn struct {
	Round    int     // patches so far
	Tests    string  // in force
	Original Results // of Tests on the original code
	Patch    string  // the last one
	Results  Results // of Tests with Patch
}

// A Bout is one patch of a play.
type Bout struct {
	Patch  string `json:"patch"`
	Suite  int    `json:"suite"`  // the tests in force, in Adversarial.Suites
	Passed bool   `json:"passed"` // all that failed on the original code pass, and nothing broke
}

// An Adversarial is what a play of [Rounds] did.
type Adversarial struct {
	Choice     Choice      `json:"choice"` // its index is that of a bout
	Bouts      []Bout      `json:"bouts"`
	Suites     []string    `json:"suites"`     // tests that were evidence, weakest first
	Candidates []Candidate `json:"candidates"` // of every bout, with what all suites say of it
	End        string      `json:"end"`        // why it ended
}

// Play runs the rounds and chooses. An error of its functions is the machine's and
// ends it.
func (o Rounds) Play(ctx context.Context) (*Adversarial, error) {
	if o.Write == nil || o.Fix == nil || o.Run == nil || o.Max < 0 {
		return nil, errors.New("choose: rounds: Write, Fix and Run are needed, and Max cannot be negative")
	}
	p := &rounds{Rounds: o, out: &Adversarial{Choice: Choice{Index: None}}}
	p.Max = cmp.Or(o.Max, 5)
	if err := p.play(ctx); err != nil {
		return nil, fmt.Errorf("choose: rounds: %w", err)
	}
	if err := p.choose(ctx); err != nil {
		return nil, fmt.Errorf("choose: rounds: %w", err)
	}
	return p.out, nil
}

// rounds is a play under way.
type rounds struct {
	Rounds
	out      *Adversarial
	now      Turn
	original []Results // of every suite
}

func (p *rounds) play(ctx context.Context) error {
	if stronger, err := p.strengthen(ctx); err != nil || !stronger {
		p.out.End = "the writer's tests do not fail on the original code"
		return err
	}
	for len(p.out.Bouts) < p.Max {
		passed, err := p.bout(ctx)
		if err != nil {
			return err
		}
		if !passed {
			continue
		}
		switch done, err := p.challenge(ctx); {
		case err != nil:
			return err
		case done:
			return nil
		}
	}
	p.out.End = fmt.Sprintf("%d patches", p.Max)
	return nil
}

// strengthen asks the writer for tests and puts them in force if they are evidence.
func (p *rounds) strengthen(ctx context.Context) (bool, error) {
	tests, err := p.Write(ctx, p.now)
	if err != nil {
		return false, fmt.Errorf("write after patch %d: %w", p.now.Round, err)
	}
	if (&Candidate{Patch: tests}).empty() || tests == p.now.Tests {
		return false, nil
	}
	original, err := p.Run(ctx, "", tests)
	if err != nil {
		return false, fmt.Errorf("tests %d on the original code: %w", len(p.out.Suites), err)
	}
	if _, failing, _, _ := Results(nil).against(original); failing == 0 {
		return false, nil
	}
	p.out.Suites, p.original = append(p.out.Suites, tests), append(p.original, original)
	p.now.Tests, p.now.Original = tests, original
	return true, nil
}

// bout has one patch written and run.
func (p *rounds) bout(ctx context.Context) (passed bool, err error) {
	patch, err := p.Fix(ctx, p.now)
	if err != nil {
		return false, fmt.Errorf("fix %d: %w", p.now.Round, err)
	}
	p.now.Round, p.now.Patch, p.now.Results = p.now.Round+1, patch, nil
	if !(&Candidate{Patch: patch}).empty() {
		if p.now.Results, err = p.Run(ctx, patch, p.now.Tests); err != nil {
			return false, fmt.Errorf("patch %d: %w", p.now.Round-1, err)
		}
		passed = p.now.Results.solves(p.now.Original)
	}
	p.out.Bouts = append(p.out.Bouts, Bout{patch, len(p.out.Suites) - 1, passed})
	return passed, nil
}

// challenge has the tests strengthened after a success. The play is done if they
// cannot be, or if the patch passes them at once.
func (p *rounds) challenge(ctx context.Context) (done bool, err error) {
	stronger, err := p.strengthen(ctx)
	if err != nil {
		return false, err
	}
	if !stronger {
		p.out.End = "the writer knows no stronger tests"
		return true, nil
	}
	if p.now.Results, err = p.Run(ctx, p.now.Patch, p.now.Tests); err != nil {
		return false, fmt.Errorf("patch %d on stronger tests: %w", p.now.Round-1, err)
	}
	if p.now.Results.solves(p.now.Original) {
		p.out.End = "the stronger tests passed at once"
		return true, nil
	}
	return false, nil
}

// choose runs every patch against all tests and picks one, if any passed some.
func (p *rounds) choose(ctx context.Context) error {
	succeeded := false
	for i, bout := range p.out.Bouts {
		succeeded = succeeded || bout.Passed
		c := Candidate{ID: fmt.Sprintf("round %d", i), Patch: bout.Patch}
		for s := range p.out.Suites {
			if err := p.evidence(ctx, &c, s); err != nil {
				return fmt.Errorf("patch %d on tests %d: %w", i, s, err)
			}
		}
		p.out.Candidates = append(p.out.Candidates, c)
	}
	switch {
	case len(p.out.Bouts) == 0:
		return nil
	case !succeeded && p.Compat:
		p.out.Choice = Choice{Index: 0, Tied: []int{0}}
		return nil
	case !succeeded:
		return nil
	}
	chooser := p.Chooser
	if chooser.Run == nil {
		chooser = MostPassed{}.Chooser()
	}
	var err error
	p.out.Choice, err = chooser.Choose(p.out.Candidates)
	return err
}

// evidence adds to c what suite s says of its patch.
func (p *rounds) evidence(ctx context.Context, c *Candidate, s int) error {
	if c.empty() {
		return nil
	}
	results, err := p.Run(ctx, c.Patch, p.out.Suites[s])
	if err != nil {
		return err
	}
	fixed, _, kept, passing := results.against(p.original[s])
	c.Generated += fixed
	c.Regression.Passed += kept
	c.Regression.Failed += passing - kept
	if results.solves(p.original[s]) {
		c.Reproduced = append(c.Reproduced, fmt.Sprintf("tests %d", s))
	}
	return nil
}
