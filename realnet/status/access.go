package status

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Access says who may see a node's status beside this machine.
type Access struct {
	Public bool   // everybody
	Token  string // whoever sends it, as "Authorization: Bearer TOKEN" or ?token=TOKEN; "": nobody
}

// MinToken is how many bytes a token has at least.
const MinToken = 16

// denied is told to those who may not look.
const denied = "The status of this node is for its operator: open this page on the node's own machine (as http://127.0.0.1...), " +
	"with ?token= and the token of psnode run -status-token, or run the node with -status public.\n"

// Allows reports whether a request may see the status.
//
// This machine is a request whose connection comes from a loopback address and that no proxy has passed on. It names a loopback
// address in its Host, and is not a page's of another origin, lest a page that the operator visits reads what the operator may.
func (a Access) Allows(r *http.Request) bool {
	if a.Public {
		return true
	}
	if a.Token != "" && (same(r.URL.Query().Get("token"), a.Token) || same(bearer(r), a.Token) || a.signed(r)) {
		return true
	}
	if from := r.Header.Get("Sec-Fetch-Site"); from == "cross-site" || from == "same-site" {
		return false
	}
	if o := r.Header.Get("Origin"); o != "" && o != "http://"+r.Host && o != "https://"+r.Host {
		return false
	}
	for _, passed := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(passed) != "" {
			return false
		}
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback() && loopback(r.Host)
}

// loopback reports whether a Host header names this machine without the help of a name service.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// same compares in a time that tells nothing of either.
func same(got, want string) bool {
	x, y := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// Guard lets h answer those who may see the status, and tells the others how they may.
func (a Access) Guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.Public {
			w.Header().Del("Access-Control-Allow-Origin") // which pages may play videos is another question
		}
		if !a.Allows(r) {
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, denied, http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// signatureAge is how old, or how much ahead, the time in a signature may be.
const signatureAge = time.Minute

// sign proves to a neighbour that this node knows the token, without telling it: by an HMAC-SHA256 over the gathering's number
// and the time. Whoever overhears it can have the same answer from another node for a minute, and nothing else.
func (a Access) sign(r *http.Request, gather string) {
	if a.Token == "" {
		return
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	r.Header.Set("Authorization", "Peerstreamer "+at+"/"+a.mac(gather, at))
}

// signed reports whether a request is one of sign's.
func (a Access) signed(r *http.Request) bool {
	proof, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Peerstreamer ")
	if !ok {
		return false
	}
	at, mac, _ := strings.Cut(proof, "/")
	unix, err := strconv.ParseInt(at, 10, 64)
	if err != nil || time.Since(time.Unix(unix, 0)).Abs() > signatureAge {
		return false
	}
	gather := r.URL.Query().Get("gather")
	return r.URL.Path == "/api/status" && gather != "" && same(mac, a.mac(gather, at))
}

func (a Access) mac(gather, at string) string {
	h := hmac.New(sha256.New, []byte(a.Token))
	fmt.Fprintf(h, "peerstreamer status %q %s", gather, at)
	return hex.EncodeToString(h.Sum(nil))
}
