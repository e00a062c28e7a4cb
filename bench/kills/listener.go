package kills

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"sync"

	"peerstreamer/core"
	"peerstreamer/realnet/wire"
)

// Listener stands between a node and its master and reads what the node tells of its chunks, before the master does.
type Listener struct {
	l      net.Listener
	master string
	wg     sync.WaitGroup

	mu        sync.Mutex
	conns     map[net.Conn]bool
	announced map[uint32]bool // chunks that the node has reported in any life, or held
	registers int
	faults    []error
}

// Listen returns a Listener before the master at host:port. It serves one video: chunks are told apart by number alone.
func Listen(master string) (*Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Listener{l: l, master: master, conns: map[net.Conn]bool{}, announced: map[uint32]bool{}}
	p.wg.Go(p.accept)
	return p, nil
}

// Addr returns where the node finds its master: tcp://host:port.
func (p *Listener) Addr() string { return "tcp://" + p.l.Addr().String() }

// Announced returns the chunks that the node has announced so far, in all its lives.
func (p *Listener) Announced() map[uint32]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.announced)
}

// Registers returns how many times the node has registered.
func (p *Listener) Registers() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.registers
}

// Close ends all connections and returns what was wrong with what the node said.
func (p *Listener) Close() error {
	p.l.Close()
	p.mu.Lock()
	for c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
	return errors.Join(p.faults...)
}

func (p *Listener) accept() {
	for {
		node, err := p.l.Accept()
		if err != nil {
			return
		}
		master, err := net.Dial("tcp", p.master)
		if err != nil {
			node.Close()
			continue
		}
		p.mu.Lock()
		p.conns[node], p.conns[master] = true, true
		p.mu.Unlock()
		p.wg.Go(func() { io.Copy(node, master); p.end(node, master) })
		p.wg.Go(func() {
			if err := p.read(node, master); err != nil {
				p.mu.Lock()
				p.faults = append(p.faults, err)
				p.mu.Unlock()
			}
			p.end(node, master)
		})
	}
}

func (p *Listener) end(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		c.Close()
		delete(p.conns, c)
	}
}

// life is what a node has said on one connection.
type life struct {
	registered bool
	before     map[uint32]bool // announced when it registered
	held       map[uint32]bool
}

// read passes frames on, and returns the first thing that is wrong with them. A frame that the kill has cut is not passed on.
func (p *Listener) read(node io.Reader, master io.Writer) error {
	l := life{held: map[uint32]bool{}}
	frame := make([]byte, wire.HeaderSize+wire.MaxBody)
	for {
		if _, err := io.ReadFull(node, frame[:wire.HeaderSize]); err != nil {
			return nil
		}
		h, err := wire.ParseHeader(frame)
		if err != nil {
			return err
		}
		body := frame[wire.HeaderSize : wire.HeaderSize+h.Len]
		if _, err := io.ReadFull(node, body); err != nil {
			return nil
		}
		if h.Type < wire.FirstTransport {
			var peers wire.Peers
			m, err := wire.ParseMsg(core.MsgKind(h.Type), body, &peers)
			if err == nil {
				err = p.heard(&l, m)
			}
			if err != nil {
				return err
			}
		}
		if _, err := master.Write(frame[:wire.HeaderSize+h.Len]); err != nil {
			return nil
		}
	}
}

// heard learns from a message. A node names all that it holds when it registers, before it reports anything new.
func (p *Listener) heard(l *life, m core.Msg) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch m.Kind {
	case core.MsgRegister:
		l.registered, l.before = true, maps.Clone(p.announced)
		p.registers++
	case core.MsgHeld:
		for i := range uint32(32 * len(m.Mask)) {
			if m.Mask[i/32]>>(i%32)&1 == 1 {
				l.held[m.Chunk+i] = true
				p.announced[m.Chunk+i] = true
			}
		}
	case core.MsgReport:
		if m.Aux != core.ReportAdded {
			delete(p.announced, m.Chunk)
			return nil
		}
		p.announced[m.Chunk] = true
		for chunk := range l.before {
			if l.registered && !l.held[chunk] {
				return fmt.Errorf("the node registered without chunk %d, which it had announced before", chunk)
			}
		}
	}
	return nil
}
