package local_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/work"
	"github.com/selfplay-swe/ssr/work/local"
)

// A test binary that is told so plays a victim instead of running tests.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SSR_VICTIM"); dir != "" {
		victim(dir)
		return
	}
	os.Exit(m.Run())
}

const groups, width = 12, 8

// victimGroup is done in three steps per task; the third kind is given what the
// second returned, and so is only begun when that was kept.
func victimGroup(i int) work.Group {
	g := work.Group{ID: fmt.Sprint("g", i), Finish: "finish"}
	for task := range width {
		g.Tasks = append(g.Tasks, work.Task{ID: fmt.Sprint("t", task), Steps: []string{"one", "two", "three"}})
	}
	return g
}

// victim plays all groups over the journal in a folder, and prints a line for each
// step that is begun and for each outcome.
func victim(dir string) {
	kinds := map[string]work.Kind{}
	for _, name := range []string{"one", "two", "three", "finish"} {
		kinds[name] = work.Kind{Limit: 4, Handler: func(_ context.Context, in work.Input) ([]byte, error) {
			fmt.Printf("begun %s %s %s\n", in.Group, in.Task, name)
			for _, r := range in.Results {
				in.Data = append(in.Data, r.Output...)
			}
			return append(in.Data, name[0]), nil
		}}
	}
	db := must(openDatabase(dir))
	e := must(local.New(db, kinds))
	for i := range groups {
		if err := e.Start(context.Background(), victimGroup(i)); err != nil {
			panic(err)
		}
	}
	for i := range groups {
		outcome := must(e.Wait(context.Background(), fmt.Sprint("g", i)))
		fmt.Printf("outcome g%d %s %s\n", i, outcome.Output, outcome.Error)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// A process that is killed at any moment, again and again, does no step again
// whose successor was begun or whose outcome was told, and ends with the outcomes
// of one that was left alone.
func TestKilledAtAnyMoment(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	done := map[string]bool{} // steps that a later line proved to be kept
	kills := 0
	for finished := false; !finished; {
		var lines []string
		lines, finished = play(t, dir, time.Duration(random.IntN(10)+kills)*time.Millisecond) // ever later, so that it ends
		for _, line := range lines {
			check(t, done, strings.Fields(line))
		}
		kills++
	}
	t.Logf("killed %d times", kills-1)
	require.Greater(t, kills, 2, "the test is worth something only if it kills")
	for i := range groups {
		require.True(t, done[fmt.Sprint("outcome g", i)])
	}
}

func check(t *testing.T, done map[string]bool, line []string) {
	if line[0] == "outcome" {
		require.Equal(t, strings.Repeat("ott", width)+"f", line[2], "%v", line)
		require.Len(t, line, 3, "an error")
		done["outcome "+line[1]] = true
		done[line[1]+" finish"] = true
		return
	}
	group, step := line[1], line[len(line)-1]
	key := strings.Join(line[1:], " ")
	require.False(t, done[key], "%s was done again", key)
	switch step {
	case "two":
		done[group+" "+line[2]+" one"] = true
	case "three":
		done[group+" "+line[2]+" two"] = true
	case "finish":
		for task := range width {
			done[fmt.Sprintf("%s t%d three", group, task)] = true
		}
	}
}

// play runs a victim that is killed some time after its first line.
func play(t *testing.T, dir string, after time.Duration) (lines []string, finished bool) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SSR_VICTIM="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		if lines = append(lines, scanner.Text()); len(lines) == 1 {
			time.AfterFunc(after, func() { cmd.Process.Kill() })
		}
	}
	cmd.Wait()
	require.Contains(t, []int{0, -1}, cmd.ProcessState.ExitCode(), "done or killed, and nothing else")
	return lines, slices.ContainsFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, fmt.Sprintf("outcome g%d ", groups-1))
	})
}
