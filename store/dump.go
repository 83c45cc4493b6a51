package store

import (
	"context"
	"fmt"
	"io"

	"github.com/selfplay-swe/ssr/selfplay"
)

// Dump writes the play's content as text: its configuration and then its rounds,
// a line of canonical JSON each. Of a round it is the [selfplay.Round.Content],
// so that two plays of one configuration are the same text; blobs are in it by
// their names, which are their content.
func (s *Store) Dump(ctx context.Context, w io.Writer) error {
	config, err := s.Config(ctx)
	if err != nil {
		return err
	}
	if err := line(w, config); err != nil {
		return err
	}
	for round, err := range s.Rounds(ctx) {
		if err != nil {
			return err
		}
		text, err := content(round)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n", text); err != nil {
			return err
		}
	}
	return nil
}

func line(w io.Writer, value any) error {
	text, err := canonical(value)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}

// content is what a round says, whenever it was played and at what cost.
func content(round *selfplay.Round) ([]byte, error) { return canonical(round.Content()) }
