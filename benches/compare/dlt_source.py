"""Exports the same listing with dlt's rest_api source, to JSON lines in a folder."""

import os
import sys

import dlt
from dlt.destinations import filesystem
from dlt.sources.rest_api import rest_api_source

os.environ["DATA_WRITER__DISABLE_COMPRESSION"] = "true"
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
folder = os.path.abspath(sys.argv[1])
source = rest_api_source(
    {
        "client": {
            "base_url": os.environ["HEYGEN_API_BASE"],
            "auth": {
                "type": "api_key",
                "name": "x-api-key",
                "api_key": os.environ["HEYGEN_API_KEY"],
                "location": "header",
            },
            "paginator": {
                "type": "cursor",
                "cursor_path": "data.token",
                "cursor_param": "token",
            },
        },
        "resources": [
            {
                "name": "videos",
                "endpoint": {
                    "path": "v1/video.list",
                    "params": {"limit": 100},
                    "data_selector": "data.videos",
                },
            }
        ],
    }
)
pipeline = dlt.pipeline(
    pipeline_name="videos",
    pipelines_dir=os.path.join(folder, "state"),
    destination=filesystem("file://" + os.path.join(folder, "out")),
    dataset_name="heygen",
)
pipeline.run(source, loader_file_format="jsonl")
