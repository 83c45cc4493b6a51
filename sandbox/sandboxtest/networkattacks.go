package sandboxtest

import (
	"bytes"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/sandbox"
)

// networkAttacks are numbers 33 to 35.
var networkAttacks = []attack{
	{number: 33, name: "interfaces", needs: sandbox.NetworkIsolated, args: []string{"interfaces"}},
	{number: 33, name: "listeners of the host", needs: sandbox.NetworkIsolated, play: hostListeners},
	{number: 33, name: "TCP, UDP, DNS and the metadata address", needs: sandbox.NetworkIsolated, args: []string{"outside"}},
	{number: 33, name: "ICMP, raw, packet and VSOCK sockets", needs: sandbox.NetworkIsolated | sandbox.Channels, args: []string{"sockets"}},
	{number: 33, name: "netlink", needs: sandbox.NetworkIsolated, args: []string{"netlink"}},
	{number: 34, name: "loopback works inside", args: []string{"loopback"}},
	{number: 34, name: "a listener is not reachable from outside", needs: sandbox.NetworkIsolated, play: insideListener},
	{number: 35, name: "locks on shared files", needs: sandbox.Channels, play: locks},
	{number: 35, name: "locks on the host's system", play: systemLocks},
	{number: 35, name: "caches in a shared layer", needs: sandbox.Files, play: sharedLayer},
	{number: 35, name: "keyrings", needs: sandbox.Channels, args: []string{"keys"}},
	{number: 35, name: "System V, POSIX queues and shared memory", needs: sandbox.Channels, play: sharedIPC},
	{number: 35, name: "calls that evade the rest", needs: sandbox.Channels, args: []string{"calls"}},
	{number: 35, name: "calls of another architecture", needs: sandbox.Channels, args: []string{"foreign"}},
}

// hostListeners opens a listener of each kind on the host, and reaches for it.
func hostListeners(t *testing.T, s *suite) {
	socket := filepath.Join(cacheFolder(t), "socket")
	abstract := "@ssr-" + newMark()
	var reach []string
	for _, at := range [][2]string{{"tcp", "127.0.0.1:0"}, {"tcp", "[::1]:0"}, {"unix", socket}, {"unix", abstract}} {
		l, err := net.Listen(at[0], at[1])
		if err != nil {
			t.Log(err)
			continue
		}
		t.Cleanup(func() { l.Close() })
		go answer(l)
		conn, err := net.Dial(at[0], l.Addr().String())
		require.NoError(t, err, "the host itself reaches it")
		conn.Close()
		reach = append(reach, at[0], l.Addr().String())
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { udp.Close() })
	go echo(udp)
	reach = append(reach, "udp", udp.LocalAddr().String())
	s.held(t, s.box(t, sandbox.Spec{}), append([]string{"connect"}, reach...)...)
}

func answer(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		io.WriteString(conn, "the host")
		conn.Close()
	}
}

func echo(l net.PacketConn) {
	buffer := make([]byte, 100)
	for {
		n, from, err := l.ReadFrom(buffer)
		if err != nil {
			return
		}
		l.WriteTo(buffer[:n], from)
	}
}

func insideListener(t *testing.T, s *suite) {
	server := s.start(t, sandbox.Spec{}, "port ", "listen")
	_, port, _ := strings.Cut(strings.TrimSpace(server.answer(t)), "port ")
	for _, address := range []string{"127.0.0.1:", "[::1]:"} {
		conn, err := net.DialTimeout("tcp", address+port, time.Second)
		if err != nil {
			continue
		}
		conn.SetDeadline(time.Now().Add(time.Second))
		said, _ := io.ReadAll(conn)
		conn.Close()
		require.NotContains(t, string(said), "from inside", "%s%s", address, port)
	}
	s.held(t, s.box(t, sandbox.Spec{}), "connect", "tcp", "127.0.0.1:"+port)
}

// locks: two sandboxes share the files of the base, and a lock on one would be a
// signal to the other. The files of the host's system are another entry.
func locks(t *testing.T, s *suite) {
	tree := sample(t)
	paths := []string{"/work/readme", attackPath, "/etc/passwd", "/proc/version", "/"}
	s.start(t, sandbox.Spec{Tree: tree}, "locked", append([]string{"lock"}, paths...)...).answer(t)
	s.held(t, s.box(t, sandbox.Spec{Tree: tree}), append([]string{"locked"}, paths...)...)
}

// systemLocks: programs and devices that a provider binds from the host are the
// same inodes in every sandbox. No guarantee covers it: whoever can try says so.
func systemLocks(t *testing.T, s *suite) {
	paths := []string{"/usr/bin/env", "/usr/bin", "/dev/null"}
	s.start(t, sandbox.Spec{}, "locked", append([]string{"lock"}, paths...)...).answer(t)
	box := s.box(t, sandbox.Spec{})
	result := run(t, box, hostile(newMark(), append([]string{"locked"}, paths...)...))
	if bytes.Contains(result.Output, []byte("BREACH")) {
		t.Skipf("sandboxes that are open at one time feel each other's locks on the host's read-only files:\n%s", result.Output)
	}
}

// sharedLayer: what one sandbox writes over a layer, another does not see.
func sharedLayer(t *testing.T, s *suite) {
	setup := s.box(t, sandbox.Spec{})
	freezer, isFreezer := setup.(sandbox.Freezer)
	if !isFreezer {
		t.Skip("this provider cannot freeze")
	}
	sh(t, setup, "mkdir cache ~/cache; echo warm | tee cache/entry > ~/cache/entry")
	layer, err := freezer.Freeze(t.Context(), cacheFolder(t), nil)
	require.NoError(t, err)
	before := folderHash(t, layer.Dir)
	one, other := s.box(t, sandbox.Spec{Setup: layer}), s.box(t, sandbox.Spec{Setup: layer})
	sh(t, one, "echo poisoned | tee cache/entry cache/new ~/cache/new > ~/cache/entry; chmod 777 cache ~/cache")
	require.Equal(t, "warm\nwarm\n", sh(t, other, "cat cache/* ~/cache/*"))
	require.Equal(t, before, folderHash(t, layer.Dir), "the layer changed")
}

func sharedIPC(t *testing.T, s *suite) {
	s.start(t, sandbox.Spec{}, "made", "ipc-make").answer(t)
	s.held(t, s.box(t, sandbox.Spec{}), "ipc-find")
}
