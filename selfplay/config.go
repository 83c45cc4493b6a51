package selfplay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/selfplay-swe/ssr/verify"
)

// ConfigVersion names the form of a stored Config.
const ConfigVersion = "ssr.play/1"

// A Config is what a play's content depends on, with the defaults filled in: two
// plays of one Config are the same play. How many rounds were asked for is not
// in it, so that a play can be made longer, and neither are the limits of stages.
type Config struct {
	Version     string             `json:"version"` // ConfigVersion
	Sources     []Source           `json:"sources"`
	Seed        uint64             `json:"seed,string"`
	Injector    string             `json:"injector"` // as it identifies itself, or its Go type
	Solver      string             `json:"solver"`
	Strategies  []WeightedStrategy `json:"strategies"`
	Attempts    int                `json:"attempts"`
	SecondOrder SecondOrder        `json:"second_order"`
	Private     float64            `json:"private"`
	Similar     float64            `json:"similar"`
	Parallel    int                `json:"parallel"`
	Rule        string             `json:"rule"`   // the reward's, as it identifies itself, or its Go type
	Reward      json.RawMessage    `json:"reward"` // its exported fields
	Verify      verify.Options     `json:"verify"`
}

// An Identifier is an Injector, Solver or Reward that can say in a line what its
// play depends on: its name, version, budget and what it learned.
type Identifier interface {
	Identity() string
}

// Identity is what a player says that its play depends on, or else its Go type.
func Identity(player any) string {
	if player, ok := player.(Identifier); ok {
		return player.Identity()
	}
	return fmt.Sprintf("%T", player)
}

// key begins the names of everything that a play of this configuration starts.
func (c Config) key() string {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // Validate has seen it
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// An OptionError says that an option is impossible: the caller's mistake, found
// before anything runs.
type OptionError struct {
	Option string // the field's name
	Value  any
	Want   string
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("play: option %s is %v; it must be %s", e.Option, e.Value, e.Want)
}

// A ChangedError says that a source is another one than when the play began: a
// folder that was worked in, a branch that went on.
type ChangedError struct {
	Source   string
	Now, Was string // keys of snapshots
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s is not what it was when the play began: its snapshot is %.12s now, and was %.12s", e.Source, e.Now, e.Was)
}

// A NoSourceError says that none of the sources can be played on.
type NoSourceError struct {
	Reasons []error // in the order of the sources
}

func (e *NoSourceError) Error() string {
	return "play: no repository can be played:\n\t" + strings.ReplaceAll(errors.Join(e.Reasons...).Error(), "\n", "\n\t")
}

func (e *NoSourceError) Unwrap() []error { return e.Reasons }
