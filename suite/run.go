package suite

import (
	"fmt"
	"time"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// A Suite is how the tests of an artifact are run and read.
type Suite struct {
	Script []byte   // bash, run at the root of the tree
	Parser []byte   // reads the script's output, writes one JSON object; its "#!" line counts, python3 without one
	Oracle []string // test files that the script must leave as they are
}

// A Request asks for one run of a suite on a tree.
type Request struct {
	Suite      Suite
	Tree       *repo.Tree
	Repetition int          // 0, 1, …; a run is reused only for the same repetition
	Twice      bool         // ask the parser twice, and compare; and ask it where the script went wrong, too
	Live       func([]byte) // is given the script's output as it comes; may be nil, must not block
}

// A Run is what one run of a suite showed. Results count only when Problem is
// nil.
type Run struct {
	Results   Results       `json:"results"`
	Problem   *Problem      `json:"problem,omitempty"`
	Class     sandbox.Class `json:"class"`              // how the script ended
	ExitCode  int           `json:"exit_code"`          // of the script, when Class is Exited; otherwise -1
	Testimony Testimony     `json:"testimony"`          // what the test runner itself said in the log
	Readable  bool          `json:"readable,omitempty"` // the script went wrong, and the parser can read what it printed (Request.Twice)
	Log       []byte        `json:"log"`                // the script's output, head and tail of at most 64 KiB each
	Wall      time.Duration `json:"wall"`               // of the script
	Parsing   time.Duration `json:"parsing"`            // of the parser
	CPU       time.Duration `json:"cpu"`                // of both
	Saved     bool          `json:"-"`                  // it was made before, and read from the cache
}

// A Problem is why a run shows nothing: the fault of who wrote the suite or the
// code it tests, never the machine's.
type Problem struct {
	Kind Kind   `json:"kind"`
	Text string `json:"text"` // what is wrong, and where
	Want string `json:"want"` // what would be right
}

func (p *Problem) String() string { return p.Text + "; " + p.Want }

// A Kind says at which step a run went wrong.
type Kind uint8

const (
	_              Kind = iota
	ScriptEnded         // the script did not end by itself: see Run.Class
	OracleEdited        // the script changed oracle files
	ParserEnded         // the parser did not end by itself with exit status 0
	ParserOutput        // the parser wrote something other than one flat object of known statuses
	ParserUnsteady      // the parser gave two answers to one log
)

var kindNames = [...]string{"invalid", "script_ended", "oracle_edited", "parser_ended", "parser_output", "parser_unsteady"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", k)
}

// OfParser says whether the parser is to blame rather than the script.
func (k Kind) OfParser() bool { return k >= ParserEnded }

// MarshalText stores the kind as its word.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the word back.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, name := range kindNames[1:] {
		if name == string(text) {
			*k = Kind(i + 1)
			return nil
		}
	}
	return fmt.Errorf("no kind of problem is called %q", text)
}
