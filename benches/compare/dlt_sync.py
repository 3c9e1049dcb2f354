"""Loads the same listing with dlt's REST client into DuckDB, incrementally.

`dlt_sync.py FOLDER LAG` reads newest first and stops at the first video that was created LAG seconds
before the newest known one. With `all` in place of LAG it reads the whole listing, which is what dlt
does if it is not told about the order. The last line of the output is the number of requests.
"""

import os
import sys

import dlt
import requests
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import APIKeyAuth
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
folder, lag = os.path.abspath(sys.argv[1]), sys.argv[2]
os.makedirs(folder, exist_ok=True)

sent = 0
send = requests.Session.send


def counted(*args, **kwargs):
    global sent
    sent += 1
    return send(*args, **kwargs)


requests.Session.send = counted
client = RESTClient(
    base_url=os.environ["HEYGEN_API_BASE"],
    auth=APIKeyAuth(name="x-api-key", api_key=os.environ["HEYGEN_API_KEY"], location="header"),
    paginator=JSONResponseCursorPaginator(cursor_path="data.token", cursor_param="token"),
    data_selector="data.videos",
)
place = (
    dlt.sources.incremental("created_at")
    if lag == "all"
    else dlt.sources.incremental("created_at", lag=int(lag), row_order="desc")
)


@dlt.resource(primary_key="video_id", write_disposition="merge")
def videos(created_at=place):
    yield from client.paginate("v1/video.list", params={"limit": 100})


pipeline = dlt.pipeline(
    pipeline_name="videos",
    pipelines_dir=os.path.join(folder, "state"),
    destination=dlt.destinations.duckdb(os.path.join(folder, "videos.duckdb")),
    dataset_name="heygen",
)
pipeline.run(videos())
with pipeline.sql_client() as database:
    print("rows", database.execute_sql("SELECT count(*) FROM videos")[0][0])
print(sent)
