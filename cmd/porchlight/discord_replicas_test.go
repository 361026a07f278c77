package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
)

// takeover is how long the shards of a replica that died may be nobody's: its leases,
// and a look for them.
const takeover = 20 * time.Second

// TestDiscordReplicas has two processes beside a Postgres share the shards of Discord,
// kills each in turn while people ask, and expects the other to take over, and everything
// that was received to be answered once:
//
//	TEST_POSTGRES=URL PORCHLIGHT_KILLS=full go test -run TestDiscordReplicas ./cmd/porchlight
func TestDiscordReplicas(t *testing.T) {
	if !full() {
		t.Skip("takes minutes; PORCHLIGHT_KILLS=full runs it")
	}
	at, dir := ownPostgres(t), t.TempDir()
	write := func(name, s string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		return "file:" + file
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	const shards = 4
	o := discordtwin.Options{Shards: shards, Concurrency: shards, Heartbeat: time.Second, IdentifyEvery: 5 * time.Second}
	r := newDiscordRun(t, o, false, append(slices.Clone(hastyDiscord),
		"--lease", lease().String(), "--store", write("store", at.String()), "--master-key", write("key", base64.StdEncoding.EncodeToString(key)))...)
	r.longest = takeover
	other := newChild(t)
	other.args, other.env = slices.Clone(r.args), r.env
	other.args[slices.Index(other.args, "--admin")+1] = other.admin
	other.args[slices.Index(other.args, "--discord-listen")+1] = freeAddress(t)
	people := r.crowd(16)
	r.start()
	other.start()
	r.ready()
	if !within(time.Minute, func() bool { return other.get("/readyz") != "" }) {
		t.Fatalf("the other is never ready:\n%s", other.tail())
	}

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	c := dCourse{all: []dTrouble{{}}}
	var asking sync.WaitGroup
	for i, who := range people {
		asking.Go(func() { c.talk(ctx, r, who, i, dSize{each: 50, think: 2 * time.Second}) })
	}
	took := 0
	dies := func(x *child, name string) {
		t.Helper()
		nap(time.Second, 2*time.Second)
		opened, heard := r.twin.Opened(), len(r.twin.Sockets())
		x.kill()
		killed := time.Now()
		if within(2*time.Second, func() bool { return len(r.twin.Sockets()) < heard }) { // else it stood by
			if !within(time.Minute, func() bool { return r.twin.Opened() > opened && r.whole() }) {
				t.Fatalf("nobody took over from %s:\n%s\n%s", name, r.tail(), other.tail())
			}
			t.Logf("%s died: its shards are heard again after %v", name, time.Since(killed))
			if time.Since(killed) > takeover {
				t.Errorf("that is later than %v", takeover)
			}
			took++
		}
		x.start()
		if !within(time.Minute, func() bool { return x.get("/readyz") != "" }) {
			t.Fatalf("%s does not come back:\n%s", name, x.tail())
		}
	}
	for range 2 {
		dies(r.child, "the first")
		dies(other, "the second")
	}
	if took < 2 {
		t.Errorf("one took over from the other %d times only", took)
	}
	asking.Wait()
	r.judge(r.settle(time.Minute))
	r.stop()
	other.stop()
}
