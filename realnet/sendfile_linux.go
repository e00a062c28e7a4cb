package realnet

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// zerocopy sends frames whose payload is a part of a file: the kernel takes it from the page cache, and it never passes
// through this process. It belongs to one goroutine, and no other sends on the socket meanwhile. A frame allocates nothing.
type zerocopy struct {
	sock syscall.RawConn
	push func(sock uintptr) bool // z.advance, made once
	pull func(file uintptr)      // z.sendfile, made once

	// The frame that is being sent, and what of it is left.
	head, tail []byte
	file       syscall.RawConn
	off        int64
	left       int
	begun      bool // its head may leave
	out        int  // the socket, while it takes some
	again      bool // the socket takes no more now
	err        error
}

// newZerocopy returns nil if what is sent does not leave as it is, as with TLS.
func newZerocopy(s socket) *zerocopy {
	tcp, ok := s.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil // closed already
	}
	z := &zerocopy{sock: raw}
	z.push, z.pull = z.advance, z.sendfile
	return z
}

// send sends head, n bytes of the file from off, and tail, in order. It waits while the socket is full, and no longer
// than the socket's write deadline. If it returns an unreadableError nothing has left and the socket is as it was; after
// any other error the frame may be torn.
func (z *zerocopy) send(head []byte, file syscall.RawConn, off int64, n int, tail []byte) error {
	z.head, z.file, z.off, z.left, z.tail = head, file, off, n, tail
	z.begun, z.err = false, nil
	err := z.sock.Write(z.push)
	z.head, z.file, z.tail = nil, nil, nil
	if err == nil {
		err = z.err
	}
	return err
}

// advance sends what the socket takes, and returns false if there is more.
func (z *zerocopy) advance(sock uintptr) bool {
	z.out, z.again = int(sock), false
	for z.err == nil && !z.again {
		switch {
		case !z.begun || len(z.head) == 0 && z.left > 0:
			switch err := z.file.Control(z.pull); {
			case err != nil && z.begun:
				z.err = z.torn(err)
			case err != nil:
				z.err = &unreadableError{err}
			}
		case len(z.head) > 0:
			z.head = z.write(z.head, unix.MSG_MORE)
		case len(z.tail) > 0:
			z.tail = z.write(z.tail, 0)
		default:
			return true
		}
	}
	return !z.again
}

// write sends the beginning of b and returns the rest.
func (z *zerocopy) write(b []byte, flags int) []byte {
	n, err := syscall.SendmsgN(z.out, b, nil, nil, flags|unix.MSG_NOSIGNAL)
	switch {
	case err == nil:
		return b[n:]
	case errors.Is(err, syscall.EAGAIN):
		z.again = true
	case !errors.Is(err, syscall.EINTR):
		z.err = os.NewSyscallError("sendmsg", err)
	}
	return b
}

// sendfile sends payload. The first call for a frame only looks whether the file has it, while the frame need not be
// begun.
func (z *zerocopy) sendfile(file uintptr) {
	if !z.begun {
		z.begun = true
		var st unix.Stat_t
		if err := unix.Fstat(int(file), &st); err != nil {
			z.err = &unreadableError{os.NewSyscallError("fstat", err)}
		} else if want := z.off + int64(z.left); st.Size < want {
			z.err = &unreadableError{fmt.Errorf("the file ends at %d: want %d bytes", st.Size, want)}
		}
		return
	}
	n, err := unix.Sendfile(z.out, int(file), &z.off, z.left)
	switch {
	case n > 0:
		z.left -= n
	case err == nil:
		z.err = z.torn(io.ErrUnexpectedEOF)
	case errors.Is(err, unix.EAGAIN):
		z.again = true
	case !errors.Is(err, unix.EINTR):
		z.err = z.torn(os.NewSyscallError("sendfile", err))
	}
}

// torn is the error of a frame that cannot be completed.
func (z *zerocopy) torn(err error) error { return &tornError{z.left, err} }
