package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// newTestServer answers from the real database.
func newTestServer(t *testing.T) (*httptest.Server, service) {
	t.Helper()
	pool, err := connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if err := migrate(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(newHandler(pool))
	t.Cleanup(server.Close)
	return server, service{pool}
}

func TestTheServiceIsHealthy(t *testing.T) {
	server, _ := newTestServer(t)
	response, err := http.Get(server.URL + "/healthz")
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response, err)
	}
}

func TestANoteIsKept(t *testing.T) {
	server, s := newTestServer(t)
	response, err := http.Post(server.URL+"/notes", "application/json", strings.NewReader(`{"text":"buy milk"}`))
	if err != nil || response.StatusCode != http.StatusCreated {
		t.Fatal(response, err)
	}
	var added note
	if err := json.NewDecoder(response.Body).Decode(&added); err != nil {
		t.Fatal(err)
	}
	defer s.pool.Exec(t.Context(), "DELETE FROM notes WHERE id = $1", added.ID)
	response, err = http.Get(server.URL + "/notes")
	if err != nil {
		t.Fatal(err)
	}
	var notes []note
	if err := json.NewDecoder(response.Body).Decode(&notes); err != nil || len(notes) == 0 || notes[0].ID != added.ID {
		t.Fatalf("%+v is not the latest of %+v (%v)", added, notes, err)
	}
}

func TestANoteWithoutTextIsRefused(t *testing.T) {
	server, _ := newTestServer(t)
	for body, status := range map[string]int{`{"text":""}`: http.StatusUnprocessableEntity, `no`: http.StatusBadRequest} {
		response, err := http.Post(server.URL+"/notes", "application/json", strings.NewReader(body))
		if err != nil || response.StatusCode != status {
			t.Errorf("%s: %v, %v", body, response, err)
		}
	}
}
