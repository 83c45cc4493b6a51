package main

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStatusOnATerminalIsOneLineThatIsWiped(t *testing.T) {
	var out strings.Builder
	s := &status{out: &out, terminal: true, stop: func() {}}
	log := s.logger()
	log.Info("first", "n", 1)
	log.Debug(strings.Repeat("x", 200))
	log.Warn("kept\x1b[2J")
	s.live("setup")([]byte("one\n\x1b[31mtwo\n"))
	s.Close()
	const wipe = "\r\x1b[K"
	long := strings.Repeat("x", narrow-1) + "…"
	require.Equal(t, []string{
		"", "first n=1", long, `kept\x1b[2J` + "\n", long, `setup: \x1b[31mtwo`, "",
	}, strings.Split(out.String(), wipe))
}

func TestStatusElsewhereIsALog(t *testing.T) {
	var out strings.Builder
	s := newStatus(&out)
	s.logger().With("source", "a b").Info("done\x1b[2J")
	s.logger().Log(t.Context(), slog.LevelDebug, "not said")
	s.live("setup")([]byte("not said\n"))
	s.Close()
	require.Equal(t, "level=INFO msg=\"done\\x1b[2J\" source=\"a b\"\n", out.String())
}
