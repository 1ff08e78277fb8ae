def test_the_service_is_healthy(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_note_is_kept(client):
    added = client.post("/notes", json={"text": "buy milk"})
    assert added.status_code == 201
    assert client.get("/notes").json()[0] == added.json()
    assert added.json()["text"] == "buy milk"


def test_a_note_without_text_is_refused(client):
    assert client.post("/notes", json={"text": ""}).status_code == 422
