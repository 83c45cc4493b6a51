package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
)

// The end of a play names one conversation that a model had in it, if it had any.
func TestReplayable(t *testing.T) {
	const url = "http://here/v1"
	both, injector, solver := modelFlags{endpoint: url}, modelFlags{injector: "m@" + url}, modelFlags{solver: "m@" + url}
	lost := selfplay.Attempt{}
	rounds := []*selfplay.Round{
		{Index: 0},
		{Index: 1, Record: "sha256:bug"},
		{Index: 2, Record: "sha256:bug", Attempts: []selfplay.Attempt{lost, {Index: 1, Record: "sha256:attempt"}}},
	}
	for name, c := range map[string]struct {
		models modelFlags
		rounds []*selfplay.Round
		want   string
	}{
		"the built-in player's records are searches": {modelFlags{}, rounds, ""},
		"an attempt before a bug":                    {both, rounds, "ssr replay --store play.db --round 3 --attempt 2"},
		"a bug where there are no attempts":          {both, rounds[:2], "ssr replay --store play.db --round 2"},
		"a bug where attempts are searches":          {injector, rounds, "ssr replay --store play.db --round 2"},
		"an attempt where bugs are searches":         {solver, rounds, "ssr replay --store play.db --round 3 --attempt 2"},
		"nothing was said":                           {both, rounds[:1], ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := playFlags{store: "play.db", models: c.models}
			require.Equal(t, c.want, strings.Join(f.replayable(c.rounds), " "))
		})
	}
	f := playFlags{store: "my play's.db", cache: "/big disk/ssr", models: both}
	require.Equal(t, `ssr replay --store 'my play'\''s.db' --round 2 --cache '/big disk/ssr'`, strings.Join(f.replayable(rounds[:2]), " "))
}

// A long command is broken where a shell goes on reading.
func TestPageNamesReplay(t *testing.T) {
	p := &page{columns: 80}
	p.talk(nil)
	require.Empty(t, p.text.String())
	p.talk([]string{"ssr replay --store play.db", "--round 3 --attempt 2"})
	p.talk([]string{"ssr replay --store /home/somebody/.local/share/ssr/play-01234567.db", "--round 3 --attempt 2"})
	require.Equal(t, `replay      ssr replay --store play.db --round 3 --attempt 2
replay      ssr replay --store /home/somebody/.local/share/ssr/play-01234567.db \
              --round 3 --attempt 2
`, p.text.String())
}

// What there is not in a store is refused with what there is.
func TestReplayOfWhatIsNotThere(t *testing.T) {
	file := played(t) // two rounds, the first with five attempts
	empty := filepath.Join(t.TempDir(), "empty.db")
	kept, err := store.Open(empty, store.Options{})
	require.NoError(t, err)
	require.NoError(t, kept.Begin(t.Context(), selfplay.Config{Version: selfplay.ConfigVersion, Reward: []byte("{}")}))
	require.NoError(t, kept.Close())
	for want, args := range map[string][]string{
		"--round is 3; " + file + " has rounds 1 to 2":                                {"--store", file, "--round", "3"},
		"--round is 1; " + empty + " has no rounds":                                   {"--store", empty, "--round", "1"},
		"--attempt is 6; at that bug there were attempts 1 to 5":                      {"--store", file, "--round", "1", "--attempt", "6"},
		"--attempt is 1; at that bug there were no attempts":                          {"--store", file, "--round", "2", "--attempt", "1"},
		"--child is 2; that attempt of round 1 left no bug that was played; none did": {"--store", file, "--round", "1", "--attempt", "1", "--child", "2"},
	} {
		status, stdout, stderr := program(t, append([]string{"replay"}, args...)...)
		require.Equal(t, statusUsage, status)
		require.Empty(t, stdout)
		require.Equal(t, "ssr: "+want+"\n", stderr)
	}
	children := []selfplay.Child{{Of: 1}, {Of: 4}}
	require.Equal(t, "; attempts that did: 2, 5", those(children))
}
