package repo

import (
	"bytes"
	"compress/zlib"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// writeBinary renders a binary patch with its reverse, both as literals: the
// whole content, deflated, so that it applies to nothing else by chance.
func writeBinary(out *bytes.Buffer, before, after []byte) {
	out.WriteString("GIT binary patch\n")
	out.WriteString(literal(after).String())
	out.WriteString(literal(before).String())
}

func literal(data []byte) *gitdiff.BinaryFragment {
	var deflated bytes.Buffer
	w := zlib.NewWriter(&deflated)
	w.Write(data) // into memory: neither can fail
	w.Close()
	return &gitdiff.BinaryFragment{Method: gitdiff.BinaryPatchLiteral, Size: int64(len(data)), RawData: deflated.Bytes()}
}
