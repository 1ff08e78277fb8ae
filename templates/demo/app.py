"""A page with something read from the database, and /healthz to tell whether the database can be read."""

import os
import signal
import sys
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template

from database import connect

PAGE = Path(__file__).with_name("page.html")


def page():
    database = connect()
    database.run("INSERT INTO visits DEFAULT VALUES")
    greetings = database.run("SELECT language, words FROM greetings ORDER BY position")
    ((visits, first),) = database.run("SELECT count(*), min(seen_at) AT TIME ZONE 'UTC' FROM visits")
    ((version,),) = database.run("SHOW server_version")
    database.close()
    rows = "".join(f"<li><b>{escape(words)}</b><span>{escape(language)}</span></li>" for language, words in greetings)
    # Read anew for each visitor: change page.html, reload, see it.
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        greetings=rows, visits=visits, first=f"{first:%Y-%m-%d %H:%M}", version=escape(version)
    )


def health():
    database = connect()
    database.run("SELECT 1 FROM greetings LIMIT 1")
    database.close()
    return "ok\n"


ROUTES = {"/": (page, "text/html; charset=utf-8"), "/healthz": (health, "text/plain; charset=utf-8")}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path not in ROUTES:
            self.reply(404, "text/plain; charset=utf-8", "nothing here\n")
            return
        answer, kind = ROUTES[self.path]
        try:
            self.reply(200, kind, answer())
        except Exception as error:  # whatever it is, the visitor is told and the server goes on
            print(f"{self.path}: {error!r}", file=sys.stderr, flush=True)
            self.reply(503, "text/plain; charset=utf-8", "the database cannot be read; see: devenv logs web\n")

    def reply(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        if self.path != "/healthz":
            print(format % args, flush=True)


def main():
    # Inside, an app listens on every address; from outside only this computer reaches it.
    server = ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "8000"))), Handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"open {os.environ.get('PUBLIC_URL', 'http://localhost:8000')}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
