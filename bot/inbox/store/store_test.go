package store_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"porchlight/bot"
	"porchlight/bot/inbox/inboxtest"
	"porchlight/bot/inbox/seal"
	"porchlight/bot/inbox/store"
)

// postgresURL names a Postgres for tests: each makes a database of its own there.
// Without one the tests on Postgres skip; CI starts one, and fails where they skip.
const (
	postgresURL      = "TEST_POSTGRES"
	postgresRequired = "TEST_POSTGRES_REQUIRED"
)

// An engine is one of the two databases; place makes an empty one.
type engine struct {
	name  string
	place func(testing.TB) string
}

var engines = []engine{
	{"sqlite", func(t testing.TB) string { return t.TempDir() }},
	{"postgres", emptyPostgres},
}

func emptyPostgres(t testing.TB) string {
	at := os.Getenv(postgresURL)
	if at == "" {
		if os.Getenv(postgresRequired) != "" {
			t.Fatal("no Postgres although there must be one here")
		}
		t.Skip("no Postgres: set " + postgresURL + " to the address of one, such as postgres://postgres@127.0.0.1:5432/postgres")
	}
	db, err := sql.Open("pgx", at)
	if err != nil {
		t.Fatal(err)
	}
	name := "porchlight_" + strings.ToLower(rand.Text())
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := db.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
		if err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// each runs a test on both engines.
func each(t *testing.T, test func(t *testing.T, e engine)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) { test(t, e) })
	}
}

func master(t testing.TB, b byte) *seal.Master {
	t.Helper()
	key := make([]byte, seal.Size)
	for i := range key {
		key[i] = b
	}
	m, err := seal.NewMaster(key)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// open opens a store that is closed at the end of the test.
func open(t testing.TB, place string, m *seal.Master, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), place, m, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// quick has no limits and no patience.
func quick() store.Options {
	return store.Options{
		Person: -1, Talk: -1, MaxOpen: 1 << 30,
		Backoff: func(int) time.Duration { return time.Millisecond },
	}
}

func TestInbox(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		inboxtest.Run(t, func(t *testing.T) bot.Inbox { return open(t, e.place(t), master(t, 1), quick()) })
	})
}
