package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const longestNote = 1000

type note struct {
	ID        int64     `json:"id"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"created_at"`
}

type service struct {
	pool *pgxpool.Pool
}

func newHandler(pool *pgxpool.Pool) http.Handler {
	s := service{pool}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /notes", s.list)
	mux.HandleFunc("POST /notes", s.add)
	return mux
}

func (s service) index(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]string{"service": "@@name@@"})
}

// health says that the database answers and has its tables.
func (s service) health(w http.ResponseWriter, r *http.Request) {
	if _, err := s.pool.Exec(r.Context(), "SELECT 1 FROM notes LIMIT 1"); err != nil {
		fail(w, http.StatusServiceUnavailable, "the database does not answer", err)
		return
	}
	reply(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (s service) list(w http.ResponseWriter, r *http.Request) {
	rows, _ := s.pool.Query(r.Context(), "SELECT id, text, created_at FROM notes ORDER BY id DESC LIMIT 100")
	notes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[note])
	if err != nil {
		fail(w, http.StatusInternalServerError, "internal error", err)
		return
	}
	reply(w, http.StatusOK, notes)
}

func (s service) add(w http.ResponseWriter, r *http.Request) {
	var added note
	body := http.MaxBytesReader(w, r.Body, 100<<10)
	if err := json.NewDecoder(body).Decode(&added); err != nil {
		fail(w, http.StatusBadRequest, "the body has to be JSON", nil)
		return
	}
	if length := utf8.RuneCountInString(added.Text); length == 0 || length > longestNote {
		fail(w, http.StatusUnprocessableEntity, "`text` has to be 1 to 1000 characters", nil)
		return
	}
	row := s.pool.QueryRow(r.Context(), "INSERT INTO notes (text) VALUES ($1) RETURNING id, text, created_at", added.Text)
	if err := row.Scan(&added.ID, &added.Text, &added.CreatedAt); err != nil {
		fail(w, http.StatusInternalServerError, "internal error", err)
		return
	}
	reply(w, http.StatusCreated, added)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		slog.Warn("the answer was not read to its end", "error", err)
	}
}

// fail tells the caller what went wrong in general, and the log what it was.
func fail(w http.ResponseWriter, status int, message string, err error) {
	if err != nil {
		slog.Error(message, "error", err)
	}
	reply(w, status, map[string]string{"error": message})
}
