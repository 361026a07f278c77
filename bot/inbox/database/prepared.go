package database

import (
	"context"
	"database/sql"
)

// prepared is the one connection to SQLite with the statements that were asked
// on it, so that each is compiled once. It is for one goroutine.
type prepared struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// most is how many statements are kept; there are fewer.
const most = 100

const begin, commit = "BEGIN IMMEDIATE", "COMMIT"

// statement is the compiled statement; nil for another one without arguments
// than these, which may be several in one or change the schema, and when it
// cannot be compiled.
func (p *prepared) statement(ctx context.Context, query string, args []any) *sql.Stmt {
	if len(args) == 0 && query != begin && query != commit {
		return nil
	}
	if s := p.stmts[query]; s != nil {
		return s
	}
	s, err := p.conn.PrepareContext(ctx, query)
	if err != nil || len(p.stmts) >= most {
		return nil // asking it as it is says what is wrong with it
	}
	p.stmts[query] = s
	return s
}

// ExecContext runs a statement.
func (p *prepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s := p.statement(ctx, query, args); s != nil { //nolint:sqlclosecheck // kept for the next time, closed with the connection
		return s.ExecContext(ctx, args...)
	}
	return p.conn.ExecContext(ctx, query, args...)
}

// QueryContext asks for rows.
func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := p.statement(ctx, query, args); s != nil { //nolint:sqlclosecheck // kept for the next time, closed with the connection
		return s.QueryContext(ctx, args...)
	}
	return p.conn.QueryContext(ctx, query, args...)
}

// QueryRowContext asks for one row.
func (p *prepared) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := p.statement(ctx, query, args); s != nil { //nolint:sqlclosecheck // kept for the next time, closed with the connection
		return s.QueryRowContext(ctx, args...)
	}
	return p.conn.QueryRowContext(ctx, query, args...)
}

func (p *prepared) close() {
	for _, s := range p.stmts {
		_ = s.Close() // the connection is closed next, and says so
	}
}
