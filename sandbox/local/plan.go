package local

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/sandbox"
)

// A plan says which places of the host a sandbox is made of.
type plan struct {
	layers []string // on the host, as work, work, …, home, …, git; see overlays
	work   int      // how many of layers are below the work tree
	git    bool     // the last of layers is a git directory
	binds  []bind
	links  []bind            // host is the target of the symbolic link inside
	etc    map[string][]byte // files of /etc
	opened []*os.File        // layers and binds as detached mounts, when the engine is root
}

// plan collects what spec asks for and this machine has.
func (p *Provider) plan(spec sandbox.Spec) (*plan, error) {
	plan := &plan{binds: slices.Clone(p.binds), links: p.links, etc: etc(p.etc, spec.Network)}
	for layer := spec.Setup; layer != nil; layer = layer.Below {
		plan.layers = append(plan.layers, layer.Dir+"/work")
	}
	if spec.Tree != nil && spec.Tree.Dir() != "" {
		if err := p.own(spec.Tree.Dir()); err != nil {
			return nil, err
		}
		plan.layers = append(plan.layers, spec.Tree.Dir())
	}
	plan.work = len(plan.layers)
	for layer := spec.Setup; layer != nil; layer = layer.Below {
		plan.layers = append(plan.layers, layer.Dir+"/home")
	}
	if plan.git = spec.Git != ""; plan.git {
		if err := p.ownGit(spec.Git); err != nil {
			return nil, err
		}
		plan.layers = append(plan.layers, spec.Git)
	}
	if !p.root {
		return plan, nil
	}
	err := plan.open()
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) { // root of a container only
		return plan, p.refused(err)
	}
	return plan, err
}

// sources lists the layers, then the binds.
func (p *plan) sources() []string {
	list := slices.Clone(p.layers)
	for _, bind := range p.binds {
		list = append(list, bind.host)
	}
	return list
}

// open opens the sources as detached mounts.
func (p *plan) open() error {
	p.opened = []*os.File{}
	for _, host := range p.sources() {
		fd, err := unix.OpenTree(unix.AT_FDCWD, host, openTree)
		if err != nil {
			p.close()
			return fmt.Errorf("open %s: %w", host, err)
		}
		p.opened = append(p.opened, os.NewFile(uintptr(fd), host))
	}
	return nil
}

func (p *plan) close() {
	for _, file := range p.opened {
		file.Close()
	}
}

func (p *plan) lateName(i int) string { return fmt.Sprintf("/l/late-%d", i) }

func (p *plan) layerName(i int) string { return fmt.Sprintf("/l/%d", i) }

// overlays names the layers inside, topmost first. An overlay needs one below
// the uppermost at least: /l/none is empty.
func (p *plan) overlays() layers {
	l := layers{work: []string{"/l/new"}}
	for i := range p.layers {
		switch {
		case i < p.work:
			l.work = append(l.work, p.layerName(i))
		case p.git && i == len(p.layers)-1:
			l.git = append(l.git, p.layerName(i))
		default:
			l.home = append(l.home, p.layerName(i))
		}
	}
	l.home = append(l.home, "/l/none")
	return l
}

// sorted yields a map in the order of its keys.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
