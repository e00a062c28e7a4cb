// Package manifest describes a video by what it must hash to: name, length, cutting, media type, duration and, for
// each chunk, one 32-byte root from which every piece can be checked before it is stored, relayed or served.
//
// It is not a place to keep bytes (packages store and library do) and says nothing of who holds them. Whose
// signature is believed is package trust's.
//
// # Hashes
//
// A chunk is cut into pieces of the piece size, the last one shorter. With || for concatenation,
//
//	leaf(piece)       = SHA-256(0x00 || piece)
//	node(left, right) = SHA-256(0x01 || left || right)
//
// The leaves are paired from the left, level by level; a node left over at the end of a level moves up unchanged. The
// single hash that remains is the chunk's root, so the root of a chunk of one piece is its leaf. This is the Merkle
// Tree Hash of RFC 6962, section 2.1, over the pieces of one chunk. The number of leaves follows from the manifest and
// is checked, so a list of inner nodes can not pass for a list of leaves.
//
// # Encoding
//
// A manifest is one flat bencoded dictionary with exactly these keys, sorted as bencode asks:
//
//	"Peerstreamer manifest"  integer  the version of this format, 1
//	"chunk"                  integer  chunk size in bytes, core.MinChunkSize..core.MaxChunkSize
//	"duration"               integer  of playback, in nanoseconds; 0 if unknown
//	"length"                 integer  of the video in bytes, at least 1
//	"name"                   string   as CheckName wants it
//	"piece"                  integer  piece size in bytes, 1..chunk, at most core.MaxPieces to a chunk
//	"roots"                  string   32 bytes for each chunk, in order
//	"type"                   string   media type, type/subtype in visible ASCII, at most MaxMediaType bytes
//
// So every manifest of this version begins with d21:Peerstreamer manifesti1e. There is one encoding of a manifest:
// Decode encodes what it understood and refuses bytes that differ, as a decoder of bencode takes unsorted and repeated
// keys. The ID of a video is the SHA-256 of these bytes.
//
// # Signature
//
// The source may sign. The signature stands behind the manifest and is over its ID, so that signing does not change what
// is named: a second bencoded dictionary, always of 148 bytes, with exactly these keys:
//
//	"Peerstreamer signature"  integer  the version of this format, 1
//	"key"                     string   the signer's public key, Ed25519, 32 bytes
//	"signature"               string   64 bytes
//
// What is signed is "Peerstreamer manifest signature 1", a zero byte, and the 32 bytes of the ID, with Ed25519 (RFC 8032)
// as it is, without a hash before it. Decode refuses a signature that is wrong.
//
// # Use
//
//	m, err := manifest.Decode(data)
//	...
//	if err := m.VerifyHashes(chunk, hashes); err != nil { ... } // the peer lied about the pieces
//	if manifest.PieceHash(data) != hashes[piece] { ... }        // the peer sent something else
//
// # Known limits
//
// A manifest lists every chunk, 32 bytes each, and MaxSize bounds it: about two million chunks, 2 TiB in chunks of
// 1 MiB but only 2 GiB in chunks of 1 KiB. Two names that look alike but differ in bytes (composed and decomposed
// accents) are two names.
package manifest
