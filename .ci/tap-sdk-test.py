"""Runs the tap tests of the Singer SDK on the program: on its catalog and its messages.

`.ci/tap-targets` runs it. TAP is the command of the tap, with its options.
"""

import json
import os
import shlex
import subprocess
import sys

from singer_sdk import Stream, Tap
from singer_sdk.testing import get_tap_test_class


def output(*options):
    command = [*shlex.split(os.environ["TAP"]), *options]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


class ProgramStream(Stream):
    """A stream as the program's catalog describes it."""

    def get_records(self, context):
        yield from ()


class ProgramTap(Tap):
    """The program in the place of a tap that was written with the SDK."""

    name = "tap-heygen"
    config_jsonschema = json.loads(output("--about"))["settings"]

    def discover_streams(self):
        streams = []
        for entry in json.loads(output("--discover"))["streams"]:
            stream = ProgramStream(self, schema=entry["schema"], name=entry["stream"])
            stream.primary_keys = entry["key_properties"]
            stream.replication_key = entry["replication_key"]
            streams.append(stream)
        return streams

    def run_connection_test(self):
        return bool(output())

    def run_sync_dry_run(self, dry_run_record_limit=None, streams=None):
        sys.stdout.write(output())
        return True


TestTap = get_tap_test_class(tap_class=ProgramTap, config={})
