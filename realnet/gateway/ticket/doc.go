// Package ticket makes and checks signed addresses of videos: whoever has one may watch that video until it expires, from
// where it says, and whoever has none may not.
//
// It is not a login: a ticket can be passed on, and nothing takes one back before it expires but another secret.
//
//	key, err := ticket.Load("secret")
//	u, err := key.SignURL("https://box.example/watch/movie", 4*time.Hour, netip.Prefix{})
//	...
//	err = key.Check("movie", r.URL.RawQuery, time.Now(), viewer)
//
// # Form
//
// A ticket is three parameters of a query:
//
//	exp    when it expires, in seconds since 1970, decimal
//	net    the viewers that it is for, an IP prefix such as 10.1.0.0/16; absent: everybody
//	sig    HMAC-SHA-256 under the secret of "psnode viewer 1", the video's name, exp and net, each followed by a newline,
//	       in base64url without padding
//
// No name contains a newline, so no two tickets are signed as the same bytes. A ticket is for a video, whatever the path: its
// bytes, its pages, its playlists and what else belongs to it.
package ticket
