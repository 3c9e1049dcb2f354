"""The loop that a user would write with requests: it writes each video of each page as a line of JSON."""

import json
import os
import sys

import requests

session = requests.Session()
session.headers["x-api-key"] = os.environ["HEYGEN_API_KEY"]
url = os.environ["HEYGEN_API_BASE"] + "/v1/video.list"
token = None
with open(sys.argv[1], "w") as out:
    while True:
        params = {"limit": 100} if token is None else {"limit": 100, "token": token}
        response = session.get(url, params=params, timeout=30)
        response.raise_for_status()
        data = response.json()["data"]
        for video in data["videos"]:
            out.write(json.dumps(video) + "\n")
        token = data["token"]
        if not token:
            break
