"""The gradebook as it has grown for years: graphql-core, psycopg2 and redis.

It listens on $HOST (127.0.0.1) and $PORT, finds its stores by DATABASE_URL and
REDIS_URL, and with GRADEBOOK_CLOCK=header takes the time of a request from the
header x-replay-now.
"""
import datetime
import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

try:
    import psycopg2
    import redis
    import engine
except ImportError as missing:
    sys.exit("legacy: %s; install graphql-core, psycopg2 and redis for %s "
             "(Debian: apt-get install python3-graphql-core python3-psycopg2 python3-redis)"
             % (missing, sys.executable))

import mutations
import queries

HERE = os.path.dirname(os.path.abspath(__file__))


class Request:
    """What resolvers know of a request: its stores and its time."""

    def __init__(self, db, cache, now):
        self.db, self.cache, self.now = db, cache, now
        self.entries = 0

    def rows(self, sql, *args):
        """Runs a statement and gives its rows as dicts."""
        with self.db.cursor() as cursor:
            cursor.execute(sql, args)
            if cursor.description is None:
                return []
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]

    def row(self, sql, *args):
        found = self.rows(sql, *args)
        return found[0] if found else None

    def log(self, **fields):
        """Adds to the audit stream. Its ids are the time of the request."""
        millis = int(self.now.timestamp() * 1000)
        self.cache.xadd("audit", fields, id="%d-%d" % (millis, self.entries))
        self.entries += 1


class Server:
    def __init__(self):
        with open(os.path.join(HERE, "..", "schema.graphql"), encoding="utf-8") as f:
            self.schema = engine.build(f.read(), (queries, mutations))
        self.local = threading.local()
        self.cache = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
        self.told = os.environ.get("GRADEBOOK_CLOCK") == "header"

    def database(self):
        """One connection per thread; one that broke is replaced."""
        db = getattr(self.local, "db", None)
        if db is None or db.closed:
            db = self.local.db = psycopg2.connect(os.environ["DATABASE_URL"])
            with db, db.cursor() as cursor:
                cursor.execute("SET TIME ZONE 'UTC'")
        return db

    def now(self, headers):
        if self.told and headers.get("x-replay-now"):
            text = headers["x-replay-now"].replace("Z", "+00:00")
            return datetime.datetime.fromisoformat(text).astimezone(datetime.timezone.utc)
        return datetime.datetime.now(datetime.timezone.utc)

    def execute(self, headers, body):
        """One request is one transaction, kept unless a resolver failed."""
        db = self.database()
        request = Request(db, self.cache, self.now(headers))
        try:
            data, errors, invalid = engine.execute(self.schema, body, request)
            if errors:
                db.rollback()
            else:
                db.commit()
        except BaseException:
            db.rollback()
            raise
        if invalid:
            return 400, {"errors": errors}
        return 200, {"data": data, "errors": errors} if errors else {"data": data}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together
    server_version = "gradebook"

    def do_GET(self):
        if self.path == "/healthz":
            self.answer(200, b'"ok"')
        else:
            self.answer(404, b'"not found"')

    def do_POST(self):
        text = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path != "/graphql":
            return self.answer(404, b'"not found"')
        try:
            body = json.loads(text)
            body["query"]
        except (ValueError, KeyError, TypeError):
            return self.answer(400, b'{"errors":[{"message":"the body is not a JSON request"}]}')
        status, answer = self.server.gradebook.execute(self.headers, body)
        self.answer(status, json.dumps(answer).encode())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def main():
    for name in ("PORT", "DATABASE_URL", "REDIS_URL"):
        if not os.environ.get(name):
            sys.exit("legacy: %s is not set" % name)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    http = ThreadingHTTPServer((os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])), Handler)
    http.daemon_threads = True
    http.gradebook = Server()
    http.serve_forever()


if __name__ == "__main__":
    main()
