#!/usr/bin/python3
"""bench/pipeline.py QUERY TABLE: threaded Python around COPY, what people write who care for speed.

One thread exports and cuts bodies of 5 MB, four upload them and put the ids beside the answers, one imports.
The first column of the query is the id. The server is named by PGHOST and so on, the deployment by URL, TOKEN,
KEY. Prints the seconds it took. No value may hold a line feed, and no id a comma.
"""
import os, queue, sys, threading, time

import psycopg2
import requests

IN_FLIGHT, BODY = 4, 5_000_000
bodies, answers = queue.Queue(IN_FLIGHT), queue.Queue(IN_FLIGHT)


class Cutter:
    """A file for COPY to write to, one line at a call."""
    def __init__(self):
        self.header, self.lines, self.size = None, [], 0

    def write(self, line):
        if self.header is None:
            self.header = line
            return
        self.lines.append(line)
        self.size += len(line)
        if self.size >= BODY:
            self.flush()

    def flush(self):
        if self.lines:
            bodies.put((self.header, self.lines))
            self.lines, self.size = [], 0


class Answers:
    """A file for COPY to read from."""
    def read(self, _size):
        return answers.get()


def export():
    cutter = Cutter()
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({sys.argv[1]}) TO STDOUT (FORMAT csv, HEADER)", cutter)
    cutter.flush()
    for _ in range(IN_FLIGHT):
        bodies.put(None)


def upload():
    session = requests.Session()
    session.headers.update({"Authorization": "Bearer " + os.environ["TOKEN"], "datarobot-key": os.environ["KEY"],
                            "Content-Type": "text/csv", "Accept": "text/csv"})
    while (body := bodies.get()) is not None:
        header, lines = body
        reply = session.post(os.environ["URL"], data=header + b"".join(lines), timeout=600)
        reply.raise_for_status()
        scores = reply.content.split(b"\n")[1:-1]
        assert len(scores) == len(lines)
        answers.put(b"".join([line[:line.index(b",")] + b"," + score + b"\n" for line, score in zip(lines, scores)]))


def score():
    uploads = [threading.Thread(target=upload) for _ in range(IN_FLIGHT)]
    for thread in [threading.Thread(target=export), *uploads]:
        thread.start()
    threading.Thread(target=lambda: [t.join() for t in uploads] and answers.put(b"")).start()
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {sys.argv[2]} FROM STDIN (FORMAT csv)", Answers())


threading.excepthook = lambda failure: (sys.__excepthook__(*failure[:3]), os._exit(1))
start = time.monotonic()
score()
print(f"{time.monotonic() - start:.3f}")
