package discordtwin

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"
)

// A Twin is one Discord with one app in it. It may be used by any number of
// goroutines. Make one with New or Start.
type Twin struct {
	options Options
	port    int
	client  *http.Client   // of Deliver
	done    chan struct{}  // closed by Close
	running sync.WaitGroup // every goroutine of the twin
	key     ed25519.PrivateKey

	mu       sync.Mutex
	closed   bool
	server   *http.Server  // nil while the twin is down
	changed  chan struct{} // closed, and made anew, when anything here changes
	random   *rand.Rand
	last     uint64 // the last snowflake
	token    string // of the bot; "" when it was reset
	users    map[string]*User
	guilds   map[string]*Guild
	channels map[string]*Channel
	dms      map[string]*Channel // by the person
	commands map[string][]any    // by the guild; "" is global
	typing   map[string]int      // by the channel

	calls    []Call
	counts   map[string]int
	statuses map[int]int
	broken   []string // violations of the contracts
	faults   []*planned
	posts    []*Post
	byID     map[string]*Post
	inside   map[string][]*Post // by the channel
	made     []string           // ids in the order of the app's posting, for Next
	madeGone int                // how many of them were forgotten
	nonces   map[string]nonce
	swept    time.Time // when nonces were last forgotten

	acts    map[string]*act // interactions by id
	byToken map[string]*act
	ordered []*act

	buckets map[string]*window
	global  window
	invalid window
	banned  time.Time

	sessions   []*session
	live       []*Socket
	opened     int // sockets ever
	openings   []Opening
	identified map[int]time.Time // by the key of max_concurrency
	left       int               // identifies
	missed     []string
	unsure     []string
}

// New starts a twin that ends with Close. It panics when the loopback address
// cannot be listened on, or the file of Options.Contracts cannot be read.
func New(o Options) *Twin {
	o = o.withDefaults()
	seed := binary.BigEndian.AppendUint64(make([]byte, 24), o.Seed)
	tw := &Twin{
		options: o, port: o.Port, done: make(chan struct{}),
		changed: make(chan struct{}), random: rand.New(rand.NewPCG(o.Seed, 1)), token: Token,
		key: ed25519.NewKeyFromSeed(seed), left: o.Identifies,
		users: map[string]*User{}, guilds: map[string]*Guild{}, channels: map[string]*Channel{},
		dms: map[string]*Channel{}, commands: map[string][]any{}, typing: map[string]int{},
		counts: map[string]int{}, statuses: map[int]int{}, byID: map[string]*Post{},
		inside: map[string][]*Post{}, nonces: map[string]nonce{}, acts: map[string]*act{},
		byToken: map[string]*act{}, buckets: map[string]*window{}, identified: map[int]time.Time{},
	}
	tw.populate()
	tw.client = deliverer(o.AckWithin)
	tw.Up()
	return tw
}

// Start is New for a test or a benchmark: it closes the twin at the end, and fails
// t for each request that is against the contract, unless Options.Forgive.
func Start(t testing.TB, o Options) *Twin {
	tw := New(o)
	t.Cleanup(func() {
		tw.Close()
		if o.Forgive {
			return
		}
		for _, v := range tw.Violations() {
			t.Errorf("against Discord's contract: %s", v)
		}
	})
	return tw
}

// Close ends every connection and waits until nothing of the twin runs. What was
// done can still be looked at. A second Close does nothing.
func (tw *Twin) Close() {
	tw.mu.Lock()
	if tw.closed {
		tw.mu.Unlock()
		return
	}
	tw.closed = true
	close(tw.done)
	for _, a := range tw.ordered {
		a.stop()
	}
	tw.mu.Unlock()
	tw.Down()
	tw.running.Wait()
	tw.client.CloseIdleConnections()
}

// URL is the address of the twin, without a slash at its end; a client that can
// change hosts only puts its requests there.
func (tw *Twin) URL() string { return fmt.Sprintf("http://127.0.0.1:%d", tw.port) }

// APIURL is what a Discord client takes as its API address; it ends in a slash.
func (tw *Twin) APIURL() string { return tw.URL() + "/api/v9/" }

// GatewayURL is what GET /gateway says, and ResumeURL what READY does.
func (tw *Twin) GatewayURL() string { return fmt.Sprintf("ws://127.0.0.1:%d", tw.port) }

// ResumeURL is the resume_gateway_url.
func (tw *Twin) ResumeURL() string { return tw.GatewayURL() + "/resume" }

// PublicKey is the key of the app by which it knows Discord's requests.
func (tw *Twin) PublicKey() ed25519.PublicKey {
	return tw.key.Public().(ed25519.PublicKey) //nolint:errcheck // that is what Public returns
}
