package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/selfplay-swe/ssr/preset"
	"github.com/selfplay-swe/ssr/rollout"
	"github.com/selfplay-swe/ssr/store"
)

func batchCommand() *cobra.Command {
	var name, file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "batch --preset NAME --store FILE",
		Short: "Make a training batch of a stored play, and explain it",
		Long: `Batch reads the rounds of a stored play, rewards their trajectories as a published system does,
compares those of one group, and says of each what became of it: its advantage, or which rule
dropped or masked it, and why. Nothing is played and nothing is run; the play may be going on.

Samples are named as they are stored, from 0, and so are rounds in all JSON: round/0/attempt/2 is
attempt 3 of round 1 in what ssr play shows, round/0/child/1/attempt/0 attempt 1 at the bug that
its attempt 2 left (ssr replay --round 1 --child 2 --attempt 1).

Presets:
` + presets() + `
Exit status: 0 a batch was made, 2 used wrongly (a preset that does not train included),
3 the store cannot be read.`,
		Example: `  ssr batch --preset SSR --store play.db
  ssr batch --preset DeepSWE --store play.db --json | jq '.groups[].rows[] | select(.trains)'`,
		Args: noArguments,
	}
	cmd.Flags().StringVar(&name, "preset", "", "`NAME` of the system (required)")
	cmd.Flags().StringVar(&file, "store", "", "`FILE` that ssr play made (required)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the batch as JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		batch, err := makeBatch(cmd.Context(), name, file)
		if err != nil {
			return err
		}
		return write(cmd, asJSON, batch, func(p *page) { p.batch(batch) })
	}
	return cmd
}

// presets lists them, a line each.
func presets() string {
	var b strings.Builder
	for _, p := range preset.All() {
		fmt.Fprintf(&b, "  %-13s %s\n", p.Name, p.Doc)
	}
	return b.String()
}

func makeBatch(ctx context.Context, name, file string) (*preset.Batch, error) {
	if name == "" {
		return nil, misuse{fmt.Errorf("--preset is missing: name one of %s", strings.Join(preset.Names(), ", "))}
	}
	p, err := preset.Named(name)
	if err != nil {
		return nil, misuse{fmt.Errorf("--preset: %w", err)}
	}
	if file == "" {
		return nil, misuse{errors.New("--store is missing: name the file that ssr play made")}
	}
	rollouts, err := readRollouts(ctx, file)
	if err != nil {
		return nil, err
	}
	batch, err := p.Batch(rollouts)
	if err != nil {
		return nil, misuse{err}
	}
	return batch, nil
}

// readRollouts reads every trajectory of a stored play.
func readRollouts(ctx context.Context, file string) (list []rollout.Rollout, err error) {
	if _, err := os.Stat(file); err != nil {
		return nil, misuse{fmt.Errorf("--store: %w; name the file that ssr play made", err)}
	}
	kept, err := store.Open(file, store.Options{ReadOnly: true})
	if err != nil {
		return nil, named(err)
	}
	defer kept.Close()
	for round, err := range kept.Rounds(ctx) {
		if err != nil {
			return nil, err
		}
		of, err := rollout.Of(ctx, kept, round)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		list = append(list, of...)
	}
	if len(list) == 0 {
		return nil, misuse{fmt.Errorf("--store: %s has no rounds yet; a batch needs finished ones", file)}
	}
	return list, nil
}
