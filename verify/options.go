package verify

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/selfplay-swe/ssr/sandbox"
)

// Options are the numbers of the rules (section 2). Zero means the default.
// Those of the paper are from its sections 2.2 and 2.3, where its text gives
// them; it does not publish the others.
type Options struct {
	MinPassing      int            `json:"min_passing_tests"`  // tests that must pass on the original; default 10
	MinChangedFiles int            `json:"min_changed_files"`  // code files that the bug must change; default 2
	MinFailing      int            `json:"min_failing_tests"`  // tests that the bug must break; default 2
	MaxBrokenShare  float64        `json:"max_broken_share"`   // of the passing tests that it may break; default 0.9
	Repeats         int            `json:"repeats"`            // runs of the original, and of the bug; default 2, at most MostRepeats
	AllowFailing    bool           `json:"allow_failing"`      // tests may fail on the original; they never count
	Timeout         time.Duration  `json:"timeout"`            // of one run of the script, in nanoseconds; default 90 s
	ParserTimeout   time.Duration  `json:"parser_timeout"`     // of one run of the parser; default 30 s
	ParserOutput    int64          `json:"parser_output"`      // bytes that the parser may write; default 64 MiB
	Limits          sandbox.Limits `json:"limits"`             // of every sandbox
	Steering        []Steering     `json:"steering,omitempty"` // nil: DefaultSteering
	Perturb         bool           `json:"perturb,omitempty"`  // add the check of perturbed comments and blank lines, which is ours

	Parallel int         `json:"-"` // runs at one time; default: GOMAXPROCS; no verdict depends on it
	Progress func(Event) `json:"-"` // is told what happens, one event at a time; may be nil, must not block
}

// An OptionError says that an option is impossible: the caller's mistake, found
// before anything runs.
type OptionError struct {
	Option string // the field's name
	Value  any
	Want   string
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("verify: option %s is %v; it must be %s", e.Option, e.Value, e.Want)
}

// WithDefaults fills in the defaults of all that a verdict depends on, but for
// Limits, whose zeros are the provider's.
func (o Options) WithDefaults() Options {
	o.MinPassing = cmp.Or(o.MinPassing, 10)
	o.MinChangedFiles = cmp.Or(o.MinChangedFiles, 2)
	o.MinFailing = cmp.Or(o.MinFailing, 2)
	o.MaxBrokenShare = cmp.Or(o.MaxBrokenShare, 0.9)
	o.Repeats = cmp.Or(o.Repeats, 2)
	o.Timeout = cmp.Or(o.Timeout, 90*time.Second)
	o.ParserTimeout = cmp.Or(o.ParserTimeout, 30*time.Second)
	o.ParserOutput = cmp.Or(o.ParserOutput, 64<<20)
	if o.Steering == nil {
		o.Steering = DefaultSteering()
	}
	return o
}

// complete refuses impossible options and fills in all defaults.
func (o Options) complete() (Options, error) {
	if err := o.Validate(); err != nil {
		return o, err
	}
	o.Parallel = cmp.Or(o.Parallel, runtime.GOMAXPROCS(0))
	return o.WithDefaults(), nil
}

// MostRepeats is how many runs of one tree can be asked for: all are planned at
// once, and no more are needed to see what is flaky.
const MostRepeats = 1000

// Validate refuses impossible options, with an [*OptionError]. The judge does so
// itself; a caller who has to prepare something first asks before.
func (o Options) Validate() error {
	const least = "1 or more, or 0 for the default"
	for _, number := range []struct {
		name  string
		value int64
	}{
		{"MinPassing", int64(o.MinPassing)}, {"MinChangedFiles", int64(o.MinChangedFiles)},
		{"MinFailing", int64(o.MinFailing)}, {"Repeats", int64(o.Repeats)}, {"Parallel", int64(o.Parallel)},
		{"ParserOutput", o.ParserOutput}, {"Limits.Memory", o.Limits.Memory}, {"Limits.PIDs", int64(o.Limits.PIDs)},
		{"Limits.Disk", o.Limits.Disk}, {"Limits.Inodes", o.Limits.Inodes}, {"Limits.Changes", int64(o.Limits.Changes)},
		{"Limits.OpenFiles", int64(o.Limits.OpenFiles)}, {"Limits.Output", o.Limits.Output},
	} {
		if number.value < 0 {
			return &OptionError{number.name, number.value, least}
		}
	}
	if o.Repeats > MostRepeats {
		return &OptionError{"Repeats", o.Repeats, fmt.Sprintf("%d or less", MostRepeats)}
	}
	if o.Timeout < 0 {
		return &OptionError{"Timeout", o.Timeout, "a positive time, or 0 for the default"}
	}
	if o.ParserTimeout < 0 {
		return &OptionError{"ParserTimeout", o.ParserTimeout, "a positive time, or 0 for the default"}
	}
	if s := o.MaxBrokenShare; s < 0 || s > 1 || math.IsNaN(s) {
		return &OptionError{"MaxBrokenShare", s, "a share between 0 and 1, such as 0.9, or 0 for the default"}
	}
	return o.checkSteering()
}
