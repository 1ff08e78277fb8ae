// Command @@name@@ serves notes as JSON. With the argument "migrate" it brings the database up to date and ends.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		slog.Error(err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	pool, err := connect(ctx)
	if err != nil {
		return err
	}
	defer pool.Close()
	switch {
	case len(args) == 0:
		return serve(ctx, newHandler(pool))
	case len(args) == 1 && args[0] == "migrate":
		return migrate(ctx, pool)
	default:
		return fmt.Errorf("unknown arguments %q: there is only \"migrate\"", args)
	}
}

func connect(ctx context.Context) (*pgxpool.Pool, error) {
	address := os.Getenv("DATABASE_URL")
	if address == "" {
		return nil, errors.New("DATABASE_URL is not set: start the service with `devenv up`")
	}
	return pgxpool.New(ctx, address)
}

// serve answers until ctx is done, and then lets open requests end.
func serve(ctx context.Context, handler http.Handler) error {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	server := &http.Server{Addr: ":" + port, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	slog.Info("listening", "port", port)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	return server.Shutdown(ending)
}
