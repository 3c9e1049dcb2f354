"""Exports one account in every format and reads the files back with the readers that people use.

    readback.py PROGRAM

Serves an account with unusual titles on loopback, and has PROGRAM export it. Then Python's csv and
zlib, openpyxl, calamine, pandas, pyarrow, DuckDB and jq read the files, and the result of each is
compared with what was served. Prints a line for each reader, and ends with 1 if one differs.
"""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import zlib
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import duckdb
import openpyxl
import pandas
import pyarrow
import pyarrow.parquet
import zstandard
from openpyxl.utils.escape import unescape

COLUMNS = ["video_id", "video_title", "status", "type", "folder_id", "created_at"]
TITLES = [
    "Onboarding, week 1", 'say "hi"', "two\nlines", "tab\there", "0123", "1e5", "TRUE", "NULL", "NaN",
    "2025-10-04", "=1+1", "+49 30 123", "-5", "@mention", " spaces ", "é 日本語 😀", "<b>&amp;</b>",
    "_x0041_", "a;=b", "'quoted'", "https://app.example/x", "\u200b", None, "null",
]


def video(n):
    return {
        "video_id": f"{n:032x}",
        "status": ["completed", "failed", "success", None][n % 4],
        "video_title": TITLES[n % len(TITLES)],
        "created_at": 1_759_560_467 - 7_919 * n,
        "type": "GENERATED" if n % 3 else None,
        "folder_id": ["null", "", None, "32c8d8a0632d40949dffb60c557dc6ea"][n % 4],
        "asset": 18446744073709551617 + n,
        "duration": n / 4,
    }


VIDEOS = [video(n) for n in range(2_500)]


def record(video):
    """The columns of a video as the schema has them."""
    values = [video[name] for name in COLUMNS]
    values[4] = None if values[4] in ("", "null") else values[4]
    return tuple(values)


RECORDS = [record(video) for video in VIDEOS]
# A table cannot distinguish a missing text from an empty one.
CELLS = [tuple("" if value is None else value for value in record) for record in RECORDS]


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query)
        begin, limit = int(query.get("token", ["0"])[0]), int(query["limit"][0])
        end = begin + limit
        token = str(end) if end < len(VIDEOS) else None
        data = {"videos": VIDEOS[begin:end], "token": token, "total": len(VIDEOS)}
        body = json.dumps({"code": 100, "data": data, "msg": None, "message": None}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def seconds(time):
    """Unix seconds of a time without a zone, which is UTC here, or of RFC 3339 text."""
    if isinstance(time, str):
        time = datetime.fromisoformat(time)
    if time.tzinfo is None:
        time = time.replace(tzinfo=timezone.utc)
    return round(time.timestamp())


def with_seconds(rows):
    return [(*row[:5], seconds(row[5])) for row in rows]


def of_objects(objects):
    return [tuple(each[name] for name in COLUMNS) for each in objects]


def of_frame(frame):
    """The rows of a pandas frame, with None for every missing value."""
    frame = frame[COLUMNS].astype(object).where(frame[COLUMNS].notna(), None)
    return list(frame.itertuples(index=False, name=None))


def texts(rows):
    return [tuple("" if value is None else value for value in row) for row in rows]


def read_csv(text):
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == COLUMNS, rows[0]
    return with_seconds(rows[1:])


def first_member(path):
    """What a reader that stops after the first gzip member gets."""
    return zlib.decompressobj(31).decompress(path.read_bytes()).decode()


def first_frame(path):
    return zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes()).decode()


def jsonl(text):
    objects = [json.loads(line) for line in text.splitlines()]
    assert [each["asset"] for each in objects] == [video["asset"] for video in VIDEOS], "digits"
    assert all(type(each["created_at"]) is int for each in objects)
    return of_objects(objects)


def readers(folder):
    """The name of each reader, what it reads, and what it should read."""
    path = {name: folder / f"videos.{name}" for name in NAMES}
    text = {name: file.read_bytes().decode() for name, file in path.items() if name in ("jsonl", "csv")}

    yield "json of Python, .jsonl", jsonl(text["jsonl"]), RECORDS
    yield "zlib, first member of .jsonl.gz", jsonl(first_member(path["jsonl.gz"])), RECORDS
    yield "zstandard, first frame of .jsonl.zst", jsonl(first_frame(path["jsonl.zst"])), RECORDS
    filter_ = "[.video_id,.video_title,.status,.type,.folder_id,.created_at]"
    lines = subprocess.run(["jq", "-c", filter_, path["jsonl"]], capture_output=True, check=True)
    yield "jq, .jsonl", [tuple(json.loads(line)) for line in lines.stdout.splitlines()], RECORDS
    # pandas refuses a number of more than 64 bits, wherever it is, so it gets the columns only.
    read = pandas.read_json(path["columns.jsonl"], lines=True, dtype=False)
    yield "pandas, .jsonl of --fields", of_frame(read), RECORDS
    columns = ", ".join(COLUMNS)
    types = {name: "VARCHAR" for name in COLUMNS} | {"created_at": "BIGINT"}
    sql = f"select {columns} from read_json('{path['jsonl.gz']}', columns={types})"
    yield "DuckDB, .jsonl.gz", duckdb.sql(sql).fetchall(), RECORDS

    yield "csv of Python, .csv", read_csv(text["csv"]), CELLS
    yield "csv and zlib, first member of .csv.gz", read_csv(first_member(path["csv.gz"])), CELLS
    yield "csv and zstandard, .csv.zst", read_csv(first_frame(path["csv.zst"])), CELLS
    read = pandas.read_csv(path["csv"], dtype=str, keep_default_na=False, parse_dates=["created_at"])
    assert str(read["created_at"].dtype).endswith("UTC]"), read.dtypes
    yield "pandas, .csv", with_seconds(of_frame(read)), CELLS
    types = {name: "VARCHAR" for name in COLUMNS} | {"created_at": "TIMESTAMPTZ"}
    sql = f"select {columns} from read_csv('{path['csv.gz']}', header=true, columns={types})"
    yield "DuckDB, .csv.gz", texts(with_seconds(duckdb.sql(sql).fetchall())), CELLS

    sheet = openpyxl.load_workbook(path["xlsx"]).active
    assert sheet.freeze_panes == "A2", sheet.freeze_panes
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == COLUMNS
    kinds = {tuple(cell.data_type for cell in row if cell.value is not None) for row in rows[1:]}
    assert all(set(kind[:-1]) == {"s"} and kind[-1] == "d" for kind in kinds), kinds
    cells = [[cell.value for cell in row] for row in rows[1:]]
    cells = [[unescape(value) if isinstance(value, str) else value for value in row] for row in cells]
    yield "openpyxl, .xlsx", texts(with_seconds(cells)), CELLS
    for engine in ("openpyxl", "calamine"):
        read = pandas.read_excel(path["xlsx"], engine=engine, dtype=object, keep_default_na=False)
        assert isinstance(read["created_at"].iloc[0], datetime), type(read["created_at"].iloc[0])
        rows = with_seconds(of_frame(read))
        if engine == "openpyxl":
            # It leaves the escapes of Excel as they are, and calamine does not.
            rows = [(*map(unescape, row[:5]), row[5]) for row in rows]
        yield f"pandas with {engine}, .xlsx", rows, CELLS

    table = pyarrow.parquet.read_table(path["parquet"])
    kinds = {field.name: str(field.type) for field in table.schema}
    wanted = {name: "string" for name in COLUMNS} | {"created_at": "timestamp[ms, tz=UTC]"}
    assert {name: kinds[name] for name in COLUMNS} == wanted, kinds
    assert [field.name for field in table.schema if not field.nullable] == ["video_id", "extra"]
    extra = [json.loads(str(value)) for value in table["extra"].to_pylist()]
    others = [{"asset": video["asset"], "duration": video["duration"]} for video in VIDEOS]
    assert extra == others, extra[0]
    yield "pyarrow, .parquet", with_seconds(of_objects(table.to_pylist())), RECORDS
    read = pandas.read_parquet(path["parquet"])
    assert str(read["created_at"].dtype) == "datetime64[ms, UTC]", read.dtypes
    yield "pandas, .parquet", with_seconds(of_frame(read)), RECORDS
    sql = f"select {columns} from read_parquet('{path['parquet']}')"
    kinds = [str(kind) for kind in duckdb.sql(sql).types]
    assert kinds == ["VARCHAR"] * 5 + ["TIMESTAMP WITH TIME ZONE"], kinds
    yield "DuckDB, .parquet", with_seconds(duckdb.sql(sql).fetchall()), RECORDS


NAMES = ["jsonl", "columns.jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz", "csv.zst", "xlsx", "parquet"]


def export(program, folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    env = os.environ | {"HEYGEN_API_KEY": "key", "HEYGEN_API_BASE": base}
    for name in NAMES:
        # The guard changes titles that look like a formula. Here the readers should get the titles.
        words = ["export", "--output", folder / f"videos.{name}", "--csv-guard", "off"]
        if name.startswith("columns."):
            words += ["--fields", ",".join(COLUMNS)]
        subprocess.run([program, *words, "--progress", "none"], env=env, check=True)
    server.shutdown()


def main(program):
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        export(program, Path(folder))
        for name, read, wanted in readers(Path(folder)):
            differ = [pair for pair in zip(read, wanted) if pair[0] != pair[1]]
            is_equal = len(read) == len(wanted) and not differ
            bad += not is_equal
            print(f"{'equal' if is_equal else 'DIFFERS'}  {len(read)} records  {name}")
            for pair in differ[:3]:
                print(f"    read {pair[0]!r}, wanted {pair[1]!r}")
    print(f"{bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
