package store

import (
	"context"
	"strings"
	"testing"
)

// TestPlans wants each statement that runs all the time to be led by an index of
// SQLite: with a hundred thousand open, one that reads them all, or that sorts
// them, is a thousand times slower, and no other test would see it.
func TestPlans(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir(), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, c := range []struct {
		name, statement string
		args            int
		want            []string // "" or part of a line of the plan
	}{
		{"take", take, 4, []string{"SEARCH a USING INDEX inbox_due (due<?)", "inbox_hand (conv=?)", "inbox_turn (conv=? AND seq<?)"}},
		{"put", put, 8, nil},
		{"lately", lately, 4, []string{"inbox_who (who=? AND added>? AND added<?)", "inbox_conv (conv=? AND added>? AND added<?)", "inbox_turn (conv=?)"}},
		{"warned", warned, 3, []string{"inbox_who (who=? AND added>?)", "inbox_conv (conv=? AND added>?)"}},
		{"more", more, 1, []string{"inbox_turn (conv=?)"}},
		{"joinable", joinable, 2, []string{"inbox_turn (conv=?)"}},
		{"done", done, 2, []string{"INTEGER PRIMARY KEY"}},
		{"rest", rest, 4, []string{"INTEGER PRIMARY KEY"}},
		{"free", free, 2, []string{"inbox_due (due>?)"}},
		{"free held", freeHeld, 1, []string{"inbox_hand"}},
		{"recall", recall, 3, []string{"(conv=?)"}},
		{"forget open", forgetOpen, 3, []string{"inbox_who (who=?)", "inbox_conv (conv=?)"}},
		{"forget ids", forgetIDs, 2, []string{"inbox_who (who=?)", "inbox_conv (conv=?)"}},
		{"sweep", sweepInbox, 2, []string{"inbox_old (added<?)"}},
		{"sweep memory", sweepMemory, 2, []string{"memory_until (until<?)", "memory_until (until>?)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := s.explain(t, c.statement, c.args)
			for _, bad := range []string{"TEMP B-TREE", "SCAN inbox", "SCAN a", "SCAN b", "SCAN memory"} {
				if strings.Contains(strings.ReplaceAll(plan, "SCAN inbox USING INDEX inbox_hand", ""), bad) { // which holds only what is in hand
					t.Errorf("the plan says %s:\n%s", bad, plan)
				}
			}
			for _, want := range c.want {
				if !strings.Contains(plan, want) {
					t.Errorf("the plan does not say %q:\n%s", want, plan)
				}
			}
		})
	}
	if plan := s.explain(t, `SELECT * FROM inbox WHERE tries=1 ORDER BY holder`, 0); !strings.Contains(plan, "SCAN inbox") || !strings.Contains(plan, "TEMP B-TREE") {
		t.Errorf("a bad plan is not seen as one:\n%s", plan)
	}
}

// explain is SQLite's plan of a statement, a step a line.
func (s *Store) explain(t *testing.T, statement string, args int) string {
	t.Helper()
	var plan strings.Builder
	err := s.do(t.Context(), func(ctx context.Context, q tx) error {
		plan.Reset()
		rows, err := q.QueryContext(ctx, "EXPLAIN QUERY PLAN "+s.db.Speak(statement), make([]any, args)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				return err
			}
			plan.WriteString(step + "\n")
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
