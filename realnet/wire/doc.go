// Package wire is the format of what two nodes say over a byte stream: frames, their layouts and their limits.
// docs/wire.md describes the same for those who write another implementation, and its test vectors are this package's
// golden test.
//
// It is not a transport: it opens no connection, starts no goroutine, keeps no state between frames and knows nothing
// of handles other than that they are numbers. Package realnet does the rest.
//
// A frame is 4 bytes of header, its type and the length of its body, and the body. Types 1..191 are core.Msg, laid out
// by core.MsgKind.Fields; types from FirstTransport on are the transport's own. Each type has a largest body, which
// ParseHeader checks, so that a reader never allocates what a stranger asks for.
//
//	b = wire.AppendMsg(b, &m, &peers)       // Append... adds a whole frame to b
//	...
//	h, err := wire.ParseHeader(b)           // the first 4 bytes
//	begin, err := wire.ParseBegin(body)     // Parse... takes a body of exactly the header's length
//
// Integers are unsigned and big endian. Parsers accept one encoding of a value: a body that is too long is as wrong as
// one that is too short. What they return may alias the body.
//
// Known limits: a message costs its fields' full width (a compact integer would save a third of the control bytes), and
// a frame has no checksum of its own: TCP's, and the hash of every piece, must do.
package wire
