package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

var networkAttacks = map[string]func([]string){
	"interfaces": func([]string) { loopbackOnly() },
	"connect":    connect,
	"outside":    outside,
	"sockets":    sockets,
	"netlink":    netlink,
	"loopback":   loopback,
	"listen":     listen,
}

// loopbackOnly says whether nothing but loopback is there, and is a breach
// otherwise. Without it no attack sends anything.
func loopbackOnly() bool {
	data, err := os.ReadFile("/proc/net/dev")
	must(err)
	for line := range strings.Lines(string(data)) {
		name, _, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(name) != "lo" {
			breach("there is an interface %s", strings.TrimSpace(name))
			return false
		}
	}
	return true
}

// connect reaches for listeners of the host: its arguments are network and
// address in turn.
func connect(args []string) {
	for ; len(args) > 1; args = args[2:] {
		conn, err := net.DialTimeout(args[0], args[1], 2*time.Second)
		if err != nil {
			continue
		}
		conn.SetDeadline(time.Now().Add(time.Second))
		conn.Write([]byte("hello"))
		answer := make([]byte, 64)
		n, err := conn.Read(answer)
		if strings.HasPrefix(args[0], "udp") && err != nil {
			continue // nobody there
		}
		breach("%s %s answers %q", args[0], args[1], answer[:n])
	}
}

// outside connects to addresses that are reserved for documentation and
// metadata; there is no route.
func outside([]string) {
	if !loopbackOnly() {
		return
	}
	for _, network := range []string{"tcp", "udp"} {
		for _, address := range []string{"192.0.2.1:80", "169.254.169.254:80", "198.51.100.1:53", "[2001:db8::1]:80", "[fe80::1%lo]:80"} {
			conn, err := net.DialTimeout(network, address, time.Second)
			refused(err, "%s to %s", network, address)
			if err == nil {
				conn.Close()
			}
		}
	}
	if names, err := net.LookupHost("example.invalid"); err == nil {
		breach("a name resolves: %v", names)
	}
}

// sockets opens the kinds that need a privilege or ignore the namespace.
func sockets([]string) {
	const afVsock, afAlg, afXDP, afRDS, afTIPC, afBluetooth, afCAN, afNFC, afKCM = 40, 38, 44, 21, 30, 31, 29, 39, 41
	for _, kind := range []struct {
		name                   string
		family, kind, protocol int
	}{
		{"raw IPv4", unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP},
		{"raw IPv6", unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6},
		{"raw UDP", unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW},
		{"packet", unix.AF_PACKET, unix.SOCK_RAW, 0},
		{"vsock stream", afVsock, unix.SOCK_STREAM, 0},
		{"vsock datagram", afVsock, unix.SOCK_DGRAM, 0},
		{"vsock seqpacket", afVsock, unix.SOCK_SEQPACKET, 0},
		{"alg", afAlg, unix.SOCK_SEQPACKET, 0},
		{"xdp", afXDP, unix.SOCK_RAW, 0},
		{"rds", afRDS, unix.SOCK_SEQPACKET, 0},
		{"tipc", afTIPC, unix.SOCK_SEQPACKET, 0},
		{"bluetooth", afBluetooth, unix.SOCK_RAW, 1},
		{"can", afCAN, unix.SOCK_RAW, 1},
		{"nfc", afNFC, unix.SOCK_RAW, 1},
		{"kcm", afKCM, unix.SOCK_DGRAM, 0},
	} {
		fd, err := unix.Socket(kind.family, kind.kind, kind.protocol)
		refused(err, "a %s socket is open", kind.name)
		if err == nil {
			unix.Close(fd)
		}
	}
	// A ping socket is a datagram socket; where it opens, it reaches loopback.
	if fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP); err == nil {
		err = unix.Sendto(fd, []byte{8, 0, 0, 0, 0, 0, 0, 0}, 0, &unix.SockaddrInet4{Addr: [4]byte{192, 0, 2, 1}})
		refused(err, "a ping leaves")
	}
}

// netlink asks the kernel to change the network.
func netlink([]string) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
	if err != nil {
		fmt.Println("no netlink:", err)
		return
	}
	const newLink = unix.RTM_NEWLINK
	request := []byte{
		32, 0, 0, 0, newLink, 0, unix.NLM_F_REQUEST | unix.NLM_F_ACK, 0, 1, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, // loopback, flag "up" cleared
	}
	must(unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}))
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, answer, 0)
	must(err)
	if n >= 20 && answer[16] == 0 && answer[17] == 0 {
		breach("netlink changes the loopback interface")
	}
	for name, protocol := range map[string]int{"audit": unix.NETLINK_AUDIT, "netfilter": unix.NETLINK_NETFILTER} {
		fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, protocol)
		if err == nil {
			err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1})
		}
		refused(err, "netlink %s listens", name)
	}
}

// loopback speaks to itself: a suite that starts a server must work.
func loopback([]string) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			breach("no listener on %s: %v", address, err)
			continue
		}
		go func() {
			conn, err := l.Accept()
			if err == nil {
				io.WriteString(conn, "inside")
				conn.Close()
			}
		}()
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			breach("loopback is not reached: %v", err)
			continue
		}
		answer, _ := io.ReadAll(conn)
		if string(answer) != "inside" {
			breach("loopback answers %q", answer)
		}
	}
}

// listen waits on every address and says on which port.
func listen([]string) {
	l, err := net.Listen("tcp", ":0")
	must(err)
	fmt.Printf("port %d\n", l.Addr().(*net.TCPAddr).Port)
	for {
		conn, err := l.Accept()
		must(err)
		fmt.Println("accepted", conn.RemoteAddr())
		io.WriteString(conn, "from inside")
		conn.Close()
	}
}
