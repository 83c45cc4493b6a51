// Mutantbench measures how many candidate edits of a Go module are tried in a
// second, by package trial and by tools that test mutants, side by side in one
// run on one machine.
//
//	go run ./internal/mutantbench
//	go run ./internal/mutantbench -assay ~/src/assay -gremlins ~/src/gremlins -limit 10m
//
// Every tool, ours too, runs in the same kind of sandbox: on the same tree, with
// the same warm build cache below and what it writes above, without a network. A
// tool is built from the module proxy, or from the folder that its flag names;
// one that is neither there nor built is left out, and the table says why.
//
// What is counted is mutants whose tests were run, by the time from the tool's
// start to its end: its own coverage, copies and builds are in it. What each
// needs before (our survey, the index of assay) is a column of its own.
//
// Left out: go-mutesting and ooze, which build once per mutant as gremlins does,
// and were measured at 0.55 mutants a second each in the plan (baseline.md).
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
)

// A row is one measurement.
type row struct {
	tool    string
	version string
	command string
	mutants int
	before  time.Duration // what has to be there first
	took    time.Duration
	note    string
}

func (r row) rate() float64 { return float64(r.mutants) / r.took.Seconds() }

func main() {
	log.SetFlags(0)
	log.SetPrefix("mutantbench: ")
	module := flag.String("module", "github.com/gorilla/mux@v1.8.1", "the Go module, with its version")
	parallel := flag.Int("parallel", runtime.GOMAXPROCS(0), "trials at one time")
	limit := flag.Duration("limit", 3*time.Minute, "how long a tool may run; one that is slower is measured by what it did until then")
	for _, t := range others {
		flag.StringVar(&t.from, t.name, t.from, "its folder, or what the go command would install; \"-\": leave it out")
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	subject, err := open(ctx, *module)
	if err != nil {
		log.Fatal(err)
	}
	rows, err := ours(ctx, subject, *parallel)
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range others {
		rows = append(rows, t.measure(ctx, subject, *parallel, *limit))
	}
	show(*module, *parallel, rows)
}

// open opens the module and installs what its tests need.
func open(ctx context.Context, module string) (survey.Subject, error) {
	snapshot, err := repo.Open(ctx, "module:"+module, repo.Options{})
	if err != nil {
		return survey.Subject{}, err
	}
	provider, err := local.New(local.Options{})
	if err != nil {
		return survey.Subject{}, err
	}
	installed, err := sandbox.Setup{}.Prepare(ctx, provider, snapshot)
	if err != nil {
		return survey.Subject{}, err
	}
	return survey.Subject{Tree: snapshot.Tree, Provider: provider, Setup: installed.Whole}, nil
}

// show prints the table, and how each tool compares with each of ours.
func show(module string, parallel int, rows []row) {
	fmt.Printf("%s, %d at a time, %s, %s\n\n", module, parallel, runtime.Version(), time.Now().Format(time.DateOnly))
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "tool\tversion\tmutants\tbefore, s\ts\tmutants/s\tnote")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%d\t%.1f\t%.1f\t%.2f\t%s\n", r.tool, r.version, r.mutants, r.before.Seconds(), r.took.Seconds(), r.rate(), r.note)
	}
	table.Flush()
	fmt.Println()
	for _, a := range rows {
		for _, b := range rows {
			if strings.HasPrefix(a.tool, "ssr") && !strings.HasPrefix(b.tool, "ssr") && b.mutants > 0 {
				fmt.Printf("%s / %s: %.1f times\n", a.tool, b.tool, a.rate()/b.rate())
			}
		}
	}
	fmt.Println()
	for _, r := range rows {
		fmt.Printf("%s: %s\n", r.tool, r.command)
	}
}
