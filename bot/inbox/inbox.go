package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"

	"porchlight/bot"
)

var (
	errPanic    = errors.New("inbox: panic while answering")
	errNoReturn = errors.New("inbox: the goroutine that answered has ended")
)

// Contain has m answered by do. A panic is an error; it is logged without its
// value, which may hold a person's words. settle is called with what came of
// it, even if do ends its goroutine.
func Contain(ctx context.Context, log *slog.Logger, m bot.Message, do func(context.Context, bot.Message) error, settle func(error)) {
	err := errNoReturn
	defer func() { settle(err) }()
	err = contain(ctx, log, m, do)
}

func contain(ctx context.Context, log *slog.Logger, m bot.Message, do func(context.Context, bot.Message) error) (err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		if v == nil {
			return // runtime.Goexit
		}
		what := fmt.Sprintf("%T", v)
		if e, ok := v.(runtime.Error); ok {
			what = e.Error() // an index or a type, no words
		}
		log.Error("panic while answering", "message", m, "panic", what, "stack", string(debug.Stack()))
		err = errPanic
	}()
	err = do(ctx, m)
	returned = true
	return err
}
