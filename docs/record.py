#!/usr/bin/env python3
"""Records the program in a real terminal and writes docs/export.svg and docs/list.svg.

    cargo build --release --features cli
    python3 docs/record.py target/release/heygen-videos
"""
import fcntl
import html
import os
import pty
import re
import select
import struct
import sys
import tempfile
import termios
import time
import unicodedata

WIDTH, HEIGHT, MARGIN = 8.4, 19, 14  # of a character and of the frame, in pixels
FRAME_SECONDS = 0.2
LAST_FRAME_SECONDS = 4
CONTROL_CODES = re.compile(rb"\x1b\[(\d*)([A-Za-z])|\x1b\[[0-9;?]*[A-Za-z]")


class Screen:
    """What a terminal of some width shows after some output."""

    def __init__(self, columns):
        self.columns, self.rows, self.row, self.column = columns, [[]], 0, 0

    def feed(self, data):
        text = data.decode("utf8", "replace")
        at = 0
        while at < len(text):
            code = CONTROL_CODES.match(text[at:].encode())
            if code:
                self.control(code)
                at += code.end()
                continue
            self.put(text[at])
            at += 1

    def control(self, code):
        count, word = int(code[1] or 1), (code[2] or b"").decode()
        if word == "A":
            self.row = max(0, self.row - count)
        elif word == "B":
            self.down(count)
        elif word == "C":
            self.column += count
        elif word == "D":
            self.column = max(0, self.column - count)
        elif word == "K":
            self.rows[self.row] = []

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.down(1)
        elif character >= " ":
            width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
            if self.column + width > self.columns:
                self.column = 0
                self.down(1)
            line = self.rows[self.row]
            line.extend([" "] * (self.column + width - len(line)))
            line[self.column:self.column + width] = [character] + [""] * (width - 1)
            self.column += width

    def down(self, count):
        self.row += count
        while len(self.rows) <= self.row:
            self.rows.append([])

    def text(self):
        lines = ["".join(row).rstrip() for row in self.rows]
        while lines and not lines[-1]:
            lines.pop()
        return lines


def run(program, words, screen, folder, stop_at=None):
    """Runs the program on the screen; yields the lines shown, a few times a second and at the end.
    Presses Ctrl-C once the text of `stop_at` is shown."""
    screen.feed(("$ heygen-videos " + " ".join(words) + "\r\n").encode())
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, screen.columns, 0, 0))
        os.execve(program, ["heygen-videos", *words], {"TERM": "xterm", "TZ": "UTC", "HOME": folder})
    shown = time.monotonic()
    while True:
        ready = select.select([terminal], [], [], 0.05)[0]
        try:
            data = os.read(terminal, 65536) if ready else b""
        except OSError:
            break
        if ready and not data:
            break
        screen.feed(data)
        if stop_at and any(re.search(stop_at, line) for line in screen.text()):
            os.write(terminal, b"\x03")
            stop_at = None
        if time.monotonic() - shown > FRAME_SECONDS:
            shown = time.monotonic()
            yield screen.text()
    os.waitpid(child, 0)
    os.close(terminal)
    yield screen.text()


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def spans(line):
    """Places each column of a line by its coordinate, so that the columns are aligned in any font."""
    for word in re.finditer(r"\S+(?: \S+)*", line):
        x = MARGIN + cells(line[:word.start()]) * WIDTH
        yield f'<tspan x="{x:.1f}">{html.escape(word[0])}</tspan>'


def svg(frames, columns, label):
    """The frames as an animation; a viewer that cannot play it shows the last one."""
    frames = [frame for at, frame in enumerate(frames) if at == 0 or frame != frames[at - 1]]
    rows = max(map(len, frames))
    width, height = columns * WIDTH + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN
    length = (len(frames) - 1) * FRAME_SECONDS + LAST_FRAME_SECONDS
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f"<title>{html.escape(label)}</title>",
        '<rect width="100%" height="100%" rx="6" fill="#1e1e2e"/>',
        '<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#cdd6f4" xml:space="preserve">',
    ]
    for at, frame in enumerate(frames):
        is_last = at == len(frames) - 1
        begin, end = at * FRAME_SECONDS / length, (at + 1) * FRAME_SECONDS / length
        visible = "0;1" if is_last else "0;1;0"
        times = f"0;{begin:.4f}" if is_last else f"0;{begin:.4f};{end:.4f}"
        out.append(f'<g opacity="{int(is_last)}">')
        if len(frames) > 1:
            out.append(
                f'<animate attributeName="opacity" calcMode="discrete" values="{visible}" '
                f'keyTimes="{times}" dur="{length:.1f}s" repeatCount="indefinite"/>'
            )
        for row, line in enumerate(frame):
            if line:
                y = MARGIN + (row + 1) * HEIGHT - 5
                out.append(f'<text y="{y}">{"".join(spans(line))}</text>')
        out.append("</g>")
    return "\n".join([*out, "</g>", "</svg>", ""])


def main():
    program = os.path.abspath(sys.argv[1])
    docs = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as folder:
        words = "export --demo 50000 --requests-per-second 100 --output videos.jsonl".split()
        screen = Screen(120)
        frames = list(run(program, words, screen, folder, stop_at=r"2[0-9],[0-9]{3} of 50,000"))
        frames += run(program, [*words, "--resume"], screen, folder)
        with open(os.path.join(docs, "export.svg"), "w", encoding="utf8") as file:
            file.write(svg(frames, screen.columns, "An export is stopped and resumed"))
        screen = Screen(100)
        frames = list(run(program, "list --demo --limit 8".split(), screen, folder))[-1:]
        with open(os.path.join(docs, "list.svg"), "w", encoding="utf8") as file:
            file.write(svg(frames, screen.columns, "The newest videos as a table"))


main()
