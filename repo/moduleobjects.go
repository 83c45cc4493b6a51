package repo

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func (h moduleHistory) id() (string, error) {
	return "module " + h.module + "@" + h.snapshot.Commit, nil
}

// write makes a commit of every release. What two releases share is in the pack
// once, and one release is in memory at a time.
func (h moduleHistory) write(ctx context.Context, dir string, prepared *objects) (last tip, err error) {
	p, err := newReleasePack(filepath.Join(dir, "objects/pack"), prepared)
	if err != nil {
		return tip{}, err
	}
	defer p.file.Close()
	for commit, err := range h.commits(ctx) {
		if err != nil {
			return tip{}, err
		}
		if last, err = p.add(ctx, commit, last); err != nil {
			return tip{}, fmt.Errorf("release %s: %w", commit.ID, err)
		}
	}
	return last, p.finish(ctx)
}

// A releasePack is a pack under way whose number of objects is not known yet.
type releasePack struct {
	packer
	file     *os.File
	buffered *bufio.Writer
	prepared *objects
	have     map[hash]bool
}

const packHeader = 12

func newReleasePack(dir string, prepared *objects) (*releasePack, error) {
	file, err := os.Create(filepath.Join(dir, "pack"))
	if err != nil {
		return nil, err
	}
	p := &releasePack{file: file, buffered: bufio.NewWriterSize(file, 256<<10), prepared: prepared, have: map[hash]bool{}}
	p.w, p.offset = p.buffered, packHeader
	_, err = p.buffered.Write(make([]byte, packHeader))
	return p, err
}

// add packs a release and its commit, which follows the one before.
func (p *releasePack) add(ctx context.Context, commit Commit, before tip) (tip, error) {
	tree, err := commit.Tree(ctx)
	if err != nil {
		return tip{}, err
	}
	c, err := collect(tree, p.prepared)
	if err != nil {
		return tip{}, err
	}
	var parents []hash
	if before.commit != (hash{}) {
		parents = []hash{before.commit}
	}
	author := fmt.Sprintf("ssr <ssr@localhost> %d +0000", max(0, commit.Time.Unix()))
	made := tip{commit: c.add(objectCommit, commitText(c.folders.hash, parents, author, commit.Message)), tree: c.folders.hash}
	for _, o := range c.fresh {
		if p.have[o.hash] {
			continue
		}
		p.have[o.hash] = true
		if err := p.write(o.kind, o.hash, int64(len(o.data)), bytes.NewReader(o.data)); err != nil {
			return tip{}, err
		}
	}
	return made, nil
}

// finish adds the objects of the snapshot, which is the last release, and then the
// number of objects and the sums.
func (p *releasePack) finish(ctx context.Context) error {
	all := make([]int, len(p.prepared.list))
	for i := range all {
		all[i] = i
	}
	if err := p.prepared.copyTo(ctx, &p.packer, all); err != nil {
		return err
	}
	if err := p.buffered.Flush(); err != nil {
		return err
	}
	header := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(p.objects)))
	if _, err := p.file.WriteAt(header, 0); err != nil {
		return err
	}
	sum := sha1.New()
	if _, err := io.Copy(sum, io.NewSectionReader(p.file, 0, p.offset)); err != nil {
		return err
	}
	trailer := hash(sum.Sum(nil))
	if _, err := p.file.WriteAt(trailer[:], p.offset); err != nil {
		return err
	}
	name := filepath.Join(filepath.Dir(p.file.Name()), fmt.Sprintf("pack-%x", trailer))
	return errors.Join(os.Rename(p.file.Name(), name+".pack"),
		os.WriteFile(name+".idx", encodePackIndex(p.objects, trailer), 0o644))
}
