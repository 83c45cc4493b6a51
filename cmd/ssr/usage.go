package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A misuse is the caller's fault; any other error is the machine's.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

// oneFolder refuses any arguments but one.
func oneFolder(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return misuse{fmt.Errorf("there are %d arguments, %q; name one DIR, the folder that holds the five files of an artifact; see %s --help", len(args), args, cmd.CommandPath())}
}

// noArguments refuses any argument.
func noArguments(cmd *cobra.Command, args []string) error {
	if err := cobra.NoArgs(cmd, args); err != nil {
		return misuse{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
	}
	return nil
}

// kinds says what is right for a flag of a type.
var kinds = map[string]string{
	"bool":     "true or false, or have no value",
	"boolfunc": "true or false, or have no value",
	"duration": "a time such as 90s or 2m",
	"float64":  "a number such as 0.9",
	"int":      "a whole number",
	"uint64":   "a whole number from 0 to 18446744073709551615",
}

// badFlag says what is wrong with a flag, in words that are not the library's
// where they would be Go's.
func badFlag(cmd *cobra.Command, err error) error {
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		flag := bad.GetFlag()
		return misuse{fmt.Errorf("--%s is %q; it must be %s", flag.Name, bad.GetValue(), kinds[flag.Value.Type()])}
	}
	return misuse{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
}
