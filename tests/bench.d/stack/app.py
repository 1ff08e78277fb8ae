"""Answers every request with what it has just read from both databases; needs nothing but Python itself."""

import base64
import hashlib
import hmac
import os
import socket
import struct
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENV = os.environ


def ask_cache():
    """Counts in redis, by its own protocol."""
    with socket.create_connection((ENV["CACHE_HOST"], int(ENV["CACHE_PORT"])), 5) as wire:
        wire.sendall(b"INCR visits\r\n")
        return int(wire.recv(64)[1:])


class Postgres:
    """As much of PostgreSQL's protocol 3.0 as one login and one query need."""

    def __init__(self):
        self.wire = socket.create_connection((ENV["DB_HOST"], int(ENV["DB_PORT"])), 5)
        self.file = self.wire.makefile("rb")
        settings = f"user\0{ENV['DB_USER']}\0database\0{ENV['DB_NAME']}\0\0".encode()
        self.wire.sendall(struct.pack("!ii", 8 + len(settings), 196608) + settings)

    def send(self, kind, body):
        self.wire.sendall(kind + struct.pack("!i", 4 + len(body)) + body)

    def receive(self):
        kind, length = struct.unpack("!ci", self.file.read(5))
        body = self.file.read(length - 4)
        if kind == b"E":
            raise RuntimeError(body)
        return kind, body

    def log_in(self, password):
        """SCRAM-SHA-256, RFC 5802 and RFC 7677."""
        self.receive()
        nonce = base64.b64encode(os.urandom(18)).decode()
        first = f"n=,r={nonce}"
        self.send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", 3 + len(first)) + b"n,," + first.encode())
        challenge = self.receive()[1][4:].decode()
        asked = dict(part.split("=", 1) for part in challenge.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(asked["s"]), int(asked["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        last = f"c=biws,r={asked['r']}"
        signed = f"{first},{challenge},{last}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), signed, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature))
        self.send(b"p", f"{last},p={base64.b64encode(proof).decode()}".encode())
        while self.receive()[0] != b"Z":
            pass

    def query(self, text):
        """The first value of the first row."""
        self.send(b"Q", text.encode() + b"\0")
        value = None
        while True:
            kind, body = self.receive()
            if kind == b"D":
                value = body[6:].decode()
            if kind == b"Z":
                return value


def ask_database():
    database = Postgres()
    with database.wire:
        database.log_in(ENV["DB_PASSWORD"])
        return database.query("SELECT current_database()")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"visit {ask_cache()} of {ask_database()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
