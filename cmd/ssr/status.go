package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// A status tells a person what is going on: on a terminal as one line that is
// written over, with the seconds since it changed; elsewhere as lines of a log.
// What is worth keeping (warnings and worse) stays on the terminal as a line of
// its own. It is safe for concurrent use.
type status struct {
	out      io.Writer
	terminal bool

	mu    sync.Mutex
	line  string
	since time.Time
	stop  func() // what draws the seconds
}

// newStatus starts a status; Close ends it and wipes its line.
func newStatus(out io.Writer) *status {
	s := &status{out: out, terminal: isTerminal(out), stop: func() {}}
	if s.terminal {
		s.stop = every(time.Second, &s.mu, s.draw)
	}
	return s
}

// Close waits for the status to end, and leaves a clean line.
func (s *status) Close() {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
}

// logger returns what the engine's parts report to.
func (s *status) logger() *slog.Logger {
	if s.terminal {
		return slog.New(&lineHandler{write: s.log})
	}
	return slog.New(slog.NewTextHandler(s.out, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
}

// withoutTime drops the time of a record: whoever collects a log adds one.
func withoutTime(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) == 0 && attr.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return attr
}

// log shows a line of the log, and keeps it if it is a warning or worse.
func (s *status) log(level slog.Level, line string) {
	if level >= slog.LevelWarn {
		s.keep(line)
	} else {
		s.show(line)
	}
}

// live returns what shows, on a terminal, the last line of a command's output.
func (s *status) live(name string) func([]byte) {
	return func(output []byte) {
		lines := strings.Split(strings.TrimSpace(string(output)), "\n")
		s.show(name + ": " + lines[len(lines)-1])
	}
}

func (s *status) show(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line, s.since = printable(line), time.Now()
	s.draw()
}

func (s *status) keep(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
	fmt.Fprintln(s.out, cut(printable(line), width))
	s.draw()
}

// narrow is a line that no usual terminal breaks: a broken one is not wiped.
const narrow = 78

func (s *status) draw() {
	if !s.terminal || s.line == "" {
		return
	}
	line := s.line
	if d := time.Since(s.since); d >= 2*time.Second {
		line = fmt.Sprintf("%s (%ds)", cut(line, narrow-8), int(d.Seconds()))
	}
	s.wipe()
	fmt.Fprint(s.out, cut(line, narrow))
}

func (s *status) wipe() {
	if s.terminal {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
}

// A lineHandler writes the records of a logger as lines.
type lineHandler struct {
	write func(slog.Level, string)
	attrs []slog.Attr
}

func (h *lineHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *lineHandler) Handle(_ context.Context, record slog.Record) error {
	var b strings.Builder
	b.WriteString(record.Message)
	add := func(attr slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%s", attr.Key, attr.Value)
		return true
	}
	for _, attr := range h.attrs {
		add(attr)
	}
	record.Attrs(add)
	h.write(record.Level, b.String())
	return nil
}

func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &lineHandler{h.write, append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

func (h *lineHandler) WithGroup(string) slog.Handler { return h }
