#!/usr/bin/env bash
# The same listing by curl and jq: one process of each a page. `curl_jq.sh OUTPUT`
set -euo pipefail

token=
: >"$1"
while true; do
    page=$(curl -sSf -H "x-api-key: $HEYGEN_API_KEY" -G "$HEYGEN_API_BASE/v1/video.list" \
        -d limit=100 ${token:+--data-urlencode "token=$token"})
    # The token comes last, on a line of its own.
    lines=$(jq -r '(.data.videos[] | tojson), .data.token' <<<"$page")
    token=${lines##*$'\n'}
    printf '%s\n' "${lines%$'\n'*}" >>"$1"
    [ "$token" != null ] || break
done
